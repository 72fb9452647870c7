// Resident training, as a GPU does it, beside the lanes of the CPU: on the CPU with a graph that remembers
// its work, and on a GPU where there is one.
#include "core/base/error.h"
#include "core/heads/trainer_impl.h"
#include "tests/core/heads/synthetic.h"
#include "tests/core/nn/gpu.h"

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
    std::int64_t mostRows = 0;  ///< of a block
    double tolerance = 1e-5;    ///< on the CPU beside its lanes
    double gpuTolerance = 1e-4; ///< on a GPU beside them
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
    std::vector<Layout> all = {
        layout("ShorterLastBatch", {16, 8}, 64),  layout("EqualBatches", {16}, 50),
        layout("AllRowsInOne", {8, 8}, 1000),     layout("OwnOrder", {12}, 64),
        layout("Pinball", {12, 6}, 64),           layout("Validation", {12}, 70),
        layout("MissingLabels", {12}, 64),        layout("Adam", {12}, 64),
        layout("InBlocks", {12, 8}, 200),         layout("TensorFloat32", {32, 32}, 64),
        layout("BFloat16", {32, 32}, 64),         layout("BFloat16OwnOrder", {32, 16}, 64),
        layout("BFloat16InBlocks", {32, 16}, 200)};
    all[3].options.ownOrder = true;
    all[4].loss = Loss::Pinball;
    all[5].options.validationFraction = 0.2;
    all[6].missingLabels = true;
    all[7].options.optimiser = Optimiser::Adam;
    all[7].options.cycles = 2;
    all[9].options.precision = Precision::TensorFloat32;
    all[9].gpuTolerance = 2e-2; // 10 bits of mantissa
    for (const std::size_t i : {10, 11, 12}) {
        all[i].options.precision = Precision::BFloat16;
        all[i].gpuTolerance = 0.1; // 8 bits
    }
    all[11].options.ownOrder = true;
    all[8].mostRows = all[12].mostRows = 70;
    all[12].tolerance = 1e-3; // the CPU rounds the sums of each block
    return all;
}

void PrintTo(const Layout& layout, std::ostream* out) {
    *out << layout.name;
}

/// One layout, trained in several ways.
class Beside {
public:
    explicit Beside(Layout layout) : layout_(std::move(layout)) {}

    std::vector<NetworkSpec> networks() const {
        std::vector<NetworkSpec> specs;
        for (int k = 0; k < 3; ++k) {
            specs.push_back(network(inputs_, layout_.hidden, k));
            specs.back().loss = layout_.loss;
            specs.back().level = 0.2 + 0.3 * k;
            if (layout_.missingLabels)
                for (std::size_t i = static_cast<std::size_t>(k); i < specs.back().labels.size(); i += 3)
                    specs.back().labels[i] = std::nan("");
        }
        return specs;
    }
    Trainer resident(Residence residence) const {
        residence.mostRows = layout_.mostRows;
        return Trainer(Trainer::Impl::make(inputs_, networks(), layout_.options, residence, threads(1)));
    }
    Trainer onLanes() const { return Trainer(inputs_, networks(), layout_.options, threads(1)); }
    int epochs() const { return layout_.options.epochs; }

    Trainer finished(Trainer trainer) const {
        trainer.runUntil(epochs(), threads(1));
        return trainer;
    }

    /// Losses and predictions of two trainers that have run to their ends.
    void expectAlike(const Trainer& trainer, const Trainer& other, double tolerance) const {
        const auto reports = trainer.reports(), expected = other.reports();
        ASSERT_EQ(reports.size(), static_cast<std::size_t>(epochs()));
        ASSERT_EQ(expected.size(), reports.size());
        for (std::size_t e = 0; e < expected.size(); ++e)
            for (std::size_t k = 0; k < 3; ++k) {
                EXPECT_NEAR(reports[e].trainLoss[k], expected[e].trainLoss[k], tolerance) << e << ' ' << k;
                if (!expected[e].validationLoss.empty()) {
                    EXPECT_NEAR(reports[e].validationLoss.at(k), expected[e].validationLoss[k], tolerance);
                }
            }
        const MatrixD ours = trainer.networks().predict(inputs_, threads(1));
        const MatrixD wanted = other.networks().predict(inputs_, threads(1));
        EXPECT_LE((ours - wanted).cwiseAbs().maxCoeff(), 10.0 * tolerance);
    }

    /// Stopped within an epoch, then continued, and restored from a checkpoint of that moment.
    void expectResumed(const Residence& residence, double tolerance) const;

private:
    Layout layout_;
    MatrixF inputs_ = normalInputs(250, 5, 1);
};

