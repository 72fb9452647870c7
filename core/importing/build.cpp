#include "core/importing/build.h"

#include "core/base/error.h"
#include "core/base/json_text.h"
#include "core/base/text.h"
#include "core/catalogue/expression.h"
#include "core/catalogue/feature_words.h"
#include "core/importing/features.h"
#include "core/importing/positions.h"
#include "core/importing/samples.h"
#include "penumbra_version.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace penumbra::workflow {

namespace {

std::string countText(std::size_t n) {
    return withThousands(static_cast<long long>(n));
}

std::array<std::size_t, 3> splitCounts(const std::vector<std::uint8_t>& split) {
    std::array<std::size_t, 3> counts{};
    for (const auto value : split)
        ++counts[value];
    return counts;
}

std::size_t labelled(const Target& target) {
    return static_cast<std::size_t>(
        std::count_if(target.values.begin(), target.values.end(), [](double x) { return !std::isnan(x); }));
}

/// Which split the text of a cell stands for; 3: none of them.
class SplitWords {
public:
    explicit SplitWords(const SplitRule& rule) : lists_{rule.train, rule.calibration, rule.test} {
        if (rule.train.empty() && rule.calibration.empty() && rule.test.empty())
            lists_ = {{{"train", "training", "0"},
                       {"calibration", "cal", "calib", "validation", "val", "1"},
                       {"test", "testing", "2"}}};
    }
    std::uint8_t find(const std::string& cell) const {
        for (std::uint8_t s = 0; s < 3; ++s)
            for (const auto& word : lists_[s])
                if (sameValue(word, cell))
                    return s;
        return 3;
    }
    std::string text() const {
        return "train = " + joinText(lists_[0], "|") + ", calibration = " + joinText(lists_[1], "|") +
               ", test = " + joinText(lists_[2], "|");
    }

private:
    static bool sameValue(const std::string& word, const std::string& cell) {
        if (lowered(word) == lowered(cell))
            return true;
        const auto a = parseReal(word), b = parseReal(cell);
        return a && b && *a == *b;
    }
    std::array<std::vector<std::string>, 3> lists_;
};

/// Split per row of the prepared table; 3 = other values.
std::vector<std::uint8_t> splitFromColumn(const SplitRule& rule, const io::Table& table) {
    const io::Column column = io::selectColumn(table, rule.column);
    if (column.width > 1)
        throw Error("split column " + rule.column + " has several elements per row; pick one with [0]");
    const SplitWords words(rule);
    std::vector<std::uint8_t> split(table.rows());
    for (std::size_t row = 0; row < split.size(); ++row) {
        const std::string cell(trimmed(column.asText(row)));
        split[row] = words.find(cell);
        if (split[row] == 3 && !rule.dropOthers)
            throw Error("split column " + rule.column + ", row " + std::to_string(row) + ": '" + cell +
                        "' is none of " + words.text() + "; set others = \"drop\" to leave such rows out");
    }
    return split;
}

void applySplit(const SplitRule& rule, PreparedTable& prepared, std::vector<std::uint8_t>& split) {
    if (rule.column.empty())
        return;
    const auto all = splitFromColumn(rule, prepared.table);
    std::vector<std::size_t> rows;
    for (std::size_t row = 0; row < all.size(); ++row)
        if (all[row] < 3)
            rows.push_back(row);
    if (rows.empty())
        throw Error("split column " + rule.column + ": no row is train, calibration or test");
    std::vector<std::int64_t> sourceRows;
    for (const std::size_t row : rows) {
        split.push_back(all[row]);
        sourceRows.push_back(prepared.sourceRows[row]);
    }
    if (rows.size() == all.size())
        return;
    prepared.dropped.push_back({"split column " + rule.column + ": other values", all.size() - rows.size()});
    prepared.sourceRows = std::move(sourceRows);
    for (auto& column : prepared.table.columns)
        column = takeRows(column, rows);
}

/// A column by its name, else integers from a formula such as BRICKID*1000000+OBJID.
io::Column idColumn(const std::string& text, const io::Table& table) {
    if (table.find(text) != nullptr || text.find_first_of("+-*/%&|^(~<>`") == std::string::npos)
        return io::selectColumn(table, text);
    try {
        return Expression(text, table).column(table);
    } catch (const Error& error) {
        throw Error("object_id: " + std::string(error.what()));
    }
}

io::Column objectIds(const ImportMapping& mapping, const PreparedTable& prepared) {
    io::Column ids;
    if (mapping.objectId.empty()) {
        ids.values = prepared.sourceRows;
        ids.description = "row of the imported table, from 0";
    } else {
        ids = idColumn(mapping.objectId, prepared.table);
    }
    ids.name = "object_id";
    if (ids.width > 1)
        throw Error("object_id column " + mapping.objectId +
                    " has several elements per row; pick one with [0]");
    for (std::size_t row = 0; row < ids.rows(); ++row)
        if (ids.isMissing(row))
            throw Error("object_id column " + mapping.objectId + " is missing in row " +
                        std::to_string(prepared.sourceRows[row]) +
                        " of the input; cut such rows: not ismissing(" + mapping.objectId + ")");
    if (ids.isInteger() || std::holds_alternative<std::vector<std::string>>(ids.values))
        return ids;
    std::vector<std::int64_t> integers;
    for (std::size_t row = 0; row < ids.rows(); ++row) {
        const double value = ids.asReal(row);
        if (value != std::floor(value) || std::abs(value) > 9007199254740992.0)
            throw Error("object_id column " + mapping.objectId + " holds the real number " +
                        shortestReal(value) + "; ids are integers or text");
        integers.push_back(static_cast<std::int64_t>(value));
    }
    ids.values = std::move(integers);
    ids.missing.clear();
    return ids;
}

std::string columnNameInFile(std::string name) {
    std::replace(name.begin(), name.end(), '/', '_');
    return name;
}

void addColumn(io::Table& columns, io::Column column, const std::string& name) {
    column.name = columnNameInFile(name);
    for (const auto& other : columns.columns)
        if (other.name == column.name)
            throw Error("two columns of the catalogue would be named " + column.name);
    columns.columns.push_back(std::move(column));
}

void carryColumns(const ImportMapping& mapping, const io::Table& table, io::Table& columns) {
    constexpr std::size_t mostElements = 16; // of "*": an embedding's hundreds are of no use as columns
    for (const auto& pattern : mapping.carry) {
        bool matched = false;
        for (const auto& column : table.columns) {
            if (!matchesPattern(pattern, column.name))
                continue;
            matched = true;
            if (pattern == "*" && column.width > mostElements)
                continue;
            if (column.width == 1)
                addColumn(columns, column, column.name);
            for (std::size_t k = 0; column.width > 1 && k < column.width; ++k) {
                const std::string index = std::to_string(k);
                addColumn(columns, io::selectColumn(table, column.name + "[" + index + "]"),
                          column.name + "_" + index);
            }
        }
        if (!matched)
            addColumn(columns, io::selectColumn(table, pattern), pattern); // throws with near names if absent
    }
}

/// Names of the columns that a feature set is made of, and patterns of such names.
std::vector<std::string> inputNames(const FeatureRule& rule, const io::Table& table) {
    std::vector<std::string> names;
    for (const std::string& text : rule.columns)
        try {
            for (const std::string& name : Expression(text, table).columnNames())
                names.push_back(name);
        } catch (const Error&) {
            names.push_back(text); // "mag_*"
        }
    return names;
}

/// The scalar columns behind the features, so that galaxies can be binned and cut by them. An embedding's
/// hundreds are of no use there.
void carryInputColumns(const ImportMapping& mapping, const io::Table& table, io::Table& columns) {
    constexpr std::size_t most = 64;
    std::vector<const io::Column*> inputs;
    for (const FeatureRule& rule : mapping.features)
        for (const std::string& name : inputNames(rule, table))
            for (const io::Column& column : table.columns)
                if (column.width == 1 && matchesPattern(name, column.name) &&
                    std::find(inputs.begin(), inputs.end(), &column) == inputs.end())
                    inputs.push_back(&column);
    if (inputs.size() > most)
        return;
    for (const io::Column* column : inputs)
        if (columns.find(columnNameInFile(column->name)) == nullptr)
            addColumn(columns, *column, column->name);
}

void computeColumns(const ImportMapping& mapping, const io::Table& table, io::Table& columns) {
    for (const auto& rule : mapping.columns) {
        const std::string what = "column " + rule.name;
        io::Column column;
        bool plain = false;
        try {
            const Expression expression(rule.from, table);
            plain = expression.isPlainColumn();
            column = expression.column(table);
        } catch (const Error& error) {
            throw Error(what + ": " + error.what());
        }
        if (!rule.unit.empty())
            column.unit = rule.unit;
        if (!rule.description.empty())
            column.description = rule.description;
        else if (!plain)
            column.description = rule.from;
        addColumn(columns, std::move(column), rule.name);
    }
}

Target makeTarget(const TargetRule& rule, const io::Table& table) {
    const std::string what = "target " + rule.name;
    Target target;
    target.name = columnNameInFile(rule.name);
    target.unit = rule.unit;
    target.label = rule.label;
    target.values = evaluateFor(what, rule.from, table);
    const double nan = std::numeric_limits<double>::quiet_NaN();
    for (double& value : target.values)
        if (!std::isfinite(value) ||
            std::find(rule.missing.begin(), rule.missing.end(), value) != rule.missing.end())
            value = nan;
    if (labelled(target) == 0)
        throw Error(what + ": " + rule.from + " has no usable value in any of the " +
                    countText(table.rows()) + " rows");
    if (!rule.error.empty())
        target.errors = evaluateFor("error of " + what, rule.error, table);
    const Expression from(rule.from, table);
    if (target.unit.empty() && from.isPlainColumn())
        target.unit = from.column(table).unit;
    return target;
}

void addProvenance(const ImportMapping& mapping, ImportedCatalogue& imported,
                   const std::vector<ImportSource>& sources) {
    auto& attributes = imported.catalogue.attributes;
    attributes = mapping.attributes;
    attributes["created_by"] = std::string("penumbra ") + versionText;
    attributes["import_mapping"] = mapping.text.empty() ? toToml(mapping) : mapping.text;
    std::vector<std::string> names, hashes; // names only: the folder is nobody else's business
    for (const auto& source : sources) {
        names.push_back(source.path.filename().string());
        hashes.push_back(source.hash);
    }
    attributes["import_sources"] = joinText(names, ",");
    attributes["import_source_hashes"] = joinText(hashes, ",");
    attributes["import_summary"] = jsonText(imported.summary());
}

/// "features aion: g and 2 more are NaN or infinite" for a row with such; else empty.
std::string reasonOf(const FeatureInfo& info, const std::vector<std::string>& names, const MatrixF& values,
                     Eigen::Index row) {
    std::size_t bad = 0;
    std::string first;
    for (Eigen::Index k = 0; k < values.cols(); ++k)
        if (!std::isfinite(values(row, k)) && bad++ == 0)
            first = names.size() == info.width ? names[static_cast<std::size_t>(k)]
                                               : "feature " + std::to_string(k);
    if (bad == 0)
        return {};
    return featureWords(info.name) + ": " + first +
           (bad > 1 ? " and " + std::to_string(bad - 1) + " more are" : " is") + " NaN or infinite";
}

/// Rows that no study can use, with reasons: by row of the catalogue and by row of the input.
void findQuarantine(ImportedCatalogue& imported, const PreparedTable& prepared) {
    Catalogue& catalogue = imported.catalogue;
    for (std::size_t i = 0; i < imported.features.size(); ++i) {
        if (imported.quarantined[i] == 0)
            continue;
        const FeatureInfo& info = catalogue.features[i];
        const auto names = splitText(info.attributes.at("columns"), ',');
        for (std::size_t row = 0; row < catalogue.rowCount; ++row) {
            const std::string reason =
                reasonOf(info, names, imported.features[i], static_cast<Eigen::Index>(row));
            if (reason.empty())
                continue;
            catalogue.quarantine.push_back({static_cast<std::int64_t>(row), reason});
            imported.sourceQuarantine.push_back({prepared.sourceRows[row], reason});
        }
    }
}

} // namespace

