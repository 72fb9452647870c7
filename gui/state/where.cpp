#include "gui/state/where.h"

#include "core/base/error.h"
#include "core/eval/galaxy_expression.h"

#include <algorithm>
#include <optional>

namespace penumbra::gui {

namespace {

/// What `similar` has found last, of every galaxy.
const std::string kSimilarity = "similarity";

/// Columns, targets and positions: all names, but only the values that the text may ask for. A catalogue may
/// have millions of rows.
class Variables {
public:
    Variables(const Catalogue& catalogue, const std::string& text) : text_(text) {
        for (const io::Column& column : catalogue.columns.columns)
            if (!isAskedFor(column.name))
                addName(column.name);
            else
                table_.columns.push_back(column);
        for (const Target& target : catalogue.targets)
            addReals(target.name, target.values);
        addReals("ra", catalogue.ra);
        addReals("dec", catalogue.dec);
        if (table_.find("object_id") == nullptr) {
            addName("object_id");
            if (isAskedFor("object_id"))
                table_.columns.back().values = catalogue.objectId.values;
        }
    }
    void addReals(const std::string& name, const std::vector<double>& values) {
        if (values.empty() || table_.find(name) != nullptr)
            return;
        addName(name);
        if (isAskedFor(name))
            table_.columns.back().values = values;
    }
    const io::Table& table() const { return table_; }

private:
    bool isAskedFor(const std::string& name) const { return text_.find(name) != std::string::npos; }
    void addName(const std::string& name) {
        table_.columns.emplace_back();
        table_.columns.back().name = name;
    }
    const std::string& text_;
    io::Table table_;
};

/// What the words of an expression mean; `variables` holds the columns while it is used.
GalaxyExpression::Sky skyOf(const std::string& expression, const ViewState& state,
                            std::optional<Variables>& variables) {
    if (state.shownTarget() == nullptr && !state.catalogue)
        throw Error("There are no galaxies to choose from: open a catalogue or a study first.");
    GalaxyExpression::Sky sky;
    if (state.catalogue) {
        variables.emplace(*state.catalogue, expression);
        if (state.likeness)
            variables->addReals(kSimilarity, state.likeness->similarity);
        sky.columns = &variables->table();
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
    std::optional<Variables> variables;
    const GalaxyExpression::Sky sky = skyOf(expression, state, variables);
    return {parsed.rows(sky) & state.shownRows(), parsed.usesOutcome(sky)};
}

RowValues valuesOf(const std::string& expression, const ViewState& state) {
    const GalaxyExpression parsed(expression);
    std::optional<Variables> variables;
    const GalaxyExpression::Sky sky = skyOf(expression, state, variables);
    return {parsed.evaluate(sky), parsed.usesOutcome(sky)};
}

bool cloudShowsOutcome(const ViewState& state) {
    const CloudChoices& cloud = state.cloud;
    if (cloud.positions != "columns" || cloud.x.empty() || cloud.y.empty())
        return false;
    const std::string nothing; // names tell it: no values are copied, none worked out
    std::optional<Variables> variables;
    const GalaxyExpression::Sky sky = skyOf(nothing, state, variables);
    return GalaxyExpression(cloud.x).usesOutcome(sky) || GalaxyExpression(cloud.y).usesOutcome(sky);
}

std::vector<std::string> namesForWhere(const ViewState& state) {
    std::vector<std::string> names;
    if (state.catalogue) {
        const std::string nothing;
        const Variables all(*state.catalogue, nothing);
        for (const io::Column& column : all.table().columns)
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
