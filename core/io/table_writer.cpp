#include "core/io/table_writer.h"

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/io/table_writers_internal.h"

#include <algorithm>
#include <type_traits>
#include <unordered_set>

namespace penumbra::io {

namespace {

constexpr std::size_t cellsPerBlock = std::size_t{1} << 20;

using Type = ColumnLayout::Type;

template <typename Value>
constexpr Type typeFor() {
    if constexpr (std::is_same_v<Value, double>)
        return Type::Float64;
    else if constexpr (std::is_same_v<Value, float>)
        return Type::Float32;
    else if constexpr (std::is_same_v<Value, std::int64_t>)
        return Type::Int64;
    else if constexpr (std::is_same_v<Value, std::uint64_t>)
        return Type::UInt64;
    else if constexpr (std::is_same_v<Value, std::uint8_t>)
        return Type::Bool;
    else
        return Type::Text;
}

void measureTexts(const std::vector<std::string>& texts, ColumnLayout& layout) {
    for (const std::string& text : texts) {
        layout.textBytes = std::max(layout.textBytes, text.size());
        layout.ascii = layout.ascii && isAscii(text);
        layout.endsInBlanks =
            layout.endsInBlanks || (!text.empty() && text.back() == ' ') || text.find('\0') != text.npos;
    }
}

/// The first free one from the end of the range on: upwards from the smallest signed integer, downwards from
/// the largest unsigned one.
template <typename Integer>
std::uint64_t spareOf(const std::vector<Integer>& values) {
    const bool isSigned = std::is_signed_v<Integer>;
    std::uint64_t bits = isSigned ? std::uint64_t{1} << 63 : ~std::uint64_t{0};
    if (std::find(values.begin(), values.end(), static_cast<Integer>(bits)) == values.end())
        return bits; // nearly always
    const std::unordered_set<Integer> taken(values.begin(), values.end());
    while (taken.contains(static_cast<Integer>(bits)))
        bits = isSigned ? bits + 1 : bits - 1;
    return bits;
}

Type typeOf(const Column& column) {
    return std::visit(
        [](const auto& values) { return typeFor<typename std::decay_t<decltype(values)>::value_type>(); },
        column.values);
}

/// What a value is that the layout did not announce; null if it is fine.
template <typename Value>
const char* misfit(const Value& value, const ColumnLayout& layout) {
    if constexpr (std::is_same_v<Value, std::string>)
        return value.size() > layout.textBytes ? "a text is longer than was announced" : nullptr;
    else if constexpr (std::is_integral_v<Value> && sizeof(Value) == 8)
        return layout.mayMiss && value == static_cast<Value>(layout.spare)
                   ? "holds the number that stands for missing rows"
                   : nullptr;
    else
        return nullptr;
}

/// @throws Error if the rows are not what the layout announced: a text would be cut, a number taken for
/// missing.
void checkFits(const Column& column, const ColumnLayout& layout, std::size_t first, std::size_t count,
               const std::filesystem::path& path) {
    const auto refuse = [&](const std::string& what) {
        throw Error(path.string() + ": column " + layout.name + " cannot be written: " + what);
    };
    if (typeOf(column) != layout.type || column.width != layout.width)
        refuse("rows of " + column.typeName() + " came where others were announced");
    if (first + count > column.rows())
        refuse("it has too few rows");
    std::visit(
        [&](const auto& values) {
            for (std::size_t row = first; row < first + count; ++row) {
                if (column.isFlagged(row)) {
                    if (!layout.mayMiss)
                        refuse("a row is missing where none was announced");
                    continue;
                }
                for (std::size_t k = 0; k < column.width; ++k)
                    if (const char* what = misfit(values[row * column.width + k], layout))
                        refuse(what);
            }
        },
        column.values);
}

bool fits(const std::filesystem::path& path, const TableWriter& writer) {
    const std::string name = lowered(path.filename().string());
    return std::any_of(writer.patterns.begin(), writer.patterns.end(), [&](const std::string& pattern) {
        return name.ends_with(std::string_view(pattern).substr(1)); // "*.fits"
    });
}

std::string endings() {
    std::vector<std::string> all;
    for (const TableWriter& writer : allTableWriters())
        all.push_back(writer.patterns.front().substr(1));
    return joinText(all, ", ");
}

} // namespace

TableLayout layoutOf(const Table& table) {
    TableLayout layout;
    layout.rows = table.rows();
    for (const Column& column : table.columns) {
        ColumnLayout& one = layout.columns.emplace_back();
        one.name = column.name;
        one.unit = column.unit;
        one.description = column.description;
        one.ucd = column.ucd;
        one.width = column.width;
        one.mayMiss = std::find(column.missing.begin(), column.missing.end(), 1) != column.missing.end();
        std::visit(
            [&](const auto& values) {
                using Value = typename std::decay_t<decltype(values)>::value_type;
                one.type = typeFor<Value>();
                if constexpr (std::is_same_v<Value, std::string>)
                    measureTexts(values, one);
                else if constexpr (std::is_integral_v<Value> && sizeof(Value) == 8)
                    one.spare = one.mayMiss ? spareOf(values) : one.spare;
            },
            column.values);
    }
    return layout;
}

TableSink::TableSink(std::filesystem::path path, TableLayout layout)
    : path_(std::move(path)), layout_(std::move(layout)) {}

void TableSink::append(const Table& block, std::size_t first, std::size_t count) {
    if (block.columns.size() != layout_.columns.size())
        throw Error(path_.string() + ": " + std::to_string(block.columns.size()) + " columns came, " +
                    std::to_string(layout_.columns.size()) + " were announced");
    for (std::size_t i = 0; i < block.columns.size(); ++i)
        checkFits(block.columns[i], layout_.columns[i], first, count, path_);
    take(block, first, count);
    rows_ += count;
}

void TableSink::finish(const std::stop_token& stop) {
    if (rows_ != layout_.rows)
        throw Error(path_.string() + ": " + std::to_string(rows_) + " rows came, " +
                    std::to_string(layout_.rows) + " were announced");
    seal(stop);
}

void TableWriter::write(const Table& table, const std::filesystem::path& path, const TableMeta& meta,
                        const RunContext& context) const {
    const auto sink = open(path, layoutOf(table), meta, context);
    std::size_t cells = 1;
    for (const Column& column : table.columns)
        cells += column.width;
    const std::size_t block = std::max<std::size_t>(1, cellsPerBlock / cells);
    const std::size_t rows = table.rows();
    for (std::size_t done = 0; done < rows; done += block) {
        context.step(static_cast<double>(done) / static_cast<double>(rows), "writing " + path.string());
        sink->append(table, done, std::min(block, rows - done));
    }
    context.checkStop();
    sink->finish(context.stop);
}

std::span<const TableWriter> allTableWriters() {
    static const TableWriter writers[] = {
        {"csv", "CSV", {"*.csv"}, openCsv},
        {"ecsv", "ECSV (astropy's CSV with types and units)", {"*.ecsv"}, openEcsv},
        {"fits", "FITS binary table", {"*.fits", "*.fit"}, openFits},
        {"hdf5", "HDF5, one dataset a column", {"*.h5", "*.hdf5"}, openHdf5},
#ifdef PENUMBRA_WITH_ARROW
        {"parquet", "Parquet", {"*.parquet"}, openParquet},
#endif
        {"votable", "VOTable", {"*.vot", "*.votable", "*.xml"}, openVotable},
    };
    return writers;
}

const TableWriter& writerFor(const std::filesystem::path& path, std::string_view id) {
    const auto writers = allTableWriters();
    const bool byName = id.empty() || id == "auto";
    const auto found = std::find_if(writers.begin(), writers.end(), [&](const TableWriter& writer) {
        return byName ? fits(path, writer) : writer.id == id;
    });
    if (found != writers.end())
        return *found;
    if (byName)
        throw UsageError("the name '" + path.string() +
                         "' does not tell in which format to write: end it in " + endings());
    throw UsageError("tables are not written as '" + std::string(id) + "'; there are: " + writableFormats());
}

std::string writableFormats() {
    std::vector<std::string> ids;
    for (const TableWriter& writer : allTableWriters())
        ids.push_back(writer.id);
    return joinText(ids, ", ");
}

std::vector<std::string> writerChoices() {
    std::vector<std::string> choices = {"auto"};
    for (const TableWriter& writer : allTableWriters())
        choices.push_back(writer.id);
    return choices;
}

} // namespace penumbra::io