nlohmann::json ImportedCatalogue::summary() const {
    nlohmann::json out;
    out["rows_read"] = rowsRead;
    out["rows_kept"] = catalogue.rowCount;
    out["dropped"] = nlohmann::json::array();
    for (const auto& step : dropped)
        out["dropped"].push_back({{"step", step.step}, {"rows", step.rows}});
    out["features"] = nlohmann::json::object();
    for (std::size_t i = 0; i < catalogue.features.size(); ++i)
        out["features"][catalogue.features[i].name] = {{"width", catalogue.features[i].width},
                                                       {"quarantined", quarantined[i]}};
    out["targets"] = nlohmann::json::object();
    for (const auto& target : catalogue.targets)
        out["targets"][target.name] = {{"labelled", labelled(target)}, {"unit", target.unit}};
    out["columns"] = catalogue.columns.columns.size();
    if (!catalogue.split.empty()) {
        const auto counts = splitCounts(catalogue.split);
        out["split"] = {{"train", counts[0]}, {"calibration", counts[1]}, {"test", counts[2]}};
    }
    out["notes"] = notes;
    return out;
}

std::string ImportedCatalogue::text() const {
    std::string out = "rows      " + countText(catalogue.rowCount) + " of " + countText(rowsRead) + " kept\n";
    for (const auto& step : dropped)
        out += "          " + countText(step.rows) + " dropped by " + step.step + "\n";
    for (std::size_t i = 0; i < catalogue.features.size(); ++i) {
        const auto& info = catalogue.features[i];
        out += "features  " + info.name + ": " + std::to_string(info.width) + " (" +
               info.attributes.at("columns") + ")";
        out += quarantined[i] > 0 ? "; " + countText(quarantined[i]) + " rows in quarantine\n" : "\n";
    }
    for (const auto& target : catalogue.targets)
        out += "target    " + target.name + ": " + countText(labelled(target)) + " labels" +
               (target.unit.empty() ? "" : ", " + target.unit) +
               (target.errors.empty() ? "" : ", with errors") + "\n";
    out += "columns   " + countText(catalogue.columns.columns.size()) + "\n";
    if (catalogue.split.empty()) {
        out += "split     none: the study draws it\n";
    } else {
        const auto counts = splitCounts(catalogue.split);
        out += "split     train " + countText(counts[0]) + ", calibration " + countText(counts[1]) +
               ", test " + countText(counts[2]) + "\n";
    }
    for (const auto& note : notes)
        out += "note      " + note + "\n";
    return out;
}

