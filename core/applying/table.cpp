// New galaxies in a table that is no catalogue: their features are made as the study's own were.

#include "core/applying/table.h"

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/catalogue/expression.h"
#include "core/catalogue/feature_words.h"
#include "core/importing/features.h"
#include "core/importing/mapping.h"
#include "core/importing/positions.h"
#include "core/importing/tables.h"
#include "core/io/table_reader.h"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <numeric>
#include <optional>

namespace penumbra::workflow {

namespace {

constexpr const char* objectId = "object_id";

class TableGalaxies final : public NewGalaxies {
public:
    /// @param whole all rows @param names of the features
    TableGalaxies(NewRows whole, std::vector<std::string> names, std::vector<std::string> lacking,
                  std::vector<std::string> notes)
        : whole_(std::move(whole)) {
        notes_ = std::move(notes);
        featureNames_ = std::move(names);
        lacking_ = std::move(lacking);
        whole_.ids.name = objectId;
    }

    std::size_t size() const override { return whole_.size(); }

    io::Column ids(std::size_t first, std::size_t count) const override {
        return part(whole_.ids, first, count);
    }

    NewRows rows(std::size_t first, std::size_t count) const override {
        NewRows some;
        some.ids = ids(first, count);
        const auto from = static_cast<Eigen::Index>(first), rows = static_cast<Eigen::Index>(some.size());
        if (whole_.features.size() > 0)
            some.features = whole_.features.middleRows(from, rows);
        for (const auto& [name, values] : whole_.columns)
            some.columns[name].assign(values.begin() + from, values.begin() + from + rows);
        for (const io::Column& column : whole_.described.columns)
            some.described.columns.push_back(part(column, first, count));
        return some;
    }

private:
    io::Column part(const io::Column& column, std::size_t first, std::size_t count) const {
        std::vector<std::size_t> rows(std::min(count, size() - std::min(first, size())));
        std::iota(rows.begin(), rows.end(), first);
        return io::pickRows(column, rows);
    }

