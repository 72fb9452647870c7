#include "core/eval/distributions.h"

#include "core/base/statistics.h"
#include "core/catalogue/lower_bound.h"
#include "core/eval/bootstrap.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace penumbra {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

double gaussianCdf(double z) {
    return 0.5 * std::erfc(-z / std::numbers::sqrt2); // exact 0 and 1 far out
}
double gaussianDensity(double z) {
    return std::exp(-0.5 * z * z) / std::sqrt(2.0 * std::numbers::pi);
}

/// Point masses have no density.
double withDensity(double loss) {
    return std::isfinite(loss) ? loss : nan;
}

/// One column of a signal on the calibration (0) or test rows (1).
std::vector<double> columnOf(const HeldOut& heldOut, const MatrixD& signal, std::uint8_t test) {
    std::vector<double> column;
    for (std::size_t i = 0; i < heldOut.rows.size(); ++i)
        if ((heldOut.isTest[i] != 0) == (test != 0))
            column.push_back(signal(static_cast<Eigen::Index>(i), 0));
    return column;
}

bool sameNumbers(const std::vector<double>& a, const std::vector<double>& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](double x, double y) { return x == y || (std::isnan(x) && std::isnan(y)); });
}

/// Calibration rows of the signal that a method's ends are on the test rows; empty where none is.
std::vector<double> calibrationOf(const HeldOut& heldOut, const std::vector<double>& onTestRows) {
    for (const auto& [name, signal] : heldOut.signals)
        if (signal.rows() == static_cast<Eigen::Index>(heldOut.rows.size()) && signal.cols() > 0 &&
            sameNumbers(columnOf(heldOut, signal, 1), onTestRows))
            return columnOf(heldOut, signal, 0);
    return {};
}

std::vector<double> calibrationTruth(const HeldOut& heldOut) {
    std::vector<double> truth;
    for (std::size_t i = 0; i < heldOut.rows.size(); ++i)
        if (heldOut.isTest[i] == 0)
            truth.push_back(heldOut.truth[i]);
    return truth;
}

/// One centre, |error| / scale as score: the score with the error's sign.
std::optional<Distributions> symmetric(const TargetStudy& target, const SplitScores& split) {
    const auto truth = calibrationTruth(target.heldOut), centre = calibrationOf(target.heldOut, split.lower);
    if (centre.size() != split.calibration.size() || truth.size() != centre.size())
        return {};
    std::vector<double> residuals;
    for (std::size_t i = 0; i < truth.size(); ++i)
        if (!std::isnan(split.calibration[i]))
            residuals.push_back(std::copysign(split.calibration[i], truth[i] - centre[i]));
    return Distributions::conformal(split.lower, split.scale, std::move(residuals));
}

/// Two ends: the middle, and half their distance, at least 1e-6 of its median.
std::optional<Distributions> symmetrised(const TargetStudy& target, const SplitScores& split) {
    const auto truth = calibrationTruth(target.heldOut);
    const auto lower = calibrationOf(target.heldOut, split.lower),
               upper = calibrationOf(target.heldOut, split.upper);
    if (lower.size() != truth.size() || upper.size() != truth.size())
        return {};
    std::vector<double> halves;
    for (std::size_t i = 0; i < truth.size(); ++i)
        if (const double half = 0.5 * (upper[i] - lower[i]); std::isfinite(half))
            halves.push_back(std::abs(half));
    const double floor = 1e-6 * medianOf(halves);
    std::vector<double> residuals, centre, scale;
    for (std::size_t i = 0; i < truth.size(); ++i)
        if (std::isfinite(lower[i]) && std::isfinite(upper[i]))
            residuals.push_back((truth[i] - 0.5 * (lower[i] + upper[i])) /
                                std::max(0.5 * (upper[i] - lower[i]), floor));
    for (std::size_t i = 0; i < split.lower.size(); ++i) {
        const bool finite = std::isfinite(split.lower[i]) && std::isfinite(split.upper[i]);
        centre.push_back(finite ? 0.5 * (split.lower[i] + split.upper[i]) : 0.0);
        scale.push_back(finite ? std::max(0.5 * (split.upper[i] - split.lower[i]), floor) : infinity);
    }
    return Distributions::conformal(std::move(centre), std::move(scale), std::move(residuals), "symmetrised");
}

/// Equal but for rounding: ends are moved outwards by it, and files keep signals as float32.
bool isSameEnd(double end, double quantile, double length) {
    return end == quantile || std::abs(end - quantile) <= 1e-5 * length + 1e-6 * std::abs(quantile);
}

