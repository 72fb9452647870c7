#pragma once

// Internal: the state of metric learning and one iteration of it.
#include "core/base/parallel_for.h"
#include "core/base/team.h"
#include "core/lvd/hot_loops.h"
#include "core/lvd/metric_learning.h"

#include <algorithm>
#include <atomic>
#include <new>

namespace penumbra::lvd {

/// Memory that starts at a cache line.
template <typename T>
struct LineAllocator {
    using value_type = T;
    static constexpr std::align_val_t line{64};
    LineAllocator() = default;
    template <typename U>
    explicit LineAllocator(const LineAllocator<U>&) {}
    T* allocate(std::size_t n) { return static_cast<T*>(::operator new(n * sizeof(T), line)); }
    void deallocate(T* p, std::size_t) { ::operator delete(p, line); }
    bool operator==(const LineAllocator&) const { return true; }
};
template <typename T>
using LineVector = std::vector<T, LineAllocator<T>>;

/// What is learned for one target.
struct TargetState {
    MetricTarget target;
    double mean = 0.0; ///< of the targets; products use differences from it
    double sum = 0.0;
    MatrixD A, best, firstMoment, secondMoment, gradient; ///< [d, D']
    std::vector<double> losses;
    double bestLoss = 0.0;
    int bestIteration = -1;
    bool stopped = false;

    /// The rows of this iteration's anchors: given, or distinct ones drawn from the seed.
    std::vector<std::size_t> batchOf(int iteration, const MetricOptions& options) const;
    /// Adam with the present gradient, then the rule for stopping. A gradient that is not a number stops
    /// without update.
    void update(double loss, const MetricOptions& options);
};

/// Losses and gradients of an iteration, computed by a team; one implementation for each precision.
class MetricStep {
public:
    virtual ~MetricStep() = default;
    /// Called by one lane: the anchors of each active target.
    virtual void begin(const std::vector<TargetState*>& active, int iteration) = 0;
    /// Called by all lanes: fills the gradients. False if the team abandoned.
    virtual bool run(Team& team, int lane) = 0;
    virtual double loss(std::size_t active) const = 0;
    virtual std::size_t pieces() const = 0; ///< more lanes than these would be idle
};

/// The rows as the kernel's input, from z on, `stride` numbers apart.
template <typename T>
void normaliseRows(const InputRows& rows, const KernelInput& input, T* z, std::size_t stride,
                   const RunContext& context) {
    parallelFor(rows.size(), context.threads, [&](std::size_t begin, std::size_t end) {
        std::vector<double> row(rows.columns()), normalised(input.keptColumns());
        for (std::size_t i = begin; i < end; ++i) {
            if (i % 256 == 0)
                context.checkStop();
            rows.copyRow(i, row.data());
            input.apply(row.data(), normalised.data());
            std::transform(normalised.begin(), normalised.end(), z + i * stride,
                           [](double x) { return static_cast<T>(x); });
        }
    });
}

/// How many other rows count for an anchor (spec/lvd.md a.4): all, or what the cap and its quirks leave.
std::size_t neighboursBesideOwn(const MetricOptions& options, std::size_t rows);

std::unique_ptr<MetricStep> makeMetricStep(const InputRows& rows, const KernelInput& input,
                                           const MetricOptions& options, const RunContext& context);

struct MetricLearner::Impl {
    MetricOptions options;
    KernelInput input;
    std::size_t rows = 0;
    std::vector<TargetState> targets;
    int iterationsDone = 0;
    std::unique_ptr<MetricStep> step;

    bool done() const;
    void work(Team& team, int lane, int target, std::atomic<bool>& finished, const RunContext& context);
};

} // namespace penumbra::lvd
