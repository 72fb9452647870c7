#include "core/eval/cell_coverage.h"

#include "core/base/error.h"
#include "core/base/rng.h"
#include "core/eval/evaluate.h"
#include "core/eval/hexagons.h"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <limits>
#include <numeric>

namespace penumbra {
namespace {

TEST(CellCoverage, CountsAndJudges) {
    // Cell 0: 1 of 6; cell 1: empty; cell 2: 3 of 3, too few; one row in no cell.
    const std::vector<std::int64_t> cell = {0, 0, 0, 0, 0, 0, 2, 2, 2, -1};
    const std::vector<std::uint8_t> covered = {1, 0, 0, 0, 0, 0, 1, 1, 1, 0};
    const CellCoverage found = cellCoverage(covered, cell, 3);
    EXPECT_EQ(found.n, (std::vector<std::size_t>{6, 0, 3}));
    EXPECT_EQ(found.covered, (std::vector<std::size_t>{1, 0, 3}));
    EXPECT_DOUBLE_EQ(found.coverage[0], 1.0 / 6.0);
    EXPECT_TRUE(std::isnan(found.coverage[1]));
    EXPECT_EQ(found.judged, 1U);
    EXPECT_NEAR(found.pUnder[0], std::pow(0.1, 6) + 6 * 0.9 * std::pow(0.1, 5),
                1e-15); // Binomial(6, 0.9) <= 1
    EXPECT_TRUE(std::isnan(found.pUnder[2]));
    EXPECT_EQ(found.under, (std::vector<std::uint8_t>{1, 0, 0}));
    EXPECT_EQ(found.over, (std::vector<std::uint8_t>{0, 0, 0}));
    EXPECT_EQ(found.bracket[2].low, wilson(3, 3).low);
    EXPECT_THROW(cellCoverage(covered, std::vector<std::int64_t>(10, 3), 3), Error);
    EXPECT_THROW(cellCoverage(covered, std::vector<std::int64_t>(9, 0), 3), Error);
}

/// One study: 49 calibration rows, 600 test rows in 20 cells; nothing is covered in the first `bad` cells.
CellCoverage study(Rng& rng, std::size_t bad) {
    std::vector<double> scores;
    for (int i = 0; i < 49; ++i)
        scores.push_back(rng.uniform());
    std::sort(scores.begin(), scores.end());
    const double threshold = scores[44]; // rank 45 of 49 + 1: 90 %
    std::vector<std::uint8_t> covered;
    std::vector<std::int64_t> cell;
    for (int i = 0; i < 600; ++i) {
        cell.push_back(i % 20);
        const double score = rng.uniform();
        const bool isBad = static_cast<std::size_t>(i % 20) < bad;
        covered.push_back(!isBad && score <= threshold ? 1 : 0);
    }
    CellCoverageOptions options;
    options.calibrationRows = 49;
    return cellCoverage(covered, cell, 20, options);
}

std::size_t count(const std::vector<std::uint8_t>& marks) {
    return static_cast<std::size_t>(std::accumulate(marks.begin(), marks.end(), 0));
}

// Without a bad cell every mark is false: a study with any has a false-discovery share of 1, so that at most
// 5 % of studies may have one, to each side. 1,000 studies: above 0.05 + 4 standard errors less than once in
// 10,000.
TEST(CellCoverage, ExactIntervalsAreSeldomMarked) {
    Rng rng(3);
    int under = 0, over = 0;
    for (int i = 0; i < 1000; ++i) {
        const CellCoverage found = study(rng, 0);
        under += count(found.under) > 0;
        over += count(found.over) > 0;
    }
    EXPECT_LE(under, 78);
    EXPECT_LE(over, 78);
}

// Five cells of twenty cover nothing: they are marked, and the expected share of others among the
// marked stays below 5 % (with 4 standard errors of 300 studies, each share below 1: 0.05 + 4 * 0.22 / 17).
TEST(CellCoverage, BadCellsAreMarked) {
    Rng rng(4);
    double falseShare = 0.0;
    std::size_t marked = 0;
    for (int i = 0; i < 300; ++i) {
        const CellCoverage found = study(rng, 5);
        const std::size_t all = count(found.under);
        const std::size_t right = count({found.under.begin(), found.under.begin() + 5});
        marked += right;
        falseShare += all > 0 ? static_cast<double>(all - right) / static_cast<double>(all) / 300.0 : 0.0;
    }
    EXPECT_EQ(marked, 1500U);
    EXPECT_LE(falseShare, 0.102);
}

TEST(HexagonGrid, PointsBelongToTheNearestCentre) {
    Rng rng(5);
    std::vector<double> x, y;
    for (int i = 0; i < 3000; ++i) {
        x.push_back(rng.normal());
        y.push_back(100.0 * rng.normal());
    }
    const HexagonGrid grid(x, y, 12);
    EXPECT_EQ(grid.cells(), 13U * 7U + 12U * 6U); // 12 across, int(12 / sqrt 3) = 6 up
    const auto corners = grid.cornersOf(0);
    const double width = corners[0].x - corners[4].x, height = 2.0 * (corners[2].y - corners[0].y);
    for (std::size_t i = 0; i < x.size(); ++i) {
        const std::int64_t cell = grid.cellOf(x[i], y[i]);
        ASSERT_GE(cell, 0);
        const auto distance = [&](std::size_t c) { // in the metric that makes the hexagons regular
            const auto centre = grid.centreOf(c);
            return std::pow((x[i] - centre.x) / width, 2) + 3.0 * std::pow((y[i] - centre.y) / height, 2);
        };
        double nearest = std::numeric_limits<double>::infinity();
        for (std::size_t c = 0; c < grid.cells(); ++c)
            nearest = std::min(nearest, distance(c));
        EXPECT_NEAR(distance(static_cast<std::size_t>(cell)), nearest, 1e-9);
    }
    EXPECT_EQ(grid.cellOf(std::nan(""), 0.0), -1);
    EXPECT_EQ(grid.cellOf(1e9, 0.0), -1);
}

TEST(HexagonGrid, OneValueAndNone) {
    const std::vector<double> same = {2.0, 2.0}, none = {std::nan(""), std::nan("")};
    const HexagonGrid flat(same, same, 5), empty(none, none, 5);
    EXPECT_GE(flat.cellOf(2.0, 2.0), 0);
    EXPECT_EQ(empty.cellOf(std::nan(""), 1.0), -1);
    EXPECT_THROW(HexagonGrid(same, same, 1), Error);
}

} // namespace
} // namespace penumbra
