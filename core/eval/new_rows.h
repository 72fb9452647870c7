#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace penumbra {

/// Valid p-values that rows are like a reference that no fit has seen: (1 + #{reference >= score}) / (n + 1),
/// larger scores being stranger (Vovk, Gammerman & Shafer 2005, smoothed not). NaN scores stay NaN.
std::vector<double> referencePValues(std::span<const double> reference, std::span<const double> scores);

/// Where each score stands among the reference, in per cent: below it, at or below it, the mean of both.
struct ReferencePercentiles {
    std::vector<double> strict, weak, mean;
};
ReferencePercentiles referencePercentiles(std::span<const double> reference, std::span<const double> scores);

/// 1st and 99th percentile of the finite training labels, linear interpolation; NaN without any.
struct LabelRange {
    double low = 0.0, high = 0.0;
};
LabelRange labelRange(std::span<const double> trainingLabels);
/// 1: the prediction is below the range, 2: above it, 0: inside, or NaN.
std::vector<std::uint8_t> labelRangeFlags(const LabelRange& range, std::span<const double> predictions);

} // namespace penumbra
