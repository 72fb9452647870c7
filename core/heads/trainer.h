#pragma once

#include "core/base/run_context.h"
#include "core/heads/network.h"

#include <memory>
#include <span>

namespace penumbra::heads {

/// Input columns are standardised with the training rows' mean and population standard deviation
/// (constant columns become 0); labels likewise per network (softplus output: divided by their mean).
class TrainedNetworks;

struct EpochReport {
    int epoch = 0; ///< epochs finished
    double seconds = 0.0;
    std::vector<double> trainLoss;      ///< [networks], in standardised units
    std::vector<double> validationLoss; ///< [networks] or empty
    std::vector<double> r2; ///< [networks] on validation rows if any, else on training rows; NaN for pinball
};

/// Trains many small networks of one shape in one batched pass: one wide product for the first layer, batched
/// products after it, hand-written forward and backward, fused optimiser. Resumable; same seed and threads,
/// same result on the CPU.
class Trainer {
public:
    /// @param inputs [N, D] training rows, finite. Kept by reference: must outlive the trainer.
    /// @throws Error for shapes that differ, no labelled row, non-finite inputs; UsageError for options out
    /// of range.
    Trainer(const MatrixF& inputs, std::vector<NetworkSpec> networks, const TrainingOptions& options,
            const RunContext& context);
    ~Trainer();
    Trainer(Trainer&&) noexcept;
    struct Impl; ///< trainer_impl.h, for this module only
    explicit Trainer(std::unique_ptr<Impl> impl);

    /// Continues to the end of this epoch (at most options.epochs). Returns the reports of the epochs run.
    /// A stop request is honoured within 0.2 s (on a GPU: after the steps queued, some 50 ms on a fast one,
    /// or after one large step) by throwing Cancelled; the trainer then stands at the last finished step and
    /// may be continued or checkpointed. @throws Error naming a network that diverged. Runs context.threads
    /// threads of its own, on a GPU one (see nn/worker_scope.h); fewer networks than threads share out the
    /// rows of each minibatch.
    std::vector<EpochReport> runUntil(int epoch, const RunContext& context);
    int epochsDone() const;
    std::vector<EpochReport> reports() const; ///< of all epochs so far; seconds are 0 for restored ones

    TrainedNetworks networks() const; ///< copy of the present weights
    /// Weights, moments, counters, training curves. Restored into a trainer of the same inputs, networks and
    /// options, training goes on as if it had not been interrupted (the same bits on the CPU with the same
    /// threads).
    std::vector<NamedArray> checkpoint() const;
    void restore(std::span<const NamedArray> arrays); ///< @throws Error naming the array that does not fit

private:
    std::unique_ptr<Impl> impl_;
};

/// Frozen networks of one shape. Cheap to copy.
class TrainedNetworks {
public:
    std::size_t size() const;
    const NetworkSpec& spec(std::size_t network) const; ///< labels are empty

    /// Outputs in label units, [rows, networks]. Blocked: memory stays flat in the number of rows. On the CPU
    /// a row's outputs are the same bits whatever the other rows, the threads and the networks wanted.
    /// @param wanted [networks]: the outputs of others may be left NaN; empty: all
    MatrixD predict(const MatrixF& inputs, const RunContext& context,
                    const std::vector<bool>& wanted = {}) const;
    /// Activations of the last hidden layer of one network, [rows, hidden.back()].
    MatrixF hidden(std::size_t network, const MatrixF& inputs, const RunContext& context) const;
    struct DropoutResult {
        std::vector<double> mean, spread; ///< over the passes; spread is the population standard deviation
    };
    /// MC dropout: after each hidden activation, inverted scaling 1/(1-rate), `passes` passes (spec/lvd.md
    /// d.6). The first layer's pre-activation is computed once for all passes.
    /// @param keys [rows]: what a row's masks are drawn from beside the seed; rows of one key have the same
    DropoutResult dropout(std::size_t network, const MatrixF& inputs, std::span<const std::uint64_t> keys,
                          double rate, int passes, std::uint64_t seed, const RunContext& context) const;
    /// The same, each row's key its number.
    DropoutResult dropout(std::size_t network, const MatrixF& inputs, double rate, int passes,
                          std::uint64_t seed, const RunContext& context) const;

    std::vector<NamedArray> arrays() const;
    static TrainedNetworks fromArrays(std::vector<NetworkSpec> specs, std::span<const NamedArray> arrays);

    struct Impl; ///< trained_impl.h, for this module only

private:
    friend class Trainer;
    std::shared_ptr<const Impl> impl_;
};

} // namespace penumbra::heads
