#include "core/eval/true_distribution.h"

#include "core/base/error.h"
#include "core/base/statistics.h"
#include "core/base/text.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace penumbra {

namespace {

constexpr double tolerance = 0.01; ///< of q84 - q16

double normalCdf(double z) {
    return 0.5 * std::erfc(-z / std::numbers::sqrt2);
}

/// Quantile of the two-piece normal with mode 0 and sigmaLow + sigmaHigh = 1.
double unitQuantile(double low, double p) {
    const double high = 1.0 - low;
    if (p < low)
        return low * normalQuantile(p / (2.0 * low));
    return high * normalQuantile((p - low + high) / (2.0 * high));
}

/// (q95 - q50) / (q95 - q05) of that distribution falls as sigmaLow grows.
double upperShare(double low) {
    const double median = unitQuantile(low, 0.5);
    const double above = unitQuantile(low, 0.95) - median, below = median - unitQuantile(low, 0.05);
    return above / (above + below);
}

/// sigmaLow on a grid with its share, made once; between grid points the secant is refined by two steps.
struct ShareTable {
    static constexpr int size = 512;
    static constexpr double least = 0.02;
    std::array<double, size> share{};
    static double at(int i) { return least + (1.0 - 2.0 * least) * i / (size - 1); }
    ShareTable() {
        for (int i = 0; i < size; ++i)
            share[static_cast<std::size_t>(i)] = upperShare(at(i));
    }
};

double sigmaLowOf(double wanted) {
    static const ShareTable table;
    if (!(wanted <= table.share.front()) || !(wanted >= table.share.back()))
        return std::nan("");
    const auto past = std::partition_point(table.share.begin(), table.share.end(),
                                           [&](double share) { return share > wanted; });
    const int i = std::clamp(static_cast<int>(past - table.share.begin()), 1, ShareTable::size - 1);
    double a = ShareTable::at(i - 1), b = ShareTable::at(i);
    double fa = table.share[static_cast<std::size_t>(i - 1)] - wanted;
    double fb = table.share[static_cast<std::size_t>(i)] - wanted;
    double root = a;
    for (int step = 0; step < 3 && fa > fb; ++step) {
        root = a + (b - a) * fa / (fa - fb);
        const double f = upperShare(root) - wanted;
        (f > 0.0 ? a : b) = root;
        (f > 0.0 ? fa : fb) = f;
    }
    return root;
}

} // namespace

TrueDistribution::TrueDistribution(const std::array<double, 5>& quantiles) : quantiles_(quantiles) {
    for (std::size_t k = 0; k < quantiles.size(); ++k)
        if (!std::isfinite(quantiles[k]) || (k > 0 && !(quantiles[k] > quantiles[k - 1])))
            throw Error("True quantiles must be finite and ascend, but there are " +
                        shortestReal(quantiles[0]) + ", " + shortestReal(quantiles[1]) + ", " +
                        shortestReal(quantiles[2]) + ", " + shortestReal(quantiles[3]) + ", " +
                        shortestReal(quantiles[4]));
    const double range = quantiles[4] - quantiles[0];
    const double low = sigmaLowOf((quantiles[4] - quantiles[2]) / range);
    if (std::isnan(low))
        return;
    const double scale = range / (unitQuantile(low, 0.95) - unitQuantile(low, 0.05));
    mode_ = quantiles[2] - scale * unitQuantile(low, 0.5);
    sigmaLow_ = scale * low;
    sigmaHigh_ = scale * (1.0 - low);
    twoPiece_ = true;
    for (const std::size_t k : {std::size_t{1}, std::size_t{3}}) {
        const double missed = mode_ + scale * unitQuantile(low, oracleSignalLevels[k]) - quantiles[k];
        twoPiece_ = twoPiece_ && std::abs(missed) < tolerance * (quantiles[3] - quantiles[1]);
    }
}

