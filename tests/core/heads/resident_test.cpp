// Resident training, as a GPU does it, beside the lanes of the CPU: on the CPU with a graph that remembers
// its work, and on a GPU where there is one.
#include "core/base/error.h"
#include "core/heads/trainer_impl.h"
#include "core/nn/device.h"
#include "tests/core/heads/synthetic.h"

#include <cstdlib>
#include <gtest/gtest.h>

namespace penumbra::heads {
namespace {

struct GraphCounts {
    int recorded = 0, replayed = 0;
};

/// Like a CUDA graph: recording runs nothing that counts, replaying does. The tensors that the work allocates
/// are the CPU's ordinary ones.
class RememberedWork final : public nn::WorkGraph {
public:
    explicit RememberedWork(GraphCounts& counts) : counts_(counts) {}
    void record(const std::function<void()>& work) override {
        ++counts_.recorded;
        work_ = work;
    }
    void replay() override {
        ++counts_.replayed;
        work_();
    }

private:
    GraphCounts& counts_;
    std::function<void()> work_;
};

struct Layout {
    std::string name;
    std::vector<int> hidden;
    Loss loss = Loss::SquaredError;
    TrainingOptions options;
    bool missingLabels = false;
};

Layout layout(const std::string& name, std::vector<int> hidden, int batch) {
    Layout made;
    made.name = name;
    made.hidden = std::move(hidden);
    made.options.epochs = 5;
    made.options.batch = batch;
    made.options.seed = 3;
    made.options.learningRate = 3e-3;
    made.options.networksPerPass = 3; // one group
    return made;
}

std::vector<Layout> layouts() {
    std::vector<Layout> all = {layout("ShorterLastBatch", {16, 8}, 64), layout("EqualBatches", {16}, 50),
                               layout("AllRowsInOne", {8, 8}, 1000),    layout("OwnOrder", {12}, 64),
                               layout("Pinball", {12, 6}, 64),          layout("Validation", {12}, 70),
                               layout("MissingLabels", {12}, 64),       layout("Adam", {12}, 64),
                               layout("InBlocks", {700, 700}, 1000)}; // 147 rows a block on the CPU
    all[3].options.ownOrder = true;
    all[4].loss = Loss::Pinball;
    all[5].options.validationFraction = 0.2;
    all[6].missingLabels = true;
    all[7].options.optimiser = Optimiser::Adam;
    all[7].options.cycles = 2;
    return all;
}

class Resident : public testing::TestWithParam<Layout> {
protected:
    std::vector<NetworkSpec> networks() const {
        std::vector<NetworkSpec> specs;
        for (int k = 0; k < 3; ++k) {
            specs.push_back(network(inputs_, GetParam().hidden, k));
            specs.back().loss = GetParam().loss;
            specs.back().level = 0.2 + 0.3 * k;
            if (GetParam().missingLabels)
                for (std::size_t i = static_cast<std::size_t>(k); i < specs.back().labels.size(); i += 3)
                    specs.back().labels[i] = std::nan("");
        }
        return specs;
    }
    Trainer resident(const Residence& residence) const {
        return Trainer(Trainer::Impl::make(inputs_, networks(), GetParam().options, residence, threads(1)));
    }
    Trainer onLanes() const { return Trainer(inputs_, networks(), GetParam().options, threads(1)); }
    int epochs() const { return GetParam().options.epochs; }

    /// Losses and predictions of a trainer that has run to its end, beside those of the lanes.
    void expectLikeLanes(Trainer& trainer, double tolerance) const {
        Trainer lanes = onLanes();
        const auto expected = lanes.runUntil(epochs(), threads(1));
        trainer.runUntil(epochs(), threads(1));
        const auto reports = trainer.reports();
        ASSERT_EQ(reports.size(), expected.size());
        for (std::size_t e = 0; e < expected.size(); ++e)
            for (std::size_t k = 0; k < 3; ++k) {
                EXPECT_NEAR(reports[e].trainLoss[k], expected[e].trainLoss[k], tolerance) << e << ' ' << k;
                if (!expected[e].validationLoss.empty()) {
                    EXPECT_NEAR(reports[e].validationLoss.at(k), expected[e].validationLoss[k], tolerance);
                }
            }
        const MatrixD ours = trainer.networks().predict(inputs_, threads(1));
        const MatrixD wanted = lanes.networks().predict(inputs_, threads(1));
        EXPECT_LT((ours - wanted).cwiseAbs().maxCoeff(), 10.0 * tolerance);
    }