class Resident : public testing::TestWithParam<Layout> {
protected:
    Beside beside_{GetParam()};
};

TEST_P(Resident, EqualsTheLanes) {
    beside_.expectAlike(beside_.finished(beside_.resident({at::kCPU, true, {}})),
                        beside_.finished(beside_.onLanes()), GetParam().tolerance);
}

TEST_P(Resident, RecordedStepsDoTheSame) {
    GraphCounts counts;
    const Residence residence{at::kCPU, true, [&] { return std::make_unique<RememberedWork>(counts); }};
    beside_.expectAlike(beside_.finished(beside_.resident(residence)),
                        beside_.finished(beside_.resident({at::kCPU, true, {}})), 0.0);
    const TrainingOptions& options = GetParam().options;
    const std::int64_t rows = options.validationFraction > 0.0 ? 200 : 250;
    const std::int64_t batch = std::min<std::int64_t>(rows, options.batch);
    const int sizes = rows % batch == 0 ? 1 : 2;
    EXPECT_EQ(counts.recorded, sizes);
    EXPECT_EQ(counts.replayed, (rows + batch - 1) / batch * options.epochs - sizes)
        << "all but the first of a size";
}

/// A graph that asks for a stop after its second replay.
class Stopping final : public nn::WorkGraph {
public:
    Stopping(std::unique_ptr<nn::WorkGraph> graph, std::stop_source& stop)
        : graph_(std::move(graph)), stop_(stop) {}
    void record(const std::function<void()>& work) override { graph_->record(work); }
    void replay() override {
        graph_->replay();
        if (++replayed_ == 2)
            stop_.request_stop();
    }

private:
    std::unique_ptr<nn::WorkGraph> graph_;
    std::stop_source& stop_;
    int replayed_ = 0;
};

void Beside::expectResumed(const Residence& residence, double tolerance) const {
    Trainer whole = resident(residence);
    whole.runUntil(epochs(), threads(1));

    std::stop_source source;
    Residence stoppable = residence;
    stoppable.makeGraph = [&] { return std::make_unique<Stopping>(residence.makeGraph(), source); };
    Trainer begun = resident(stoppable);
    RunContext stopping = threads(1);
    stopping.stop = source.get_token();
    EXPECT_THROW(begun.runUntil(epochs(), stopping), Cancelled);
    EXPECT_LT(begun.epochsDone(), epochs());
    const auto saved = begun.checkpoint();

    begun.runUntil(epochs(), threads(1));
    expectAlike(begun, whole, tolerance);
    Trainer restored = resident(residence);
    restored.restore(saved);
    restored.runUntil(epochs(), threads(1));
    expectAlike(restored, whole, tolerance);
}

TEST_P(Resident, StoppedWithinAnEpochItGoesOnWithTheSameBits) {
    GraphCounts counts;
    beside_.expectResumed({at::kCPU, true, [&] { return std::make_unique<RememberedWork>(counts); }}, 0.0);
}

INSTANTIATE_TEST_SUITE_P(Layouts, Resident, testing::ValuesIn(layouts()),
                         [](const auto& each) { return each.param.name; });

TEST(ResidentOnAGpu, EqualsTheLanesStepByStepAndRecorded) {
    PENUMBRA_SKIP_WITHOUT_GPU();
    const nn::GraphSupport graphs = nn::graphSupport("cuda");
    ASSERT_TRUE(graphs.make) << graphs.reason;
    for (const Layout& layout : layouts()) {
        SCOPED_TRACE(layout.name);
        const Beside beside(layout);
        const Trainer eager = beside.finished(beside.resident({at::kCUDA, true, {}}));
        beside.expectAlike(eager, beside.finished(beside.onLanes()), layout.gpuTolerance);
        const Trainer recorded = beside.finished(beside.resident({at::kCUDA, true, graphs.make}));
        beside.expectAlike(recorded, eager, 1e-5);
    }
}

TEST(ResidentOnAGpu, StoppedWithinAnEpochItGoesOn) {
    PENUMBRA_SKIP_WITHOUT_GPU();
    const nn::GraphSupport graphs = nn::graphSupport("cuda");
    ASSERT_TRUE(graphs.make) << graphs.reason;
    for (const Layout& layout : layouts()) {
        SCOPED_TRACE(layout.name);
        Beside(layout).expectResumed({at::kCUDA, true, graphs.make}, 1e-5);
    }
}

} // namespace
} // namespace penumbra::heads
