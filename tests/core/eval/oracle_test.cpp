#include "core/eval/oracle.h"

#include "core/base/error.h"
#include "core/base/rng.h"
#include "core/base/statistics.h"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <numeric>
#include <string>

using namespace penumbra;

namespace {

/// y = x + s(x) e, e standard normal, s lognormal with the given spread of ln s; the base head knows x
/// exactly.
struct World {
    HeldOut heldOut;
    std::vector<double> mean, scale; ///< of the test rows
    std::vector<double> truth;
};

World makeWorld(std::uint64_t seed, std::size_t n, double spread, bool withResidualNet) {
    World world;
    Rng rng(seed);
    MatrixD mean(static_cast<Eigen::Index>(2 * n), 1), residual(static_cast<Eigen::Index>(2 * n), 1);
    for (std::size_t i = 0; i < 2 * n; ++i) {
        const double x = 10.0 * rng.uniform();
        // A function of x, so that the 20-bin scale has something to find.
        const double s = std::exp(spread * 1.732 * (x / 5.0 - 1.0));
        const auto row = static_cast<Eigen::Index>(i);
        mean(row, 0) = x;
        residual(row, 0) = 0.8 * s;
        world.heldOut.rows.push_back(row);
        world.heldOut.isTest.push_back(i < n ? 0 : 1);
        world.heldOut.truth.push_back(x + s * rng.normal());
        if (i >= n) {
            world.mean.push_back(x);
            world.scale.push_back(s);
            world.truth.push_back(world.heldOut.truth.back());
        }
    }
    world.heldOut.signals["mean"] = mean;
    if (withResidualNet)
        world.heldOut.signals["residual_net"] = residual;
    return world;
}

/// Coverage of the true 90 % interval among the tenth of the rows with the largest key.
double oracleCoverageOfTop(const World& world, const std::vector<double>& key) {
    std::vector<std::size_t> rows(key.size());
    std::iota(rows.begin(), rows.end(), std::size_t{0});
    std::stable_sort(rows.begin(), rows.end(), [&](std::size_t a, std::size_t b) { return key[a] < key[b]; });
    double hits = 0;
    for (std::size_t k = rows.size() - rows.size() / 10; k < rows.size(); ++k)
        hits +=
            std::abs(world.truth[rows[k]] - world.mean[rows[k]]) < 1.6448536269514722 * world.scale[rows[k]];
    return hits / static_cast<double>(rows.size() / 10);
}

std::vector<double> absoluteErrors(const World& world) {
    std::vector<double> error(world.truth.size());
    for (std::size_t i = 0; i < error.size(); ++i)
        error[i] = std::abs(world.truth[i] - world.mean[i]);
    return error;
}

Interval worstBand(const World& world, std::uint64_t seed, double spreadConfidence = 0.95) {
    OracleOptions options;
    options.seed = seed;
    options.confidence = spreadConfidence;
    const std::vector<StratumRule> rules(1, StratumRule{StratumRule::Kind::WorstTenth, {}, {}, {}});
    return oracleBands(OracleWorlds(world.heldOut), 0.1, rules, options, {}).front().front().exact;
}

} // namespace

TEST(BinomialBand, AgreesWithSummedProbabilities) {
    for (const std::size_t n : {1UL, 7UL, 50UL, 400UL})
        for (const double alpha : {0.05, 0.1, 0.5}) {
            double cumulative = 0.0, low = -1.0, high = -1.0;
            for (std::size_t k = 0; k <= n; ++k) {
                const double kk = static_cast<double>(k), nn = static_cast<double>(n);
                cumulative += std::exp(std::lgamma(nn + 1) - std::lgamma(kk + 1) - std::lgamma(nn - kk + 1) +
                                       kk * std::log(1 - alpha) + (nn - kk) * std::log(alpha));
                if (low < 0 && cumulative >= 0.025 - 1e-12)
                    low = kk / nn;
                if (high < 0 && cumulative >= 0.975 - 1e-12)
                    high = kk / nn;
            }
            const Interval band = binomialBand(n, alpha);
            EXPECT_DOUBLE_EQ(band.low, low) << n << " " << alpha;
            EXPECT_DOUBLE_EQ(band.high, high) << n << " " << alpha;
        }
    EXPECT_TRUE(std::isnan(binomialBand(0, 0.1).low));
}

TEST(Oracle, ConstantNoiseLeavesTheWorstTenthUncovered) {
    // With one scale for all, the misses are exactly the largest errors: max(0, 1 - 10 (1 - c)).
    const Interval band = worstBand(makeWorld(1, 4000, 0.0, true), 2);
    EXPECT_EQ(band.low, 0.0);
    EXPECT_LT(band.high, 0.15);
}

