#include "core/manifold/umap.h"

#include "core/base/error.h"
#include "core/manifold/lanczos.h"
#include "core/manifold/local_density.h"
#include "core/manifold/quality.h"
#include "core/manifold/reliability.h"
#include "tests/core/manifold/synthetic.h"

#include <Eigen/Eigenvalues>
#include <cmath>
#include <gtest/gtest.h>
#include <numbers>

namespace penumbra::manifold {
namespace {

UmapOptions quickOptions(std::uint64_t seed) {
    UmapOptions options;
    options.epochs = 60;
    options.seed = seed;
    return options;
}

TEST(Umap, mapDoesNotDependOnThreads) {
    const MatrixF rows = clumpedRows(3000, 12, 4, 6, 2.0, 21);
    RunContext context;
    context.threads = 1;
    const MatrixF first = fitUmap(rows, quickOptions(7), context).positions;
    for (const int threads : {2, 3, 5}) {
        context.threads = threads;
        EXPECT_EQ(first, fitUmap(rows, quickOptions(7), context).positions) << threads;
    }
    EXPECT_NE(first, fitUmap(rows, quickOptions(8), context).positions);
}

TEST(Umap, layoutGoesOnWhereItStopped) {
    const MatrixF rows = normalRows(2500, 5, 22);
    const Neighbours neighbours = exactNeighbours(rows, 10, Metric::Euclidean);
    const Graph graph = fuzzyGraph(neighbours, smoothDistances(neighbours));
    LayoutOptions options;
    options.epochs = 40;
    const MatrixD start = rows.leftCols(2).cast<double>();
    for (const auto order : {LayoutOptions::Order::Parts, LayoutOptions::Order::Sequential}) {
        options.order = order;
        Layout whole(graph, start, options), cut(graph, start, options);
        whole.runUntil(40);
        for (const int epoch : {1, 7, 25, 40})
            cut.runUntil(epoch);
        EXPECT_EQ(whole.positions(), cut.positions());
    }
}

TEST(Umap, stopIsObeyed) {
    std::stop_source stop;
    RunContext context;
    context.stop = stop.get_token();
    stop.request_stop();
    EXPECT_THROW(fitUmap(normalRows(200, 4, 1), quickOptions(1), context), Cancelled);
}

TEST(Umap, piecesAreCountedAndTold) {
    MatrixF rows = normalRows(400, 6, 23);
    rows.topRows(150).array() += 1000.0F;
    const UmapMap map = fitUmap(rows, quickOptions(3));
    EXPECT_EQ(map.components, 2U);
    ASSERT_FALSE(map.notes.empty());
    EXPECT_NE(map.notes[0].find("2 separate pieces"), std::string::npos);
}

TEST(Umap, newRowsFallAmongTheirLike) {
    const MatrixF all = clumpedRows(900, 10, 4, 3, 6.0, 24); // row i belongs to clump i % 3
    const MatrixF training = all.topRows(600), later = all.bottomRows(300);
    const UmapMap map = fitUmap(training, quickOptions(4));
    const MatrixF placed = transformUmap(map, training, later);
    MatrixF centres = MatrixF::Zero(3, 2);
    for (Eigen::Index i = 0; i < 600; ++i)
        centres.row(i % 3) += map.positions.row(i) / 200.0F;
    int own = 0;
    for (Eigen::Index i = 0; i < 300; ++i) {
        Eigen::Index nearest = 0;
        (centres.rowwise() - placed.row(i)).rowwise().squaredNorm().minCoeff(&nearest);
        own += nearest == i % 3 ? 1 : 0;
    }
    EXPECT_GE(own, 290);
    EXPECT_EQ(map.positions, fitUmap(training, quickOptions(4)).positions); // the map stayed as it was
}

TEST(Umap, aRowBetweenClumpsJumpsFar) {
    // Two clumps 30 apart along the first axis, and one row halfway: a little to either side it belongs to
    // another.
    MatrixF rows = normalRows(501, 5, 25);
    rows.topRows(250).col(0).array() -= 15.0F;
    rows.middleRows(250, 250).col(0).array() += 15.0F;
    rows.row(500).setZero();
    const UmapMap map = fitUmap(rows, quickOptions(5));
    const auto jumps = mapJumps(map, rows);
    std::size_t further = 0;
    for (std::size_t i = 0; i < 500; ++i)
        further += jumps[i] > jumps[500] ? 1 : 0;
    EXPECT_LE(further, 5U); // among the furthest hundredth
    RunContext three;
    three.threads = 3;
    EXPECT_EQ(mapJumps(map, rows, three), jumps);
}

/// Logarithms of the mean squared distance to the nearest, from their definition and no graph.
std::vector<double> logScatter(const MatrixF& places, std::size_t nearest) {
    const Neighbours near = exactNeighbours(places, nearest + 1, Metric::Euclidean);
    std::vector<double> scatter;
    for (std::size_t i = 0; i < near.rows; ++i) {
        double sum = 0.0;
        for (std::size_t j = 1; j <= nearest; ++j)
            sum += std::pow(static_cast<double>(near.distanceRow(i)[j]), 2);
        scatter.push_back(std::log(sum / static_cast<double>(nearest)));
    }
    return scatter;
}

// Clumps whose scatter goes from 1 to 30: UMAP makes all equally dense, densMAP does not.
TEST(Umap, densitiesAreKeptOnRequest) {
    MatrixF rows = normalRows(900, 8, 27);
    for (Eigen::Index i = 0; i < 900; ++i) {
        rows.row(i) *= std::pow(30.0F, static_cast<float>(i % 6) / 5.0F);
        rows(i, i % 6) += 400.0F;
    }
    UmapOptions options;
    options.epochs = 300;
    const auto wanted = logScatter(rows, 10);
    const UmapMap plain = fitUmap(rows, options);
    EXPECT_TRUE(std::isnan(plain.densityCorrelation));
    options.density = true;
    RunContext one, three;
    one.threads = 1;
    three.threads = 3;
    const UmapMap dense = fitUmap(rows, options, one);
    EXPECT_EQ(dense.positions, fitUmap(rows, options, three).positions);
    EXPECT_GT(dense.densityCorrelation, 0.9);
    EXPECT_GT(pearsonCorrelation(wanted, logScatter(dense.positions, 10)), 0.8);
    EXPECT_LT(pearsonCorrelation(wanted, logScatter(plain.positions, 10)), 0.6);
    const auto trust = [&](const UmapMap& map) {
        return mapQuality(rows, map.positions, 10, Metric::Euclidean, 1).trustworthiness;
    };
    EXPECT_GT(trust(dense), trust(plain) - 0.05);
    options.order = LayoutOptions::Order::Sequential;
    EXPECT_THROW(fitUmap(rows, options), UsageError);
}

// The factor of densMAP is the slope of lambda x correlation x bonds' weight along a bond's squared distance,
// over the weight of the bond and by 2: umap-learn's formula. Here against differences of the correlation.
TEST(Umap, densityPullIsASlopeOfTheCorrelation) {
    const MatrixF rows = normalRows(60, 4, 28), map = normalRows(60, 2, 29);
    const Neighbours neighbours = exactNeighbours(rows, 8, Metric::Euclidean);
    const Graph graph = fuzzyGraph(neighbours, smoothDistances(neighbours));
    const LayoutForces forces{1.577, 0.895, 1.0};
    const auto wanted = logRadii(graph, rows, Metric::Euclidean);
    DensityPull pull(EdgeSchedule(graph, 1000000), wanted, forces, 10);
    EXPECT_FALSE(pull.isOn(6));
    EXPECT_TRUE(pull.isOn(7));
    pull.measure(map, 0, 60);
    pull.summarise();
    double weights = 0.0;
    for (const float weight : graph.weight)
        weights += 0.5 * static_cast<double>(weight);
    // Correlation as umap-learn has it: with the variance on the map enlarged by 0.1.
    const auto correlation = [&](const MatrixF& places) {
        const auto radii = logRadiiOnMap(graph, places, forces);
        double mean = 0.0, wantedMean = 0.0, variance = 0.0, wantedVariance = 0.0, product = 0.0;
        for (std::size_t i = 0; i < 60; ++i) {
            mean += radii[i] / 60.0;
            wantedMean += wanted[i] / 60.0;
        }
        for (std::size_t i = 0; i < 60; ++i) {
            variance += std::pow(radii[i] - mean, 2) / 60.0;
            wantedVariance += std::pow(wanted[i] - wantedMean, 2) / 60.0;
            product += (radii[i] - mean) * (wanted[i] - wantedMean) / 60.0;
        }
        return product / std::sqrt(wantedVariance * (variance + 0.1));
    };
    // Moving one row changes the squared distances to its bonds, each by 2 x difference x move.
    for (const Eigen::Index row : {0, 17, 41}) {
        Eigen::RowVector2d slope = Eigen::RowVector2d::Zero();
        for (std::size_t e = graph.offsets[static_cast<std::size_t>(row)];
             e < graph.offsets[static_cast<std::size_t>(row) + 1]; ++e) {
            const auto other = static_cast<Eigen::Index>(graph.column[e]);
            const Eigen::RowVector2d difference = (map.row(row) - map.row(other)).cast<double>();
            const double weight = static_cast<double>(graph.weight[e]);
            const double factor = pull.factor(static_cast<std::uint32_t>(row), graph.column[e], weight,
                                              difference.squaredNorm());
            // Undone: weight of the bond, importance 2, and each bond counting twice, for both of its rows.
            slope += factor * weight / (2.0 * weights) * 2.0 * difference;
        }
        for (Eigen::Index axis = 0; axis < 2; ++axis) {
            constexpr float step = 1e-2F;
            MatrixF up = map, down = map;
            up(row, axis) += step;
            down(row, axis) -= step;
            const double measured = (correlation(up) - correlation(down)) / (2.0 * static_cast<double>(step));
            EXPECT_NEAR(slope(axis), measured, 0.05 * slope.norm() + 1e-4) << row;
        }
    }
}

TEST(Umap, wrongNumbersAreRefused) {
    UmapOptions options;
    options.dims = 4;
    EXPECT_THROW(fitUmap(normalRows(100, 3, 1), options), UsageError);
    options.dims = 2;
    options.neighbours = 100;
    EXPECT_THROW(fitUmap(normalRows(100, 3, 1), options), UsageError);
}

TEST(Lanczos, knowsTheRing) {
    // The ring's adjacency has eigenvalues 2 cos(2 pi k / n), each but the first twice.
    constexpr Eigen::Index n = 301;
    const auto multiply = [](const Eigen::VectorXd& from, Eigen::VectorXd& to) {
        for (Eigen::Index i = 0; i < n; ++i)
            to(i) = from((i + 1) % n) + from((i + n - 1) % n);
    };
    const Eigen::VectorXd known = Eigen::VectorXd::Constant(n, 1.0 / std::sqrt(static_cast<double>(n)));
    const Eigenpairs pairs = largestEigenpairs(n, multiply, known, 4, 1e-10, 5000, 1);
    ASSERT_TRUE(pairs.converged);
    for (Eigen::Index i = 0; i < 4; ++i) {
        const double k = static_cast<double>(i / 2 + 1);
        EXPECT_NEAR(pairs.values(i), 2.0 * std::cos(2.0 * std::numbers::pi * k / n), 1e-9);
        Eigen::VectorXd product(n);
        multiply(pairs.vectors.col(i), product);
        EXPECT_LT((product - pairs.values(i) * pairs.vectors.col(i)).norm(), 1e-8);
        EXPECT_NEAR(pairs.vectors.col(i).dot(known), 0.0, 1e-12);
    }
}

TEST(Pca, randomisedAgreesWithExact) {
    const MatrixF rows = clumpedRows(1500, 60, 10, 5, 2.0, 31);
    const Pca exact = fitPca(rows, 5, PcaSolver::Exact), quick = fitPca(rows, 5, PcaSolver::Randomised, 9);
    for (Eigen::Index c = 0; c < 5; ++c) {
        EXPECT_NEAR(quick.explainedVariance(c), exact.explainedVariance(c),
                    1e-3 * exact.explainedVariance(c));
        EXPECT_GE(quick.components.row(c).dot(exact.components.row(c)), 0.999); // signs agree too
    }
    RunContext three;
    three.threads = 3;
    EXPECT_EQ(fitPca(rows, 5, PcaSolver::Randomised, 9, three).components, quick.components);
}

TEST(MapQualityNumbers, aPerfectMapIsPerfect) {
    const MatrixF rows = normalRows(200, 2, 41);
    const MapQuality quality = mapQuality(rows, 3.0F * rows, 10, Metric::Euclidean, 1);
    EXPECT_DOUBLE_EQ(quality.trustworthiness, 1.0);
    EXPECT_DOUBLE_EQ(quality.continuity, 1.0);
    EXPECT_DOUBLE_EQ(quality.recall, 1.0);
    EXPECT_NEAR(quality.spearman, 1.0, 1e-6);
    EXPECT_NEAR(quality.triplets, 1.0, 1e-3);
    EXPECT_THROW(
        [&] {
            MapQuality none;
            neighbourQuality(rows, rows, 100, Metric::Euclidean, none);
        }(),
        UsageError);
}

} // namespace
} // namespace penumbra::manifold
