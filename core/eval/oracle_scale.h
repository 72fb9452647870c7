#pragma once

#include "core/base/rng.h"
#include "core/catalogue/prediction.h"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace penumbra {

/// Ways to tell how large the error of each held-out row is, and how far the labelled rows support each: a
/// constant; what residual nets, spread columns, quantiles and label errors say, as it is; and the mean
/// |error| in equal-count bins of these or of the prediction, ln scale interpolated between the bins.
///
/// Weights are those of Bayesian model averaging, exp(-BIC / 2), with Laplace errors: every bin is a
/// parameter and costs ln(n) / 2. So a constant wins where errors are constant, and where few rows cannot
/// tell, all that they do not exclude take part.
///
/// Test rows take part as well as calibration rows: what errors are like on them is a question about the base
/// prediction, not about any interval that is judged there, and twenty calibration rows alone do not know it.
class ErrorScales {
public:
    static constexpr std::size_t fewestCalibrationRows = 10;
    /// @throws Error without a base prediction or with fewer calibration rows.
    explicit ErrorScales(const HeldOut& heldOut);

    const std::string& name(std::size_t candidate) const { return candidates_[candidate].name; }
    std::size_t best() const;
    std::size_t drawn(double uniform) const; ///< by weight; uniform in [0, 1)

    /// The candidate's scale of every row, fitted to rows drawn so often (empty: each once); positive, up to
    /// a common factor. [calibration rows, labelled test rows]
    std::vector<double> fit(std::size_t candidate, std::span<const std::uint32_t> counts) const;

    std::size_t calibrationRows() const { return calibrationRows_; }
    const std::vector<double>& residuals() const { return residual_; } ///< [calibration, labelled test]
    const std::vector<double>& testPrediction() const { return prediction_; } ///< [labelled test rows]

private:
    /// A number known on all rows.
    struct Key {
        std::string name;
        std::vector<double> values;
    };
    struct Candidate {
        std::string name;
        std::vector<double> scale; ///< as it is; empty: by bins
        std::vector<std::uint32_t> bin;
        std::vector<std::uint32_t> left; ///< bins between whose centres a row lies
        std::vector<double> part;        ///< of the way to the next
        std::size_t bins = 1;
        double weight = 0.0;
    };
    void addDirect(const Key& key);
    void addBinned(const Key& key, std::size_t bins);
    void weigh();
    std::size_t calibrationRows_ = 0;
    std::vector<double> residual_, prediction_;
    double meanError_ = 0.0;
    std::vector<Candidate> candidates_;
};

/// Whether anything learned or delivered tells how large the errors of single galaxies are: residual nets,
/// spread columns or quantiles; label errors are but a part. Without, bands of strata chosen by the outcome
/// come from a scale that is constant or follows the prediction: the worst tenth of constant errors is
/// covered by nobody, so that a method of one width cannot fall below them.
bool knowsErrorSizes(const HeldOut& heldOut);

} // namespace penumbra
