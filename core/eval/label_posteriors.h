#pragma once

#include "core/eval/study.h"

#include <optional>
#include <string>
#include <vector>

namespace penumbra {

/// How the errors of labels came about. The data cannot tell; whoever made the labels can.
enum class LabelWorld {
    Unknown,
    Noise,     ///< label = truth + error, independent of the truth: a measurement
    Posterior, ///< truth = label + error, independent of the label: mean or median of a well-specified model
};

/// Coverage of truths by intervals that cover 1 - alpha of the labels, all Gaussian. Noise: ratio = label
/// error / scatter of truth - prediction; more than 1 - alpha (Einbinder et al. 2024). Posterior: ratio =
/// label error / scatter of label - prediction; less.
double truthCoverageIfNoise(double alpha, double ratio);
double truthCoverageIfPosterior(double alpha, double ratio);

/// Half width for the truth from the half width q for the label, by quadrature: sqrt(max(0, q^2 - (z
/// error)^2)), z = Phi^-1(1 - alpha/2). Of noise of one size for all rows that share q: with errors that vary
/// it covers too little where they are large. NaN errors leave q.
double halfWidthWithoutNoise(double q, double labelError, double alpha);

/// Labels as the distributions that they are, on the test rows: a size of error each, or draws.
struct LabelDistributions {
    std::vector<double> label, error; ///< [test rows]; NaN: none
    /// [rows, draws] where the catalogue has draws from each label's posterior; empty: Gaussian errors.
    std::vector<float> draws;
    std::size_t drawsPerRow = 0;
    bool known(std::size_t row) const;
    /// P(a draw of the row's label lies in lower..upper).
    double probability(std::size_t row, double lower, double upper) const;
    /// Width of the central 1 - alpha of the row's label.
    double width(std::size_t row, double alpha) const;
};
/// Gaussian ones from the signal label_error; nothing where no test row has an error above 0.
std::optional<LabelDistributions> labelDistributions(const TargetStudy& target);

/// One method's intervals against labels that are distributions.
struct LabelPosteriorFinding {
    std::size_t n = 0;      ///< test rows with a label and its distribution
    std::size_t finite = 0; ///< of them with a finite interval
    double ofLabels = std::numeric_limits<double>::quiet_NaN();   ///< coverage of the labels themselves
    double expected = std::numeric_limits<double>::quiet_NaN();   ///< mean P(a draw of the label is covered)
    Interval expectedBracket;                                     ///< 95 %, bootstrap over galaxies
    double widthShare = std::numeric_limits<double>::quiet_NaN(); ///< median of label's width / interval's
    std::size_t narrower = 0; ///< finite intervals narrower than the central 1 - alpha of their label
    /// Range for truths, from posteriors to noise, if label errors are independent of the prediction's: the
    /// first is `expected`, the second Gaussian, from the rms of errors and residuals. NaN where the errors
    /// are larger than the residuals.
    double ifPosterior = std::numeric_limits<double>::quiet_NaN();
    double ifNoise = std::numeric_limits<double>::quiet_NaN();
    /// Noise alone: mean of the half widths by halfWidthWithoutNoise with the rms error, over that of the
    /// intervals.
    double widthWithoutNoise = std::numeric_limits<double>::quiet_NaN();
};
LabelPosteriorFinding againstLabelPosteriors(const Prediction& prediction, const LabelDistributions& labels,
                                             std::uint64_t seed);

/// What may be said: coverage is of the catalogue's labels; of truths only what the user's word on the labels
/// allows.
std::string inWords(const LabelPosteriorFinding& finding, LabelWorld world, double alpha);

} // namespace penumbra