    MatrixF inputs_ = normalInputs(250, 5, 1);
};

TEST_P(Resident, EqualsTheLanes) {
    Trainer trainer = resident({at::kCPU, true, {}});
    expectLikeLanes(trainer, 1e-5);
}

TEST_P(Resident, RecordedStepsDoTheSame) {
    GraphCounts counts;
    Trainer trainer = resident({at::kCPU, true, [&] { return std::make_unique<RememberedWork>(counts); }});
    expectLikeLanes(trainer, 1e-5);
    const std::int64_t rows = GetParam().options.validationFraction > 0.0 ? 200 : 250;
    const std::int64_t batch = std::min<std::int64_t>(rows, GetParam().options.batch);
    const int sizes = rows % batch == 0 ? 1 : 2;
    EXPECT_EQ(counts.recorded, sizes);
    EXPECT_EQ(counts.replayed, (rows + batch - 1) / batch * epochs() - sizes)
        << "all but the first of a size";
}

TEST_P(Resident, StoppedWithinAnEpochItGoesOnWithTheSameBits) {
    Trainer whole = resident({at::kCPU, true, {}});
    whole.runUntil(epochs(), threads(1));

    // Stopped by its own work, after some steps.
    GraphCounts counts;
    std::stop_source source;
    class Stopping final : public nn::WorkGraph {
    public:
        explicit Stopping(std::stop_source& stop) : stop_(stop) {}
        void record(const std::function<void()>& work) override { work_ = work; }
        void replay() override {
            work_();
            if (++replayed_ == 2)
                stop_.request_stop();
        }

    private:
        std::stop_source& stop_;
        std::function<void()> work_;
        int replayed_ = 0;
    };
    Trainer begun = resident({at::kCPU, true, [&] { return std::make_unique<Stopping>(source); }});
    RunContext stopping = threads(1);
    stopping.stop = source.get_token();
    EXPECT_THROW(begun.runUntil(epochs(), stopping), Cancelled);
    EXPECT_LT(begun.epochsDone(), epochs());
    const auto saved = begun.checkpoint();

    begun.runUntil(epochs(), threads(1));
    Trainer restored = resident({at::kCPU, true, {}});
    restored.restore(saved);
    restored.runUntil(epochs(), threads(1));
    const MatrixD wanted = whole.networks().predict(inputs_, threads(1));
    EXPECT_TRUE(wanted == begun.networks().predict(inputs_, threads(1)));
    EXPECT_TRUE(wanted == restored.networks().predict(inputs_, threads(1)));
    EXPECT_EQ(whole.reports().back().trainLoss, restored.reports().back().trainLoss);
}

/// The GPU, or why there is none.
std::optional<Residence> gpu(std::string& reason) {
    try {
        nn::openDevice("cuda");
    } catch (const Error& error) {
        reason = error.what();
        return {};
    }
    return Residence{at::kCUDA, true, {}};
}

TEST_P(Resident, OnAGpuEqualsTheLanes) {
    std::string reason;
    auto residence = gpu(reason);
    if (!residence)
        GTEST_SKIP() << "SKIPPED, needs a GPU: " << reason;
    Trainer eager = resident(*residence);
    expectLikeLanes(eager, 1e-4);

    const nn::GraphSupport graphs = nn::graphSupport("cuda");
    ASSERT_TRUE(graphs.make) << graphs.reason;
    residence->makeGraph = graphs.make;
    Trainer recorded = resident(*residence);
    expectLikeLanes(recorded, 1e-4);
}

INSTANTIATE_TEST_SUITE_P(Layouts, Resident, testing::ValuesIn(layouts()),
                         [](const auto& each) { return each.param.name; });

} // namespace
} // namespace penumbra::heads
