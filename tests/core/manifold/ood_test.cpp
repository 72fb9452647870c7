#include "core/manifold/ood.h"

#include "core/base/error.h"
#include "tests/core/manifold/synthetic.h"

#include <array>
#include <cmath>
#include <gtest/gtest.h>
#include <limits>

namespace penumbra::manifold {
namespace {

OodOptions quickOptions(std::uint64_t seed) {
    OodOptions options;
    options.seed = seed;
    options.trees = 40;
    return options;
}

double shareAbove(const std::vector<double>& values, double limit) {
    double above = 0.0;
    for (const double value : values)
        above += value > limit ? 1.0 : 0.0;
    return above / static_cast<double>(values.size());
}

// Ordinary new rows over 20 seeds. One seed's share of p <= 0.1 has a standard deviation of
// sqrt(0.09 / 200 + 0.09 / 400) = 0.026, the mean's is 0.0058; of those beyond the 99th percentile
// sqrt(0.0099 / 300 + 0.0099 / 400) = 0.0076 and 0.0017. Bounds are 4.5 of these. With 40 columns an
// in-sample reference would put several per cent there.
TEST(OodReference, ordinaryRowsAreOrdinary) {
    std::array<double, allOodScores.size()> small{}, beyond{};
    constexpr int seeds = 20;
    for (int seed = 0; seed < seeds; ++seed) {
        const MatrixF rows = normalRows(900, 40, 100 + static_cast<std::uint64_t>(seed));
        const auto reference = OodReference::fit(rows.topRows(300), rows.middleRows(300, 200),
                                                 quickOptions(static_cast<std::uint64_t>(seed)));
        const OodColumns columns = reference.score(rows.bottomRows(400));
        for (std::size_t s = 0; s < columns.size(); ++s) {
            small[s] += (1.0 - shareAbove(columns[s].p, 0.1)) / seeds;
            beyond[s] += shareAbove(columns[s].percentile, 99.0) / seeds;
        }
    }
    for (std::size_t s = 0; s < small.size(); ++s) {
        EXPECT_NEAR(small[s], 0.1, 0.026) << oodScoreName(allOodScores[s]);
        EXPECT_NEAR(beyond[s], 0.01, 0.008) << oodScoreName(allOodScores[s]);
    }
}

TEST(OodReference, strangeRowsAreStrange) {
    const MatrixF rows = normalRows(500, 6, 7);
    const auto reference = OodReference::fit(rows.topRows(300), rows.bottomRows(200), quickOptions(1));
    const OodColumns columns = reference.score(MatrixF::Constant(1, 6, 9.0F));
    for (const OodColumn& column : columns) {
        EXPECT_EQ(column.percentile[0], 100.0);
        EXPECT_DOUBLE_EQ(column.p[0], 1.0 / 201.0);
    }
}

TEST(OodReference, arraysGiveTheSameAnswers) {
    for (const Eigen::Index columns : {5, 30}) {
        const MatrixF rows = normalRows(700, columns, 8);
        const auto reference =
            OodReference::fit(rows.topRows(400), rows.middleRows(400, 200), quickOptions(2));
        const auto again = OodReference::fromArrays(reference.toArrays());
        const OodColumns first = reference.score(rows.bottomRows(100)),
                         second = again.score(rows.bottomRows(100));
        for (std::size_t s = 0; s < first.size(); ++s) {
            EXPECT_EQ(first[s].score, second[s].score);
            EXPECT_EQ(first[s].percentile, second[s].percentile);
            EXPECT_EQ(first[s].p, second[s].p);
        }
        EXPECT_EQ(again.trainingRows(), 400U);
        EXPECT_EQ(again.calibrationRows(), 200U);
        EXPECT_EQ(again.trainingColumns()[1].percentile, reference.trainingColumns()[1].percentile);
        for (const std::string name : {"forest_nodes", "mixture_means", "training_scores", "settings"}) {
            OodArrays damaged = reference.toArrays();
            damaged.doubles.erase(name);
            EXPECT_THROW(OodReference::fromArrays(damaged), Error) << name;
        }
        OodArrays damaged = reference.toArrays();
        damaged.doubles["forest_nodes"].col(1).setConstant(0.0); // children that lead back
        EXPECT_THROW(OodReference::fromArrays(damaged), Error);
    }
}

TEST(OodReference, rowsThatAreNotFiniteHaveNoScore) {
    MatrixF rows = normalRows(300, 4, 9);
    rows(3, 2) = std::numeric_limits<float>::quiet_NaN();
    rows(250, 0) = std::numeric_limits<float>::infinity();
    const auto reference = OodReference::fit(rows.topRows(200), rows.bottomRows(100), quickOptions(3));
    EXPECT_EQ(reference.trainingRows(), 199U);
    EXPECT_EQ(reference.calibrationRows(), 99U);
    for (const OodColumn& column : reference.trainingColumns())
        EXPECT_TRUE(std::isnan(column.percentile[3]));
    const OodColumns columns = reference.score(rows.middleRows(2, 3));
    for (const OodColumn& column : columns) {
        EXPECT_TRUE(std::isnan(column.score[1]));
        EXPECT_TRUE(std::isnan(column.p[1]));
        EXPECT_FALSE(std::isnan(column.p[0]));
    }
}

TEST(OodReference, constantColumnsAreToldAndTelling) {
    MatrixF rows = normalRows(500, 4, 10);
    rows.col(1).setConstant(0.1F);
    auto options = quickOptions(4);
    options.shrinkage = Shrinkage::None;
    const auto reference = OodReference::fit(rows.topRows(300), rows.middleRows(300, 100), options);
    ASSERT_FALSE(reference.notes().empty());
    EXPECT_NE(reference.notes()[0].find("constant"), std::string::npos);
    MatrixF fresh = rows.bottomRows(2);
    fresh(1, 1) = 0.2F;
    const auto distance = reference.score(fresh)[0].score;
    EXPECT_TRUE(std::isfinite(distance[0]));
    EXPECT_TRUE(std::isinf(distance[1]));
}

TEST(OodReference, doesNotDependOnThreads) {
    const MatrixF rows = clumpedRows(3000, 20, 5, 4, 2.0, 11);
    RunContext one, three;
    one.threads = 1;
    three.threads = 3;
    const auto first =
        OodReference::fit(rows.topRows(2000), rows.middleRows(2000, 500), quickOptions(5), one);
    const auto second =
        OodReference::fit(rows.topRows(2000), rows.middleRows(2000, 500), quickOptions(5), three);
    for (std::size_t s = 0; s < allOodScores.size(); ++s) {
        EXPECT_EQ(first.trainingColumns()[s].score, second.trainingColumns()[s].score);
        EXPECT_EQ(first.score(rows.bottomRows(500), one)[s].score,
                  second.score(rows.bottomRows(500), three)[s].score);
    }
}

TEST(OodReference, tooLittleIsRefused) {
    EXPECT_THROW(OodReference::fit(normalRows(19, 3, 1), normalRows(10, 3, 2)), UsageError);
    EXPECT_THROW(OodReference::fit(MatrixF::Constant(50, 3, 2.0F), MatrixF(0, 3)), Error);
    const auto reference = OodReference::fit(normalRows(50, 3, 1), MatrixF(0, 3));
    EXPECT_THROW(reference.score(normalRows(5, 4, 1)), Error);
    for (const OodColumn& column : reference.score(normalRows(5, 3, 2))) {
        EXPECT_TRUE(std::isnan(column.p[0])); // no calibration rows
        EXPECT_FALSE(std::isnan(column.percentile[0]));
    }
}

} // namespace
} // namespace penumbra::manifold