/// The posteriors of the test rows where the ends are their quantiles (not conformalised ones).
std::optional<Distributions> posteriors(const HeldOut& heldOut, const Prediction& prediction) {
    const auto found = heldOut.signals.find(posteriorSignal);
    if (found == heldOut.signals.end() ||
        found->second.cols() != static_cast<Eigen::Index>(posteriorLevels().size()))
        return {};
    std::vector<Eigen::Index> test;
    for (std::size_t i = 0; i < heldOut.rows.size(); ++i)
        if (heldOut.isTest[i] != 0)
            test.push_back(static_cast<Eigen::Index>(i));
    MatrixD quantiles = found->second(test, Eigen::all);
    const double bound = lowerBoundOf(heldOut);
    for (std::size_t i = 0; i < test.size(); ++i) {
        const std::span<const double> row(quantiles.row(static_cast<Eigen::Index>(i)).data(),
                                          posteriorLevels().size());
        const double lower = posteriorQuantile(row, 0.5 * prediction.alpha),
                     upper = posteriorQuantile(row, 1.0 - 0.5 * prediction.alpha);
        if (!isSameEnd(prediction.lower[i], std::max(bound, lower), upper - lower) ||
            !isSameEnd(prediction.upper[i], std::max(bound, upper), upper - lower))
            return {};
    }
    return Distributions::tabulated(std::move(quantiles));
}

} // namespace

Distributions Distributions::gaussian(std::vector<double> centre, std::vector<double> spread) {
    Distributions out;
    out.centre_ = std::move(centre);
    out.scale_ = std::move(spread);
    return out;
}

Distributions Distributions::conformal(std::vector<double> centre, std::vector<double> scale,
                                       std::vector<double> residuals, std::string note) {
    Distributions out;
    out.kind_ = Kind::Conformal;
    out.centre_ = std::move(centre);
    out.scale_ = std::move(scale);
    out.residuals_ = std::move(residuals);
    out.note_ = std::move(note);
    out.prepare();
    return out;
}

Distributions Distributions::tabulated(MatrixD quantiles) {
    Distributions out;
    out.kind_ = Kind::Tabulated;
    out.table_ = std::move(quantiles);
    for (std::size_t row = 0; row < static_cast<std::size_t>(out.table_.rows()); ++row) {
        out.centre_.push_back(posteriorQuantile(out.table(row), 0.5));
        out.scale_.push_back(
            0.5 * (posteriorQuantile(out.table(row), 0.84) - posteriorQuantile(out.table(row), 0.16)));
    }
    return out;
}

void Distributions::prepare() {
    std::sort(residuals_.begin(), residuals_.end());
    const auto n = static_cast<double>(residuals_.size());
    sums_.assign(1, 0.0);
    double weighted = 0.0;
    for (std::size_t i = 0; i < residuals_.size(); ++i) {
        sums_.push_back(sums_.back() + residuals_[i]);
        weighted += (2.0 * static_cast<double>(i + 1) - n - 1.0) * residuals_[i];
    }
    halfSpread_ = weighted / (n * n);
}

bool Distributions::known(std::size_t row) const {
    return std::isfinite(scale_[row]) && std::isfinite(centre_[row]) &&
           (kind_ != Kind::Conformal || !residuals_.empty());
}

double Distributions::pit(std::size_t row, double y, double theta) const {
    if (!known(row))
        return nan;
    if (kind_ == Kind::Tabulated)
        return posteriorCdf(table(row), y);
    if (kind_ == Kind::Gaussian) {
        if (scale_[row] == 0.0)
            return y == centre_[row] ? theta : (y < centre_[row] ? 0.0 : 1.0);
        return gaussianCdf((y - centre_[row]) / scale_[row]);
    }
    // C_i ascends with i, as it is rounded: a row must not be parted from its own residual.
    const auto countWhere = [&](const auto& isBelow) {
        std::size_t low = 0, high = residuals_.size();
        while (low < high) {
            const std::size_t middle = (low + high) / 2;
            isBelow(value(row, middle)) ? low = middle + 1 : high = middle;
        }
        return low;
    };
    const auto below = static_cast<double>(countWhere([&](double c) { return c < y; }));
    const auto upTo = static_cast<double>(countWhere([&](double c) { return c <= y; }));
    return (below + theta * (upTo - below + 1.0)) / (static_cast<double>(residuals_.size()) + 1.0);
}

