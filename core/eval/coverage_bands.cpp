#include "core/eval/coverage_bands.h"

#include "core/base/error.h"
#include "core/base/statistics.h"
#include "core/base/text.h"
#include "core/eval/count_laws.h"

#include <algorithm>
#include <cmath>

namespace penumbra {

namespace {

/// Increments of a path without its end: Poisson, or negative binomial with one failure a calibration score.
/// Given where the path ends they are the multinomial and the Polya urn.
class Increments {
public:
    explicit Increments(const CoverageLaw& law) : fixed_(law.nCalibration == 0) {
        const auto gaps = static_cast<double>(law.nCalibration) + 1.0;
        const auto test = static_cast<double>(law.nTest);
        logStop_ = std::log(gaps / (gaps + test));
        logGo_ = std::log(test / (gaps + test));
    }
    double probability(std::size_t count, double amount) const {
        const auto d = static_cast<double>(count);
        if (amount <= 0.0)
            return count == 0 ? 1.0 : 0.0;
        if (fixed_)
            return std::exp(d * std::log(amount) - amount - logGamma(d + 1.0));
        const double goes = count == 0 ? 0.0 : d * logGo_; // no 0 * -inf without test rows
        return std::exp(logGamma(d + amount) - logGamma(amount) - logGamma(d + 1.0) + amount * logStop_ +
                        goes);
    }

private:
    bool fixed_;
    double logStop_ = 0.0, logGo_ = 0.0;
};

/// The levels with what chance does at each.
class LevelChain {
public:
    LevelChain(const CoverageLaw& law, std::span<const double> levels) : law_(law) {
        std::size_t before = 0;
        double levelBefore = 0.0;
        for (const double level : levels) {
            if (!(level > levelBefore && level < 1.0))
                throw Error("Levels of coverage must ascend between 0 and 1, but one is " +
                            shortestReal(level));
            if (law.nCalibration == 0) {
                amounts_.push_back(static_cast<double>(law.nTest) * (level - levelBefore));
                probabilities_.push_back(binomialProbabilities(law.nTest, level));
            } else {
                const std::size_t k =
                    std::min(conformalRank(law.nCalibration, 1.0 - level), law.nCalibration + 1);
                amounts_.push_back(static_cast<double>(k - before));
                before = k;
                probabilities_.push_back(
                    conformalCountProbabilities(law.nCalibration, law.nTest, 1.0 - level));
            }
            levelBefore = level;
        }
        last_ = law.nCalibration == 0 ? static_cast<double>(law.nTest) * (1.0 - levelBefore)
                                      : static_cast<double>(law.nCalibration + 1 - before);
    }

    std::vector<CountRange> ranges(double eta) const {
        std::vector<CountRange> ranges;
        for (const auto& p : probabilities_)
            ranges.push_back(centralRange(p, 0.5 * eta));
        return ranges;
    }

    double probability(const std::vector<CountRange>& ranges) const {
        std::vector<CountStep> steps;
        for (std::size_t j = 0; j < ranges.size(); ++j)
            steps.push_back({amounts_[j], ranges[j].low, ranges[j].high});
        return probabilityInside(law_, steps, last_);
    }

    CoverageBand band(double eta) const {
        CoverageBand band;
        band.localLevel = eta;
        const auto size = static_cast<double>(std::max<std::size_t>(law_.nTest, 1));
        const auto counts = ranges(eta);
        for (const CountRange& range : counts) {
            band.low.push_back(static_cast<double>(range.low) / size);
            band.high.push_back(static_cast<double>(range.high) / size);
        }
        band.probability = probability(counts);
        return band;
    }

private:
    CoverageLaw law_;
    std::vector<double> amounts_;
    double last_ = 0.0;
    std::vector<std::vector<double>> probabilities_; ///< [level][count]
};

} // namespace

std::vector<double> coverageLevels() {
    std::vector<double> levels;
    for (int j = 1; j <= 99; ++j)
        levels.push_back(j / 100.0);
    return levels;
}

double probabilityInside(const CoverageLaw& law, std::span<const CountStep> steps, double last) {
    const Increments increments(law);
    std::vector<double> mass{1.0}; // of counts from `low` on
    std::size_t low = 0;
    for (const CountStep& step : steps) {
        if (step.amount <= 0.0 && step.low <= low && step.high + 1 >= low + mass.size())
            continue; // nothing can have happened
        std::vector<double> jump;
        for (std::size_t d = 0; step.high >= low && d <= step.high - low; ++d)
            jump.push_back(increments.probability(d, step.amount));
        std::vector<double> next(step.high - step.low + 1, 0.0);
        for (std::size_t x = 0; x < mass.size(); ++x) {
            const std::size_t from = low + x;
            for (std::size_t to = std::max(from, step.low); to <= step.high; ++to)
                next[to - step.low] += mass[x] * jump[to - from];
        }
        mass = std::move(next);
        low = step.low;
    }
    double inside = 0.0, total = last;
    for (std::size_t x = 0; x < mass.size() && low + x <= law.nTest; ++x)
        inside += mass[x] * increments.probability(law.nTest - low - x, last);
    for (const CountStep& step : steps)
        total += step.amount;
    return inside / increments.probability(law.nTest, total);
}

CoverageBand pointwiseBand(const CoverageLaw& law, std::span<const double> levels, double confidence) {
    return LevelChain(law, levels).band(1.0 - confidence);
}

CoverageBand simultaneousBand(const CoverageLaw& law, std::span<const double> levels, double confidence) {
    if (!(confidence > 0.0 && confidence < 1.0))
        throw Error("A confidence must lie between 0 and 1, but is " + shortestReal(confidence));
    const LevelChain chain(law, levels);
    double low = std::log(1e-6), high = std::log(1.0 - confidence);
    constexpr int steps = 40; // to 1e-11 in ln eta
    for (int i = 0; i < steps; ++i) {
        const double middle = 0.5 * (low + high);
        (chain.probability(chain.ranges(std::exp(middle))) >= confidence ? low : high) = middle;
    }
    return chain.band(std::exp(low));
}

} // namespace penumbra
