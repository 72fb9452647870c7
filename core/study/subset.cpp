#include "core/study/subset.h"

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/catalogue/feature_columns.h"
#include "core/study/catalogue.h"
#include "core/study/run.h"

#include <algorithm>

namespace penumbra::workflow {

namespace {

void keepTestRows(TargetStudy& target, const std::vector<std::uint8_t>& kept) {
    for (Prediction& prediction : target.predictions)
        for (auto* values : {&prediction.mean, &prediction.lower, &prediction.upper, &prediction.spread,
                             &prediction.effective}) {
            std::size_t position = 0;
            std::erase_if(*values, [&](double) { return !kept[position++]; });
        }
    std::erase_if(target.calibrationParts, // drawn for all test rows
                  [](const auto& part) { return part.second->drawn.has_value(); });
    for (auto& [method, calibration] : target.calibrationParts) {
        if (!calibration->split)
            continue;
        auto reduced = std::make_shared<CalibrationPart>(*calibration);
        SplitScores& split = *reduced->split;
        for (auto* values : {&split.lower, &split.upper, &split.scale, &split.score}) {
            std::size_t position = 0;
            std::erase_if(*values, [&](double) { return !kept[position++]; });
        }
        calibration = std::move(reduced);
    }
    HeldOut part;
    part.residualFloor = target.heldOut.residualFloor;
    std::vector<Eigen::Index> indices;
    std::size_t testPosition = 0;
    for (std::size_t i = 0; i < target.heldOut.rows.size(); ++i) {
        const bool test = target.heldOut.isTest[i] != 0;
        if (test && !kept[testPosition++])
            continue;
        indices.push_back(static_cast<Eigen::Index>(i));
        part.rows.push_back(target.heldOut.rows[i]);
        part.isTest.push_back(test);
        part.truth.push_back(target.heldOut.truth[i]);
    }
    for (const auto& [name, signal] : target.heldOut.signals)
        part.signals[name] = signal(indices, Eigen::all);
    target.heldOut = std::move(part);
    target.local.clear(); // of all test rows
}

void requireRow(std::int64_t row, std::size_t rows) {
    if (row < 0 || static_cast<std::size_t>(row) >= rows)
        throw Error("The study names catalogue row " + std::to_string(row) + ", but the catalogue has " +
                    std::to_string(rows) + " rows.");
}

} // namespace

io::Table variableTable(Catalogue catalogue, const std::string& text) {
    io::Table table = std::move(catalogue.columns);
    const auto add = [&](const std::string& name, std::vector<double> values) {
        if (values.empty() || table.find(name))
            return;
        io::Column column;
        column.name = name;
        column.values = std::move(values);
        table.columns.push_back(std::move(column));
    };
    for (Target& target : catalogue.targets)
        add(target.name, std::move(target.values));
    add("ra", std::move(catalogue.ra));
    add("dec", std::move(catalogue.dec));
    if (table.find("object_id") == nullptr && catalogue.objectId.rows() > 0)
        table.columns.push_back(std::move(catalogue.objectId));
    addFeatureColumns(table, catalogue, text);
    return table;
}

std::vector<double> onTestRows(const std::vector<double>& onCatalogue, const TargetStudy& target) {
    std::vector<double> values;
    for (const std::int64_t row : target.testRows()) {
        requireRow(row, onCatalogue.size());
        values.push_back(onCatalogue[static_cast<std::size_t>(row)]);
    }
    return values;
}

std::optional<double> wantedAlpha(const OptionSet& options) {
    return options.given("alpha") ? std::optional(options.getReal("alpha")) : std::nullopt;
}

Option& addWantedAlpha(OptionSet& options) {
    return options
        .real("alpha", 0.1,
              "1 - nominal coverage: 0.1 means 90 % intervals. Default: the study's own. Smaller is wider.")
        .range(1e-6, 0.999999);
}

void toWantedAlpha(Study& study, const OptionSet& options, const RunContext& context) {
    if (const auto alpha = wantedAlpha(options); alpha && *alpha != study.alpha)
        study = recalibrateIntervals(study, *alpha, context);
}

void keepChosen(Study& study, const OptionSet& options) {
    const auto& targets = options.getTextList("targets");
    const auto& methods = options.getTextList("methods");
    for (const std::string& name : targets)
        study.target(name); // throws with the names there are
    for (const std::string& id : methods)
        if (std::find(study.methods.begin(), study.methods.end(), id) == study.methods.end())
            throw UsageError("--methods: the study has no method '" + id + "'; it has " +
                             joinText(study.methods, ", ") + ".");
    const auto without = [](const std::vector<std::string>& chosen, const std::string& name) {
        return !chosen.empty() && std::find(chosen.begin(), chosen.end(), name) == chosen.end();
    };
    std::erase_if(study.targets, [&](const TargetStudy& target) { return without(targets, target.name); });
    std::erase_if(study.methods, [&](const std::string& id) { return without(methods, id); });
    for (TargetStudy& target : study.targets)
        std::erase_if(target.predictions, [&](const Prediction& p) { return without(methods, p.method); });
}

RowsOf rowsWhere(const std::string& where, const io::Table* columns) {
    return [expression = GalaxyExpression(where), columns](const TargetStudy& target) {
        GalaxyExpression::Sky sky;
        sky.columns = columns;
        sky.target = &target;
        if (columns != nullptr)
            for (const std::int64_t row : target.testRows())
                requireRow(row, columns->rows());
        return NamedRows{expression.rows(sky), expression.usesOutcome(sky)};
    };
}

void keepRows(TargetStudy& target, const RowMask& rows) {
    std::vector<std::uint8_t> kept;
    for (const std::int64_t row : target.testRows())
        kept.push_back(rows.contains(row) ? 1 : 0);
    keepTestRows(target, kept);
}

void describeSubsets(OptionSet& options, const std::string& group) {
    options
        .textList(
            "subset", {},
            "NAME=FORMULA: rows of their own for the test galaxies for which the formula holds, such as "
            "'faint=MAG_R > 20'; may be given several times. It may use catalogue columns, targets, "
            "truth, prediction, tail, worst_tenth and, of a method, missed(CQR), width(CQR) and the "
            "like. Where it looks at the truth, no range of a perfect method is shown.")
        .in(group);
    options.inputFile("catalogue", "The study's catalogue, if it has moved; needed by subset.").in(group);
}

std::vector<std::pair<std::string, std::string>> wantedSubsets(const OptionSet& options) {
    std::vector<std::string> whole; // formulas hold commas, too: min(a, b)
    int open = 0;
    for (const std::string& piece : options.getTextList("subset")) {
        if (open > 0)
            whole.back().append(",").append(piece);
        else
            whole.push_back(piece);
        for (const char c : piece)
            open += c == '(' ? 1 : c == ')' ? -1 : 0;
    }
    std::vector<std::pair<std::string, std::string>> subsets;
    for (const std::string& text : whole) {
        const std::size_t equals = text.find('=');
        const std::string name(trimmed(text.substr(0, equals)));
        const std::string where(trimmed(equals == std::string::npos ? "" : text.substr(equals + 1)));
        if (name.empty() || where.empty() || where.front() == '=')
            throw UsageError("--subset takes NAME=FORMULA, such as 'faint=MAG_R > 20', but one is '" + text +
                             "'.");
        for (const auto& [present, formula] : subsets)
            if (present == name)
                throw UsageError("--subset names '" + name + "' twice.");
        subsets.emplace_back(name, where);
    }
    return subsets;
}

std::optional<io::Table> subsetColumns(const Study& study, const OptionSet& options,
                                       const RunContext& context) {
    auto catalogue = studyCatalogueIfThere(study, options.getText("catalogue"), context);
    if (!catalogue)
        return std::nullopt;
    return variableTable(std::move(*catalogue), joinText(options.getTextList("subset"), " "));
}

std::set<std::string> keepWhere(Study& study, const std::string& where, const io::Table& columns) {
    const RowsOf rowsOf = rowsWhere(where, &columns);
    std::set<std::string> byOutcome;
    for (TargetStudy& target : study.targets) {
        const NamedRows chosen = rowsOf(target);
        if (chosen.byOutcome)
            byOutcome.insert(target.name);
        keepRows(target, chosen.rows);
        if (target.heldOut.testCount() == 0)
            throw Error("--where leaves no test galaxies of target " + target.name + ".");
    }
    return byOutcome;
}

} // namespace penumbra::workflow
