#pragma once

#include "core/base/rng.h"
#include "core/catalogue/prediction.h"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace penumbra {

/// Ways to tell how large the error of each held-out row is, and how far the calibration rows support each: a
/// constant; what residual nets, spread columns, quantiles and label errors say, as it is; and the mean
/// |error| in equal-count bins of these or of the prediction, ln scale interpolated between the bins.
///
/// Weights are those of Bayesian model averaging, exp(-BIC / 2), with Laplace errors: every bin is a
/// parameter and costs ln(n) / 2. So a constant wins where errors are constant, and where few calibration
/// rows cannot tell, all that they do not exclude take part.
class ErrorScales {
public:
    static constexpr std::size_t fewestCalibrationRows = 10;
    /// @throws Error without a base prediction or with fewer calibration rows.
    explicit ErrorScales(const HeldOut& heldOut);

    const std::string& name(std::size_t candidate) const { return candidates_[candidate].name; }
    std::size_t best() const;
    std::size_t drawn(double uniform) const; ///< by weight; uniform in [0, 1)

    /// Fitted to calibration rows drawn so often. Scales are positive, up to a common factor.
    struct Fit {
        std::vector<double> calibration, test; ///< [calibration rows], [labelled test rows]
    };
    Fit fit(std::size_t candidate, std::span<const std::uint32_t> counts) const;

    const std::vector<double>& residuals() const { return residual_; }        ///< of the calibration rows
    const std::vector<double>& testPrediction() const { return prediction_; } ///< of the labelled test rows

private:
    /// A number known on all rows: calibration rows, then labelled test rows.
    struct Key {
        std::string name;
        std::vector<double> values;
    };
    struct Candidate {
        std::string name;
        std::vector<double> scale; ///< as it is; empty: by bins
        std::vector<std::uint32_t> binOfCalibration;
        std::vector<std::uint32_t> left; ///< [calibration, test]: bins between whose centres a row lies
        std::vector<double> part;        ///< of the way to the next
        std::size_t bins = 1;
        double weight = 0.0;
    };
    void addDirect(const Key& key);
    void addBinned(const Key& key, std::size_t bins);
    void weigh();
    std::vector<double> scaleOf(const Candidate& candidate, std::span<const std::uint32_t> counts) const;

    std::size_t calibrationRows_ = 0;
    std::vector<double> residual_, prediction_;
    double meanError_ = 0.0;
    std::vector<Candidate> candidates_;
};

} // namespace penumbra
