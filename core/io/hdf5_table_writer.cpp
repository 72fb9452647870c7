// HDF5: one dataset a column at the top of the file, with attributes unit, description and ucd; NAME.mask
// (as astropy names it) where integers, booleans or texts are missing.

#include "core/base/text.h"
#include "core/io/companion_masks.h"
#include "core/io/hdf5_file.h"
#include "core/io/table_writers_internal.h"

#include <algorithm>

namespace penumbra::io {

namespace {

using Type = ColumnLayout::Type;

constexpr std::size_t longestFixedText = 64;

bool isReal(const ColumnLayout& column) {
    return column.type == Type::Float64 || column.type == Type::Float32;
}

/// A slash parts groups in HDF5.
std::string datasetName(std::string name) {
    std::replace(name.begin(), name.end(), '/', '_');
    return name.empty() || name == "." || name == ".." ? "column_" + name : name;
}

std::string maskName(const std::string& dataset) {
    return dataset + std::string(companionMaskEnding);
}

/// The rows as they are stored: NaN in reals that are missing, 0 or "" in others.
Column stored(const Column& column, std::size_t first, std::size_t count) {
    std::vector<std::size_t> rows(count);
    for (std::size_t i = 0; i < count; ++i) {
        rows[i] = column.isFlagged(first + i) ? noRow : first + i;
    }
    return pickRows(column, rows);
}

class Hdf5Sink : public TableSink {
public:
    Hdf5Sink(const std::filesystem::path& path, const TableLayout& layout, const TableMeta& meta)
        : TableSink(path, layout), atomic_(path), file_(Hdf5File::create(atomic_.temporaryPath())) {
        for (const ColumnLayout& column : layout.columns)
            create(column);
        if (!meta.title.empty())
            file_.setAttribute("/", "title", meta.title);
        for (const auto& [name, value] : meta.values)
            file_.setAttribute("/", name, value);
    }

protected:
    void take(const Table& block, std::size_t first, std::size_t count) override {
        for (std::size_t i = 0; i < block.columns.size(); ++i) {
            const std::string name = datasetName(layout().columns[i].name);
            const Column rows = stored(block.columns[i], first, count);
            file_.writeColumnRows(name, rowsTaken(), rows);
            if (!isMasked(layout().columns[i]))
                continue;
            std::vector<std::uint8_t> mask = rows.missing;
            mask.resize(count, 0);
            file_.writeBooleanRows(maskName(name), rowsTaken(), mask);
        }
    }

    void seal(const std::stop_token& stop) override {
        file_.close();
        atomic_.commit(stop);
    }

private:
    static bool isMasked(const ColumnLayout& column) { return column.mayMiss && !isReal(column); }

    void create(const ColumnLayout& column) {
        const std::string name = datasetName(column.name);
        const bool fixed = column.textBytes <= longestFixedText && !column.endsInBlanks;
        file_.createColumn(name, emptyColumn(column), layout().rows,
                           fixed ? std::max<std::size_t>(1, column.textBytes) : 0);
        const std::pair<const char*, const std::string&> attributes[] = {
            {"unit", column.unit}, {"description", column.description}, {"ucd", column.ucd}};
        for (const auto& [key, value] : attributes)
            if (!value.empty())
                file_.setAttribute(name, key, value);
        if (isMasked(column))
            file_.createBooleans(maskName(name), {layout().rows});
    }

    AtomicFile atomic_;
    Hdf5File file_;
};

} // namespace

OpenedSink openHdf5(const std::filesystem::path& path, const TableLayout& layout, const TableMeta& meta,
                    const RunContext& context) {
    for (const ColumnLayout& column : layout.columns)
        if (datasetName(column.name) != column.name)
            context.note(path.string() + ": column '" + column.name + "' is written as '" +
                         datasetName(column.name) + "': HDF5 parts groups by slashes");
    return std::make_unique<Hdf5Sink>(path, layout, meta);
}

} // namespace penumbra::io