double TrueDistribution::cdf(double y) const {
    if (twoPiece_) {
        const double sum = sigmaLow_ + sigmaHigh_;
        if (y < mode_)
            return 2.0 * sigmaLow_ / sum * normalCdf((y - mode_) / sigmaLow_);
        return (sigmaLow_ - sigmaHigh_ + 2.0 * sigmaHigh_ * normalCdf((y - mode_) / sigmaHigh_)) / sum;
    }
    if (std::isinf(y))
        return y > 0.0 ? 1.0 : 0.0;
    std::size_t k = 0; // the piece between knots k and k + 1; the outer ones are continued
    while (k + 2 < quantiles_.size() && y > quantiles_[k + 1])
        ++k;
    const double from = normalQuantile(oracleSignalLevels[k]), to = normalQuantile(oracleSignalLevels[k + 1]);
    return normalCdf(from + (to - from) * (y - quantiles_[k]) / (quantiles_[k + 1] - quantiles_[k]));
}

double TrueDistribution::quantile(double p) const {
    if (twoPiece_) {
        const double scale = sigmaLow_ + sigmaHigh_;
        return mode_ + scale * unitQuantile(sigmaLow_ / scale, p);
    }
    const double z = normalQuantile(p);
    std::size_t k = 0;
    while (k + 2 < quantiles_.size() && p > oracleSignalLevels[k + 1])
        ++k;
    const double from = normalQuantile(oracleSignalLevels[k]), to = normalQuantile(oracleSignalLevels[k + 1]);
    return quantiles_[k] + (quantiles_[k + 1] - quantiles_[k]) * (z - from) / (to - from);
}

std::vector<TrueDistribution> trueDistributions(const TargetStudy& target) {
    std::vector<TrueDistribution> out;
    const auto found = target.heldOut.signals.find(oracleSignal);
    if (found == target.heldOut.signals.end())
        return out;
    const MatrixD& quantiles = found->second;
    if (static_cast<std::size_t>(quantiles.rows()) != target.heldOut.isTest.size() || quantiles.cols() != 5)
        throw Error("The true quantiles of target '" + target.name + "' are " +
                    std::to_string(quantiles.rows()) + " x " + std::to_string(quantiles.cols()) +
                    ", but there are " + std::to_string(target.heldOut.isTest.size()) +
                    " held-out rows and 5 levels");
    for (std::size_t i = 0; i < target.heldOut.isTest.size(); ++i) {
        if (!target.heldOut.isTest[i])
            continue;
        std::array<double, 5> row{};
        for (std::size_t k = 0; k < row.size(); ++k)
            row[k] = quantiles(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(k));
        out.emplace_back(row);
    }
    return out;
}

std::vector<double> trueCoverages(const Prediction& prediction, const std::vector<TrueDistribution>& truth) {
    if (prediction.lower.size() != truth.size() || prediction.upper.size() != truth.size())
        throw Error("There are " + std::to_string(truth.size()) + " true distributions, but " +
                    std::to_string(prediction.lower.size()) + " intervals of " + prediction.method);
    std::vector<double> coverages;
    for (std::size_t i = 0; i < truth.size(); ++i)
        coverages.push_back(
            std::max(0.0, truth[i].cdf(prediction.upper[i]) - truth[i].cdf(prediction.lower[i])));
    return coverages;
}

Prediction trueOraclePrediction(const TargetStudy& target, const std::vector<TrueDistribution>& truth,
                                double alpha) {
    Prediction prediction;
    prediction.method = trueOracleId;
    prediction.target = target.name;
    prediction.unit = target.unit;
    prediction.alpha = alpha;
    for (const TrueDistribution& distribution : truth) {
        prediction.mean.push_back(distribution.quantile(0.5));
        prediction.lower.push_back(distribution.quantile(0.5 * alpha));
        prediction.upper.push_back(distribution.quantile(1.0 - 0.5 * alpha));
    }
    return prediction;
}

} // namespace penumbra
