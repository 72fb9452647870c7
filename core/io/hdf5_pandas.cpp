// Tables that pandas wrote through PyTables: its fixed form (blocks of columns of one type) and its table
// form.

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/io/hdf5_tables.h"

#include <algorithm>
#include <charconv>
#include <limits>

namespace penumbra::io::hdf5 {

namespace {

constexpr const char* indexName = "index";

std::vector<std::string> labels(const Hdf5File& file, const std::string& dataset) {
    const Hdf5Entry entry = file.describe(dataset);
    if (entry.kind == Hdf5Kind::Text) {
        return file.readTexts(dataset);
    }
    std::vector<std::string> names; // columns may be called by numbers
    for (const std::int64_t number : file.readIntegers(dataset)) {
        names.push_back(std::to_string(number));
    }
    return names;
}

std::size_t blockCount(const Hdf5File& file, const std::string& group) {
    const auto count = file.integerAttribute(group, "nblocks").value_or(0);
    return static_cast<std::size_t>(std::clamp<std::int64_t>(count, 0, 10000));
}

/// The columns of one block; none if its values are not an array.
std::vector<BlockColumn> columnsOfBlock(const Hdf5File& file, const std::string& group, std::size_t block) {
    const std::string start = inside(group, "block" + std::to_string(block));
    const std::vector<std::string> names = labels(file, start + "_items");
    const Hdf5Entry entry = file.describe(start + "_values");
    const bool columnsFirst = file.integerAttribute(start + "_values", "transposed").value_or(0) == 0;
    const bool array = entry.shape.size() == 2 && entry.shape[columnsFirst ? 0 : 1] == names.size();
    std::vector<BlockColumn> columns;
    for (std::size_t i = 0; i < names.size(); ++i) {
        columns.push_back({names[i], array ? start + "_values" : "", i, names.size(), columnsFirst});
    }
    return columns;
}

std::vector<BlockColumn> blockColumns(const Hdf5File& file, const std::string& group) {
    std::vector<BlockColumn> all;
    for (std::size_t block = 0; block < blockCount(file, group); ++block) {
        const auto columns = columnsOfBlock(file, group, block);
        all.insert(all.end(), columns.begin(), columns.end());
    }
    return all;
}

/// The first rows (`most` at most) of one column of a block.
Column oneOf(const Column& block, const BlockColumn& place, std::size_t most) {
    Column column;
    column.name = place.name;
    column.values = std::visit(
        [&](const auto& values) -> Column::Values {
            std::decay_t<decltype(values)> picked;
            const std::size_t rows = values.size() / place.width;
            const std::size_t wanted = std::min(rows, most);
            picked.reserve(wanted);
            for (std::size_t row = 0; row < wanted; ++row) {
                picked.push_back(
                    values[place.columnsFirst ? place.at * rows + row : row * place.width + place.at]);
            }
            return picked;
        },
        block.values);
    return column;
}

/// Dates are integers in the file, counted as the type says; NaT is the smallest.
void settleType(Column& column, const std::string& type) {
    auto* integers = std::get_if<std::vector<std::int64_t>>(&column.values);
    if (integers == nullptr) {
        return;
    }
    if (type == "bool") {
        column.values = std::vector<std::uint8_t>(integers->begin(), integers->end());
        return;
    }
    if (!type.starts_with("datetime64") && !type.starts_with("timedelta64")) {
        return;
    }
    const auto open = type.find('[');
    column.unit = open == std::string::npos ? "ns" : type.substr(open + 1, type.find(']') - open - 1);
    column.description = type.starts_with("datetime64") ? "time since 1970-01-01" : "span of time";
    std::vector<std::uint8_t> missing(integers->size(), 0);
    std::transform(integers->begin(), integers->end(), missing.begin(), [](std::int64_t value) {
        return static_cast<std::uint8_t>(value == std::numeric_limits<std::int64_t>::min() ? 1 : 0);
    });
    markMissing(column, missing);
}

/// A pickled text: \u and four hexadecimal digits stand for a character, other bytes for themselves.
std::string unpickled(const std::string& line) {
    std::string text;
    for (std::size_t i = 0; i < line.size(); ++i) {
        const auto byte = static_cast<unsigned char>(line[i]);
        unsigned code = byte;
        if (byte == '\\' && i + 5 < line.size() && line[i + 1] == 'u') {
            std::from_chars(line.data() + i + 2, line.data() + i + 6, code, 16);
            i += 5;
        }
        appendUtf8(text, code);
    }
    return text;
}

/// The texts of a list that Python pickled (protocol 0: one a line, after the letter V).
std::vector<std::string> pickledTexts(const std::string& pickled) {
    std::vector<std::string> texts;
    for (const std::string& line : splitText(pickled, '\n')) {
        const auto start = line.find_first_not_of("(la"); // marks: list, append
        if (start != std::string::npos && line[start] == 'V') {
            texts.push_back(unpickled(line.substr(start + 1)));
        }
    }
    return texts;
}

/// Where pandas found no text it wrote this one.
void settleTexts(Column& column) {
    const auto* texts = std::get_if<std::vector<std::string>>(&column.values);
    if (texts == nullptr) {
        return;
    }
    std::vector<std::uint8_t> missing(texts->size(), 0);
    std::transform(texts->begin(), texts->end(), missing.begin(),
                   [](const std::string& text) { return static_cast<std::uint8_t>(text == "nan" ? 1 : 0); });
    markMissing(column, missing);
}

} // namespace

bool isPandasFixed(const Hdf5File& file, const std::string& group) {
    return file.textAttribute(group, "pandas_type").value_or("") == "frame" && blockCount(file, group) > 0;
}

FoundTable findPandasFixed(const Hdf5File& file, const std::string& group) {
    FoundTable found;
    found.object = group;
    found.form = TableForm::PandasFixed;
    const std::string index = inside(group, "axis1");
    if (file.isDataset(index)) {
        found.rows = file.describe(index).rows();
        found.names.emplace_back(indexName);
    }
    for (const BlockColumn& column : blockColumns(file, group)) {
        if (column.values.empty()) {
            found.leftOut.push_back({column.name,
                                     "Python objects that only pandas can read (texts?): write it "
                                     "with format=\"table\", or as Parquet"});
        } else {
            found.names.push_back(column.name);
        }
    }
    return found;
}

PandasFixedReader::PandasFixedReader(const Hdf5File& file, const std::string& group, RowRange rows)
    : file_(file), group_(group), rows_(rows), columns_(blockColumns(file, group)) {}

Column PandasFixedReader::read(const std::string& name) {
    const auto place = std::find_if(columns_.begin(), columns_.end(), [&](const BlockColumn& column) {
        return column.name == name && !column.values.empty();
    });
    if (place == columns_.end()) {
        Column index = file_.readColumn(inside(group_, "axis1"), rows_);
        index.name = indexName;
        return index;
    }
    Column column = oneOf(block(*place), *place, rows_.count);
    settleType(column, file_.textAttribute(place->values, "value_type").value_or(""));
    return column;
}

const Column& PandasFixedReader::block(const BlockColumn& place) {
    if (held_ != place.values) {
        held_.clear();
        block_ = file_.readColumn(place.values, place.columnsFirst ? RowRange{} : rows_);
        held_ = place.values;
    }
    return block_;
}

bool isPandasTable(const Hdf5File& file, const std::string& dataset) {
    const std::string group = dataset.substr(0, dataset.rfind('/'));
    return dataset.ends_with("/table") && !group.empty() &&
           file.textAttribute(group, "pandas_type").value_or("").ends_with("_table");
}

void unfoldPandasTable(const Hdf5File& file, const std::string& dataset, Table& table) {
    std::vector<Column> columns;
    for (Column& block : table.columns) {
        const std::string type = file.textAttribute(dataset, block.name + "_dtype").value_or("");
        const auto names = pickledTexts(file.textAttribute(dataset, block.name + "_kind").value_or(""));
        if (!block.name.starts_with("values_block_") || names.size() != block.width) {
            columns.push_back(std::move(block));
            settleType(columns.back(), type);
            settleTexts(columns.back());
            continue;
        }
        for (std::size_t i = 0; i < names.size(); ++i) {
            columns.push_back(oneOf(block, {names[i], "", i, names.size(), false}, block.rows()));
            settleType(columns.back(), type);
            settleTexts(columns.back());
        }
    }
    table.columns = std::move(columns);
}

} // namespace penumbra::io::hdf5