    NewRows whole_;
};

std::optional<ImportMapping> mappingOf(const StudyInputs& inputs) {
    if (inputs.importMapping.empty())
        return std::nullopt;
    return parseImportMapping(inputs.importMapping, "the import mapping in the study file");
}

const FeatureRule* ruleOf(const std::optional<ImportMapping>& mapping, const std::string& features) {
    if (mapping)
        for (const FeatureRule& rule : mapping->features)
            if (rule.name == features)
                return &rule;
    return nullptr;
}

bool has(const std::vector<std::string>& names, const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

/// What of the import's mapping bears on galaxies without labels.
ImportMapping mappingFor(const ImportMapping& imported, const std::filesystem::path& path,
                         const PredictModel& model, std::vector<std::string>& notes) {
    if (!imported.joins.empty())
        throw Error(path.string() + " is a table, but the study's catalogue was joined from several (" +
                    imported.joins.front().file +
                    "): make a catalogue of the new galaxies first, with penumbra-cli import and a mapping "
                    "like that one's.");
    if (!imported.cuts.empty())
        notes.push_back("the study's catalogue was cut by " + joinText(imported.cuts, "; ") +
                        "; the new galaxies are all predicted, also those that the cut would have dropped");
    ImportMapping mapping;
    mapping.keepSamples = false;
    mapping.missing = imported.missing;
    const auto beforehand = io::columnNamesBeforehand(path);
    const auto mayHave = [&](const std::string& name) { return beforehand.empty() || has(beforehand, name); };
    mapping.objectId = mayHave(imported.objectId) ? imported.objectId : "";
    if (mapping.objectId.empty() && has(beforehand, objectId))
        mapping.objectId = objectId;
    if (model.takesFeatures())
        for (const FeatureRule& rule : imported.features)
            if (rule.name == model.inputs().features)
                mapping.features = {rule};
    for (const std::string& name : model.columns()) {
        const auto rule = std::find_if(imported.columns.begin(), imported.columns.end(),
                                       [&](const ColumnRule& r) { return r.name == name; });
        if (rule != imported.columns.end())
            mapping.columns.push_back(*rule);
        else
            mapping.carry.push_back(name);
    }
    return mapping;
}

/// How the study's import made a column, a position or a label of this name; "" where it took none.
std::string expressionFor(const std::optional<ImportMapping>& imported, const std::string& name) {
    if (!imported)
        return "";
    for (const ColumnRule& rule : imported->columns)
        if (rule.name == name)
            return rule.from;
    for (const TargetRule& rule : imported->targets)
        if (rule.name == name)
            return rule.from;
    return name == "ra" ? imported->ra : name == "dec" ? imported->dec : "";
}

/// Asks for columns that groups of repaired methods go by, where a format keeps columns apart.
void carryDescribing(ImportMapping& mapping, const std::optional<ImportMapping>& imported,
                     const std::filesystem::path& path, const PredictModel& model) {
    const auto beforehand = io::columnNamesBeforehand(path);
    for (const uq::RecipeInput& input : model.describing()) {
        const std::string from = expressionFor(imported, input.name);
        std::vector<std::string> wanted = {input.name};
        if (!from.empty())
            for (const std::string& name : Expression(from).columnNames())
                wanted.push_back(name.substr(0, name.find('[')));
        for (const std::string& name : wanted)
            if (has(beforehand, name) && !has(mapping.carry, name))
                mapping.carry.push_back(name);
    }
}

/// What groups of repaired methods go by, as far as the table has it.
void describe(NewRows& rows, std::vector<std::string>& lacking, std::vector<std::string>& notes,
              const PreparedTable& prepared, const std::optional<ImportMapping>& imported,
              const PredictModel& model) {
    const io::Table& table = prepared.table;
    const auto isThere = [&](const std::string& name) {
        return table.find(name) != nullptr || table.find(name.substr(0, name.find('['))) != nullptr;
    };
    for (const uq::RecipeInput& input : model.describing()) {
        const std::string from = expressionFor(imported, input.name);
        const auto needed = from.empty() ? std::vector<std::string>() : Expression(from).columnNames();
        const bool isPosition = input.name == "ra" || input.name == "dec";
        io::Column column;
        if (input.kind != uq::RecipeInput::Kind::Column) {
            lacking.push_back(input.key()); // features of another name than the study's
            continue;
        }
        if (!from.empty() && std::all_of(needed.begin(), needed.end(), isThere)) {
            if (isPosition)
                column.values = positionDegrees(input.name == "ra", from, prepared, notes);
            else
                column = Expression(from, table).column(table);
        } else if (const io::Column* plain = table.find(input.name); plain && plain->name == input.name) {
            column = *plain;
        } else {
            lacking.push_back(input.key());
            continue;
        }
        column.name = input.key();
        rows.described.columns.push_back(std::move(column));
    }
}

/// Without a mapping: the columns that may be wanted, where a format keeps them apart.
ImportMapping plainMapping(const std::filesystem::path& path, const PredictModel& model) {
    ImportMapping mapping;
    mapping.keepSamples = false;
    const auto beforehand = io::columnNamesBeforehand(path);
    if (has(beforehand, objectId))
        mapping.objectId = objectId;
    std::vector<std::string> wanted = model.columns();
    for (const std::string& name : featureNamesIn(model.inputs().attributes, model.inputs().width))
        wanted.push_back(name);
    wanted.push_back(model.inputs().features);
    for (const std::string& name : wanted)
        if (has(beforehand, name) || has(beforehand, name.substr(0, name.find('['))))
            mapping.carry.push_back(name.substr(0, name.find('[')));
    if (mapping.carry.empty())
        mapping.carry = beforehand;
    return mapping;
}

/// Magnitudes of new galaxies need the softening that the old ones had: the median error of the new ones is
/// another. Medians that stand for missing values are filled in afterwards.
FeatureRule frozenRule(FeatureRule rule, const StudyInputs& inputs) {
    rule.imputeMedian = false;
    const auto softening = inputs.attributes.find("asinh_softening");
    if (!rule.softening.empty() || softening == inputs.attributes.end())
        return rule;
    for (const std::string& text : splitText(softening->second, ','))
        rule.softening.push_back(parseReal(text).value_or(std::numeric_limits<double>::quiet_NaN()));
    return rule;
}

/// Puts features into the study's order, missing values filled as at the study's import: "missing(g)" is 1
/// where g was.
MatrixF inStudyOrder(const BuiltFeatures& built, const StudyInputs& inputs, const std::string& path) {
    const auto have = featureNamesIn(built.info.attributes, built.info.width);
    const auto want = featureNamesIn(inputs.attributes, inputs.width);
    if (have == want || want.empty() || have.empty())
        return built.values;
    const auto medians = inputs.attributes.find("imputed_medians");
    if (medians == inputs.attributes.end())
        throw Error(path + ": missing features of the study's catalogue were filled with medians, which the "
                           "catalogue does not tell; import it again with this version, and run the study "
                           "again.");
    const nlohmann::json fills = nlohmann::json::parse(medians->second);
    MatrixF values(built.values.rows(), static_cast<Eigen::Index>(want.size()));
    for (std::size_t k = 0; k < want.size(); ++k) {
        const auto to = static_cast<Eigen::Index>(k);
        const bool isFlag = want[k].starts_with("missing(") && want[k].ends_with(')');
        const std::string name = isFlag ? want[k].substr(8, want[k].size() - 9) : want[k];
        const auto from = std::find(have.begin(), have.end(), name);
        if (from == have.end())
            throw Error(path + ": the features made of it lack '" + name + "'.");
        const auto column = built.values.col(from - have.begin());
        for (Eigen::Index row = 0; row < values.rows(); ++row) {
            const bool missing = std::isnan(column(row));
            if (isFlag)
                values(row, to) = missing ? 1.0F : 0.0F;
            else
                values(row, to) = missing && fills.contains(name) ? fills.at(name).get<float>() : column(row);
        }
    }
    return values;
}

MatrixF columnsAsFeatures(const io::Table& table, const StudyInputs& inputs,
                          const std::vector<std::string>& names) {
    MatrixF features(static_cast<Eigen::Index>(table.rows()), static_cast<Eigen::Index>(inputs.width));
    if (const io::Column* whole = table.find(inputs.features); whole && whole->width == inputs.width) {
        const auto values = whole->asReals();
        std::transform(values.begin(), values.end(), features.data(),
                       [](double x) { return static_cast<float>(x); });
        return features;
    }
    std::vector<std::string> lacking;
    for (const std::string& name : names)
        if (!table.find(name.substr(0, name.find('['))) && !table.find(name))
            lacking.push_back(name);
    if (names.empty() || !lacking.empty())
        throw Error(table.source + ": it takes " + std::to_string(inputs.width) + " features, '" +
                    inputs.features + "', to predict. " +
                    (names.empty() ? "The study does not know the columns they were made of: make a "
                                     "catalogue of the new galaxies that has them"
                                   : "The table lacks " + joinText(lacking, ", ")) +
                    ".");
    for (std::size_t k = 0; k < names.size(); ++k) {
        const io::Column* plain = table.find(names[k]);
        const auto values = (plain ? *plain : io::selectColumn(table, names[k])).asReals();
        for (std::size_t row = 0; row < values.size(); ++row)
            features(static_cast<Eigen::Index>(row), static_cast<Eigen::Index>(k)) =
                static_cast<float>(values[row]);
    }
    return features;
}

io::Column idsOf(const io::Table& table, const std::string& name, std::vector<std::string>& notes) {
    for (const std::string& candidate : {name, std::string(objectId)})
        if (const io::Column* column = candidate.empty() ? nullptr : table.find(candidate))
            return *column;
    notes.push_back(table.source + " has no column " + (name.empty() ? objectId : name) +
                    ": galaxies are numbered by their rows");
    io::Column ids;
    std::vector<std::int64_t> rows(table.rows());
    std::iota(rows.begin(), rows.end(), std::int64_t{0});
    ids.values = std::move(rows);
    return ids;
}

std::map<std::string, std::vector<double>> columnsOf(const io::Table& table, const ImportMapping& mapping,
                                                     const PredictModel& model) {
    std::map<std::string, std::vector<double>> columns;
    for (const std::string& name : model.columns()) {
        const auto rule = std::find_if(mapping.columns.begin(), mapping.columns.end(),
                                       [&](const ColumnRule& r) { return r.name == name; });
        if (const io::Column* plain = table.find(name))
            columns[name] = plain->asReals();
        else if (rule != mapping.columns.end())
            columns[name] = evaluateFor("column " + name, rule->from, table);
        else
            columns[name] = io::selectColumn(table, name).asReals(); // says what is missing
    }
    return columns;
}

} // namespace

void checkSameFeatures(const std::string& what, const std::map<std::string, std::string>& attributes,
                       const StudyInputs& wanted) {
    for (const char* name : {"columns", "pooling", "weights_hash", "modalities", "asinh_softening"}) {
        const auto ours = attributes.find(name), theirs = wanted.attributes.find(name);
        if (ours == attributes.end() || theirs == wanted.attributes.end() || ours->second == theirs->second)
            continue;
        constexpr std::size_t shown = 200;
        throw Error(what + " are not what the study learned from: " + name + " are '" +
                    ours->second.substr(0, shown) + "', the study's '" + theirs->second.substr(0, shown) +
                    "'. Make them as the study's own were made.");
    }
}

std::unique_ptr<NewGalaxies> openTableGalaxies(const std::filesystem::path& path, const PredictModel& model,
                                               const RunContext& context) {
    const StudyInputs& inputs = model.inputs();
    const auto imported = mappingOf(inputs);
    const FeatureRule* rule = ruleOf(imported, inputs.features);
    std::vector<std::string> notes, names = featureNamesIn(inputs.attributes, inputs.width);
    const bool byMapping = imported && (rule || !model.takesFeatures());
    ImportMapping mapping = byMapping ? mappingFor(*imported, path, model, notes) : plainMapping(path, model);
    carryDescribing(mapping, byMapping ? imported : std::nullopt, path, model);
    const PreparedTable prepared = prepareTable(mapping, path, {}, context);
    notes.insert(notes.end(), prepared.notes.begin(), prepared.notes.end());
    MatrixF features;
    if (rule) {
        const BuiltFeatures built = buildFeatures(frozenRule(*rule, inputs), prepared.table);
        features = inStudyOrder(built, inputs, path.string());
        if (static_cast<std::size_t>(features.cols()) != inputs.width)
            throw Error(path.string() + ": " + std::to_string(features.cols()) +
                        " features come of it, but the study's networks take " +
                        std::to_string(inputs.width) + ". Its columns are not those of the study's table.");
    } else if (model.takesFeatures()) {
        features = columnsAsFeatures(prepared.table, inputs, names);
    }
    NewRows rows;
    rows.ids = idsOf(prepared.table, byMapping ? imported->objectId : "", notes);
    rows.features = std::move(features);
    rows.columns = columnsOf(prepared.table, mapping, model);
    std::vector<std::string> lacking;
    describe(rows, lacking, notes, prepared, byMapping ? imported : std::nullopt, model);
    return std::make_unique<TableGalaxies>(std::move(rows), std::move(names), std::move(lacking),
                                           std::move(notes));
}

} // namespace penumbra::workflow
