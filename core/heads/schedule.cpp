#include "core/heads/schedule.h"

#include "core/base/error.h"
#include "core/base/rng.h"
#include "core/base/text.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

namespace penumbra::heads {

namespace {
constexpr std::uint64_t validationStream = 0x76616c6964ULL; // streams of epochs count from 1

void require(bool fits, const std::string& message) {
    if (!fits)
        throw UsageError(message);
}
} // namespace

void checkOptions(const TrainingOptions& options) {
    require(options.epochs >= 1, "epochs must be at least 1, not " + std::to_string(options.epochs));
    require(options.batch >= 1, "batch must be at least 1, not " + std::to_string(options.batch));
    require(options.cycles >= 1, "cycles must be at least 1, not " + std::to_string(options.cycles));
    require(options.learningRate > 0.0 && std::isfinite(options.learningRate),
            "the learning rate must be positive, not " + shortestReal(options.learningRate));
    require(options.weightDecay >= 0.0 && std::isfinite(options.weightDecay),
            "the weight decay must not be negative, not " + shortestReal(options.weightDecay));
    require(options.validationFraction >= 0.0 && options.validationFraction < 1.0,
            "the validation fraction must be in [0, 1), not " + shortestReal(options.validationFraction));
    require(options.networksPerPass >= 0, "networks per pass must not be negative");
}

double learningRateAt(const TrainingOptions& options, std::int64_t step, std::int64_t totalSteps) {
    const double turns = static_cast<double>(step) * options.cycles / static_cast<double>(totalSteps);
    const double within = turns - std::floor(turns);
    return 0.5 * options.learningRate * (1.0 + std::cos(std::numbers::pi * within));
}

RowSplit splitRows(std::int64_t rows, const TrainingOptions& options) {
    if (rows > std::numeric_limits<std::int32_t>::max())
        throw Error("networks are trained on at most 2,147,483,647 rows, not " + std::to_string(rows));
    const auto count = static_cast<std::size_t>(rows);
    const auto aside =
        static_cast<std::size_t>(std::llround(options.validationFraction * static_cast<double>(rows)));
    std::vector<bool> isValidation(count, false);
    if (aside > 0) {
        const std::vector<std::size_t> order = Rng(options.seed, validationStream).permutation(count);
        for (std::size_t i = 0; i < aside; ++i)
            isValidation[order[i]] = true;
    }
    RowSplit split;
    for (std::size_t row = 0; row < count; ++row)
        (isValidation[row] ? split.validation : split.training).push_back(static_cast<std::int32_t>(row));
    return split;
}

void minibatchOrder(std::span<const std::int32_t> training, const TrainingOptions& options,
                    std::uint64_t seed, int epoch, std::span<std::int32_t> out) {
    std::copy(training.begin(), training.end(), out.begin());
    if (static_cast<std::size_t>(options.batch) >= training.size())
        return;
    Rng rng(seed, static_cast<std::uint64_t>(epoch) + 1);
    for (std::size_t i = out.size(); i > 1; --i)
        std::swap(out[i - 1], out[rng.below(i)]);
}

} // namespace penumbra::heads
