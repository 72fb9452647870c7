#include "core/manifold/nn_descent.h"

#include "core/base/error.h"
#include "tests/core/manifold/synthetic.h"

#include <algorithm>
#include <gtest/gtest.h>

namespace penumbra::manifold {
namespace {

TEST(Neighbours, exactOnesAreTheNearest) {
    const MatrixF rows = normalRows(300, 5, 3);
    const Neighbours found = exactNeighbours(rows, 7, Metric::Euclidean);
    for (std::size_t i = 0; i < 300; ++i) {
        EXPECT_EQ(found.indexRow(i)[0], i);
        std::vector<double> all;
        for (Eigen::Index j = 0; j < 300; ++j)
            all.push_back((rows.row(static_cast<Eigen::Index>(i)) - rows.row(j)).cast<double>().norm());
        std::sort(all.begin(), all.end());
        for (std::size_t j = 0; j < 7; ++j)
            EXPECT_NEAR(found.distanceRow(i)[j], all[j], 1e-6 * (1.0 + all[j]));
    }
}

TEST(Neighbours, aRowComesBeforeItsDuplicates) {
    MatrixF rows = normalRows(40, 3, 4);
    for (Eigen::Index i = 5; i < 25; ++i)
        rows.row(i) = rows.row(5);
    const Neighbours found = exactNeighbours(rows, 4, Metric::Euclidean);
    for (std::size_t i = 0; i < 40; ++i)
        EXPECT_EQ(found.indexRow(i)[0], i);
    EXPECT_EQ(found.distanceRow(20)[3], 0.0F);
}

TEST(Neighbours, zeroRowsAreOneAwayByCosine) {
    MatrixF rows = normalRows(6, 4, 5);
    rows.row(2).setZero();
    rows.row(4).setZero();
    const Neighbours found = exactNeighbours(rows, 6, Metric::Cosine);
    EXPECT_EQ(found.indexRow(2)[1], 4U);
    EXPECT_EQ(found.distanceRow(2)[1], 0.0F);
    for (std::size_t j = 2; j < 6; ++j)
        EXPECT_EQ(found.distanceRow(2)[j], 1.0F);
}

TEST(Neighbours, tooManyAreRefused) {
    EXPECT_THROW(exactNeighbours(normalRows(10, 2, 1), 11, Metric::Euclidean), UsageError);
}

void expectRecall(const MatrixF& rows, Metric metric, Search search = Search::Descent) {
    SearchOptions options;
    options.search = search;
    const FoundNeighbours found = findNeighbours(rows, 15, metric, options);
    const Neighbours exact = exactNeighbours(rows, 15, metric);
    std::vector<std::size_t> all(static_cast<std::size_t>(rows.rows()));
    for (std::size_t i = 0; i < all.size(); ++i)
        all[i] = i;
    const double recall = neighbourRecall(found.neighbours, all, exact);
    EXPECT_GE(recall, 0.98);
    EXPECT_NEAR(found.recall, recall, 0.01); // measured on 1,000 rows
    EXPECT_FALSE(found.exact);
}

TEST(NeighbourDescent, findsClumpedRows) {
    expectRecall(clumpedRows(3000, 200, 8, 12, 3.0, 11), Metric::Euclidean);
}

TEST(NeighbourDescent, findsDirections) {
    expectRecall(clumpedRows(3000, 150, 6, 20, 2.0, 12), Metric::Cosine);
}

TEST(NeighbourDescent, findsNarrowRows) {
    expectRecall(normalRows(4000, 6, 13), Metric::Euclidean);
}

TEST(NeighbourImages, findClumpedRows) {
    expectRecall(clumpedRows(3000, 200, 8, 12, 3.0, 11), Metric::Euclidean, Search::Images);
}

TEST(NeighbourImages, findDirections) {
    expectRecall(clumpedRows(3000, 150, 6, 20, 2.0, 12), Metric::Cosine, Search::Images);
}

/// Narrow rows are their own images: nothing is guessed, and nothing missed, far from the origin or not.
TEST(NeighbourImages, findAllNarrowRows) {
    MatrixF rows = normalRows(3007, 6, 13); // the last block is not full
    rows.array() += 100.0F;
    rows.row(5) = rows.row(700); // duplicates
    SearchOptions options;
    options.search = Search::Images;
    const FoundNeighbours found = findNeighbours(rows, 15, Metric::Euclidean, options);
    const Neighbours exact = exactNeighbours(rows, 15, Metric::Euclidean);
    EXPECT_EQ(found.neighbours.distance, exact.distance);
    EXPECT_EQ(found.recall, 1.0);
}

void expectNoThreadsInResult(Search search) {
    const MatrixF rows = clumpedRows(2500, 160, 6, 10, 3.0, 14);
    SearchOptions options;
    options.search = search;
    RunContext one, three;
    one.threads = 1;
    three.threads = 3;
    const auto first = findNeighbours(rows, 10, Metric::Euclidean, options, one);
    const auto second = findNeighbours(rows, 10, Metric::Euclidean, options, three);
    EXPECT_EQ(first.neighbours.index, second.neighbours.index);
    EXPECT_EQ(first.neighbours.distance, second.neighbours.distance);
}

TEST(NeighbourImages, doNotDependOnThreads) {
    expectNoThreadsInResult(Search::Images);
}

TEST(NeighbourDescent, doesNotDependOnThreads) {
    expectNoThreadsInResult(Search::Descent);
}

} // namespace
} // namespace penumbra::manifold
