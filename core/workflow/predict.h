#pragma once

#include "core/report/table_spec.h"
#include "core/workflow/command.h"

#include <filesystem>
#include <string>
#include <vector>

namespace penumbra::workflow {

/// penumbra-cli predict: a study's error bars on galaxies without labels.
Command predictCommand();

/// What a run leaves behind, for those who show it.
struct PredictOutcome {
    CommandResult result;
    std::string summary;     ///< how many galaxies, how many have which flag
    std::string finding;     ///< are they like the calibration galaxies, and what still holds
    bool differ = false;     ///< they are not
    report::TableSpec first; ///< the first galaxies: intervals, and flags in words
};
/// The verb, with its options. @param firstRows of PredictOutcome::first
PredictOutcome predictGalaxies(const OptionSet& options, RunContext& context, std::size_t firstRows);

/// Finished blocks of an unfinished run, beside its output.
std::filesystem::path predictSideFile(const std::string& out);

/// Whether a file holds predictions, whole or in part.
bool isPredictionFile(const std::filesystem::path& path);
/// Joins the parts that predict --shard made, all of them in any order, into one HDF5 file.
/// @throws Error for parts that are missing, twice there, or of another run
CommandResult mergePredictions(const std::vector<std::string>& parts, const std::string& out,
                               const RunContext& context);

} // namespace penumbra::workflow
