// A task that mean pooling cannot do: one token of forty carries the label, and a mark says which.

#include "core/aion/pooling.h"
#include "core/base/error.h"
#include "core/base/rng.h"
#include "tests/core/aion/tiny_model.h"

#include <cmath>

namespace penumbra::aion {
namespace {

constexpr std::size_t galaxies = 300, tokensEach = 40, width = 16;

struct Task {
    Encoded encoded;
    MatrixD labels = MatrixD(galaxies, 2);
};

Task makeTask() {
    Task task;
    task.encoded = {galaxies, tokensEach, width, {}, {}, {}};
    Rng rng(5);
    for (std::size_t g = 0; g < galaxies; ++g) {
        const std::size_t used = 20 + rng.below(tokensEach - 20), marked = rng.below(used);
        for (std::size_t t = 0; t < tokensEach; ++t) {
            task.encoded.valid.push_back(t < used ? 1 : 0);
            for (std::size_t d = 0; d < width; ++d)
                task.encoded.values.push_back(static_cast<float>(rng.normal()));
            float* token = task.encoded.values.data() + (g * tokensEach + t) * width;
            token[0] =
                t == marked || t >= used ? 4.0F : 0.0F; // padding carries the mark too: it must be ignored
            if (t == marked) {
                task.labels(static_cast<Eigen::Index>(g), 0) = 10.0 + 2.0 * static_cast<double>(token[1]);
                task.labels(static_cast<Eigen::Index>(g), 1) =
                    g % 4 == 0 ? std::nan("") : static_cast<double>(token[2] - token[3]);
            }
        }
    }
    return task;
}

EncodedSource sourceOf(const Task& task) {
    return [&task](std::span<const std::size_t> wanted) {
        Encoded part{wanted.size(), tokensEach, width, {}, {}, {}};
        for (const std::size_t g : wanted) {
            const auto from =
                task.encoded.values.begin() + static_cast<std::ptrdiff_t>(g * tokensEach * width);
            part.values.insert(part.values.end(), from,
                               from + static_cast<std::ptrdiff_t>(tokensEach * width));
            const auto valid = task.encoded.valid.begin() + static_cast<std::ptrdiff_t>(g * tokensEach);
            part.valid.insert(part.valid.end(), valid, valid + static_cast<std::ptrdiff_t>(tokensEach));
        }
        return part;
    };
}

AttentiveTrainer makeTrainer(const Task& task, int epochs) {
    std::vector<std::size_t> training, validation;
    for (std::size_t g = 0; g < galaxies; ++g)
        (g < 220 ? training : validation).push_back(g);
    AttentiveTrainingOptions options;
    options.heads = 2;
    options.hidden = 32;
    options.epochs = epochs;
    options.batchSize = 20;
    options.learningRate = 1e-2;
    RunContext context;
    context.seed = 3;
    return {sourceOf(task), training, validation, task.labels, options, context};
}

TEST(AttentiveTrainer, findsTheTokenThatMatters) {
    const Task task = makeTask();
    AttentiveTrainer trainer = makeTrainer(task, 25);
    const auto reports = trainer.runUntil(25, {});
    ASSERT_EQ(reports.size(), 25U);
    // Labels have variance 1 in these units; a mean over 30 tokens of equal variance leaves 1/30 of the
    // signal.
    EXPECT_GT(reports.front().validationLoss, 0.5);
    EXPECT_LT(reports.back().validationLoss, 0.2);
    // Frozen, it finds the marked token's coordinates: linear regression is not needed to see the
    // correlation.
    const AttentivePooling pooling = trainer.pooling();
    const MatrixF pooled = pooling.pool(task.encoded, {});
    EXPECT_TRUE(pooled.allFinite());
    const auto path = test::TinyFolder::path() / "pooling.safetensors";
    pooling.save(path);
    EXPECT_EQ(AttentivePooling::load(path).pool(task.encoded, {}), pooled);
}

TEST(AttentiveTrainer, goesOnAfterAnInterruptionAsIfThereWasNone) {
    const Task task = makeTask();
    AttentiveTrainer whole = makeTrainer(task, 4);
    whole.runUntil(4, {});
    const auto path = test::TinyFolder::path() / "checkpoint.safetensors";
    {
        AttentiveTrainer first = makeTrainer(task, 4);
        first.runUntil(1, {});
        first.saveCheckpoint(path);
    }
    AttentiveTrainer second = makeTrainer(task, 4);
    second.restoreCheckpoint(path);
    EXPECT_EQ(second.epochsDone(), 1);
    RunContext two;
    two.threads = 2; // the number of threads must not matter either
    second.runUntil(4, two);
    EXPECT_EQ(second.pooling().kWeight, whole.pooling().kWeight);
    EXPECT_EQ(second.pooling().query, whole.pooling().query);
}

TEST(AttentiveTrainer, refusesWhatDoesNotBelong) {
    const Task task = makeTask();
    AttentiveTrainer trainer = makeTrainer(task, 2);
    EXPECT_THROW(trainer.pooling(), UsageError);
    trainer.runUntil(1, {});
    const auto path = test::TinyFolder::path() / "other.safetensors";
    trainer.saveCheckpoint(path);
    Task other = makeTask();
    other.labels(0, 0) += 1.0;
    EXPECT_THROW(makeTrainer(other, 2).restoreCheckpoint(path), Error);
    EXPECT_THROW(AttentivePooling::load(path), Error);
    AttentivePooling wrong = trainer.pooling();
    wrong.width = 8;
    EXPECT_THROW(wrong.pool(task.encoded, {}), Error);
    std::stop_source stop;
    RunContext context;
    context.stop = stop.get_token();
    stop.request_stop();
    EXPECT_THROW(trainer.runUntil(2, context), Cancelled);
}

} // namespace
} // namespace penumbra::aion
