#pragma once

#include "core/catalogue/calibration_part.h"
#include "core/catalogue/prediction.h"

namespace penumbra {

/// The signal that says below which value no label of a target lies, such as 0 of a redshift: a column, the
/// same in every row, so that it stays with whatever rows are taken out of a HeldOut, and in its file.
inline constexpr const char* lowerBoundSignal = "lower_bound";

/// @param bound -inf: none
void setLowerBound(HeldOut& heldOut, double bound);
double lowerBoundOf(const HeldOut& heldOut); ///< -inf: none

/// Raises interval ends below the bound to it. Ends are closed: what is covered stays so where the truth lies
/// at the bound or above (and where it lies at it, an interval wholly below covers it now); no interval gets
/// wider. Centres and spreads stay as they are.
void cutAtLowerBound(Prediction& prediction, double bound);

/// The score of a test row as its cut interval has it: covered where Q >= score. At the bound only the lower
/// end can miss, below it nothing covers.
double cutScore(const SplitScores& split, std::size_t row, double truth, double bound);

} // namespace penumbra
