#include "core/base/error.h"
#include "tests/core/lvd/synthetic.h"

#include <limits>
#include <set>

namespace penumbra::lvd {
namespace {

MetricOptions shortOptions(Precision precision = Precision::Float32) {
    MetricOptions options;
    options.outputs = 3;
    options.iterations = 40;
    options.batch = 50;
    options.learningRate = 1e-2;
    options.precision = precision;
    return options;
}

TEST(LvdMetricLearning, findsTheColumnsThatMatter) {
    const MatrixF x = normalMatrix<MatrixF>(800, 12, 1);
    MetricOptions options = shortOptions();
    options.iterations = 250;
    options.patience = -1;
    MetricLearner learner(x, {targetOn(x, 3)}, options, {});
    learner.runUntil(options.iterations, {});
    const auto& losses = learner.losses(0);
    ASSERT_EQ(losses.size(), 250U);
    EXPECT_LT(losses.back(), 0.35 * losses.front());
    const MatrixD& A = learner.best(0);
    const double used = A.leftCols(2).squaredNorm(), idle = A.rightCols(10).squaredNorm();
    EXPECT_GT(used / 2, 10 * idle / 10);
}

TEST(LvdMetricLearning, bothPrecisionsAgree) {
    const MatrixF x = normalMatrix<MatrixF>(600, 20, 1);
    MetricLearner fast(x, {targetOn(x, 3)}, shortOptions(), {});
    MetricLearner exact(x, {targetOn(x, 3)}, shortOptions(Precision::Double), {});
    fast.runUntil(40, {});
    exact.runUntil(40, {});
    ASSERT_EQ(fast.losses(0).size(), exact.losses(0).size());
    for (std::size_t t = 0; t < fast.losses(0).size(); ++t)
        EXPECT_NEAR(fast.losses(0)[t], exact.losses(0)[t], 1e-5 * exact.losses(0)[t]) << t; // spec g
    EXPECT_LT((fast.last(0) - exact.last(0)).norm(), 1e-4 * exact.last(0).norm());
}

TEST(LvdMetricLearning, shiftOfInputsAndTargetsChangesNothing) {
    const MatrixD x = normalMatrix<MatrixD>(200, 8, 1);
    const MatrixD moved = (3.0 * x).array() + 5.0;
    MetricTarget target = targetOn(x, 3), shifted = target;
    for (double& y : shifted.values)
        y += 100.0;
    for (const auto normalisation : {Normalisation::Standardise, Normalisation::UnitOutput}) {
        MetricOptions options = shortOptions(Precision::Double);
        options.normalisation = normalisation;
        MetricLearner a(x, {target}, options, {}), b(moved, {shifted}, options, {});
        a.runUntil(10, {});
        b.runUntil(10, {});
        EXPECT_LT((a.last(0) - b.last(0)).cwiseAbs().maxCoeff(), 1e-9);
    }
}

TEST(LvdMetricLearning, startsWithinItsBoundsAndDrawsDistinctRows) {
    const MatrixF x = normalMatrix<MatrixF>(300, 25, 1);
    MetricLearner learner(x, {targetOn(x, 3)}, shortOptions(), {});
    const double bound = 1.0 / std::sqrt(25.0);
    EXPECT_LE(learner.last(0).cwiseAbs().maxCoeff(), bound);
    EXPECT_GT(learner.last(0).cwiseAbs().maxCoeff(), 0.8 * bound);
    EXPECT_LT(learner.last(0).minCoeff(), -0.8 * bound);
    MetricTarget other = targetOn(x, 4);
    MetricLearner second(x, {other}, shortOptions(), {});
    EXPECT_NE(learner.last(0), second.last(0));
}

TEST(LvdMetricLearning, stopsAfterPatience) {
    const MatrixF x = normalMatrix<MatrixF>(300, 5, 1);
    MetricOptions options = shortOptions();
    options.iterations = 2000;
    options.patience = 7;
    MetricLearner learner(x, {targetOn(x, 3)}, options, {});
    learner.runUntil(options.iterations, {});
    ASSERT_TRUE(learner.stopped(0));
    EXPECT_TRUE(learner.done());
    const auto& losses = learner.losses(0);
    const int best = learner.bestIteration(0);
    EXPECT_EQ(static_cast<int>(losses.size()), best + 7 + 2); // spec a.5
    for (std::size_t t = 0; t < losses.size(); ++t)
        EXPECT_GE(losses[t], losses[static_cast<std::size_t>(best)]);
    EXPECT_NE(learner.best(0), learner.last(0));
    EXPECT_EQ(learner.kernel(0).A, learner.best(0));
    EXPECT_EQ(learner.keptIteration(0), best);

    options.kept = KeptMetric::Last;
    MetricLearner keepsLast(x, {targetOn(x, 3)}, options, {});
    EXPECT_EQ(keepsLast.keptIteration(0), -1);
    keepsLast.runUntil(options.iterations, {});
    EXPECT_EQ(keepsLast.kernel(0).A, learner.last(0));
    EXPECT_EQ(keepsLast.keptIteration(0), best + 7 + 1);
}

TEST(LvdMetricLearning, aGradientThatIsNoNumberStopsBeforeTheUpdate) {
    const MatrixF x = normalMatrix<MatrixF>(100, 5, 1);
    MetricTarget target = targetOn(x, 3);
    target.startA = MatrixD::Constant(3, 5, std::numeric_limits<double>::quiet_NaN());
    MetricLearner learner(x, {target, targetOn(x, 4)}, shortOptions(), {});
    learner.runUntil(5, {});
    EXPECT_TRUE(learner.stopped(0));
    EXPECT_TRUE(learner.losses(0).empty());
    EXPECT_EQ(learner.bestIteration(0), -1);
    EXPECT_FALSE(learner.stopped(1));
    EXPECT_EQ(learner.losses(1).size(), 5U);
    EXPECT_FALSE(learner.done());
}

TEST(LvdMetricLearning, badInputsAreNamed) {
    MatrixF x = normalMatrix<MatrixF>(30, 4, 1);
    MetricTarget target = targetOn(x, 3);
    const auto attempt = [&](const MatrixF& inputs, MetricTarget t, MetricOptions options = {}) {
        return messageOf([&] { MetricLearner(inputs, {std::move(t)}, options, {}); });
    };
    MetricTarget gap = target;
    gap.values[7] = std::numeric_limits<double>::quiet_NaN();
    EXPECT_TRUE(says(attempt(x, gap), {"y3", "NaN", "row 7"}));
    MatrixF broken = x;
    broken(9, 2) = std::numeric_limits<float>::infinity();
    EXPECT_TRUE(says(attempt(broken, target), {"infinity", "row 9", "column 2"}));
    MetricTarget brief = target;
    brief.values.pop_back();
    EXPECT_TRUE(says(attempt(x, brief), {"y3", "29", "30"}));
    MetricTarget twice = target;
    twice.batches.assign(500, {1, 1});
    EXPECT_TRUE(says(attempt(x, twice), {"row 1", "twice"}));
    MetricTarget wrongStart = target;
    wrongStart.startA = MatrixD::Zero(5, 3);
    EXPECT_TRUE(says(attempt(x, wrongStart), {"5 x 3", "5 x 4"}));
    EXPECT_FALSE(attempt(x.topRows(1), target).empty());
    for (const auto& change : std::vector<std::function<void(MetricOptions&)>>{
             [](MetricOptions& o) { o.outputs = 0; }, [](MetricOptions& o) { o.learningRate = -1; },
             [](MetricOptions& o) { o.iterations = -1; }, [](MetricOptions& o) { o.batch = -1; },
             [](MetricOptions& o) { o.maxNeighbours = 1; }, [](MetricOptions& o) { o.threshold = -1; },
             [](MetricOptions& o) {
                 o.outputs = 1;
                 o.normalisation = Normalisation::UnitOutput;
             }}) {
        MetricOptions options;
        change(options);
        EXPECT_THROW(MetricLearner(x, {target}, options, {}), UsageError);
    }
}

} // namespace
} // namespace penumbra::lvd
