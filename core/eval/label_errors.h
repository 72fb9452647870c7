#pragma once

#include "core/eval/study.h"

#include <cstdint>
#include <string>

namespace penumbra {

/// One-sigma errors of the labels, as the catalogue quotes them: a signal [rows, 1] of HeldOut, NaN where
/// there is none. No method uses it; it may tell the sizes of errors (ErrorScales).
inline constexpr const char* labelErrorSignal = "label_error";

/// How large the quoted variance of the labels is beside the squared residuals of the base prediction, on
/// held-out rows with both: mean over mean. If label errors are noise added to the truth, and independent of
/// the prediction's own error, it is their share of the residual variance; if they are widths of posteriors,
/// it is no share of it.
struct LabelErrorShare {
    double share = std::numeric_limits<double>::quiet_NaN();
    Interval interval;        ///< 95 %, bootstrap over galaxies
    std::size_t rows = 0;     ///< with a label, an error above 0 and a prediction
    std::size_t labelled = 0; ///< held-out rows with a label
    bool known() const { return rows >= 2; }
};
LabelErrorShare labelErrorShare(const TargetStudy& target, std::uint64_t seed);

/// In words, and no more than the data can tell. Empty where nothing is known.
std::string inWords(const LabelErrorShare& share);

} // namespace penumbra
