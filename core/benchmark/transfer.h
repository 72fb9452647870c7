#pragma once

#include "core/benchmark/regression.h"

namespace penumbra::benchmark {

/// Heads and interval widths learned in one survey, used unchanged in another (paper AION-1, 7.5): R2 and
/// coverage in both. Galaxies of the other survey within 1 arcsec of a training or calibration galaxy are
/// left out. Coverage in the other survey is promised by nothing: this shows what is left of it.
/// @param there of the same input sets
Report transferReport(const Catalogue& catalogue, const Galaxies& here, const Catalogue& other,
                      const Galaxies& there, const RegressionOptions& options, const RunContext& context);

} // namespace penumbra::benchmark
