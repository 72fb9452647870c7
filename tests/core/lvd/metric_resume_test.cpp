// Interrupted, continued, side by side, on more threads: always the same numbers.

#include "core/base/error.h"
#include "tests/core/lvd/synthetic.h"

#include <thread>

namespace penumbra::lvd {
namespace {

constexpr int iterations = 25;

MetricOptions someOptions(Precision precision) {
    MetricOptions options;
    options.outputs = 5;
    options.iterations = iterations;
    options.batch = 40;
    options.maxNeighbours = 200;
    options.patience = 4; // some targets stop early
    options.learningRate = 1e-2;
    options.precision = precision;
    return options;
}

void expectSame(const MetricLearner& a, std::size_t i, const MetricLearner& b, std::size_t j) {
    EXPECT_EQ(a.losses(i), b.losses(j));
    EXPECT_EQ(a.last(i), b.last(j));
    EXPECT_EQ(a.best(i), b.best(j));
    EXPECT_EQ(a.bestIteration(i), b.bestIteration(j));
    EXPECT_EQ(a.stopped(i), b.stopped(j));
}

class MetricResume : public testing::TestWithParam<Precision> {
protected:
    MetricLearner learner(std::vector<std::uint64_t> seeds, int threads = 1) {
        context_.threads = threads;
        std::vector<MetricTarget> targets;
        for (const std::uint64_t seed : seeds)
            targets.push_back(targetOn(x_, seed));
        return {x_, std::move(targets), someOptions(GetParam()), context_};
    }
    MatrixF x_ = normalMatrix<MatrixF>(700, 20, 1);
    RunContext context_;
};

TEST_P(MetricResume, stoppingAnywhereChangesNothing) {
    MetricLearner whole = learner({3});
    whole.runUntil(iterations, context_);
    for (int stop = 0; stop <= iterations; stop += 3) {
        MetricLearner first = learner({3});
        first.runUntil(stop, context_);
        MetricLearner second = learner({3});
        second.restore(first.checkpoint());
        second.runUntil(iterations, context_);
        expectSame(second, 0, whole, 0);
        first.runUntil(iterations, context_);
        expectSame(first, 0, whole, 0);
    }
}

TEST_P(MetricResume, threadsChangeNothing) {
    MetricLearner one = learner({3, 4});
    one.runUntil(iterations, context_);
    for (const int threads : {2, 3, 0}) {
        MetricLearner many = learner({3, 4}, threads);
        many.runUntil(iterations, context_);
        expectSame(one, 0, many, 0);
        expectSame(one, 1, many, 1);
    }
}

TEST_P(MetricResume, sideBySideIsAsAlone) {
    const std::vector<std::uint64_t> seeds = {3, 4, 5, 6};
    MetricLearner together = learner(seeds, 2);
    together.runUntil(iterations, context_);
    std::set<std::size_t> lengths;
    for (std::size_t i = 0; i < seeds.size(); ++i) {
        MetricLearner alone = learner({seeds[i]});
        alone.runUntil(iterations, context_);
        expectSame(together, i, alone, 0);
        lengths.insert(alone.losses(0).size());
    }
    EXPECT_GT(lengths.size(), 1U) << "no target stopped before another: the test lost its point";
}

TEST_P(MetricResume, aStopRequestLeavesAFinishedIteration) {
    MetricLearner whole = learner({3});
    whole.runUntil(iterations, context_);
    MetricLearner stopped = learner({3}, 2);
    std::stop_source source;
    RunContext context = context_;
    context.stop = source.get_token();
    source.request_stop();
    EXPECT_THROW(stopped.runUntil(iterations, context), Cancelled);
    EXPECT_EQ(stopped.iterationsDone(), 0);
    stopped.runUntil(iterations, context_);
    expectSame(stopped, 0, whole, 0);
}

TEST_P(MetricResume, aForeignCheckpointIsRefused) {
    MetricLearner small = learner({3});
    small.runUntil(2, context_);
    auto arrays = small.checkpoint();
    MetricLearner two = learner({3, 4});
    EXPECT_TRUE(says(messageOf([&] { two.restore(arrays); }), {"1/A", "missing"}));
    for (NamedArray& array : arrays)
        if (array.name == "0/A")
            array.shape = {4, 25};
    MetricLearner again = learner({3});
    EXPECT_TRUE(says(messageOf([&] { again.restore(arrays); }), {"0/A", "[4, 25]"}));
    EXPECT_EQ(again.iterationsDone(), 0);
}

INSTANTIATE_TEST_SUITE_P(Both, MetricResume, testing::Values(Precision::Double, Precision::Float32));

TEST(MetricCancel, isQuickAndMayBeContinued) {
    const MatrixF x = normalMatrix<MatrixF>(6000, 64, 1);
    MetricOptions options;
    options.iterations = 100000;
    options.patience = -1;
    MetricLearner learner(x, {targetOn(x, 3)}, options, {});
    std::stop_source source;
    RunContext context;
    context.threads = 2;
    context.stop = source.get_token();
    std::jthread stopper([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
        source.request_stop();
    });
    EXPECT_THROW(learner.runUntil(options.iterations, context), Cancelled);
    const int done = learner.iterationsDone();
    EXPECT_EQ(learner.losses(0).size(), static_cast<std::size_t>(done));
    learner.runUntil(done + 2, {});
    EXPECT_EQ(learner.iterationsDone(), done + 2);
}

} // namespace
} // namespace penumbra::lvd
