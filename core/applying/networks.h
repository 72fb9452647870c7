#pragma once

// Internal to predict_model: the networks of a study, restored.
#include "core/applying/model.h"
#include "core/heads/trainer.h"
#include "core/lvd/learned_kernel.h"

#include <optional>
#include <span>

namespace penumbra::workflow {

struct PredictModel::Networks {
    /// Those that the signals want. @throws Error naming what the file lacks
    Networks(const Study& study, const OptionSet& options, const std::vector<uq::Signal>& signals,
             const std::vector<session::StoredArray>& arrays, int inputs);

    /// Every signal of every target. @param features [rows, D] finite @param keys of the rows' dropout masks
    std::vector<std::map<std::string, MatrixD>>
    signals(const MatrixF& features, std::span<const std::uint64_t> keys, const RunContext& context) const;

private:
    std::size_t headOf(const std::string& target, const uq::Signal& signal) const;
    bool wants(uq::Signal::Kind kind, uq::Signal::Space space) const;
    void addOfHidden(std::size_t target, const MatrixF& hidden, std::map<std::string, MatrixD>& signals,
                     const RunContext& context) const;
    void addFoldMeans(const MatrixF& features, const MatrixD& heads,
                      std::vector<std::map<std::string, MatrixD>>& signals, const RunContext& context) const;
    void addOfFeatures(std::size_t target, const MatrixF& features, std::map<std::string, MatrixD>& signals,
                       const RunContext& context) const;

    std::uint64_t seed_;
    std::vector<std::string> targets_;
    std::vector<uq::Signal> signals_;
    std::vector<std::string> headNames_;
    std::optional<heads::TrainedNetworks> heads_;
    std::vector<bool> wantedHeads_;
    std::vector<heads::TrainedNetworks> residualNet_; ///< a target
    std::optional<heads::TrainedNetworks> residualAion_;
    std::vector<std::size_t> residualAionOf_; ///< a target: which of these
    std::vector<std::string> foldNames_;
    std::optional<heads::TrainedNetworks> folds_;            ///< of CVPlus
    std::vector<lvd::LearnedKernel> kernelNet_, kernelAion_; ///< a target
};

} // namespace penumbra::workflow
