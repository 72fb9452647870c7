#include "gui/state/where.h"

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/eval/galaxy_expression.h"
#include "core/eval/galaxy_variables.h"

#include <algorithm>
#include <optional>

namespace penumbra::gui {

namespace {

/// What `similar` has found last, of every galaxy.
const std::string kSimilarity = "similarity";

/// That of the last search, among what a formula may name.
void addSimilarity(const ViewState& state, const std::string& text, io::Table& table) {
    if (!state.likeness || state.likeness->similarity.empty() || table.find(kSimilarity) != nullptr)
        return;
    table.columns.emplace_back();
    table.columns.back().name = kSimilarity;
    if (text.find(kSimilarity) != std::string::npos)
        table.columns.back().values = state.likeness->similarity;
}

/// What the words of an expression mean; `variables` holds the columns while it is used.
GalaxyExpression::Sky skyOf(const std::string& expression, const ViewState& state,
                            std::optional<io::Table>& variables) {
    if (state.shownTarget() == nullptr && !state.catalogue)
        throw Error("There are no galaxies to choose from: open a catalogue or a study first.");
    GalaxyExpression::Sky sky;
    if (state.catalogue) {
        sky.columns = &variables.emplace(galaxyVariables(*state.catalogue, expression));
        addSimilarity(state, expression, *variables);
    }
    sky.target = state.shownTarget();
    if (const auto finished = state.finishedMethods(); !finished.empty())
        sky.method = finished.front();
    sky.subset = [&](const std::string& name) -> std::optional<NamedRows> {
        const Subset* subset = state.subset(name);
        return subset ? std::optional<NamedRows>({subset->rows, subset->byOutcome}) : std::nullopt;
    };
    sky.rows = state.rowCount();
    return sky;
}

} // namespace

Matches rowsWhere(const std::string& expression, const ViewState& state) {
    const GalaxyExpression parsed(expression);
    std::optional<io::Table> variables;
    const GalaxyExpression::Sky sky = skyOf(expression, state, variables);
    return {parsed.rows(sky) & state.shownRows(), parsed.usesOutcome(sky)};
}

RowValues valuesOf(const std::string& expression, const ViewState& state) {
    const GalaxyExpression parsed(expression);
    std::optional<io::Table> variables;
    const GalaxyExpression::Sky sky = skyOf(expression, state, variables);
    return {parsed.evaluate(sky), parsed.usesOutcome(sky)};
}

void checkFormula(const std::string& expression, const ViewState& state) {
    const GalaxyExpression parsed(expression);
    std::optional<io::Table> variables;
    parsed.check(skyOf(expression, state, variables));
}

namespace {
/// Read off names: no values are copied, none worked out.
bool anyUsesOutcome(const std::vector<std::string>& expressions, const ViewState& state) {
    const std::string nothing;
    std::optional<io::Table> variables;
    const GalaxyExpression::Sky sky = skyOf(nothing, state, variables);
    return std::any_of(expressions.begin(), expressions.end(), [&](const std::string& expression) {
        return !expression.empty() && GalaxyExpression(expression).usesOutcome(sky);
    });
}
} // namespace

std::string localCoverageMethod(const std::string& colour) {
    const std::string_view text = trimmed(colour);
    constexpr std::string_view word = "local_coverage(";
    if (!text.starts_with(word) || !text.ends_with(')'))
        return {};
    return std::string(trimmed(text.substr(word.size(), text.size() - word.size() - 1)));
}

bool cloudShowsOutcome(const ViewState& state) {
    const CloudChoices& cloud = state.cloud;
    if (cloud.positions != "columns" || cloud.x.empty() || cloud.y.empty())
        return false;
    return anyUsesOutcome({cloud.x, cloud.y}, state);
}

bool spaceShowsOutcome(const ViewState& state) {
    const SpaceChoices& space = state.space;
    if (space.positions == "redshift")
        return anyUsesOutcome({space.z}, state);
    return space.positions == "columns" && anyUsesOutcome({space.x, space.y, space.z}, state);
}

std::vector<std::string> namesForWhere(const ViewState& state) {
    std::vector<std::string> names;
    if (state.catalogue) {
        const std::string nothing;
        const io::Table all = galaxyVariables(*state.catalogue, nothing);
        for (const io::Column& column : all.columns)
            names.push_back(column.name);
    }
    if (const TargetStudy* target = state.shownTarget())
        for (std::string& word : galaxyWords(*target))
            names.push_back(std::move(word));
    for (const Subset& subset : state.subsets)
        names.push_back("subset(" + subset.name + ")");
    if (state.likeness)
        names.push_back(kSimilarity);
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    return names;
}

} // namespace penumbra::gui
