#include "core/base/rng.h"
#include "core/base/statistics.h"
#include "core/eval/joint_resampling.h"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <numeric>

namespace penumbra {
namespace {

/// The quantile of a resample written out: every score as often as it was drawn.
double byHand(const std::vector<double>& scores, const std::vector<std::uint32_t>& counts, std::size_t rank) {
    std::vector<double> drawn;
    for (std::size_t i = 0; i < scores.size(); ++i)
        drawn.insert(drawn.end(), counts[i], scores[i]);
    std::sort(drawn.begin(), drawn.end());
    return drawn.at(rank - 1);
}

TEST(ScoreOrder, IsTheQuantileOfTheResampleWrittenOut) {
    SplitScores split;
    Rng rng(3);
    for (int i = 0; i < 50; ++i)
        split.calibration.push_back(std::floor(20.0 * rng.uniform())); // with ties
    const ScoreOrder order(split);
    for (std::size_t r = 0; r < 40; ++r) {
        const auto counts = calibrationResample(50, 9, r);
        EXPECT_EQ(std::accumulate(counts.begin(), counts.end(), 0u), 50u);
        EXPECT_EQ(order.quantile(counts, 0.1), byHand(split.calibration, counts, 46)); // ceil(51 * 0.9)
        EXPECT_EQ(order.quantile(counts, 0.5), byHand(split.calibration, counts, 26));
    }
    EXPECT_EQ(order.quantile(0.1), byHand(split.calibration, std::vector<std::uint32_t>(50, 1), 46));
    EXPECT_TRUE(std::isinf(order.quantile(0.01))); // rank 51 of 50
    split.interpolated = true;
    const double low = byHand(split.calibration, std::vector<std::uint32_t>(50, 1), 45);
    const double high = byHand(split.calibration, std::vector<std::uint32_t>(50, 1), 46);
    EXPECT_NEAR(ScoreOrder(split).quantile(0.1), low + 0.1 * (high - low), 1e-12); // position 44.1
}

TEST(Student, AgreesWithTables) {
    // Two-sided 5 % points: 12.7062 (1), 2.2281 (10), 1.9623 (1000 degrees of freedom).
    EXPECT_NEAR(studentQuantile(0.95, 1.0), 12.7062047, 1e-6);
    EXPECT_NEAR(studentQuantile(0.95, 10.0), 2.2281389, 1e-6);
    EXPECT_NEAR(studentQuantile(0.95, 1000.0), 1.9623391, 1e-6);
    EXPECT_NEAR(studentTwoSidedP(2.2281389, 10.0), 0.05, 1e-8);
    EXPECT_NEAR(studentTwoSidedP(-1.0, 1.0), 0.5, 1e-12);
}

/// Truths 0 ... n-1 about a prediction of 0; one width for all, calibrated on as many.
TargetStudy constantWidths(std::size_t n) {
    TargetStudy target;
    target.name = "z";
    auto part = std::make_shared<CalibrationPart>();
    SplitScores& split = part->split.emplace();
    Prediction prediction;
    prediction.method = "A";
    for (std::size_t i = 0; i < n; ++i) {
        const auto truth = static_cast<double>(i);
        target.heldOut.rows.push_back(static_cast<std::int64_t>(i));
        target.heldOut.isTest.push_back(1);
        target.heldOut.truth.push_back(truth);
        split.calibration.push_back(truth);
        split.lower.push_back(0.0);
        split.upper.push_back(0.0);
        split.scale.push_back(1.0);
        split.score.push_back(truth);
        prediction.mean.push_back(0.0);
        prediction.lower.push_back(-0.9 * static_cast<double>(n));
        prediction.upper.push_back(0.9 * static_cast<double>(n));
    }
    target.predictions = {prediction};
    target.calibrationParts["A"] = part;
    return target;
}

TEST(JointWorlds, AConstantWidthIsTwiceTheQuantileOfItsWorld) {
    const TargetStudy target = constantWidths(100);
    JointOptions options;
    options.replicates = 50;
    options.seed = 5;
    const std::string methods[] = {"A"};
    RunContext one, many;
    one.threads = 1;
    many.threads = 3;
    const auto worlds = resampleJointly(target, methods, options, one);
    const auto again = resampleJointly(target, methods, options, many);
    const auto& scores = target.calibrationParts.at("A")->split->calibration;
    ASSERT_EQ(worlds.methods.front().size(), 50u);
    for (std::size_t r = 0; r < 50; ++r) {
        const double q = byHand(scores, calibrationResample(100, 5, r), 91);
        EXPECT_EQ(worlds.methods[0][r].meanWidth, 2.0 * q);
        EXPECT_EQ(worlds.methods[0][r].coverage, again.methods[0][r].coverage) << "whatever the threads";
    }
}

// Rows of which a column says nothing: calibration goes on without them, their intervals are infinite.
TEST(JointWorlds, UnknownRowsTakeNoPartInCalibrationAndAreInfinite) {
    TargetStudy target = constantWidths(100);
    auto part = std::make_shared<CalibrationPart>(*target.calibrationParts.at("A"));
    auto& scores = part->split->calibration;
    for (std::size_t i = 0; i < 100; i += 5)
        scores[i] = std::nan("");
    const double infinity = std::numeric_limits<double>::infinity();
    for (std::size_t i = 0; i < 100; i += 4) {
        part->split->scale[i] = infinity;
        part->split->score[i] = 0.0;
        target.predictions[0].lower[i] = -infinity;
        target.predictions[0].upper[i] = infinity;
    }
    target.calibrationParts["A"] = part;
    JointOptions options;
    options.replicates = 30;
    options.seed = 5;
    const std::string methods[] = {"A"};
    const auto all = resampleJointly(target, methods, options, {});
    options.finiteOnly = true;
    const auto finite = resampleJointly(target, methods, options, {});
    for (std::size_t r = 0; r < 30; ++r) {
        auto counts = calibrationResample(100, 5, r);
        std::size_t drawn = 0;
        std::vector<double> known;
        std::vector<std::uint32_t> often;
        for (std::size_t i = 0; i < 100; ++i)
            if (i % 5 != 0) {
                drawn += counts[i];
                known.push_back(scores[i]);
                often.push_back(counts[i]);
            }
        const double q = byHand(known, often, conformalRank(drawn, 0.1));
        EXPECT_EQ(all.methods[0][r].meanWidth, 2.0 * q) << r;
        EXPECT_EQ(finite.methods[0][r].meanWidth, 2.0 * q) << r;
        EXPECT_GE(all.methods[0][r].coverage, finite.methods[0][r].coverage);
    }
}

TEST(JointWorlds, NoCalibrationPartMeansNoScatterOfAConstantWidth) {
    TargetStudy target = constantWidths(100);
    target.calibrationParts.clear();
    JointOptions options;
    options.replicates = 20;
    const std::string methods[] = {"A"};
    const auto worlds = resampleJointly(target, methods, options, {});
    for (const WorldValues& world : worlds.methods.front())
        EXPECT_NEAR(world.meanWidth, 180.0, 1e-9);
}

} // namespace
} // namespace penumbra
