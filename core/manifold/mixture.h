#pragma once

#include "core/manifold/covariance.h"

#include <cstdint>

namespace penumbra::manifold {

/// A mixture of normal distributions.
struct Mixture {
    bool diagonal = false;
    VectorD weights;                  ///< [K]
    MatrixD means;                    ///< [K, D]
    std::vector<MatrixD> covariances; ///< K of [D, D], or of [1, D] if diagonal

    std::size_t components() const { return static_cast<std::size_t>(weights.size()); }
    /// ln of the density at each row, [N].
    std::vector<double> logDensity(const MatrixD& rows, const RunContext& context = {}) const;
};

struct MixtureOptions {
    std::size_t components = 10;
    bool diagonal = false;
    double floor = 1e-6; ///< added to every variance, in units of the rows' mean column variance
    std::uint64_t seed = 0;
    int starts = 5, steps = 100;
    double tolerance = 1e-3; ///< stop when the mean log density gains less in a step
};

/// One step of expectation maximisation, expectation first. floor: added to the variances as it is.
/// @param meanLogDensity if not null: of the rows before the step
Mixture expectationMaximisationStep(const Mixture& before, const MatrixD& rows, double floor,
                                    const RunContext& context = {}, double* meanLogDensity = nullptr);

/// Fits by expectation maximisation from the likeliest of a few k-means++ starts of 10 Lloyd steps.
/// Components that hold fewer than D + 1 rows' worth of weight are dropped, so there may be fewer than asked
/// for.
Mixture fitMixture(const MatrixD& rows, const MixtureOptions& options, const RunContext& context = {});

} // namespace penumbra::manifold
