#pragma once

#include "core/base/run_context.h"

#include <cstdint>
#include <filesystem>
#include <string>

namespace penumbra::mock {

struct SurveyOptions {
    std::size_t rows = 10'000;
    std::size_t cutouts = 0; ///< the first M rows get an image
    std::size_t spectra = 0; ///< the first M rows get a spectrum
    std::size_t embeddingWidth = 64;
    double embeddingNoise = 0.35; ///< of an embedding coordinate whose scale is about 1
    double trainFraction = 0.5;
    double calibrationFraction = 0.25;
    std::uint64_t seed = 0;
};

/// Writes a simulated catalogue (layout: ARCHITECTURE.md, "Catalogue file") with the true conditional
/// quantiles of every label under /oracle. Row i depends on the seed and i alone: a longer survey begins with
/// the shorter one (the split apart). Rows are made in blocks by context.threads threads; memory does not
/// grow with cutouts, spectra or embedding.
/// @throws Error if the file cannot be written; nothing is left behind then, nor after a cancel.
void writeSurvey(const SurveyOptions& options, const std::filesystem::path& path, const RunContext& context);

} // namespace penumbra::mock