double Distributions::crps(std::size_t row, double y) const {
    if (!known(row))
        return nan;
    if (kind_ == Kind::Tabulated)
        return posteriorCrps(table(row), y);
    if (scale_[row] == 0.0)
        return std::abs(y - centre_[row]);
    const double z = (y - centre_[row]) / scale_[row];
    if (kind_ == Kind::Gaussian)
        return scale_[row] * (z * (2.0 * gaussianCdf(z) - 1.0) + 2.0 * gaussianDensity(z) -
                              1.0 / std::sqrt(std::numbers::pi));
    const auto n = static_cast<double>(residuals_.size());
    const auto below = static_cast<std::size_t>(std::upper_bound(residuals_.begin(), residuals_.end(), z) -
                                                residuals_.begin());
    const double absolute = (z * static_cast<double>(below) - sums_[below] + sums_.back() - sums_[below] -
                             z * static_cast<double>(residuals_.size() - below)) /
                            n;
    return scale_[row] * (absolute - halfSpread_);
}

double Distributions::cdeLoss(std::size_t row, double y) const {
    if (kind_ == Kind::Tabulated && known(row))
        return withDensity(posteriorSquaredDensity(table(row)) - 2.0 * posteriorDensity(table(row), y));
    if (kind_ != Kind::Gaussian || !known(row))
        return nan;
    if (scale_[row] == 0.0)
        return infinity;
    const double z = (y - centre_[row]) / scale_[row];
    return (0.5 / std::sqrt(std::numbers::pi) - 2.0 * gaussianDensity(z)) / scale_[row];
}

double Distributions::logScore(std::size_t row, double y) const {
    if (kind_ == Kind::Tabulated && known(row))
        return -std::log(posteriorDensity(table(row), y));
    if (kind_ != Kind::Gaussian || !known(row))
        return nan;
    const double z = (y - centre_[row]) / scale_[row];
    return 0.5 * z * z + std::log(scale_[row]) + 0.5 * std::log(2.0 * std::numbers::pi);
}

Interval Distributions::centralInterval(std::size_t row, double alpha) const {
    if (kind_ == Kind::Tabulated)
        return {posteriorQuantile(table(row), 0.5 * alpha), posteriorQuantile(table(row), 1.0 - 0.5 * alpha)};
    if (kind_ == Kind::Gaussian) {
        const double half = -normalQuantile(0.5 * alpha) * scale_[row];
        return {centre_[row] - half, centre_[row] + half};
    }
    // Mirrored ranks: the k-th from above is the k-th from below of what is turned around.
    const std::size_t n = residuals_.size(), k = conformalRank(n, 0.5 * alpha);
    if (k > n)
        return {-infinity, infinity};
    return {value(row, n - k), value(row, k - 1)};
}

Distributions Distributions::withLabelErrors(std::span<const double> errors) const {
    Distributions out = *this;
    if (kind_ == Kind::Gaussian)
        for (std::size_t i = 0; i < out.scale_.size(); ++i)
            out.scale_[i] = std::sqrt(out.scale_[i] * out.scale_[i] + errors[i] * errors[i]);
    return out;
}

Distributions Distributions::onRows(std::span<const std::size_t> rows) const {
    Distributions out = *this;
    out.centre_.clear();
    out.scale_.clear();
    for (const std::size_t row : rows) {
        out.centre_.push_back(centre_[row]);
        out.scale_.push_back(scale_[row]);
    }
    if (kind_ == Kind::Tabulated)
        out.table_ = table_(std::vector<Eigen::Index>(rows.begin(), rows.end()), Eigen::all);
    return out;
}

std::optional<Distributions> distributionsOf(const TargetStudy& target, const Prediction& prediction) {
    const CalibrationPart* part = target.calibrationPart(prediction.method);
    if (part != nullptr && part->split) {
        const SplitScores& split = *part->split;
        return sameNumbers(split.lower, split.upper) ? symmetric(target, split) : symmetrised(target, split);
    }
    if (prediction.spread.size() == prediction.mean.size() && !prediction.spread.empty())
        return Distributions::gaussian(prediction.mean, prediction.spread);
    return posteriors(target.heldOut, prediction);
}

double crpsOfQuantiles(std::span<const double> levels, std::vector<double> quantiles, double y) {
    std::sort(quantiles.begin(), quantiles.end());
    double sum = 0.0;
    for (std::size_t j = 0; j < levels.size(); ++j) {
        const double from = j == 0 ? 0.0 : 0.5 * (levels[j - 1] + levels[j]);
        const double to = j + 1 == levels.size() ? 1.0 : 0.5 * (levels[j] + levels[j + 1]);
        sum += 2.0 * (to - from) * pinballLoss(levels[j], y, quantiles[j]);
    }
    return sum;
}

} // namespace penumbra
