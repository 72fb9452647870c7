// The promise of a conformal study kept on galaxies that came after it: from catalogue to study file to the
// intervals of new galaxies, over many studies.

#include "core/applying/model.h"
#include "core/base/statistics.h"
#include "core/study/subset.h"
#include "tests/core/workflow/study_support.h"
#include "tests/simulation/simulations.h"

#include <array>
#include <cmath>
#include <gtest/gtest.h>
#include <mutex>

namespace penumbra::simulation {
namespace {

using workflow::SyntheticCatalogue;

constexpr std::size_t galaxiesOfStudy = 800; // 200 of them calibrate
constexpr std::size_t newGalaxies = 2000;
constexpr double alpha = 0.1;
const std::array<std::string, 3> methods = {"VanillaSplit", "MADSplit", "CQR"};

/// Given n calibration scores without ties, how many of m new galaxies are covered is Beta-Binomial(m; k, n +
/// 1 - k) with k = ceil((n + 1)(1 - alpha)).
struct BetaBinomial {
    double n, a, b;
    double logChoice(double k) const { return logGamma(n + 1) - logGamma(k + 1) - logGamma(n - k + 1); }
    static double logBeta(double x, double y) { return logGamma(x) + logGamma(y) - logGamma(x + y); }
    double at(double k) const { return std::exp(logChoice(k) + logBeta(k + a, n - k + b) - logBeta(a, b)); }
    /// P(K <= k) and P(K >= k)
    std::pair<double, double> tails(std::size_t k) const {
        double below = 0.0;
        for (std::size_t i = 0; i < k; ++i)
            below += at(static_cast<double>(i));
        const double here = at(static_cast<double>(k));
        return {below + here, 1.0 - below};
    }
    double mean() const { return n * a / (a + b); }
    double variance() const { return n * a * b * (a + b + n) / ((a + b) * (a + b) * (a + b + 1.0)); }
};

/// How many new galaxies each method covers.
std::array<std::size_t, 3> coveredNew(int seed) {
    const workflow::StudyFolder folder;
    const auto number = static_cast<std::uint64_t>(seed);
    const Catalogue catalogue = SyntheticCatalogue(galaxiesOfStudy, 1000 + 2 * number).stored(folder);
    OptionSet options = workflow::quickOptions("VanillaSplit,MADSplit,CQR");
    options.setFromText("targets", "a");
    options.setFromText("bootstrap", "0");
    options.setFromText("seed", std::to_string(seed));
    RunContext context;
    context.threads = 1;
    workflow::runStudy(catalogue, options, folder.path("s.h5"), context);
    OptionSet chosen;
    chosen.textList("targets", {}, "");
    chosen.textList("methods", {}, "");
    workflow::addWantedAlpha(chosen);
    const workflow::PredictModel model(session::readStudy(folder.path("s.h5")),
                                       session::readNetworks(folder.path("s.h5")), chosen);
    const SyntheticCatalogue fresh(newGalaxies, 1001 + 2 * number);
    workflow::NewRows rows;
    rows.ids = fresh.catalogue.objectId;
    rows.features = fresh.features;
    const auto predicted = model.predict(rows, context);
    std::array<std::size_t, 3> covered{};
    for (std::size_t m = 0; m < methods.size(); ++m)
        for (std::size_t i = 0; i < newGalaxies; ++i)
            covered[m] +=
                covers(predicted.targets[0].predictions[m], i, fresh.catalogue.targets[0].values[i]);
    return covered;
}

TEST(PredictSimulation, CoverageOfNewGalaxiesIsBetaBinomial) {
    const int count = studies(60);
    const double n = galaxiesOfStudy / 4;
    const auto k = static_cast<double>(conformalRank(galaxiesOfStudy / 4, alpha));
    const BetaBinomial law{newGalaxies, k, n + 1.0 - k};
    std::array<int, 3> inside{};
    std::array<double, 3> sum{};
    std::mutex mutex;
    forStudies(count, [&](int study) {
        const auto covered = coveredNew(study);
        const std::scoped_lock lock(mutex);
        for (std::size_t m = 0; m < methods.size(); ++m) {
            const auto [below, above] = law.tails(covered[m]);
            inside[m] += below > 0.025 && above > 0.025;
            sum[m] += static_cast<double>(covered[m]);
        }
    });
    for (std::size_t m = 0; m < methods.size(); ++m) {
        // 95 % of studies lie in the central 95 % of the law, and the mean is its mean: 3.5 standard errors
        // each, six tests together err in less than 0.2 %.
        EXPECT_GE(inside[m] / static_cast<double>(count), atLeast(0.95, count)) << methods[m];
        EXPECT_NEAR(sum[m] / count, law.mean(), 3.5 * std::sqrt(law.variance() / count)) << methods[m];
    }
}

} // namespace
} // namespace penumbra::simulation
