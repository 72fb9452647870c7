#pragma once

#include <cstddef>

namespace penumbra {

/// P(at least `misses` of n galaxies are missed) by intervals of exactly the nominal level, chosen without a
/// look at these galaxies' truths. calibrationRows > 0: the intervals are calibrated by the conformal rank k
/// of so many exchangeable scores, so that the covered ones are Beta-Binomial(n, k, rows + 1 - k) (Vovk
/// 2012); where k exceeds the rows every interval is infinite, and any miss has probability 0. 0: binomial.
/// @throws Error for misses > n or an alpha outside (0, 1)
double missTail(std::size_t misses, std::size_t n, double alpha, std::size_t calibrationRows);

} // namespace penumbra
