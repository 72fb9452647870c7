#pragma once

#include "core/uq/repairs/repaired_method.h"

namespace penumbra::uq {

/// A method's rows as a repair takes them: the interval of a row is [lower - Q scaleLow, upper + Q
/// scaleHigh].
struct ScoredRows {
    std::vector<double> lower, upper, scaleLow, scaleHigh;
    std::vector<double> centre;       ///< may be empty: the middle of the ends
    std::vector<double> score;        ///< NaN: takes no part in the calibration (or has no truth)
    std::vector<double> below, above; ///< (lower - y) / scaleLow and (y - upper) / scaleHigh, NaN likewise
};
struct RowScores {
    ScoredRows calibration, test;
};
struct ScoringChoice {
    double alpha, trainedAlpha;
    const OptionSet* options;
    RunContext context;
};
/// The rows of a repaired method's base, or, where the repair has scores of its own (split, ratio, median),
/// of these.
RowScores rowScores(const RepairedId& id, const UqMethod& base, const Evidence& evidence,
                    const ScoringChoice& choice);

} // namespace penumbra::uq
