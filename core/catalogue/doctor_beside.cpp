// Two files of one survey, say a training and a test file: the same galaxy in both.

#include "core/base/text.h"
#include "core/catalogue/doctor_checks.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <unordered_set>

namespace penumbra::doctor {

namespace {

constexpr std::size_t fewestColumns = 3; // two rows that agree in fewer need not be one galaxy

using Columns = std::vector<const io::Column*>;

/// How rows of two tables are recognised as one galaxy; empty columns: not at all.
struct Identity {
    std::string words;
    Columns own, other;
    bool exact =
        false; ///< compared as texts; else as float32, in which one of two files may have stored them
};

const io::Column* idColumn(const io::Table& table, const std::string& name) {
    const io::Column* column = table.find(name);
    return column != nullptr && column->width == 1 &&
                   (std::holds_alternative<std::vector<std::int64_t>>(column->values) ||
                    std::holds_alternative<std::vector<std::string>>(column->values))
               ? column
               : nullptr;
}

/// A header of too few or too many names: which name belongs to which column is not known.
bool hasDoubtfulNames(const io::Table& table) {
    return std::any_of(table.workarounds.begin(), table.workarounds.end(), [](const io::Workaround& w) {
        return w.kind == "short-header" || w.kind == "long-header" || w.kind == "no-header";
    });
}

/// Column by column in the order of the files, where they have equally many, all of them numbers.
Identity identityByOrder(const io::Table& table, const io::Table& other) {
    const auto isNumber = [](const io::Column& column) { return column.isNumeric() && column.width == 1; };
    if (table.columns.size() != other.columns.size() || table.columns.size() < fewestColumns ||
        !std::all_of(table.columns.begin(), table.columns.end(), isNumber) ||
        !std::all_of(other.columns.begin(), other.columns.end(), isNumber))
        return {};
    Identity values{"the same values in all " + countText(table.columns.size()) +
                        " columns, in their order, for a header does not fit its columns",
                    {},
                    {}};
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
        values.own.push_back(&table.columns[i]);
        values.other.push_back(&other.columns[i]);
    }
    return values;
}

Identity identityOf(const io::Table& table, const io::Table& other) {
    if (hasDoubtfulNames(table) || hasDoubtfulNames(other))
        return identityByOrder(table, other);
    for (const io::Column& column : table.columns)
        if (looksLikeId(column.name) && idColumn(table, column.name) && idColumn(other, column.name))
            return {"the same " + column.name, {&column}, {idColumn(other, column.name)}, true};
    const auto both = [&](const char* name, Identity& identity) {
        const io::Column *own = table.find(name), *theirs = other.find(name);
        if (own == nullptr || theirs == nullptr || !own->isNumeric() || !theirs->isNumeric())
            return;
        identity.own.push_back(own);
        identity.other.push_back(theirs);
    };
    Identity position{"the same position", {}, {}};
    both("ra", position);
    both("dec", position);
    if (position.own.size() == 2)
        return position;
    Identity values{"", {}, {}};
    for (const io::Column& column : table.columns) {
        const io::Column* theirs = other.find(column.name);
        if (theirs == nullptr || !column.isNumeric() || !theirs->isNumeric() || column.width != 1 ||
            theirs->width != 1)
            continue;
        values.own.push_back(&column);
        values.other.push_back(theirs);
    }
    if (values.own.size() < fewestColumns)
        return {};
    values.words = "the same values in all " + countText(values.own.size()) + " columns that both have";
    return values;
}

/// "" for a row that cannot be recognised: no id, or nothing measured.
std::string keyOf(const Columns& columns, std::size_t row, bool exact) {
    if (exact)
        return columns.front()->asText(row);
    std::string key;
    bool any = false;
    for (const io::Column* column : columns) {
        const double value = column->asReal(row);
        const float stored = std::isnan(value) ? 0.0F : static_cast<float>(value) + 0.0F; // no -0
        any |= !std::isnan(value);
        char bytes[sizeof(stored)];
        std::memcpy(bytes, &stored, sizeof(stored));
        key.append(bytes, sizeof(stored));
    }
    return any ? key : "";
}

} // namespace

void examineBeside(const io::Table& table, const io::Table& other, Report& report,
                   const RunContext& context) {
    Finding finding;
    finding.kind = "overlap";
    finding.where = "beside " + other.source;
    const Identity identity = identityOf(table, other);
    if (identity.own.empty()) {
        finding.what = "whether the same galaxy is in both cannot be told: " +
                       (hasDoubtfulNames(table) || hasDoubtfulNames(other)
                            ? std::string("the header of one of them does not fit its columns")
                            : "the two files share no id, no position and fewer than " +
                                  std::to_string(fewestColumns) + " columns");
        report.findings.push_back(std::move(finding));
        return;
    }
    std::unordered_set<std::string> known;
    for (std::size_t row = 0; row < other.rows(); ++row)
        known.insert(keyOf(identity.other, row, identity.exact));
    known.erase("");
    context.checkStop();
    for (std::size_t row = 0; row < table.rows(); ++row) {
        if (!known.contains(keyOf(identity.own, row, identity.exact)))
            continue;
        ++finding.count;
        if (finding.rows.size() < exampleRows)
            finding.rows.push_back(static_cast<std::int64_t>(row));
    }
    if (finding.count == 0) {
        finding.what = "no row of this file is in it (compared: " + identity.words + ")";
    } else {
        finding.severity = Severity::Serious;
        finding.what = counted(finding.count, "row of this file is", "rows of this file are") +
                       " in it as well (" + identity.words + ")";
        finding.advice =
            "If one of the two trains and the other calibrates or tests, the test has seen them: drop "
            "them from one.";
    }
    report.findings.push_back(std::move(finding));
    sortBySeverity(report);
}

io::Table scalarsOf(const Catalogue& catalogue) {
    io::Table table;
    table.source = catalogue.path.string();
    table.columns.push_back(catalogue.objectId);
    table.columns.back().name = "object_id";
    const auto add = [&](const std::string& name, const std::vector<double>& values) {
        if (values.empty())
            return;
        io::Column column;
        column.name = name;
        column.values = values;
        table.columns.push_back(std::move(column));
    };
    add("ra", catalogue.ra);
    add("dec", catalogue.dec);
    for (const Target& target : catalogue.targets)
        add(target.name, target.values);
    for (const io::Column& column : catalogue.columns.columns)
        if (table.find(column.name) == nullptr)
            table.columns.push_back(column);
    return table;
}

} // namespace penumbra::doctor
