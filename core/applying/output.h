#pragma once

#include "core/applying/rows.h"
#include "core/io/table_writer.h"
#include "core/manifold/ood.h"

#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace penumbra::workflow {

/// One column of what predict writes: a name in tables, a dataset in HDF5 files.
struct PredictedColumn {
    io::Column like;     ///< without rows: name, type, unit, description
    std::string dataset; ///< "/predictions/z/CQR/lower"
};

/// What is written of every galaxy, beside its id: intervals, then flags.
class PredictLayout {
public:
    /// @param strangeness whether p-values of OodReference are among the flags
    /// @param flagLevel sets the flag where the smallest of them, times their number, is at most this
    PredictLayout(const PredictModel& model, bool strangeness, double flagLevel);
    const std::vector<PredictedColumn>& columns() const { return columns_; }
    /// The columns' values, in their order. @param imputed inputs that were filled in; empty: none
    /// @param strangeness null if there is none
    std::vector<io::Column> values(const PredictModel& model, const NewPredictions& predictions,
                                   const std::vector<std::uint8_t>& imputed,
                                   const manifold::OodColumns* strangeness) const;

private:
    std::vector<PredictedColumn> columns_;
    bool local_ = false;   ///< a local method is among them
    bool grouped_ = false; ///< a repaired method with groups or weights is
    bool own_ = false;     ///< the study file tells which galaxies are its own
    bool strangeness_;
    double flagLevel_;
};

/// Columns of a block as bytes, for the file of finished blocks, and back.
std::vector<std::byte> toBytes(const std::vector<io::Column>& columns);
std::vector<io::Column> columnsFromBytes(const PredictLayout& layout, std::span<const std::byte> bytes);

/// Where the numbers come from: study and its hash, methods, alpha, and what of each is guaranteed.
io::TableMeta predictMeta(const PredictModel& model, const std::string& studyPath,
                          const std::string& studyHash, const std::string& galaxies);
/// In a sentence: what a method's intervals of new galaxies are sure to hold, and on which condition.
std::string guaranteeOf(const std::string& method, const OptionSet& studyOptions, double alpha);

/// A finished block: its first row among the rows written, and its values.
struct PredictedBlock {
    std::size_t first = 0, count = 0;
    std::vector<io::Column> values;
};
/// All blocks one after the other; reads them again from where they are kept.
using PredictedBlocks = std::function<void(const std::function<void(const PredictedBlock&)>& take)>;

/// Writes HDF5 in the layout of ARCHITECTURE.md, or a table. @param ids of some of the rows written
using IdsOf = std::function<io::Column(std::size_t first, std::size_t count)>;
void writePredictedHdf5(const std::filesystem::path& path, const PredictLayout& layout, std::size_t rows,
                        const IdsOf& ids, const PredictedBlocks& blocks, const io::TableMeta& meta,
                        const PredictModel& model, const RunContext& context);
void writePredictedTable(const std::filesystem::path& path, const io::TableWriter& writer,
                         const PredictLayout& layout, std::size_t rows, const IdsOf& ids,
                         const PredictedBlocks& blocks, const io::TableMeta& meta, const RunContext& context);

} // namespace penumbra::workflow