ImportedCatalogue importTable(const ImportMapping& mapping, const std::filesystem::path& inputPath,
                              const std::filesystem::path& joinFolder, const RunContext& context) {
    PreparedTable prepared = prepareTable(mapping, inputPath, joinFolder, context.slice(0.0, 0.7));
    ImportedCatalogue imported;
    Catalogue& catalogue = imported.catalogue;
    applySplit(mapping.split, prepared, catalogue.split);
    const io::Table& table = prepared.table;
    catalogue.rowCount = table.rows();
    imported.rowsRead = prepared.rowsRead;
    imported.dropped = prepared.dropped;
    imported.notes = prepared.notes;
    catalogue.objectId = objectIds(mapping, prepared);
    if (const auto& fractions = mapping.split.fractions; !fractions.empty())
        catalogue.split =
            drawSplit(catalogue.objectId, fractions[0], fractions[1], mapping.split.seed, imported.notes);
    if (!mapping.ra.empty())
        catalogue.ra = positionDegrees(true, mapping.ra, prepared, imported.notes);
    if (!mapping.dec.empty())
        catalogue.dec = positionDegrees(false, mapping.dec, prepared, imported.notes);
    carryColumns(mapping, table, catalogue.columns);
    computeColumns(mapping, table, catalogue.columns);
    if (mapping.carryInputs)
        carryInputColumns(mapping, table, catalogue.columns);
    for (const auto& rule : mapping.features) {
        context.step(0.75, featureWords(rule.name));
        BuiltFeatures built = buildFeatures(rule, table);
        catalogue.features.push_back(std::move(built.info));
        imported.features.push_back(std::move(built.values));
        imported.quarantined.push_back(built.quarantined);
        imported.notes.insert(imported.notes.end(), built.notes.begin(), built.notes.end());
    }
    findQuarantine(imported, prepared);
    for (const auto& rule : mapping.targets)
        catalogue.targets.push_back(makeTarget(rule, table));
    imported.samples = provabgsSamples(mapping, table, imported.notes);
    if (catalogue.features.empty() && catalogue.targets.empty() && catalogue.columns.columns.empty())
        throw Error("the mapping takes nothing over: give features, targets or columns");
    addProvenance(mapping, imported, prepared.sources);
    return imported;
}

} // namespace penumbra::workflow
