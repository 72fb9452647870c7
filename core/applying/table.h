#pragma once

// Internal to predict_rows.
#include "core/applying/rows.h"

namespace penumbra::workflow {

/// Galaxies of a table that is no catalogue.
std::unique_ptr<NewGalaxies> openTableGalaxies(const std::filesystem::path& path, const PredictModel& model,
                                               const RunContext& context);

/// @throws Error if what is known of the features (columns, pooling, weights) is not what the study's own
/// were. @param what names them
void checkSameFeatures(const std::string& what, const std::map<std::string, std::string>& attributes,
                       const StudyInputs& wanted);

} // namespace penumbra::workflow
