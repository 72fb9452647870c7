// What GPUs compute with (large blocks, dropout on tensors) beside the path of the CPU, which
// trained_networks_test.cpp compares with the definition. On the CPU always; on a GPU where there is one.

#include "core/heads/dropout_device.h"
#include "core/heads/trained_impl.h"
#include "tests/core/heads/synthetic.h"
#include "tests/core/nn/gpu.h"

#include <gtest/gtest.h>
#include <numeric>

namespace penumbra::heads {
namespace {

struct Case {
    std::vector<int> hidden;
    Activation activation;
    OutputActivation output;
};

const std::vector<Case>& cases() {
    static const std::vector<Case> all = {
        {{10}, Activation::Relu, OutputActivation::None},
        {{12, 7}, Activation::Gelu, OutputActivation::Softplus},
        {{8, 9, 6}, Activation::Gelu, OutputActivation::None},
        {{8, 9, 6}, Activation::Relu, OutputActivation::Softplus},
    };
    return all;
}

/// Networks of one case, trained a little.
struct Networks {
    explicit Networks(const Case& c) {
        for (int k = 0; k < 6; ++k) {
            specs.push_back(network(inputs, c.hidden, k));
            specs.back().shape.activation = c.activation;
            specs.back().shape.output = c.output;
        }
        TrainingOptions options;
        options.epochs = 3;
        options.batch = 100;
        Trainer trainer(inputs, specs, options, threads(2));
        trainer.runUntil(3, threads(2));
        trained = trainer.networks();
        impl = TrainedNetworks::Impl::fromArrays(specs, trained.arrays());
    }
    TrainedNetworks::DropoutResult dropoutOnDevice(std::int64_t rowsPerBlock,
                                                   const RunContext& context) const {
        std::vector<std::uint64_t> keys(static_cast<std::size_t>(inputs.rows()));
        std::iota(keys.begin(), keys.end(), std::uint64_t{0});
        return deviceDropout(impl->dropoutTask(3, DropoutMask::of(0.3, 9), 21), impl->inputScaling, inputs,
                             keys, {at::kCPU, rowsPerBlock, 1}, context);
    }

