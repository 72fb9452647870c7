#include "core/importing/tables.h"

#include "core/base/error.h"
#include "core/base/exact_numbers.h"
#include "core/base/text.h"
#include "core/catalogue/catalogue.h"
#include "core/catalogue/expression.h"
#include "core/importing/columns.h"
#include "core/io/hats_folder.h"
#include "core/io/table_reader.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <unordered_map>
#include <utility>

namespace penumbra::workflow {

namespace {

constexpr std::size_t noRow = std::string::npos;

std::string countText(std::size_t n) {
    return withThousands(static_cast<long long>(n));
}

std::vector<std::string> columnNames(const io::Table& table) {
    std::vector<std::string> names;
    for (const auto& column : table.columns)
        names.push_back(column.name);
    return names;
}

void markMissing(io::Column& column, std::size_t row) {
    if (column.missing.empty())
        column.missing.assign(column.rows(), 0);
    column.missing[row] = 1;
}

/// Replaces codes in real columns; gives the number of cells.
template <typename Real>
std::size_t blankCodes(std::vector<Real>& values, const MissingRule& rule) {
    std::size_t count = 0;
    for (Real& value : values)
        for (const double code : rule.numbers)
            if (value == static_cast<Real>(code)) {
                value = std::numeric_limits<Real>::quiet_NaN();
                ++count;
                break;
            }
    return count;
}

bool isTextCode(const std::string& cell, const MissingRule& rule) {
    const auto text = trimmed(cell);
    if (std::find(rule.texts.begin(), rule.texts.end(), text) != rule.texts.end())
        return true;
    const auto number = rule.numbers.empty() ? std::nullopt : parseReal(text);
    return number && std::find(rule.numbers.begin(), rule.numbers.end(), *number) != rule.numbers.end();
}

/// A code written as a real, not the rounded twin of one written as an integer.
bool isRealCode(double code, const MissingRule& rule) {
    return std::none_of(rule.integers.begin(), rule.integers.end(),
                        [code](std::int64_t integer) { return static_cast<double>(integer) == code; });
}

/// Whether an integer is one of the codes, as the numbers they are.
template <typename Integer>
bool isIntegerCode(Integer value, const MissingRule& rule) {
    return std::any_of(rule.integers.begin(), rule.integers.end(),
                       [value](std::int64_t code) { return std::cmp_equal(value, code); }) ||
           std::any_of(
               rule.numbers.begin(), rule.numbers.end(),
               [&](double code) { return compareExactly(value, code) == 0 && isRealCode(code, rule); }) ||
           (std::cmp_greater(value, std::numeric_limits<std::int64_t>::max()) && !rule.texts.empty() &&
            std::find(rule.texts.begin(), rule.texts.end(), std::to_string(value)) != rule.texts.end());
}

/// Whether the row of an integer or text column holds a code.
bool isCode(const io::Column& column, std::size_t row, const MissingRule& rule) {
    if (const auto* integers = std::get_if<std::vector<std::int64_t>>(&column.values))
        return isIntegerCode((*integers)[row], rule);
    if (const auto* integers = std::get_if<std::vector<std::uint64_t>>(&column.values))
        return isIntegerCode((*integers)[row], rule);
    const auto* texts = std::get_if<std::vector<std::string>>(&column.values);
    return texts != nullptr && isTextCode((*texts)[row], rule);
}

std::size_t applyRule(io::Column& column, const MissingRule& rule) {
    if (auto* reals = std::get_if<std::vector<double>>(&column.values))
        return blankCodes(*reals, rule);
    if (auto* reals = std::get_if<std::vector<float>>(&column.values))
        return blankCodes(*reals, rule);
    if (column.width > 1)
        return 0; // integer and text vectors have no mask per element
    std::size_t count = 0;
    for (std::size_t row = 0; row < column.rows(); ++row)
        if (!column.isMissing(row) && isCode(column, row, rule)) {
            markMissing(column, row);
            ++count;
        }
    return count;
}

void applyMissing(io::Table& table, const std::vector<MissingRule>& rules, std::vector<std::string>& notes) {
    for (const auto& rule : rules) {
        std::size_t cells = 0;
        bool matched = false;
        for (auto& column : table.columns) {
            if (!matchesPattern(rule.pattern, column.name))
                continue;
            matched = true;
            cells += applyRule(column, rule);
        }
        if (!matched) {
            const auto near = nearNames(rule.pattern, columnNames(table));
            throw Error(table.source + ": [missing] names '" + rule.pattern +
                        "', but no column is called so" +
                        (near.empty() ? "" : "; near: " + joinText(near, ", ")));
        }
        notes.push_back("missing codes of " +
                        (rule.pattern == "*" ? std::string("all columns") : rule.pattern) + ": " +
                        countText(cells) + " cells");
    }
}

/// Integers of any type, integral reals and texts of integers share one spelling, so that 5, 5.0 and "5"
/// join; two columns of text join as they are written, "007" and "7" apart.
std::string keyText(const io::Column& column, std::size_t row, bool bothText) {
    if (column.isMissing(row))
        return "";
    if (!column.isNumeric()) {
        const std::string text(trimmed(column.asText(row)));
        const auto integer = bothText ? std::nullopt : parseInteger(text);
        return integer ? std::to_string(*integer) : text;
    }
    if (column.isInteger())
        return column.asText(row);
    const double value = column.asReal(row);
    return std::abs(value) <= 9007199254740992.0 && value == std::floor(value)
               ? std::to_string(static_cast<std::int64_t>(value))
               : shortestReal(value);
}

io::Column keyColumn(const io::Table& table, const std::string& name) {
    io::Column column = io::selectColumn(table, name);
    if (column.width > 1)
        throw Error(table.source + ": the key '" + name +
                    "' has several elements per row; pick one with [0]");
    return column;
}

/// For every row of the input, the row of the joined table.
std::vector<std::size_t> partners(const io::Table& table, const io::Table& other, const JoinRule& join) {
    const std::size_t rows = table.rows();
    std::vector<std::size_t> partner(rows);
    if (join.key.empty()) {
        if (other.rows() != rows)
            throw Error(other.source + " has " + countText(other.rows()) + " rows and " + table.source + " " +
                        countText(rows) + ": a join by row order needs as many. Name a key column otherwise");
        for (std::size_t row = 0; row < rows; ++row)
            partner[row] = row;
        return partner;
    }
    const std::string otherName = join.otherKey.empty() ? join.key : join.otherKey;
    const io::Column otherKeys = keyColumn(other, otherName);
    const io::Column keys = keyColumn(table, join.key);
    const bool bothText = !keys.isNumeric() && !otherKeys.isNumeric();
    std::unordered_map<std::string, std::size_t> index;
    for (std::size_t row = 0; row < other.rows(); ++row) {
        const std::string key = keyText(otherKeys, row, bothText);
        if (!key.empty() && !index.emplace(key, row).second)
            throw Error(other.source + ": key " + otherName + " = " + key + " occurs in rows " +
                        std::to_string(index[key]) + " and " + std::to_string(row) +
                        "; which one to join is not clear");
    }
    for (std::size_t row = 0; row < rows; ++row) {
        const auto found = index.find(keyText(keys, row, bothText));
        partner[row] = found == index.end() ? noRow : found->second;
    }
    return partner;
}

void keepRows(PreparedTable& prepared, const std::vector<std::size_t>& rows) {
    for (auto& column : prepared.table.columns)
        column = takeRows(column, rows);
    std::vector<std::int64_t> sourceRows;
    for (const std::size_t row : rows)
        sourceRows.push_back(prepared.sourceRows[row]);
    prepared.sourceRows = std::move(sourceRows);
}

void dropWhere(PreparedTable& prepared, const std::vector<std::uint8_t>& keep, const std::string& step) {
    std::vector<std::size_t> rows;
    for (std::size_t row = 0; row < keep.size(); ++row)
        if (keep[row])
            rows.push_back(row);
    prepared.dropped.push_back({step, keep.size() - rows.size()});
    if (rows.empty())
        throw Error(prepared.table.source + ": no rows are left after " + step + " (" +
                    countText(keep.size()) + " rows before it)");
    if (rows.size() < keep.size())
        keepRows(prepared, rows);
}

void joinTable(PreparedTable& prepared, const io::Table& other, const JoinRule& join) {
    const auto partner = partners(prepared.table, other, join);
    for (const auto& column : other.columns) {
        io::Column joined = takeRows(column, partner);
        joined.name = join.prefix + column.name;
        const auto names = columnNames(prepared.table);
        if (std::find(names.begin(), names.end(), joined.name) != names.end()) {
            if (!join.key.empty() && column.name == (join.otherKey.empty() ? join.key : join.otherKey))
                continue; // the key itself: the same values
            throw Error(other.source + ": column " + joined.name + " exists already in " +
                        prepared.table.source + "; give the join a prefix");
        }
        prepared.table.columns.push_back(std::move(joined));
    }
    const auto lost = static_cast<std::size_t>(std::count(partner.begin(), partner.end(), noRow));
    if (lost == partner.size())
        throw Error(other.source + ": no row of " + prepared.table.source + " has a partner by key " +
                    join.key);
    if (lost == 0)
        return;
    if (!join.dropUnmatched) {
        prepared.notes.push_back("join " + join.file + ": " + countText(lost) +
                                 " rows have no partner; their joined values are missing");
        return;
    }
    std::vector<std::uint8_t> keep(partner.size());
    std::transform(partner.begin(), partner.end(), keep.begin(),
                   [](std::size_t row) { return row != noRow ? 1 : 0; });
    dropWhere(prepared, keep, "join " + join.file + ": no partner");
}

void applyCut(PreparedTable& prepared, const std::string& cut) {
    std::vector<std::uint8_t> keep;
    try {
        keep = Expression(cut, prepared.table).isTrue(prepared.table);
    } catch (const Error& error) {
        throw Error("cut: " + std::string(error.what()));
    }
    dropWhere(prepared, keep, "cut " + cut);
}

/// "RA,DEC,RADIUS" in degrees.
io::SkyCone parseCone(const std::string& text) {
    std::vector<double> numbers;
    for (std::size_t begin = 0; begin <= text.size();) {
        const std::size_t end = std::min(text.find(',', begin), text.size());
        if (const auto number = parseReal(trimmed(std::string_view(text).substr(begin, end - begin))))
            numbers.push_back(*number);
        begin = end + 1;
    }
    if (numbers.size() != 3 || std::count(text.begin(), text.end(), ',') != 2 ||
        !(std::abs(numbers[1]) <= 90.0) || !(numbers[2] > 0.0 && numbers[2] <= 180.0) ||
        !std::isfinite(numbers[0]))
        throw UsageError(
            "cone '" + text +
            "': write RA,DEC,RADIUS in degrees, such as 150.1,2.2,0.5 (declination from -90 to 90, "
            "radius above 0)");
    return {numbers[0], numbers[1], numbers[2]};
}

/// Which rows and columns to read. Files that tell their columns beforehand and keep them apart are not read
/// whole.
io::ReadOptions readingOf(const ImportMapping& mapping, const std::filesystem::path& input) {
    io::ReadOptions read;
    read.part = mapping.part;
    read.maxRows = mapping.maxRows;
    read.ids = {mapping.objectId};
    for (const auto& join : mapping.joins)
        read.ids.push_back(join.key);
    read.tiles = mapping.tiles;
    if (!mapping.cone.empty())
        read.cone = parseCone(mapping.cone);
    if (const auto names = io::columnNamesBeforehand(input); !names.empty())
        read.columns = neededColumns(mapping, names);
    return read;
}

/// The file whose hash stands for the input: a HATS folder is known by its properties.
std::filesystem::path describedBy(const std::filesystem::path& input) {
    return io::isHats(input) ? io::openHats(input).described : input;
}

} // namespace

std::filesystem::path joinedPath(const ImportMapping& mapping, const JoinRule& join,
                                 const std::filesystem::path& joinFolder) {
    const std::filesystem::path named(join.file);
    if (!joinFolder.empty())
        for (const auto& candidate : {joinFolder / named, joinFolder / named.filename()})
            if (std::filesystem::exists(candidate))
                return candidate;
    const auto beside = mapping.folder / named;
    if (!std::filesystem::exists(beside))
        throw Error("the mapping joins " + join.file + ", which is neither at " + beside.string() +
                    (joinFolder.empty() ? "; say where joined tables lie with --join-dir"
                                        : " nor in " + joinFolder.string()));
    return beside;
}

bool matchesPattern(std::string_view pattern, std::string_view name) {
    std::size_t p = 0, n = 0, star = noRow, resume = 0;
    while (n < name.size()) {
        if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            resume = n;
        } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == name[n])) {
            ++p;
            ++n;
        } else if (star != noRow) {
            p = star + 1;
            n = ++resume;
        } else {
            return false;
        }
    }
    return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

