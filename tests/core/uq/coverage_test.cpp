// Given the calibration set, the number of covered test points of a split-conformal method follows a
// Beta-Binomial(nTest, k, nCalibration + 1 - k) (Vovk 2012). Tested over many independent seeds.

#include "tests/core/uq/synthetic_held_out.h"

#include <algorithm>
#include <gtest/gtest.h>

namespace penumbra::uq {
namespace {

constexpr std::size_t seeds = 400;
constexpr std::size_t testRows = 100;
constexpr double alpha = 0.1;

// Each of the tests below may err with probability 1e-3 (three methods, two sizes, two statistics: 1.2 %
// together, were the seeds not fixed).
constexpr double kolmogorovCritical = 1.9495; // P(sqrt(n) D > 1.9495) = 1e-3 (Kolmogorov)
constexpr double normalCritical = 3.2905;     // P(|z| > 3.2905) = 1e-3

double logChoose(double n, double k) {
    return std::lgamma(n + 1) - std::lgamma(k + 1) - std::lgamma(n - k + 1);
}
double logBeta(double a, double b) {
    return std::lgamma(a) + std::lgamma(b) - std::lgamma(a + b);
}

double betaBinomial(std::size_t covered, std::size_t n, double a, double b) {
    const auto j = static_cast<double>(covered);
    const auto size = static_cast<double>(n);
    return std::exp(logChoose(size, j) + logBeta(j + a, size - j + b) - logBeta(a, b));
}

/// Covered test points per seed. `claimedAlpha` is given to the method; the law is that of `alpha`.
std::vector<std::size_t> coveredCounts(const UqMethod& method, std::size_t nCalibration,
                                       const OptionSet& options, double claimedAlpha) {
    std::vector<std::size_t> counts;
    for (std::size_t seed = 0; seed < seeds; ++seed) {
        SyntheticHeldOut data(nCalibration, testRows, 7919 * nCalibration + seed);
        data.addNeedsOf(method, options, alpha);
        const std::vector<double> alphas = {claimedAlpha};
        const Prediction p =
            method.intervals(makeEvidence("z", "", data.heldOut), alphas, alpha, options, RunContext{}).at(0);
        const std::vector<double> truth = data.testTruth();
        std::size_t covered = 0;
        for (std::size_t i = 0; i < truth.size(); ++i)
            covered += p.lower[i] < truth[i] && truth[i] < p.upper[i] ? 1 : 0;
        counts.push_back(covered);
    }
    return counts;
}

struct Verdict {
    double kolmogorov = 0.0; ///< sqrt(n) sup |F - uniform| of the randomised probability integral transform
    double z = 0.0;          ///< of the mean coverage
};

Verdict compareWithLaw(const std::vector<std::size_t>& counts, std::size_t nCalibration) {
    const auto n = static_cast<double>(nCalibration);
    const double a = std::ceil((n + 1) * (1 - alpha) - 1e-9);
    const double b = n + 1 - a;
    Rng rng(20230917);
    std::vector<double> pit;
    double sum = 0.0;
    for (const std::size_t count : counts) {
        double below = 0.0;
        for (std::size_t j = 0; j < count; ++j)
            below += betaBinomial(j, testRows, a, b);
        pit.push_back(below + rng.uniform() * betaBinomial(count, testRows, a, b));
        sum += static_cast<double>(count);
    }
    std::sort(pit.begin(), pit.end());
    double distance = 0.0;
    const auto size = static_cast<double>(pit.size());
    for (std::size_t i = 0; i < pit.size(); ++i) {
        distance = std::max(distance, pit[i] - static_cast<double>(i) / size);
        distance = std::max(distance, static_cast<double>(i + 1) / size - pit[i]);
    }
    const double m = testRows;
    const double variance = m * a * b * (a + b + m) / ((a + b) * (a + b) * (a + b + 1));
    return {std::sqrt(size) * distance, (sum / size - m * a / (a + b)) / std::sqrt(variance / size)};
}

class SplitConformalLaw : public testing::TestWithParam<std::string> {};

TEST_P(SplitConformalLaw, CoveredCountsAreBetaBinomial) {
    for (const std::size_t nCalibration : {19u, 200u}) {
        const Verdict verdict = compareWithLaw(
            coveredCounts(findMethod(GetParam()), nCalibration, defaultMethodOptions(), alpha), nCalibration);
        EXPECT_LT(verdict.kolmogorov, kolmogorovCritical) << "n = " << nCalibration;
        EXPECT_LT(std::abs(verdict.z), normalCritical) << "n = " << nCalibration;
    }
}

TEST_P(SplitConformalLaw, AnInterpolatedQuantileIsRejected) {
    OptionSet options = defaultMethodOptions();
    options.set("quantile-rule", std::string("interpolated"));
    const Verdict verdict = compareWithLaw(coveredCounts(findMethod(GetParam()), 19, options, alpha), 19);
    EXPECT_GT(verdict.kolmogorov, kolmogorovCritical);
    EXPECT_LT(verdict.z, -normalCritical);
}

TEST_P(SplitConformalLaw, ARankOffByOneIsRejected) {
    // At n = 19 alpha = 0.15 takes the 17th score and alpha = 0.05 the 19th, where 0.1 takes the 18th.
    for (const double wrongAlpha : {0.15, 0.05}) {
        const Verdict verdict =
            compareWithLaw(coveredCounts(findMethod(GetParam()), 19, defaultMethodOptions(), wrongAlpha), 19);
        EXPECT_GT(verdict.kolmogorov, kolmogorovCritical) << wrongAlpha;
        EXPECT_GT(std::abs(verdict.z), normalCritical) << wrongAlpha;
    }
}

INSTANTIATE_TEST_SUITE_P(Methods, SplitConformalLaw, testing::Values("VanillaSplit", "MADSplit", "CQR"),
                         [](const auto& entry) { return entry.param; });

} // namespace
} // namespace penumbra::uq
