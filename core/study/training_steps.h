#pragma once

// Internal to study_training: the steps, shared out over a few files.
#include "core/heads/trainer.h"
#include "core/lvd/metric_learning.h"
#include "core/study/cost.h"
#include "core/study/training.h"

#include <chrono>

namespace penumbra::workflow {

/// Fold of every row with a label, -1 without: as even as can be, drawn from the seed.
std::vector<int> drawnFolds(const std::vector<double>& labels, int folds, std::uint64_t seed);

/// One study's training, step by step: heads, their signals, residual nets, learned metrics, their
/// signals.
class StudyTraining {
public:
    StudyTraining(const Catalogue& catalogue, StudyPlan& plan, const CurveListener& listener);
    TrainingOutcome run(const RunContext& context);

private:
    TrainingCosts costs() const;
    std::vector<heads::NetworkSpec> headSpecs() const;
    std::vector<double> trainLabels(const std::string& target) const;
    std::size_t headIndex(std::size_t target, const uq::Signal& signal) const;
    heads::TrainedNetworks train(const MatrixF& inputs, std::vector<heads::NetworkSpec> specs,
                                 const heads::TrainingOptions& options, const std::string& what,
                                 const RunContext& context);
    void noteBestEpochs(const std::string& what, const std::vector<int>& epochs, int last);
    void record(const std::vector<heads::EpochReport>& reports, const std::vector<std::string>& names);
    void fillHeadSignals(const heads::TrainedNetworks& heads, const RunContext& context);
    void fillDropout(const heads::TrainedNetworks& heads, const RunContext& context);
    void fillEmbeddings(const heads::TrainedNetworks& heads, const RunContext& context);

    // study_residuals.cpp
    bool wantsResiduals() const; ///< there is a residual net
    bool wantsFolds() const;     ///< residuals = cross-fitted, and there is a residual net
    /// Fold heads of these targets: the base head's twin, each without one fold.
    std::vector<heads::NetworkSpec> foldSpecs(const std::vector<std::size_t>& targets) const;
    /// With residuals = auto: the targets whose head overfits, from its errors on rows set aside and on those
    /// it learned from, and a note that says so of each.
    std::vector<std::size_t> overfittedTargets(const MatrixD& outputs);
    /// What the residual nets' labels are measured from, [training rows, targets]: the heads' predictions, or
    /// each row's by the head that did not see it. Trains fold heads where `auto` wants them.
    MatrixD residualCentres(const heads::TrainedNetworks& heads, const RunContext& context);
    std::vector<heads::NetworkSpec> residualSpecs(const MatrixD& centres, const uq::Signal& signal,
                                                  int inputs) const;
    /// Of each target, from what its residual nets learn.
    void setResidualFloors(const MatrixD& centres);
    void noteOverfittedResiduals(const MatrixD& centres);
    void noteTooSmallResiduals(std::size_t target, const uq::Signal& signal);
    void trainResiduals(const heads::TrainedNetworks& heads, const RunContext& context);
    void trainResidualsOf(uq::Signal::Space space, const MatrixD& centres,
                          const heads::TrainedNetworks& heads, const RunContext& context);

    // calibration_folds.cpp
    void trainCalibrationFolds(const heads::TrainedNetworks& heads, const RunContext& context);

    // study_kernels.cpp
    void learnKernels(const heads::TrainedNetworks& heads, const RunContext& context);
    std::vector<std::vector<std::size_t>> kernelGroups(uq::Signal::Space space) const;
    void learnKernelGroup(uq::Signal::Space space, const std::vector<std::size_t>& group,
                          const heads::TrainedNetworks& heads, const RunContext& context);
    lvd::MetricLearner runMetricLearning(const lvd::InputRows& rows,
                                         const std::vector<lvd::MetricTarget>& targets,
                                         const std::vector<std::string>& names,
                                         const lvd::MetricOptions& options, const RunContext& context);
    void guardKernel(lvd::LearnedKernel& kernel, KernelFacts& facts, const lvd::InputRows& rows,
                     std::size_t target, const RunContext& context) const;
    /// Learns the same metrics in double and keeps what is needed to compare.
    void checkMetrics(const lvd::MetricLearner& fast, const std::vector<lvd::LearnedKernel>& kernels,
                      const lvd::InputRows& rows, const std::vector<lvd::MetricTarget>& targets,
                      const MatrixF& heldOut, const uq::Signal& signal, const std::vector<std::size_t>& group,
                      const RunContext& context);
    void storeKernel(const lvd::LearnedKernel& kernel, const KernelFacts& facts);

    void storeInputs();
    void tellListener(); ///< of the curves so far, now and then
    MatrixD ownRows(std::size_t target, const Eigen::Ref<const MatrixD>& onUnion) const;
    void put(std::size_t target, const uq::Signal& signal, const Eigen::Ref<const MatrixD>& onUnion);
    void store(const heads::TrainedNetworks& networks, const std::string& folder);
    bool wants(const uq::Signal& signal) const;

    const Catalogue& catalogue_;
    StudyPlan& plan_;
    const CurveListener& listener_;
    MatrixF trainInputs_;                   ///< [training rows, D]
    std::vector<std::int64_t> heldOutRows_; ///< calibration and test rows of any target, ascending
    MatrixF heldOutInputs_;                 ///< [heldOutRows_, D]
    heads::NetworkShape shape_;
    TrainingOutcome outcome_;
    std::chrono::steady_clock::time_point lastHeard_{};
};

} // namespace penumbra::workflow
