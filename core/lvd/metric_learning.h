#pragma once

#include "core/lvd/learned_kernel.h"

#include <functional>
#include <memory>

namespace penumbra::lvd {

enum class Precision { Float32, Double };

/// Which iterate becomes the kernel.
enum class KeptMetric {
    Best, ///< A after the update of the iteration of lowest loss: the reference on a GPU, and the paper
    Last, ///< the last A: what the reference returns on a CPU, where its snapshot aliases the parameters
};

/// Hyper-parameters of metric learning (spec/lvd.md a.7).
struct MetricOptions {
    int outputs = 5;      ///< d: dimensions of the projection
    int iterations = 500; ///< at most
    double learningRate =
        1e-3;                 ///< of Adam. 1e-2 (LVD reference) overfits wide embeddings: infinite intervals
    int batch = 100;          ///< anchors an iteration, each against all training rows; 0: all rows
    int maxNeighbours = 3000; ///< only so many nearest rows of an anchor count; 0: all
    int patience = 50;   ///< stop after more than so many iterations without a lower loss; negative: never
    bool ownMean = true; ///< ybar: an anchor counts itself with the mean of the other targets; else not
    Normalisation normalisation = Normalisation::Standardise;
    double threshold = 1e-3;        ///< columns with a smaller standard deviation are left out
    bool relativeThreshold = false; ///< the threshold is in units of the median deviation
    KeptMetric kept = KeptMetric::Best;
    Precision precision =
        Precision::Float32; ///< of kernel values and products; sums and A are double in both
};

/// One kernel to learn on the shared rows.
struct MetricTarget {
    std::string name;                              ///< for messages
    std::vector<double> values;                    ///< [N] the raw target, finite
    std::uint64_t seed = 0;                        ///< draws the first A and the batches
    std::optional<MatrixD> startA;                 ///< [d, D'] instead of a drawn one (reference answers)
    std::vector<std::vector<std::size_t>> batches; ///< rows of each iteration instead of drawn ones
};

class MetricStep; ///< metric_step.h: one iteration, for those who compute it elsewhere
using StepMaker = std::function<std::unique_ptr<MetricStep>(const InputRows&, const KernelInput&,
                                                            const MetricOptions&, const RunContext&)>;

/// Learns A of LearnedKernel so that the kernel regression of each row from all others predicts its target
/// (metric learning for kernel regression; Lin, Trivedi & Sun 2021, spec/lvd.md a). Adam on minibatches of
/// anchors; the gradient in closed form, without a term of anchors x rows x columns. Several targets on the
/// same rows learn side by side, so that the rows are read once for all; each result is that of learning
/// alone. Resumable: the same bits however often it was interrupted, and for any number of threads.
class MetricLearner {
public:
    /// The rows are copied (normalised); nothing is kept by reference.
    /// @throws Error for inputs or targets that are not finite, fewer than 2 rows, or shapes that differ;
    /// UsageError for options out of range.
    /// @param steps computes the iterations; empty: this module's loops on the CPU.
    MetricLearner(const InputRows& rows, std::vector<MetricTarget> targets, const MetricOptions& options,
                  const RunContext& context, const StepMaker& steps = {});
    ~MetricLearner();
    MetricLearner(MetricLearner&&) noexcept;

    /// Continues to the end of this iteration (at most options.iterations), or until all targets have
    /// stopped. A stop request throws Cancelled; the learner then stands at the last finished iteration.
    void runUntil(int iteration, const RunContext& context);
    int iterationsDone() const;
    bool done() const;

    std::size_t size() const;               ///< targets
    bool stopped(std::size_t target) const; ///< by patience or by a gradient that is not a number
    const std::vector<double>& losses(std::size_t target) const; ///< batch means before each update
    int bestIteration(std::size_t target) const;                 ///< 0-based; -1 before the first
    /// A after the update of the iteration of lowest loss (returned by the reference on a GPU), and of the
    /// last.
    const MatrixD& best(std::size_t target) const;
    const MatrixD& last(std::size_t target) const;
    const MatrixD& gradient(std::size_t target) const; ///< of the last iteration, summed over the batch
    const KernelInput& input() const;
    /// 0-based iteration after whose update options.kept takes A; -1 before the first.
    int keptIteration(std::size_t target) const;
    LearnedKernel kernel(std::size_t target) const; ///< with the A that options.kept names

    /// Everything but the rows. Restored into a learner of the same rows, targets and options, learning goes
    /// on as if it had not been interrupted.
    std::vector<NamedArray> checkpoint() const;
    void restore(std::span<const NamedArray> arrays); ///< @throws Error naming the array that does not fit

    struct Impl; ///< metric_step.h, for this module only

private:
    std::unique_ptr<Impl> impl_;
};

} // namespace penumbra::lvd
