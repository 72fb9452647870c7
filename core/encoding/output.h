#pragma once

#include "core/catalogue/catalogue.h"
#include "core/catalogue/samples.h"
#include "core/encoding/plan.h"
#include "core/io/hdf5_file.h"
#include "core/io/record_file.h"

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace penumbra::workflow {

/// One of the poolings of a run, as it is stored in the catalogue.
struct PooledFeatures {
    std::string name; ///< "aion_b_mean"
    std::map<std::string, std::string> attributes;
    std::size_t width = 0;
};

/// A number a galaxy that becomes a column.
struct StoredColumn {
    std::string name, unit, description;
};

/// How many galaxies were encoded, and why the others were not.
struct EncodeSummary {
    std::size_t rows = 0, encoded = 0, partly = 0;
    std::map<std::string, std::size_t> reasons; ///< numbers replaced by '#', so that like goes with like
    std::string text() const;
};

/// Names that an encoded catalogue carries beside its features.
inline constexpr const char* statusColumn = "aion_status";      ///< a text a galaxy
inline constexpr const char* shardRowColumn = "aion_shard_row"; ///< shards only: row in the whole
inline constexpr const char* identityAttribute = "encode_identity";
inline constexpr const char* shardAttribute = "encode_shard"; ///< "3/16"
inline constexpr const char* totalAttribute = "encode_total_rows";

/// What each row of the finished blocks holds, one after the other.
struct RunOutput {
    std::vector<StoredColumn> columns = {};
    std::vector<PooledFeatures> features = {};
    std::string status = statusColumn; ///< name of the column that says what happened

    std::size_t numbers() const; ///< of a row
};

/// The rows of a catalogue, without features, images and spectra.
Catalogue pickRows(const Catalogue& catalogue, std::span<const std::size_t> rows);
/// What posterior samples it holds; none where it was not read from a catalogue's file.
std::vector<Samples> samplesOf(const Catalogue& catalogue);

/// Where the rows of a new catalogue stand in others.
struct SourceRows {
    struct Place {
        std::size_t file, row;
    };
    std::vector<io::Hdf5File> files;
    std::vector<Place> places;
};
/// Those rows of a dataset of floats, read when they are asked for.
FeatureRows rowsFrom(std::shared_ptr<const SourceRows> source, std::string dataset);

/// Writes the catalogue of a finished run: the input's ids, positions, split, columns, targets, posterior
/// samples and features, the new columns and features, and the status of every galaxy. Features and samples
/// are copied block by block.
EncodeSummary writeEncoded(const EncodePlan& plan, const RunOutput& output, const io::RecordFile& blocks,
                           const std::map<std::string, std::string>& attributes,
                           const std::filesystem::path& out, const RunContext& context);

/// The same summary from the status column of a written catalogue.
EncodeSummary summaryOf(const Catalogue& catalogue);

} // namespace penumbra::workflow
