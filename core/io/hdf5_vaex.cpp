// Tables that vaex wrote: /table/columns/NAME/{data, mask, null_bitmap, indices}.

#include "core/base/error.h"
#include "core/io/hdf5_tables.h"

#include <algorithm>

namespace penumbra::io::hdf5 {

namespace {

/// Texts lie one after the other in `data`, from indices[row] to indices[row + 1].
bool holdsTexts(const Hdf5File& file, const std::string& column) {
    return file.isDataset(inside(column, "indices")) && !file.isDataset(inside(column, "dictionary"));
}

std::size_t rowsOf(const Hdf5File& file, const std::string& column) {
    if (holdsTexts(file, column)) {
        const std::size_t ends = file.describe(inside(column, "indices")).rows();
        return ends == 0 ? 0 : ends - 1;
    }
    return file.describe(inside(column, "data")).rows();
}

Column readTexts(const Hdf5File& file, const std::string& column, RowRange rows) {
    const RowRange ends{rows.first, rows.count == RowRange{}.count ? rows.count : rows.count + 1};
    const auto at = file.readIntegers(inside(column, "indices"), ends);
    const std::string data = inside(column, "data");
    const std::size_t all = file.describe(data).rows();
    for (std::size_t row = 0; row + 1 < at.size(); ++row) {
        if (at[row] < 0 || at[row + 1] < at[row] || static_cast<std::size_t>(at[row + 1]) > all) {
            throw Error(file.path().string() + ": " + column + ": the text of row " + std::to_string(row) +
                        " lies outside of its data: the file is damaged");
        }
    }
    std::vector<std::string> texts;
    if (at.size() > 1) {
        const std::int64_t start = at.front();
        const auto bytes = file.readBytes(
            data, {static_cast<std::size_t>(start), static_cast<std::size_t>(at.back() - start)});
        for (std::size_t row = 0; row + 1 < at.size(); ++row) {
            texts.emplace_back(bytes.begin() + (at[row] - start), bytes.begin() + (at[row + 1] - start));
        }
    }
    Column read;
    read.values = std::move(texts);
    return read;
}

/// `mask`: one flag a value, 1 = missing. `null_bitmap`: one bit a row from the lowest, 0 = missing (Arrow).
std::vector<std::uint8_t> missingElements(const Hdf5File& file, const std::string& path, const Column& column,
                                          RowRange rows) {
    const std::size_t count = column.rows() * column.width;
    if (file.isDataset(inside(path, "mask"))) {
        const auto mask = file.readBytes(inside(path, "mask"), rows);
        std::vector<std::uint8_t> flags(count, 0);
        for (std::size_t i = 0; i < count; ++i) {
            const std::size_t k = mask.size() == count ? i : i / column.width;
            flags[i] = k < mask.size() && mask[k] != 0 ? 1 : 0;
        }
        return flags;
    }
    std::vector<std::uint8_t> flags(count, 0);
    if (file.isDataset(inside(path, "null_bitmap"))) {
        const auto bits = file.readBytes(inside(path, "null_bitmap"));
        for (std::size_t i = 0; i < count; ++i) {
            const std::size_t row = rows.first + i / column.width;
            flags[i] = row / 8 < bits.size() && ((bits[row / 8] >> (row % 8)) & 1U) == 0 ? 1 : 0;
        }
    }
    return flags;
}

} // namespace

bool isVaex(const Hdf5File& file, const std::string& group, const std::vector<Hdf5Entry>& entries) {
    const auto isColumn = [&](const Hdf5Entry& entry) {
        return entry.isGroup && file.isDataset(inside(inside(group, entry.name), "data"));
    };
    return group.ends_with("/columns") && !entries.empty() &&
           std::all_of(entries.begin(), entries.end(), isColumn);
}

FoundTable findVaex(const Hdf5File& file, const std::string& group, const std::vector<Hdf5Entry>& entries) {
    FoundTable found;
    found.object = group;
    found.form = TableForm::Vaex;
    found.rows = rowsOf(file, inside(group, entries.front().name));
    for (const Hdf5Entry& entry : entries) {
        const std::string path = inside(group, entry.name);
        const Hdf5Entry data = file.describe(inside(path, "data"));
        if (file.isDataset(inside(path, "dictionary"))) {
            found.leftOut.push_back(
                {entry.name, "coded by a dictionary, which is not read from vaex's files"});
        } else if (!data.missingFilter.empty()) {
            found.leftOut.push_back(
                {entry.name, "is compressed by " + data.missingFilter + ", which HDF5 here does not know"});
        } else if (data.kind == Hdf5Kind::Other || data.kind == Hdf5Kind::Compound || data.shape.empty() ||
                   rowsOf(file, path) != found.rows) {
            found.otherwise.push_back(entry.name);
        } else {
            found.names.push_back(entry.name);
        }
    }
    return found;
}

Column readVaex(const Hdf5File& file, const std::string& group, const std::string& name, RowRange rows) {
    const std::string path = inside(group, name);
    Column column =
        holdsTexts(file, path) ? readTexts(file, path, rows) : file.readColumn(inside(path, "data"), rows);
    column.name = name;
    column.unit = file.textAttribute(path, "unit").value_or(column.unit);
    column.description = file.textAttribute(path, "description").value_or(column.description);
    markMissing(column, missingElements(file, path, column, rows));
    return column;
}

} // namespace penumbra::io::hdf5
