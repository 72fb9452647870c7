#pragma once

#include "core/eval/study.h"

#include <array>
#include <vector>

namespace penumbra {

/// Name of the signal that carries /oracle/TARGET of simulated catalogues on the held-out rows: [rows, 5],
/// the true conditional quantiles q05, q16, q50, q84, q95.
inline constexpr const char* oracleSignal = "oracle_quantiles";
inline constexpr std::array<double, 5> oracleSignalLevels{0.05, 0.16, 0.50, 0.84, 0.95};

/// The distribution of a label given all that is true of its galaxy, from five of its quantiles. Two-piece
/// normal (half-normals of widths sigmaLow, sigmaHigh that meet at the mode, as simulated catalogues have it;
/// Wallis 2014) where one goes through all five to within 1 % of q84 - q16; else Phi^-1(CDF) is a straight
/// line between the quantiles, continued beyond them. Exact for the simulated catalogues up to the rounding
/// of their float32 quantiles.
class TrueDistribution {
public:
    /// @throws Error unless the quantiles are finite and ascend strictly.
    explicit TrueDistribution(const std::array<double, 5>& quantiles);
    double cdf(double y) const;
    double quantile(double p) const; ///< 0 < p < 1
    bool isTwoPieceNormal() const { return twoPiece_; }
    double mode() const { return mode_; }
    double sigmaLow() const { return sigmaLow_; }
    double sigmaHigh() const { return sigmaHigh_; }

private:
    std::array<double, 5> quantiles_;
    bool twoPiece_ = false;
    double mode_ = 0.0, sigmaLow_ = 0.0, sigmaHigh_ = 0.0;
};

/// On the target's test rows, in their order; empty where the study holds no true quantiles.
std::vector<TrueDistribution> trueDistributions(const TargetStudy& target);

/// True probability of [lower, upper] of every row; infinite intervals have 1, crossed ones 0.
std::vector<double> trueCoverages(const Prediction& prediction, const std::vector<TrueDistribution>& truth);

/// The method that knows the truth: equal-tailed intervals of the true distributions, centred on their
/// medians.
inline constexpr const char* trueOracleId = "TrueOracle";
Prediction trueOraclePrediction(const TargetStudy& target, const std::vector<TrueDistribution>& truth,
                                double alpha);

} // namespace penumbra
