#pragma once

#include "core/lvd/metric_learning.h"

namespace penumbra::lvd {

/// Sorted by value, the first whose cumulative weight reaches `level`, otherwise the last (spec/lvd.md b.1).
double weightedQuantile(std::span<const double> values, std::span<const double> weights, double level);

/// Kernel mass sum k over calibration rows below which an interval at alpha is infinite: (1 - alpha) / alpha.
double massNeeded(double alpha);

/// Quantiles of calibration scores, weighted by similarity to each test row.
struct LocalQuantiles {
    std::vector<MatrixD> quantiles;      ///< per kind of score: [test rows, alphas]; +inf where mass is short
    std::vector<double> mass;            ///< [test rows] S = sum k over the calibration rows
    std::vector<double> effectiveNumber; ///< [test rows] S^2 / sum k^2; 0 where S is 0

    /// Share of test rows whose interval at alpha is infinite.
    double infiniteShare(double alpha) const;
};

/// Why an interval is what it is.
struct LocalExplanation {
    struct Neighbour {
        std::size_t calibrationRow = 0;
        double weight = 0.0; ///< k / (1 + S)
        double score = 0.0;
    };
    std::vector<Neighbour> neighbours; ///< largest weights first
    std::vector<double> scores,
        cumulativeWeights;        ///< ascending, all calibration rows: the weighted distribution
    double quantile = 0.0;        ///< of the scores at alpha
    double mass = 0.0;            ///< S
    double massNeeded = 0.0;      ///< (1 - alpha) / alpha; the quantile is +inf where S is smaller
    double ownWeight = 0.0;       ///< 1 / (1 + S), carried by the test row itself at +inf
    double effectiveNumber = 0.0; ///< S^2 / sum k^2
    std::string reason;           ///< why the interval is infinite and what would help; "" if it is finite
};

/// Locally valid conformal quantiles (LC, and LCMAD with scores divided by a predicted residual): calibration
/// scores with weights k/(1+S), the test row itself with 1/(1+S) at +inf (spec/lvd.md b). All kinds of score
/// share one evaluation of the kernel, so they are infinite on the same test rows.
class LocalConditional {
public:
    /// @param calibration [n, d] projected by LearnedKernel. @param scores one vector of n a kind.
    /// @throws Error for shapes that differ or values that are NaN (scores may be +inf).
    LocalConditional(const MatrixD& calibration, std::vector<std::vector<double>> scores,
                     Precision precision = Precision::Float32);

    std::size_t size() const { return static_cast<std::size_t>(calibration_.rows()); }
    /// Exact for each alpha in (0, 1]. One pass; memory beyond the answer is flat in both numbers of rows.
    /// @param test [m, d] projected.
    LocalQuantiles quantiles(const MatrixD& test, std::span<const double> alphas,
                             const RunContext& context) const;
    /// @param testRow [d] projected. @param kind index into the scores. Double precision.
    LocalExplanation explain(std::span<const double> testRow, double alpha, std::size_t kind,
                             std::size_t neighbours) const;

private:
    void checkTest(const MatrixD& test) const;
    void quantilesInDouble(const MatrixD& test, std::span<const double> alphas, const RunContext& context,
                           LocalQuantiles& answer) const;
    void quantilesInFloat(const MatrixD& test, std::span<const double> alphas, const RunContext& context,
                          LocalQuantiles& answer) const;
    MatrixD calibration_;
    std::vector<std::vector<double>> scores_;
    std::vector<std::vector<std::uint32_t>> orders_; ///< rows by ascending score, a kind each
    std::vector<std::vector<double>> sorted_;        ///< scores in that order
    Precision precision_;
    MatrixF fastCalibration_;                            ///< rows in the first kind's order
    std::vector<std::vector<std::uint32_t>> fastOrders_; ///< of the further kinds, into fastCalibration_
};

} // namespace penumbra::lvd
