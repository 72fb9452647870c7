#pragma once

// Internal to the hdf5_*.cpp files that read tables: the forms in which programs store them.

#include "core/io/hdf5_file.h"
#include "core/io/table_readers_internal.h"

#include <string>
#include <vector>

namespace penumbra::io::hdf5 {

/// Datasets: of one length in one group (h5py, netCDF-4, astropy's columns). Compound: one dataset of rows
/// (numpy, astropy, PyTables). PandasTable: such a dataset as pandas' to_hdf(format="table") fills it.
/// PandasFixed: the blocks of pandas' default. Vaex: one group a column.
enum class TableForm { Datasets, Compound, PandasTable, PandasFixed, Vaex };

/// A table that was found in a file, not yet read.
struct FoundTable {
    std::string object; ///< of the group, or of the compound dataset
    TableForm form = TableForm::Datasets;
    std::size_t rows = 0;
    std::vector<std::string> names;
    std::vector<std::string> otherwise; ///< datasets left out: of another length, too wide, of another kind
    std::vector<Hdf5LeftOut> leftOut;   ///< objects left out for reasons of their own
    double cells() const { return static_cast<double>(rows) * static_cast<double>(names.size()); }
};

/// All tables from `group` down (only in it, unless `deep`).
std::vector<FoundTable> findTables(const Hdf5File& file, const std::string& group, bool deep,
                                   const ReadOptions& options, const RunContext& context);

/// Values as attributes of the dataset mean them: _FillValue, missing_value, valid_min, valid_max,
/// valid_range (missing), scale_factor and add_offset (unpacked to float64), _Unsigned: the conventions of
/// netCDF. What was applied, and what looks like a code but is of no convention, is told in the notes.
void applyConventions(const Hdf5File& file, const std::string& dataset, Column& column,
                      std::vector<std::string>& notes);
/// True for the datasets in which astropy keeps units and descriptions of the compound dataset beside them.
bool isAstropyMeta(const std::string& name);
/// Units and descriptions from there; what cannot be understood is told in the notes.
void applyAstropyMeta(const Hdf5File& file, const std::string& dataset, Table& table);

bool isPandasFixed(const Hdf5File& file, const std::string& group);
FoundTable findPandasFixed(const Hdf5File& file, const std::string& group);
/// A column's place in a block of such a table: columns of one type, side by side or one after the other.
struct BlockColumn {
    std::string name, values;
    std::size_t at = 0, width = 0;
    bool columnsFirst = false; ///< [columns, rows] rather than [rows, columns]
};
/// Reads the columns of such a table. A block is read once for neighbouring columns.
class PandasFixedReader {
public:
    PandasFixedReader(const Hdf5File& file, const std::string& group, RowRange rows);
    Column read(const std::string& name); ///< of a name that no block has: the index

private:
    const Column& block(const BlockColumn& place);

    const Hdf5File& file_;
    std::string group_;
    RowRange rows_;
    std::vector<BlockColumn> columns_;
    std::string held_; ///< the dataset that block_ was read from
    Column block_;
};
bool isPandasTable(const Hdf5File& file, const std::string& dataset);
/// Splits the blocks of a table that pandas wrote into its columns, and gives them their types.
void unfoldPandasTable(const Hdf5File& file, const std::string& dataset, Table& table);

bool isVaex(const Hdf5File& file, const std::string& group, const std::vector<Hdf5Entry>& entries);
FoundTable findVaex(const Hdf5File& file, const std::string& group, const std::vector<Hdf5Entry>& entries);
Column readVaex(const Hdf5File& file, const std::string& group, const std::string& name, RowRange rows);

inline std::string inside(const std::string& group, const std::string& name) {
    return (group == "/" ? "/" : group + "/") + name;
}

} // namespace penumbra::io::hdf5