io::Column takeRows(const io::Column& column, const std::vector<std::size_t>& rows) {
    io::Column out;
    out.name = column.name;
    out.unit = column.unit;
    out.description = column.description;
    out.width = column.width;
    const bool unmatched = std::find(rows.begin(), rows.end(), noRow) != rows.end();
    std::visit(
        [&](const auto& values) {
            using Value = typename std::decay_t<decltype(values)>::value_type;
            Value blank{};
            if constexpr (std::is_floating_point_v<Value>)
                blank = std::numeric_limits<Value>::quiet_NaN();
            std::vector<Value> taken;
            taken.reserve(rows.size() * column.width);
            for (const std::size_t row : rows)
                for (std::size_t k = 0; k < column.width; ++k)
                    taken.push_back(row == noRow ? blank : values[row * column.width + k]);
            out.values = std::move(taken);
        },
        column.values);
    if (!column.missing.empty() || unmatched)
        for (const std::size_t row : rows)
            out.missing.push_back(row == noRow || column.isFlagged(row) ? 1 : 0);
    return out;
}

PreparedTable prepareTable(const ImportMapping& mapping, const std::filesystem::path& inputPath,
                           const std::filesystem::path& joinFolder, const RunContext& context) {
    if (inputPath.empty() && mapping.input.empty())
        throw UsageError("no input: name the table to import, or set input in the mapping");
    const auto input = inputPath.empty() ? mapping.folder / mapping.input : inputPath;
    PreparedTable prepared;
    context.step(0.0, "reading " + input.filename().string());
    prepared.table = io::readTable(input, readingOf(mapping, input), context.slice(0.0, 0.4));
    prepared.sources.push_back({input, fileHash(describedBy(input), context)});
    prepared.rowsRead = prepared.table.rows();
    prepared.notes = prepared.table.notes;
    if (prepared.rowsRead == 0)
        throw Error(prepared.table.source + " has no rows");
    for (std::size_t row = 0; row < prepared.rowsRead; ++row)
        prepared.sourceRows.push_back(static_cast<std::int64_t>(row));
    for (const auto& join : mapping.joins) {
        const auto path = joinedPath(mapping, join, joinFolder);
        context.step(0.4, "joining " + path.filename().string());
        io::ReadOptions readJoined;
        readJoined.part = join.part;
        readJoined.maxRows = join.key.empty() ? mapping.maxRows : 0;
        readJoined.ids = {join.otherKey.empty() ? join.key : join.otherKey};
        const io::Table other = io::readTable(path, readJoined, context.slice(0.4, 0.6));
        prepared.sources.push_back({path, fileHash(path, context)});
        prepared.notes.insert(prepared.notes.end(), other.notes.begin(), other.notes.end());
        joinTable(prepared, other, join);
    }
    applyMissing(prepared.table, mapping.missing, prepared.notes);
    for (const auto& cut : mapping.cuts) {
        context.step(0.8, "cut " + cut);
        applyCut(prepared, cut);
    }
    return prepared;
}

} // namespace penumbra::workflow