    MatrixF inputs = normalInputs(1300, 4, 1);
    std::vector<NetworkSpec> specs;
    TrainedNetworks trained;
    std::shared_ptr<const TrainedNetworks::Impl> impl;
};

void expectNear(const TrainedNetworks::DropoutResult& a, const TrainedNetworks::DropoutResult& b,
                double tolerance) {
    ASSERT_EQ(a.mean.size(), b.mean.size());
    double spread = 0.0;
    for (std::size_t i = 0; i < b.mean.size(); ++i) {
        EXPECT_NEAR(a.mean[i], b.mean[i], tolerance) << i;
        EXPECT_NEAR(a.spread[i], b.spread[i], tolerance) << i;
        spread = std::max(spread, b.spread[i]);
    }
    EXPECT_GT(spread, 0.01) << "the test is empty";
}

void expectSameMasks(at::Device device) {
    const std::vector<int> units = {1, 3, 4, 6, 256, 257};
    for (const double rate : {0.0, 0.1, 0.5, 0.99999})
        for (const std::uint64_t seed : {0ULL, 7ULL, 0xfedcba9876543210ULL}) {
            const DropoutMask mask = DropoutMask::of(rate, seed);
            DropoutMaskTensors tensors(mask, units, device);
            for (const auto& [firstKey, rows] :
                 {std::pair{std::uint64_t{0}, 5}, {255, 300}, {0xfffffffffffffff0ULL, 4}}) {
                std::vector<std::uint64_t> keys(static_cast<std::size_t>(rows));
                std::iota(keys.begin(), keys.end(), firstKey);
                tensors.begin(keys);
                for (const int pass : {0, 1, 99, 10000})
                    for (std::size_t layer = 0; layer < units.size(); ++layer) {
                        std::vector<float> wanted(static_cast<std::size_t>(rows * units[layer]));
                        mask.fill(keys, units[layer], static_cast<std::uint64_t>(pass), layer, wanted.data());
                        const at::Tensor ours = tensors.mask(pass, layer);
                        EXPECT_EQ(ours.scalar_type(), at::kFloat);
                        EXPECT_EQ(ours.size(1), units[layer]);
                        EXPECT_EQ(nn::toVector(ours), wanted) << rate << " " << pass << " " << layer;
                    }
            }
        }
}

TEST(DropoutOnADevice, MasksAreThoseOfTheCpu) {
    expectSameMasks(at::kCPU);
}

TEST(DropoutOnADevice, MeanAndSpreadAreThoseOfTheCpu) {
    for (const Case& c : cases()) {
        const Networks networks(c);
        const auto wanted = networks.trained.dropout(3, networks.inputs, 0.3, 21, 9, threads(2));
        for (const std::int64_t rowsPerBlock : {300, 1300, 5000})
            expectNear(networks.dropoutOnDevice(rowsPerBlock, threads(2)), wanted, 1e-5);
    }
}

TEST(DropoutOnADevice, TellsProgressWithinABlockAndStops) {
    const Networks networks(cases()[1]);
    Progress progress;
    RunContext context = threads(1); // one block after the other, as on a GPU
    context.progress = &progress;
    networks.dropoutOnDevice(1000, context);
    // The second of two blocks begins at 10/13; 20 of its 21 passes are told of.
    EXPECT_NEAR(progress.state().fraction, (10.0 + 3.0 * 20.0 / 21.0) / 13.0, 1e-9);
    std::stop_source source;
    source.request_stop();
    context.stop = source.get_token();
    EXPECT_THROW(networks.dropoutOnDevice(5000, context), Cancelled);
}

TEST(LargeBlocks, PredictAndHiddenAreThoseOfSmallOnes) {
    for (const Case& c : cases()) {
        const Networks networks(c);
        const MatrixD predicted = networks.trained.predict(networks.inputs, threads(2));
        const MatrixF hidden = networks.trained.hidden(5, networks.inputs, threads(2));
        for (const BlockPlan& plan : {BlockPlan{at::kCPU, 1000, 6}, {at::kCPU, 5000, 5}}) {
            const MatrixD ours = networks.impl->predict(networks.inputs, plan, threads(2));
            EXPECT_LT((ours - predicted).cwiseAbs().maxCoeff(), 1e-5);
            const MatrixF ourHidden = networks.impl->hidden(5, networks.inputs, plan, threads(2));
            EXPECT_LT((ourHidden - hidden).cwiseAbs().maxCoeff(), 1e-5F);
        }
    }
}

TEST(LargeBlocks, FitTheMemoryOfAGpu) {
    const at::Device gpu = at::kCUDA;
    NetworkShape shape;
    shape.inputs = 768;
    const BlockPlan heads = planForward(shape, 25, gpu);
    EXPECT_EQ(heads.networks, 25);
    EXPECT_GT(heads.rows, 4096);
    EXPECT_LT(heads.rows * 25 * (256 + 256) * 4, std::int64_t{512} << 20);
    const BlockPlan many = planForward(shape, 5000, gpu);
    EXPECT_LT(many.networks, 5000);
    EXPECT_GT(many.rows, 3000);
    EXPECT_LT(many.rows * many.networks * (256 + 256) * 4, std::int64_t{512} << 20);
    EXPECT_EQ(planForward(shape, 1, gpu).rows, mostRowsPerBlock);
    EXPECT_EQ(planDeviceDropout(shape, gpu).rows, mostRowsPerBlock);
    shape.hidden = {8192, 8192};
    EXPECT_LT(planDeviceDropout(shape, gpu).rows * 8192 * 2 * 4, std::int64_t{256} << 20);
    EXPECT_GT(planDeviceDropout(shape, gpu).rows, 500);
}

TEST(TrainedNetworksOnAGpu, AgreeWithTheCpu) {
    PENUMBRA_SKIP_WITHOUT_GPU();
    expectSameMasks(at::kCUDA);
    RunContext gpu = threads(2);
    gpu.device = "cuda";
    for (const Case& c : cases()) {
        const Networks networks(c);
        const TrainedNetworks& trained = networks.trained;
        const MatrixF& inputs = networks.inputs;
        EXPECT_LT((trained.predict(inputs, gpu) - trained.predict(inputs, threads(2))).cwiseAbs().maxCoeff(),
                  1e-4);
        EXPECT_LT(
            (trained.hidden(5, inputs, gpu) - trained.hidden(5, inputs, threads(2))).cwiseAbs().maxCoeff(),
            1e-4F);
        expectNear(trained.dropout(3, inputs, 0.3, 21, 9, gpu),
                   trained.dropout(3, inputs, 0.3, 21, 9, threads(2)), 1e-4);
    }
}

} // namespace
} // namespace penumbra::heads
