#pragma once

#include "core/catalogue/prediction.h"

#include <vector>

namespace penumbra {

/// Widths of all rows for whatever ranks or bins them: those that differ by no more than the rounding of
/// (mean + q) - (mean - q) can make are given one value, so that a method with one width for all galaxies
/// shows one. Ends that all fit single precision are taken to have been rounded to it. Units of the target.
std::vector<double> tiedWidths(const Prediction& prediction);

} // namespace penumbra
