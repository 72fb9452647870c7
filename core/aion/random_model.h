#pragma once

#include "core/base/run_context.h"

#include <filesystem>
#include <string>
#include <vector>

namespace penumbra::aion {

/// "B", "L", "XL": the true sizes, for benchmarks; "tiny": for trying the pipeline.
std::vector<std::string> randomModelSizes();

/// Writes a model folder in the published layout whose weights are random numbers from context.seed: config,
/// weights, all codecs. Says so in the metadata of every file and in a note RANDOM_WEIGHTS.txt.
/// @throws Error if the folder holds a model already; UsageError for an unknown size.
void writeRandomModel(const std::filesystem::path& folder, const std::string& size,
                      const RunContext& context);

} // namespace penumbra::aion