// The truth is known here: over 120 worlds the true oracle's coverage in the worst tenth must lie in the 95 %
// band at its stated rate. Lower limit 0.95 - 4.5 sigma of 120 Bernoulli trials (false alarm about 1e-5 if
// the band is right).
TEST(Oracle, BandHoldsThePerfectMethodAtItsStatedRate) {
    for (const bool withResidualNet : {true, false}) {
        int inside = 0, insideNominal = 0;
        constexpr int worlds = 120;
        for (int k = 0; k < worlds; ++k) {
            const World world = makeWorld(100 + static_cast<std::uint64_t>(k), 2000, 0.7, withResidualNet);
            const double oracle = oracleCoverageOfTop(world, absoluteErrors(world));
            const Interval band = worstBand(world, 7);
            inside += band.low <= oracle && oracle <= band.high;
            const Interval nominal = binomialBand(200, 0.1);
            insideNominal += nominal.low <= oracle && oracle <= nominal.high;
        }
        EXPECT_GE(inside, worlds * 0.95 - 4.5 * std::sqrt(worlds * 0.95 * 0.05)) << withResidualNet;
        EXPECT_EQ(insideNominal, 0) << "a 90 % null would reject the perfect method in this stratum";
    }
}

// Residual nets that collapsed for two galaxies of five, or that know who is harder but not by how much: the
// band still holds the perfect method at its stated rate.
TEST(Oracle, BadResidualNetsDoNotSetTheBand) {
    for (const bool collapsed : {true, false}) {
        int inside = 0;
        constexpr int worlds = 60;
        for (int k = 0; k < worlds; ++k) {
            World world = makeWorld(500 + static_cast<std::uint64_t>(k), 2000, 0.7, true);
            MatrixD& net = world.heldOut.signals["residual_net"];
            for (Eigen::Index i = 0; i < net.rows(); ++i)
                net(i, 0) = collapsed ? (i % 5 < 2 ? 1e-4 : net(i, 0)) : std::pow(net(i, 0), 3.0);
            const std::string chosen = OracleWorlds(world.heldOut).scaleName();
            EXPECT_EQ(chosen.rfind("bins of", 0), 0u) << chosen;
            const double oracle = oracleCoverageOfTop(world, absoluteErrors(world));
            const Interval band = worstBand(world, 7);
            inside += band.low <= oracle && oracle <= band.high;
        }
        EXPECT_GE(inside, worlds * 0.95 - 4.5 * std::sqrt(worlds * 0.95 * 0.05)) << collapsed;
    }
}

TEST(Oracle, AGoodNetIsTakenAsItIs) {
    // The scale depends on what the prediction does not tell.
    World world = makeWorld(3, 2000, 0.0, true);
    Rng rng(8);
    MatrixD& net = world.heldOut.signals["residual_net"];
    const MatrixD& mean = world.heldOut.signals["mean"];
    for (Eigen::Index i = 0; i < net.rows(); ++i) {
        const double s = std::exp(rng.normal());
        net(i, 0) = 2.0 * s;
        world.heldOut.truth[static_cast<std::size_t>(i)] = mean(i, 0) + s * rng.normal();
    }
    EXPECT_EQ(OracleWorlds(world.heldOut).scaleName(), "residual_net");
    world.heldOut.signals.erase("residual_net");
    EXPECT_EQ(OracleWorlds(world.heldOut).scaleName(), "constant");
}

TEST(Oracle, BandIsNoWiderThanItsDrawsAllow) {
    const World world = makeWorld(5, 4000, 0.7, true);
    const Interval wide = worstBand(world, 3), narrow = worstBand(world, 3, 0.5);
    EXPECT_LT(wide.low, narrow.low);
    EXPECT_GT(wide.high, narrow.high);
    EXPECT_LT(wide.high - wide.low, 0.15);
}

TEST(Oracle, SameSeedSameBandWhateverTheThreads) {
    const World world = makeWorld(9, 500, 0.5, false);
    const OracleWorlds model(world.heldOut);
    std::vector<StratumRule> rules(2);
    rules[0].kind = StratumRule::Kind::Tails;
    rules[1].kind = StratumRule::Kind::TruthBins;
    rules[1].edges = {-50.0, 2.0, 5.0, 60.0};
    OracleOptions one, many;
    one.threads = 1;
    many.threads = 3;
    const auto a = oracleBands(model, 0.1, rules, one, {}), b = oracleBands(model, 0.1, rules, many, {});
    ASSERT_EQ(a[1].size(), 3U);
    for (std::size_t r = 0; r < a.size(); ++r)
        for (std::size_t i = 0; i < a[r].size(); ++i) {
            EXPECT_EQ(a[r][i].exact.low, b[r][i].exact.low);
            EXPECT_EQ(a[r][i].calibrated.low, b[r][i].calibrated.low);
            EXPECT_EQ(a[r][i].exact.high, b[r][i].exact.high);
        }
}

TEST(Oracle, TooFewCalibrationRowsAreAnError) {
    EXPECT_THROW(OracleWorlds(makeWorld(1, 9, 0.5, false).heldOut), Error);
    World world = makeWorld(1, 50, 0.5, false);
    world.heldOut.signals.clear();
    EXPECT_THROW(OracleWorlds(world.heldOut), Error);
}
