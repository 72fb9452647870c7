#pragma once

#include "core/base/rng.h"
#include "core/mock/population.h"

#include <array>
#include <string_view>

namespace penumbra::mock {

/// Two-piece normal noise: a half-normal of width sigmaLow below the mode and of sigmaHigh above, continuous
/// at the mode. Skewed, and its quantiles have a closed form, so the true conditional interval of every
/// galaxy is known.
struct SkewedNoise {
    double sigmaLow = 1.0;
    double sigmaHigh = 1.0;
    double quantile(double p) const; ///< 0 < p < 1
    double draw(Rng& rng) const;
};

/// A label = the latent value + noise whose widths depend on the galaxy.
struct LabelModel {
    std::string_view name; ///< "log_mstar"
    std::string_view unit;
    std::string_view label;
    double (*value)(const Galaxy& galaxy);
    SkewedNoise (*noise)(const Galaxy& galaxy, double rMagnitude);
};

/// Redshift, stellar mass, age, metallicity, sSFR: the paper's five targets.
const std::array<LabelModel, 5>& labelModels();

inline constexpr std::array<double, 5> oracleLevels{0.05, 0.16, 0.50, 0.84, 0.95};
inline constexpr std::array<std::string_view, 5> oracleNames{"q05", "q16", "q50", "q84", "q95"};

} // namespace penumbra::mock
