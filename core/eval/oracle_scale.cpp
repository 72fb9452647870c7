#include "core/eval/oracle_scale.h"

#include "core/base/error.h"
#include "core/eval/label_errors.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>

namespace penumbra {

namespace {

constexpr std::size_t fewestInBin = 10;

/// Numbers of bins that are tried; each costs a parameter a bin.
constexpr std::size_t binNumbers[] = {2, 3, 4, 6, 8, 12, 16, 20};

/// The level of a signal "q0.05"; nothing for other names.
std::optional<double> quantileLevel(const std::string& name) {
    if (name.size() < 2 || name[0] != 'q')
        return std::nullopt;
    std::size_t used = 0;
    try {
        const double level = std::stod(name.substr(1), &used);
        return used + 1 == name.size() ? std::optional(level) : std::nullopt;
    } catch (const std::exception&) {
        return std::nullopt;
    }
}

/// Sizes as positive numbers; a typical one where a row's is unknown. None where most are.
std::optional<Eigen::VectorXd> knownSizes(const Eigen::VectorXd& values) {
    Eigen::VectorXd sizes = values.cwiseAbs();
    std::vector<double> finite;
    for (const double size : sizes)
        if (std::isfinite(size))
            finite.push_back(size);
    if (2 * finite.size() <= static_cast<std::size_t>(sizes.size()))
        return std::nullopt;
    const auto middle = finite.begin() + static_cast<std::ptrdiff_t>(finite.size() / 2);
    std::nth_element(finite.begin(), middle, finite.end());
    for (double& size : sizes)
        size = std::isfinite(size) ? size : *middle;
    return sizes;
}

/// Signals that tell sizes of errors, in their first column.
std::vector<std::pair<std::string, Eigen::VectorXd>> sizeSignals(const HeldOut& heldOut) {
    std::vector<std::pair<std::string, Eigen::VectorXd>> found;
    const auto add = [&](const std::string& name, const Eigen::VectorXd& values) {
        if (auto sizes = knownSizes(values))
            found.emplace_back(name, std::move(*sizes));
    };
    std::optional<std::pair<double, std::string>> lowest, highest;
    for (const auto& [name, values] : heldOut.signals) {
        if (name.rfind("residual", 0) == 0 || name == labelErrorSignal)
            add(name, values.col(0));
        if (const auto level = quantileLevel(name)) {
            if (!lowest || *level < lowest->first)
                lowest = {*level, name};
            if (!highest || *level > highest->first)
                highest = {*level, name};
        }
    }
    if (lowest && highest && lowest->first < highest->first)
        add("quantiles",
            heldOut.signals.at(highest->second).col(0) - heldOut.signals.at(lowest->second).col(0));
    return found;
}

} // namespace

bool knowsErrorSizes(const HeldOut& heldOut) {
    const auto signals = sizeSignals(heldOut);
    return std::any_of(signals.begin(), signals.end(),
                       [](const auto& signal) { return signal.first != labelErrorSignal; });
}

ErrorScales::ErrorScales(const HeldOut& heldOut) {
    const auto found = heldOut.signals.find("mean");
    if (found == heldOut.signals.end())
        throw Error(
            "The oracle band needs the base prediction (signal 'mean'), which this study does not hold");
    const Eigen::VectorXd mean = found->second.col(0).cast<double>();
    std::vector<Eigen::Index> rows, testRows;
    for (std::size_t i = 0; i < heldOut.rows.size(); ++i) {
        const auto row = static_cast<Eigen::Index>(i);
        if (!heldOut.isTest[i]) {
            rows.push_back(row);
        } else if (!std::isnan(heldOut.truth[i])) {
            testRows.push_back(row);
            prediction_.push_back(mean[row]);
        }
    }
    calibrationRows_ = rows.size();
    if (calibrationRows_ < fewestCalibrationRows)
        throw Error("The oracle band needs at least " + std::to_string(fewestCalibrationRows) +
                    " calibration rows; there are " + std::to_string(calibrationRows_));
    rows.insert(rows.end(), testRows.begin(), testRows.end());
    for (const Eigen::Index row : rows) {
        residual_.push_back(heldOut.truth[static_cast<std::size_t>(row)] - mean[row]);
        meanError_ += std::abs(residual_.back()) / static_cast<double>(rows.size());
    }
    if (!(meanError_ > 0.0))
        meanError_ = 1.0; // all predictions are exact: any scale does
    const auto keyOf = [&](const std::string& name, const Eigen::VectorXd& values) {
        Key key{name, {}};
        for (const Eigen::Index row : rows)
            key.values.push_back(values[row]);
        return key;
    };
    candidates_.push_back({"constant", std::vector<double>(rows.size(), 1.0), {}, {}, {}, 1, 0.0});
    std::vector<Key> keys{keyOf("the prediction", mean)};
    for (const auto& [name, values] : sizeSignals(heldOut)) {
        keys.push_back(keyOf(name, values));
        addDirect(keys.back());
    }
    for (const Key& key : keys)
        for (const std::size_t bins : binNumbers)
            if (rows.size() / bins >= fewestInBin)
                addBinned(key, bins);
    weigh();
}

/// Sizes of next to nothing would make residuals endless.
void ErrorScales::addDirect(const Key& key) {
    Candidate candidate{key.name, key.values, {}, {}, {}, 1, 0.0};
    for (double& value : candidate.scale) {
        if (!std::isfinite(value))
            return;
        value += 1e-5 * meanError_;
    }
    candidates_.push_back(std::move(candidate));
}

void ErrorScales::addBinned(const Key& key, std::size_t bins) {
    if (std::any_of(key.values.begin(), key.values.end(), [](double v) { return !std::isfinite(v); }))
        return;
    Candidate candidate;
    candidate.name = "bins of " + key.name;
    candidate.bins = bins;
    const std::size_t n = residual_.size();
    std::vector<std::uint32_t> order(n);
    std::iota(order.begin(), order.end(), 0u);
    std::stable_sort(order.begin(), order.end(),
                     [&](std::uint32_t a, std::uint32_t b) { return key.values[a] < key.values[b]; });
    candidate.bin.resize(n);
    std::vector<double> centre;
    for (std::size_t b = 0; b < bins; ++b) {
        const std::size_t first = n * b / bins, past = n * (b + 1) / bins;
        for (std::size_t i = first; i < past; ++i)
            candidate.bin[order[i]] = static_cast<std::uint32_t>(b);
        centre.push_back(key.values[order[(first + past) / 2]]);
    }
    if (!(centre.front() < centre.back()))
        return; // a constant key
    for (const double value : key.values) {
        const auto above = std::upper_bound(centre.begin(), centre.end(), value);
        const auto right = static_cast<std::size_t>(above - centre.begin());
        const bool inside = right > 0 && right < bins;
        const std::size_t left = right == 0 ? 0 : right - 1;
        candidate.left.push_back(static_cast<std::uint32_t>(left));
        candidate.part.push_back(inside ? (value - centre[left]) / (centre[right] - centre[left]) : 0.0);
    }
    candidates_.push_back(std::move(candidate));
}

std::vector<double> ErrorScales::fit(std::size_t which, std::span<const std::uint32_t> counts) const {
    const Candidate& candidate = candidates_[which];
    if (!candidate.scale.empty())
        return candidate.scale;
    std::vector<double> sum(candidate.bins, 0.0), n(candidate.bins, 0.0);
    for (std::size_t i = 0; i < residual_.size(); ++i) {
        const double weight = counts.empty() ? 1.0 : counts[i];
        sum[candidate.bin[i]] += weight * std::abs(residual_[i]);
        n[candidate.bin[i]] += weight;
    }
    for (std::size_t b = 0; b < candidate.bins; ++b) // a bin of exact hits must not part from its neighbours
        sum[b] = std::log(std::max(n[b] > 0.0 ? sum[b] / n[b] : meanError_, 1e-3 * meanError_));
    std::vector<double> scale;
    scale.reserve(candidate.left.size());
    for (std::size_t i = 0; i < candidate.left.size(); ++i) {
        const std::size_t left = candidate.left[i], right = std::min(left + 1, candidate.bins - 1);
        scale.push_back(std::exp(sum[left] + candidate.part[i] * (sum[right] - sum[left])));
    }
    return scale;
}

/// exp(-BIC / 2). The log-likelihood of errors that are the scale times a Laplace variate of the best width
/// is -n ln(mean error / scale) - sum ln scale, up to a constant. Errors with heavier tails than Laplace's
/// gain more by chance: it is divided by their dispersion relative to his, under the scale that fits best
/// (quasi-likelihood; Burnham & Anderson 2002, 2.5).
void ErrorScales::weigh() {
    const auto n = static_cast<double>(residual_.size());
    std::vector<double> misfit, dispersion;
    for (std::size_t c = 0; c < candidates_.size(); ++c) {
        const auto scale = fit(c, {});
        double ratio = 0.0, squares = 0.0, logs = 0.0;
        for (std::size_t i = 0; i < residual_.size(); ++i) {
            const double size = std::abs(residual_[i]) / scale[i];
            ratio += size / n;
            squares += size * size / n;
            logs += std::log(scale[i]);
        }
        misfit.push_back(n * std::log(std::max(ratio, 1e-300)) + logs);
        dispersion.push_back(ratio > 0.0 ? squares / (ratio * ratio) - 1.0 : 1.0);
    }
    const auto fittest = std::min_element(misfit.begin(), misfit.end()) - misfit.begin();
    const double relative = std::clamp(dispersion[static_cast<std::size_t>(fittest)], 0.5, 20.0);
    std::vector<double> cost;
    for (std::size_t c = 0; c < candidates_.size(); ++c)
        cost.push_back(misfit[c] / relative + 0.5 * static_cast<double>(candidates_[c].bins) * std::log(n));
    const double least = *std::min_element(cost.begin(), cost.end());
    double sum = 0.0;
    for (std::size_t c = 0; c < cost.size(); ++c)
        sum += candidates_[c].weight = std::exp(least - cost[c]);
    for (Candidate& candidate : candidates_)
        candidate.weight /= sum;
}

std::size_t ErrorScales::best() const {
    const auto at = std::max_element(candidates_.begin(), candidates_.end(),
                                     [](const auto& a, const auto& b) { return a.weight < b.weight; });
    return static_cast<std::size_t>(at - candidates_.begin());
}

std::size_t ErrorScales::drawn(double uniform) const {
    double below = 0.0;
    for (std::size_t c = 0; c < candidates_.size(); ++c) {
        below += candidates_[c].weight;
        if (uniform < below)
            return c;
    }
    return best();
}

} // namespace penumbra
