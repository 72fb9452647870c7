#include "core/eval/oracle.h"

#include "core/base/error.h"
#include "core/base/parallel_for.h"
#include "core/base/rng.h"
#include "core/base/statistics.h"
#include "core/eval/bootstrap.h"

#include <algorithm>
#include <cmath>
#include <compare>
#include <numeric>

namespace penumbra {

namespace {

std::vector<double> firstColumn(const MatrixD& matrix) {
    std::vector<double> out(static_cast<std::size_t>(matrix.rows()));
    for (Eigen::Index i = 0; i < matrix.rows(); ++i)
        out[static_cast<std::size_t>(i)] = matrix(i, 0);
    return out;
}

struct KeyAndError {
    double key = 0.0, error = 0.0;
    auto operator<=>(const KeyAndError&) const = default;
};

/// Mean |residual| in equal-count bins of a key, interpolated as a step function.
class BinnedScale {
public:
    BinnedScale(std::vector<KeyAndError> rows, double floor) {
        std::sort(rows.begin(), rows.end());
        const std::size_t n = rows.size();
        const std::size_t bins = std::clamp<std::size_t>(n / 10, 1, 20);
        double overall = 0.0;
        for (const KeyAndError& row : rows)
            overall += row.error / static_cast<double>(n);
        for (std::size_t b = 0; b < bins; ++b) {
            const std::size_t first = n * b / bins, past = n * (b + 1) / bins;
            double sum = 0.0;
            for (std::size_t i = first; i < past; ++i)
                sum += rows[i].error;
            edge_.push_back(rows[first].key);
            // A bin of exact hits would make every residual of its neighbours infinite.
            scale_.push_back(std::max(sum / static_cast<double>(past - first), 1e-3 * overall) + floor);
        }
    }
    double at(double key) const {
        const auto above = std::upper_bound(edge_.begin(), edge_.end(), key);
        return scale_[above == edge_.begin() ? 0 : static_cast<std::size_t>(above - edge_.begin()) - 1];
    }

private:
    std::vector<double> edge_, scale_;
};

/// How badly a scale tells the sizes of errors: minus the mean log-likelihood of errors that are the scale
/// times a Laplace variate of the best width, up to a constant. Smaller is better; a scale near zero where
/// errors are not costs dearly.
class Misfit {
public:
    void add(double scale, double error) {
        ratio_ += error / scale;
        logScale_ += std::log(scale);
        ++rows_;
    }
    double value() const {
        const auto n = static_cast<double>(rows_);
        return std::log(ratio_ / n) + logScale_ / n;
    }

private:
    double ratio_ = 0.0, logScale_ = 0.0;
    std::size_t rows_ = 0;
};

/// Every other row by the bins of the rest.
double misfitOfBins(const std::vector<KeyAndError>& rows, double floor) {
    std::vector<KeyAndError> halves[2];
    for (std::size_t i = 0; i < rows.size(); ++i)
        halves[i % 2].push_back(rows[i]);
    Misfit misfit;
    for (const std::size_t half : {0, 1}) {
        const BinnedScale scale(halves[1 - half], floor);
        for (const KeyAndError& row : halves[half])
            misfit.add(scale.at(row.key), row.error);
    }
    return misfit.value();
}

/// A way to tell how large the error of each held-out row is.
struct ScaleChoice {
    std::string name;
    std::vector<double> scale; ///< [held-out rows]
    double misfit = 0.0;       ///< on the calibration rows
};

ScaleChoice binnedChoice(const HeldOut& heldOut, const std::vector<double>& error,
                         const std::vector<double>& key, const std::string& name) {
    std::vector<KeyAndError> calibration;
    for (std::size_t i = 0; i < key.size(); ++i)
        if (!heldOut.isTest[i])
            calibration.push_back({key[i], error[i]});
    const BinnedScale binned(calibration, heldOut.residualFloor);
    ScaleChoice choice{"bins of " + name, {}, misfitOfBins(calibration, heldOut.residualFloor)};
    for (const double k : key)
        choice.scale.push_back(binned.at(k));
    return choice;
}

ScaleChoice directChoice(const HeldOut& heldOut, const std::vector<double>& error,
                         const std::vector<double>& net, const std::string& name) {
    ScaleChoice choice{name, {}, 0.0};
    Misfit misfit;
    for (std::size_t i = 0; i < net.size(); ++i) {
        choice.scale.push_back(net[i] + heldOut.residualFloor);
        if (!heldOut.isTest[i])
            misfit.add(choice.scale[i], error[i]);
    }
    choice.misfit = misfit.value();
    return choice;
}

/// The scale that fits the calibration rows best: of the residual nets as they are, their bins, and bins of
/// the prediction. A net that has not learned, or has learned the errors of a head that overfits, must not
/// set the band.
ScaleChoice bestScale(const HeldOut& heldOut, const std::vector<double>& mean,
                      const std::vector<double>& error) {
    ScaleChoice best = binnedChoice(heldOut, error, mean, "the prediction");
    for (const auto& [name, values] : heldOut.signals) {
        if (name.rfind("residual", 0) != 0)
            continue;
        std::vector<double> net = firstColumn(values);
        for (double& value : net)
            value = std::abs(value);
        for (ScaleChoice choice :
             {directChoice(heldOut, error, net, name), binnedChoice(heldOut, error, net, name)})
            if (choice.misfit < best.misfit)
                best = std::move(choice);
    }
    return best;
}

/// One world: truth and who is covered by the perfect method.
struct Draw {
    std::vector<double> truth;
    std::vector<std::uint8_t> covered;
};

void makeDraw(const OracleModel& model, double alpha, Rng& rng, Draw& draw) {
    const auto& e = model.scaledResiduals;
    for (std::size_t i = 0; i < model.prediction.size(); ++i) {
        // One uniform number decides both, so coverage is 1 - alpha exactly, ties in e or not.
        const double u = rng.uniform();
        const double at = u * static_cast<double>(e.size()) - 0.5;
        const auto low = static_cast<std::size_t>(std::clamp(at, 0.0, static_cast<double>(e.size() - 1)));
        const std::size_t high = std::min(low + 1, e.size() - 1);
        const double f = std::clamp(at - static_cast<double>(low), 0.0, 1.0);
        draw.truth[i] = model.prediction[i] + model.scale[i] * (e[low] + f * (e[high] - e[low]));
        draw.covered[i] = u > 0.5 * alpha && u < 1.0 - 0.5 * alpha ? 1 : 0;
    }
}

double covered(const Draw& draw, std::span<const std::size_t> rows) {
    double sum = 0.0;
    for (const std::size_t row : rows)
        sum += draw.covered[row];
    return sum;
}

double centreOf(const StratumRule& rule, const OracleModel& model, std::size_t row) {
    return rule.centre.empty() ? model.prediction[row] : rule.centre[row];
}

/// Coverage of the perfect method in each bin of a rule in one world; NaN for an empty bin.
std::vector<double> scoreDraw(const OracleModel& model, const StratumRule& rule, const Draw& draw) {
    std::vector<std::size_t> rows;
    for (std::size_t i = 0; i < draw.truth.size(); ++i)
        if (rule.keep.empty() || rule.keep[i])
            rows.push_back(i);
    using Kind = StratumRule::Kind;
    const bool byError = rule.kind == Kind::WorstTenth || rule.kind == Kind::ErrorBins;
    std::vector<double> key(draw.truth.size());
    for (const std::size_t i : rows)
        key[i] = byError ? std::abs(draw.truth[i] - centreOf(rule, model, i)) : draw.truth[i];
    const auto less = [&](std::size_t a, std::size_t b) { return key[a] < key[b]; };
    const double none = std::numeric_limits<double>::quiet_NaN();
    if (rule.kind == Kind::Tails || rule.kind == Kind::WorstTenth) {
        const std::size_t tenth = rows.size() / 10;
        if (tenth == 0)
            return {none};
        const auto top = rows.end() - static_cast<std::ptrdiff_t>(tenth);
        std::nth_element(rows.begin(), top, rows.end(), less);
        double sum = covered(draw, std::span(rows).last(tenth));
        double count = static_cast<double>(tenth);
        if (rule.kind == Kind::Tails) {
            std::nth_element(rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(tenth), top, less);
            sum += covered(draw, std::span(rows).first(tenth));
            count *= 2.0;
        }
        return {sum / count};
    }
    const std::size_t bins = rule.edges.size() < 2 ? 0 : rule.edges.size() - 1;
    std::vector<double> hits(bins, 0.0), count(bins, 0.0);
    for (const std::size_t i : rows) {
        if (bins == 0 || !(key[i] >= rule.edges.front() && key[i] <= rule.edges.back()))
            continue;
        const auto above = std::upper_bound(rule.edges.begin(), rule.edges.end(), key[i]);
        const std::size_t bin = std::min(static_cast<std::size_t>(above - rule.edges.begin()) - 1, bins - 1);
        hits[bin] += draw.covered[i];
        count[bin] += 1.0;
    }
    for (std::size_t b = 0; b < bins; ++b)
        hits[b] = count[b] > 0.0 ? hits[b] / count[b] : none;
    return hits;
}

/// Equal-tailed range of the draws' values, by linear interpolation.
Interval range(std::vector<double> values, double confidence) {
    std::erase_if(values, [](double v) { return std::isnan(v); });
    if (values.empty())
        return {};
    std::sort(values.begin(), values.end());
    return {quantileOfSorted(values, 0.5 * (1.0 - confidence)),
            quantileOfSorted(values, 0.5 * (1.0 + confidence))};
}

} // namespace

OracleModel oracleModel(const HeldOut& heldOut) {
    const auto found = heldOut.signals.find("mean");
    if (found == heldOut.signals.end())
        throw Error(
            "The oracle band needs the base prediction (signal 'mean'), which this study does not hold");
    const std::vector<double> mean = firstColumn(found->second);
    std::vector<double> error(mean.size());
    std::size_t calibrationRows = 0;
    for (std::size_t i = 0; i < mean.size(); ++i) {
        error[i] = std::abs(heldOut.truth[i] - mean[i]);
        calibrationRows += heldOut.isTest[i] ? 0 : 1;
    }
    if (calibrationRows < 10)
        throw Error("The oracle band needs at least ten calibration rows; there are " +
                    std::to_string(calibrationRows));
    const ScaleChoice choice = bestScale(heldOut, mean, error);
    OracleModel model;
    model.scaleName = choice.name;
    for (std::size_t i = 0; i < mean.size(); ++i) {
        if (!heldOut.isTest[i]) {
            model.scaledResiduals.push_back((heldOut.truth[i] - mean[i]) / choice.scale[i]);
        } else if (!std::isnan(heldOut.truth[i])) {
            model.prediction.push_back(mean[i]);
            model.scale.push_back(choice.scale[i]);
        }
    }
    std::sort(model.scaledResiduals.begin(), model.scaledResiduals.end());
    return model;
}

std::vector<std::vector<Interval>> oracleBands(const OracleModel& model, double alpha,
                                               std::span<const StratumRule> rules,
                                               const OracleOptions& options, const RunContext& context) {
    const auto draws = static_cast<std::size_t>(options.draws);
    std::vector<std::vector<std::vector<double>>> scored(draws); // [draw][rule][bin]
    parallelFor(draws, options.threads, [&](std::size_t begin, std::size_t end) {
        Draw draw{std::vector<double>(model.prediction.size()),
                  std::vector<std::uint8_t>(model.prediction.size())};
        for (std::size_t k = begin; k < end; ++k) {
            context.checkStop();
            Rng rng(options.seed, k);
            makeDraw(model, alpha, rng, draw);
            for (const StratumRule& rule : rules)
                scored[k].push_back(scoreDraw(model, rule, draw));
        }
    });
    std::vector<std::vector<Interval>> bands(rules.size());
    for (std::size_t r = 0; r < rules.size(); ++r) {
        const std::size_t bins = draws == 0 ? 0 : scored.front()[r].size();
        for (std::size_t b = 0; b < bins; ++b) {
            std::vector<double> values;
            for (const auto& draw : scored)
                values.push_back(draw[r][b]);
            bands[r].push_back(range(std::move(values), options.confidence));
        }
    }
    return bands;
}

Interval binomialBand(std::size_t n, double alpha, double confidence) {
    if (n == 0)
        return {};
    const double trials = static_cast<double>(n);
    // P(K <= k) = I_{1-p}(n - k, k + 1); smallest k that reaches the level.
    const auto quantile = [&](double level) {
        std::size_t low = 0, high = n;
        while (low < high) {
            const std::size_t k = (low + high) / 2;
            const double cumulative =
                regularisedBeta(alpha, trials - static_cast<double>(k), static_cast<double>(k) + 1.0);
            (cumulative >= level ? high : low) = cumulative >= level ? k : k + 1;
        }
        return static_cast<double>(low) / trials;
    };
    return {quantile(0.5 * (1.0 - confidence)), quantile(0.5 * (1.0 + confidence))};
}

} // namespace penumbra
