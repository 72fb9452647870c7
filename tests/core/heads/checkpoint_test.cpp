#include "core/base/error.h"
#include "tests/core/heads/synthetic.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <thread>

namespace penumbra::heads {
namespace {

TrainingOptions someEpochs(int epochs) {
    TrainingOptions options;
    options.epochs = epochs;
    options.batch = 50;
    options.validationFraction = 0.1;
    options.seed = 3;
    return options;
}

std::vector<NetworkSpec> someNetworks(const MatrixF& inputs) {
    std::vector<NetworkSpec> specs;
    for (int k = 0; k < 3; ++k)
        specs.push_back(network(inputs, {16, 8}, k));
    specs[1].loss = Loss::Pinball;
    specs[2].labels[5] = std::nan("");
    return specs;
}

void expectSameArrays(const std::vector<NamedArray>& a, const std::vector<NamedArray>& b) {
    ASSERT_EQ(a.size(), b.size());
    for (std::size_t i = 0; i < a.size(); ++i) {
        EXPECT_EQ(a[i].name, b[i].name);
        EXPECT_EQ(a[i].shape, b[i].shape);
        EXPECT_EQ(a[i].values.size(), b[i].values.size());
        for (std::size_t j = 0; j < std::min(a[i].values.size(), b[i].values.size()); ++j)
            if (a[i].values[j] != b[i].values[j] &&
                !(std::isnan(a[i].values[j]) && std::isnan(b[i].values[j]))) {
                ADD_FAILURE() << a[i].name << " differs at " << j;
                break;
            }
    }
}

/// own order, networks per pass, threads
class Resume : public testing::TestWithParam<std::tuple<bool, int, int>> {};

TEST_P(Resume, SameBitsAsWithoutInterruption) {
    const auto& [ownOrder, perPass, threadCount] = GetParam();
    const MatrixF inputs = normalInputs(420, 4, 1);
    TrainingOptions options = someEpochs(8);
    options.ownOrder = ownOrder;
    options.networksPerPass = perPass;
    Trainer whole(inputs, someNetworks(inputs), options, threads(threadCount));
    whole.runUntil(8, threads(threadCount));

    Trainer first(inputs, someNetworks(inputs), options, threads(threadCount));
    first.runUntil(3, threads(threadCount));
    const std::vector<NamedArray> saved = first.checkpoint();
    Trainer second(inputs, someNetworks(inputs), options, threads(threadCount));
    second.restore(saved);
    EXPECT_EQ(second.epochsDone(), 3);
    const auto rest = second.runUntil(8, threads(threadCount));
    ASSERT_EQ(rest.size(), 5U);
    EXPECT_EQ(rest.front().epoch, 4);
    expectSameArrays(second.checkpoint(), whole.checkpoint());
    EXPECT_EQ(second.reports().front().trainLoss, whole.reports().front().trainLoss);
}

INSTANTIATE_TEST_SUITE_P(Layouts, Resume,
                         testing::Combine(testing::Bool(), testing::Values(1, 3), testing::Values(1, 2)));

TEST(Resume, CancelledWithinAnEpochContinuesWithTheSameBits) {
    const MatrixF inputs = normalInputs(3000, 4, 2);
    const TrainingOptions options = someEpochs(60);
    Trainer whole(inputs, someNetworks(inputs), options, threads(2));
    whole.runUntil(60, threads(2));

    auto trainer = std::make_unique<Trainer>(inputs, someNetworks(inputs), options, threads(2));
    int stops = 0;
    for (int attempt = 0; trainer->epochsDone() < 60; ++attempt) {
        std::stop_source source;
        RunContext context = threads(2);
        context.stop = source.get_token();
        std::jthread stopper([&] {
            std::this_thread::sleep_for(std::chrono::milliseconds(3 + 20 * attempt));
            source.request_stop();
        });
        try {
            trainer->runUntil(60, context);
        } catch (const Cancelled&) {
            ++stops;
        }
        if (attempt % 2 == 1) { // every second time through a checkpoint into a new trainer
            const std::vector<NamedArray> saved = trainer->checkpoint();
            trainer = std::make_unique<Trainer>(inputs, someNetworks(inputs), options, threads(2));
            trainer->restore(saved);
        }
    }
    EXPECT_GE(stops, 2) << "the training was too short to be stopped: the test shows nothing";
    expectSameArrays(trainer->checkpoint(), whole.checkpoint());
}

TEST(Resume, StopBeforeTheStartChangesNothing) {
    const MatrixF inputs = normalInputs(100, 4, 3);
    Trainer trainer(inputs, someNetworks(inputs), someEpochs(2), threads(1));
    const auto before = trainer.checkpoint();
    std::stop_source source;
    source.request_stop();
    RunContext context = threads(1);
    context.stop = source.get_token();
    EXPECT_THROW(trainer.runUntil(2, context), Cancelled);
    expectSameArrays(trainer.checkpoint(), before);
}

TEST(Restore, WhatDoesNotFitIsNamed) {
    const MatrixF inputs = normalInputs(100, 4, 4);
    Trainer trainer(inputs, someNetworks(inputs), someEpochs(2), threads(1));
    const auto saved = trainer.checkpoint();
    const auto expectRefused = [&](std::vector<NamedArray> arrays, const std::string& name) {
        try {
            trainer.restore(arrays);
            FAIL() << name << ": no error";
        } catch (const Error& error) {
            EXPECT_NE(std::string(error.what()).find(name), std::string::npos) << error.what();
        }
    };
    for (const std::string name :
         {"network1/weight0", "network2/bias1/second_moment", "counters/steps", "inputs/mean"}) {
        auto arrays = saved;
        std::erase_if(arrays, [&](const NamedArray& a) { return a.name == name; });
        expectRefused(arrays, name);
        arrays = saved;
        auto found =
            std::find_if(arrays.begin(), arrays.end(), [&](const NamedArray& a) { return a.name == name; });
        found->values.push_back(0.0F);
        expectRefused(arrays, name);
    }
    const MatrixF otherRows = normalInputs(100, 4, 5);
    Trainer other(otherRows, someNetworks(otherRows), someEpochs(2), threads(1));
    expectRefused(other.checkpoint(), "inputs/mean");
    Trainer longer(inputs, someNetworks(inputs), someEpochs(3), threads(1));
    expectRefused(longer.checkpoint(), "schedule");
}

} // namespace
} // namespace penumbra::heads
