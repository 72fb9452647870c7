#pragma once

#include "core/benchmark/regression.h"

namespace penumbra::benchmark {

/// R2 and interval width against the number of training galaxies (paper AION-1, Fig. 10): the test galaxies
/// stay, the smaller training sets lie inside the larger, heads are trained from scratch for each.
/// @param sizes ascending; those beyond the training galaxies are left out, and all of them come last
Report lowDataReport(const Catalogue& catalogue, const Galaxies& galaxies, const std::vector<double>& sizes,
                     const RegressionOptions& options, const RunContext& context);

/// The galaxies with so many training galaxies left, drawn in one order whatever the number.
Galaxies withTraining(const Galaxies& galaxies, std::size_t training, std::uint64_t seed);

} // namespace penumbra::benchmark
