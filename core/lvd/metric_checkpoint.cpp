#include "core/base/error.h"
#include "core/lvd/metric_step.h"

namespace penumbra::lvd {

namespace {
NamedArray arrayOf(const std::string& name, const MatrixD& m) {
    return {name,
            {static_cast<std::size_t>(m.rows()), static_cast<std::size_t>(m.cols())},
            {m.data(), m.data() + m.size()}};
}

MatrixD matrixOf(std::span<const NamedArray> arrays, const std::string& name, const MatrixD& like) {
    const std::vector<std::size_t> shape = {static_cast<std::size_t>(like.rows()),
                                            static_cast<std::size_t>(like.cols())};
    return Eigen::Map<const MatrixD>(findArray(arrays, name, shape).values.data(), like.rows(), like.cols());
}
} // namespace

std::vector<NamedArray> MetricLearner::checkpoint() const {
    std::vector<NamedArray> arrays = {{"iterations", {}, {static_cast<double>(impl_->iterationsDone)}}};
    for (std::size_t t = 0; t < size(); ++t) {
        const TargetState& state = impl_->targets[t];
        const std::string prefix = std::to_string(t) + "/";
        arrays.push_back(arrayOf(prefix + "A", state.A));
        arrays.push_back(arrayOf(prefix + "best", state.best));
        arrays.push_back(arrayOf(prefix + "first_moment", state.firstMoment));
        arrays.push_back(arrayOf(prefix + "second_moment", state.secondMoment));
        arrays.push_back(arrayOf(prefix + "gradient", state.gradient));
        arrays.push_back({prefix + "losses", {state.losses.size()}, state.losses});
        arrays.push_back({prefix + "best_iteration", {}, {static_cast<double>(state.bestIteration)}});
        arrays.push_back({prefix + "best_loss", {}, {state.bestLoss}});
        arrays.push_back({prefix + "stopped", {}, {state.stopped ? 1.0 : 0.0}});
    }
    return arrays;
}

void MetricLearner::restore(std::span<const NamedArray> arrays) {
    const std::vector<std::size_t> scalar;
    const int iterations = static_cast<int>(findArray(arrays, "iterations", scalar).values[0]);
    if (iterations < 0 || iterations > impl_->options.iterations)
        throw Error("the kernel's checkpoint stands at iteration " + std::to_string(iterations) +
                    ", not within 0.." + std::to_string(impl_->options.iterations));
    std::vector<TargetState> restored = impl_->targets;
    for (std::size_t t = 0; t < restored.size(); ++t) {
        TargetState& state = restored[t];
        const std::string prefix = std::to_string(t) + "/";
        state.A = matrixOf(arrays, prefix + "A", state.A);
        state.best = matrixOf(arrays, prefix + "best", state.best);
        state.firstMoment = matrixOf(arrays, prefix + "first_moment", state.firstMoment);
        state.secondMoment = matrixOf(arrays, prefix + "second_moment", state.secondMoment);
        state.gradient = matrixOf(arrays, prefix + "gradient", state.gradient);
        state.losses = findArray(arrays, prefix + "losses").values;
        state.bestIteration =
            static_cast<int>(findArray(arrays, prefix + "best_iteration", scalar).values[0]);
        state.bestLoss = findArray(arrays, prefix + "best_loss", scalar).values[0];
        state.stopped = findArray(arrays, prefix + "stopped", scalar).values[0] != 0.0;
        const std::size_t recorded = state.losses.size();
        if (state.stopped ? recorded > static_cast<std::size_t>(iterations)
                          : recorded != static_cast<std::size_t>(iterations))
            throw Error("array '" + prefix + "losses' has " + std::to_string(recorded) +
                        " values at iteration " + std::to_string(iterations));
    }
    impl_->targets = std::move(restored);
    impl_->iterationsDone = iterations;
}

} // namespace penumbra::lvd
