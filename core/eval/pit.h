#pragma once

#include "core/base/run_context.h"
#include "core/eval/distributions.h"
#include "core/eval/uniformity.h"

#include <optional>
#include <string>
#include <vector>

namespace penumbra {

/// What is held against uniform.
enum class PitKind {
    Signed,   ///< probability integral transform of the predictive distribution: sees bias
    TwoSided, ///< conformal p-value of the method's own score: (#{s_i > s} + theta (#{s_i = s} + 1)) / (n +
              ///< 1)
};
/// What a Gaussian spread describes.
enum class LabelErrors {
    Included, ///< the catalogue's labels, noise and all
    Added,    ///< the truth: the labels' quoted errors are added in quadrature
};

struct PitOptions {
    PitKind kind = PitKind::Signed;
    LabelErrors labelErrors = LabelErrors::Included;
    std::uint64_t seed = 0; ///< of theta, one a catalogue row, and of the permutations
    int permutations = 999; ///< of shared calibration sets; 0: no p-values of AD and CvM there
};

/// Transforms of one method's labelled test rows with tests of uniformity.
struct PitResult {
    std::string method;
    std::string distribution; ///< "Gaussian", "conformal", "conformal, symmetrised", "local, in steps of 1 %"
    std::vector<double> values;             ///< in 0..1
    std::vector<std::int64_t> rows;         ///< their catalogue rows
    std::size_t leftOut = 0;                ///< labelled test rows without a transform
    std::size_t nCalibration = 0;           ///< rows that all values share; 0: independent
    bool testable = true;                   ///< false: values are near-uniform at best (local methods)
    UniformityTests tests;                  ///< its p-values are right for independent values alone
    std::optional<SharedUniformity> shared; ///< Kolmogorov-Smirnov with the shared calibration set
    /// p-values to show: of independent values, or with the shared calibration set; NaN: none.
    double ksP = std::numeric_limits<double>::quiet_NaN();
    double cvmP = std::numeric_limits<double>::quiet_NaN();
    double adP = std::numeric_limits<double>::quiet_NaN();
    std::size_t lowest = 0, highest = 0; ///< values below 0.001 and above 0.999; expected: 0.001 n each
    std::string words;                   ///< "predictions too low; intervals too narrow"; empty: neither
};

/// Nothing where the method has no such transform. The p-values hold where test rows are independent and, of
/// calibrated methods, exchangeable with the calibration rows. AD and CvM with a shared calibration set: by
/// random orders of calibration and test scores, which is exact for exchangeable rows.
std::optional<PitResult> pitOf(const TargetStudy& target, const Prediction& prediction,
                               const PitOptions& options, const RunContext& context);

} // namespace penumbra
