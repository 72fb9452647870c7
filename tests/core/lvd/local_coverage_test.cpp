// What local intervals promise, tested statistically (fixed seeds, four standard deviations).

#include "core/lvd/local_conditional.h"
#include "tests/core/lvd/synthetic.h"

namespace penumbra::lvd {
namespace {

constexpr double alpha = 0.1;
const std::vector<double> alphas = {alpha};

struct Sample {
    MatrixD rows;
    std::vector<double> scores;
};

/// Rows uniform on a line; scores |normal| times noise(x).
template <typename Noise>
Sample draw(std::size_t n, double width, std::uint64_t seed, const Noise& noise) {
    Rng rng(seed);
    Sample sample{MatrixD(static_cast<Eigen::Index>(n), 1), {}};
    for (std::size_t i = 0; i < n; ++i) {
        const double x = rng.uniform();
        sample.rows(static_cast<Eigen::Index>(i), 0) = width * x;
        sample.scores.push_back(noise(x) * std::abs(rng.normal()));
    }
    return sample;
}

/// Share of test scores within their quantile, over many draws of both sides.
template <typename Noise>
double coverage(double width, std::size_t trials, std::size_t n, const Noise& noise, double from = 0.0,
                double to = 1.0) {
    std::size_t covered = 0, total = 0;
    for (std::size_t trial = 0; trial < trials; ++trial) {
        const Sample calibration = draw(n, width, 2 * trial, noise),
                     test = draw(40, width, 2 * trial + 1, noise);
        const auto q =
            LocalConditional(calibration.rows, {calibration.scores}).quantiles(test.rows, alphas, {});
        for (std::size_t t = 0; t < test.scores.size(); ++t) {
            const auto row = static_cast<Eigen::Index>(t);
            const double x = test.rows(row, 0);
            if (width > 0.0 && (x < from * width || x > to * width))
                continue;
            covered += test.scores[t] <= q.quantiles[0](row, 0) ? 1 : 0;
            ++total;
        }
    }
    return static_cast<double>(covered) / static_cast<double>(total);
}

double even(double) {
    return 1.0;
}
double growing(double x) {
    return x < 0.5 ? 0.2 : 2.0;
}

TEST(LvdCoverage, aFlatKernelIsSplitConformal) {
    // ceil(100 0.9) / 100 = 0.9 exactly. Within a trial all test rows share one quantile, whose coverage is
    // Beta(90, 10): standard deviation 0.03, plus binomial noise of 40.
    constexpr std::size_t trials = 500;
    const double deviation = std::sqrt((0.03 * 0.03 + 0.09 / 40) / trials);
    EXPECT_NEAR(coverage(0.0, trials, 99, even), 0.9, 4 * deviation);
}

TEST(LvdCoverage, scoresThatDoNotDependOnTheRowAreCoveredForAnyKernel) {
    // The test row's own weight is the largest, hence coverage of at least 1 - alpha (Barber et al. 2023,
    // theorem 2, with exchangeable scores).
    for (const double width : {1.0, 5.0, 20.0})
        EXPECT_GT(coverage(width, 300, 99, even), 0.9 - 4 * std::sqrt((0.03 * 0.03 + 0.09 / 40) / 300))
            << width;
}

TEST(LvdCoverage, isLocalWhereTheKernelIs) {
    // Noise ten times larger in the right half: one quantile for all covers the left always, the right 80 %.
    const double flatRight = coverage(1e-6, 60, 400, growing, 0.55, 1.0),
                 flatLeft = coverage(1e-6, 60, 400, growing, 0.0, 0.45);
    EXPECT_LT(flatRight, 0.85);
    EXPECT_GT(flatLeft, 0.99);
    const double localRight = coverage(20.0, 60, 400, growing, 0.55, 1.0),
                 localLeft = coverage(20.0, 60, 400, growing, 0.0, 0.45);
    EXPECT_GT(localRight, 0.88);
    EXPECT_GT(localLeft, 0.88);
    EXPECT_LT(localLeft, 0.96);
}

} // namespace
} // namespace penumbra::lvd
