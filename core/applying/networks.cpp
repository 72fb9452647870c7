#include "core/applying/networks.h"

#include "core/base/error.h"
#include "core/uq/uq_method.h"

#include <algorithm>

namespace penumbra::workflow {

namespace {

using Arrays = std::vector<session::StoredArray>;
using Kind = uq::Signal::Kind;
using Space = uq::Signal::Space;

[[noreturn]] void refuse(const std::string& folder) {
    throw Error("The study file does not hold /state/networks/" + folder +
                ", which it takes to predict new galaxies: it was written without its networks "
                "(--no-networks, or saved from a study that was opened without them). Run the study again.");
}

/// The arrays below a folder, named as their module named them.
std::vector<heads::NamedArray> arraysIn(const Arrays& arrays, const std::string& folder,
                                        std::vector<std::string>& networks) {
    std::vector<heads::NamedArray> found;
    for (const session::StoredArray& array : arrays)
        if (array.name.starts_with(folder + "/")) {
            found.push_back({array.name.substr(folder.size() + 1), array.shape, array.values});
            networks = array.networks;
        }
    if (found.empty() || networks.empty())
        refuse(folder);
    return found;
}

heads::TrainedNetworks networksIn(const Arrays& arrays, const std::string& folder,
                                  const heads::NetworkShape& shape, std::vector<std::string>& names) {
    const auto stored = arraysIn(arrays, folder, names);
    std::vector<heads::NetworkSpec> specs;
    for (const std::string& name : names) {
        heads::NetworkSpec spec;
        spec.name = name;
        spec.shape = shape;
        specs.push_back(std::move(spec));
    }
    return heads::TrainedNetworks::fromArrays(std::move(specs), stored);
}

lvd::LearnedKernel kernelIn(const Arrays& arrays, const std::string& folder) {
    std::vector<lvd::NamedArray> stored;
    for (const session::StoredArray& array : arrays)
        if (array.name.starts_with(folder + "/")) {
            const std::string name = array.name.substr(folder.size() + 1);
            const bool number = name == "normalisation" || name == "scale";
            stored.push_back({name,
                              number ? std::vector<std::size_t>()
                                     : std::vector<std::size_t>(array.shape.begin(), array.shape.end()),
                              std::vector<double>(array.values.begin(), array.values.end())});
        }
    if (stored.empty())
        refuse(folder);
    return lvd::LearnedKernel::fromArrays(stored);
}

std::size_t positionOf(const std::vector<std::string>& names, const std::string& name) {
    const auto found = std::find(names.begin(), names.end(), name);
    if (found == names.end())
        throw Error("The study file holds no network '" + name +
                    "': it is damaged or was not written by penumbra; run the study again.");
    return static_cast<std::size_t>(found - names.begin());
}

bool isHead(const uq::Signal& signal) {
    return signal.kind == Kind::Mean || signal.kind == Kind::Quantile || signal.kind == Kind::Member;
}

} // namespace

PredictModel::Networks::Networks(const Study& study, const OptionSet& options,
                                 const std::vector<uq::Signal>& signals, const Arrays& arrays, int inputs)
    : seed_(study.seed), signals_(signals) {
    const heads::NetworkShape shape = headShape(options, inputs);
    heads_ = networksIn(arrays, "heads", shape, headNames_);
    wantedHeads_.assign(headNames_.size(), false);
    for (const TargetStudy& target : study.targets)
        targets_.push_back(target.name);
    for (const std::string& target : targets_) {
        for (const uq::Signal& signal : signals_)
            if (isHead(signal))
                wantedHeads_[headOf(target, signal)] = true;
        std::vector<std::string> names;
        if (wants(Kind::Residual, Space::Net))
            residualNet_.push_back(networksIn(arrays, "residual_net/" + target,
                                              residualShape(options, true, shape.hidden.back()), names));
        if (wants(Kind::Kernel, Space::Net))
            kernelNet_.push_back(kernelIn(arrays, "kernel_net/" + target));
        if (wants(Kind::Kernel, Space::Aion))
            kernelAion_.push_back(kernelIn(arrays, "kernel_aion/" + target));
    }
    if (wants(Kind::FoldMeans, Space::Net))
        folds_ = networksIn(arrays, calibrationFoldFolder, shape, foldNames_);
    if (!wants(Kind::Residual, Space::Aion))
        return;
    std::vector<std::string> names;
    residualAion_ = networksIn(arrays, "residual_aion", residualShape(options, false, inputs), names);
    for (const std::string& target : targets_)
        residualAionOf_.push_back(
            positionOf(names, target + ": " + uq::Signal::residual(Space::Aion).name()));
}

std::size_t PredictModel::Networks::headOf(const std::string& target, const uq::Signal& signal) const {
    return positionOf(headNames_, target + ": " + signal.name());
}

bool PredictModel::Networks::wants(Kind kind, Space space) const {
    return std::any_of(signals_.begin(), signals_.end(), [&](const uq::Signal& signal) {
        return signal.kind == kind && signal.space == space;
    });
}

void PredictModel::Networks::addOfHidden(std::size_t target, const MatrixF& hidden,
                                         std::map<std::string, MatrixD>& signals,
                                         const RunContext& context) const {
    if (!residualNet_.empty())
        signals[uq::Signal::residual(Space::Net).name()] = residualNet_[target].predict(hidden, context);
    if (!kernelNet_.empty())
        signals[uq::Signal::kernel(Space::Net).name()] =
            kernelNet_[target].project(lvd::InputRows(hidden), context).cast<float>().cast<double>();
}

void PredictModel::Networks::addOfFeatures(std::size_t target, const MatrixF& features,
                                           std::map<std::string, MatrixD>& signals,
                                           const RunContext& context) const {
    if (!kernelAion_.empty())
        signals[uq::Signal::kernel(Space::Aion).name()] =
            kernelAion_[target].project(lvd::InputRows(features), context).cast<float>().cast<double>();
}

/// As a study makes them of its own galaxies; new ones are in no fold.
void PredictModel::Networks::addFoldMeans(const MatrixF& features, const MatrixD& heads,
                                          std::vector<std::map<std::string, MatrixD>>& signals,
                                          const RunContext& context) const {
    if (!folds_)
        return;
    const MatrixD outputs = folds_->predict(features, context);
    for (const uq::Signal& signal : signals_) {
        if (signal.kind != Kind::FoldMeans)
            continue;
        for (std::size_t t = 0; t < targets_.size(); ++t) {
            const auto base = heads.col(static_cast<Eigen::Index>(headOf(targets_[t], uq::Signal::mean())));
            MatrixD values = MatrixD::Constant(outputs.rows(), signal.index + 1, -1.0);
            for (int fold = 0; fold < signal.index; ++fold) {
                const auto at = positionOf(foldNames_, calibrationFoldName(targets_[t], fold));
                values.col(fold) =
                    (outputs.col(static_cast<Eigen::Index>(at)) - base).cast<float>().cast<double>();
            }
            signals[t][signal.name()] = std::move(values);
        }
    }
}

std::vector<std::map<std::string, MatrixD>>
PredictModel::Networks::signals(const MatrixF& features, std::span<const std::uint64_t> keys,
                                const RunContext& context) const {
    std::vector<std::map<std::string, MatrixD>> all(targets_.size());
    const MatrixD outputs = heads_->predict(features, context, wantedHeads_);
    const MatrixD residuals = residualAion_ ? residualAion_->predict(features, context) : MatrixD();
    for (std::size_t t = 0; t < targets_.size(); ++t) {
        auto& signals = all[t];
        const std::size_t base = headOf(targets_[t], uq::Signal::mean());
        for (const uq::Signal& signal : signals_) {
            if (isHead(signal))
                signals[signal.name()] = outputs.col(static_cast<Eigen::Index>(headOf(targets_[t], signal)));
            if (signal.kind != Kind::DropoutMean)
                continue;
            const auto passes = heads_->dropout(base, features, keys, signal.level, signal.index,
                                                dropoutSeed(seed_, targets_[t], signal), context);
            signals[signal.name()] = Eigen::Map<const MatrixD>(passes.mean.data(), features.rows(), 1);
            signals[uq::Signal::dropoutSpread(signal.level, signal.index).name()] =
                Eigen::Map<const MatrixD>(passes.spread.data(), features.rows(), 1);
        }
        if (residualAion_)
            signals[uq::Signal::residual(Space::Aion).name()] =
                residuals.col(static_cast<Eigen::Index>(residualAionOf_[t]));
        addOfFeatures(t, features, signals, context);
        if (residualNet_.empty() && kernelNet_.empty())
            continue;
        MatrixF hidden = heads_->hidden(base, features, context);
        for (Eigen::Index row = 0; row < hidden.rows(); ++row)
            if (!hidden.row(row).allFinite()) // its outputs are not finite either, and tell
                hidden.row(row).setZero();
        addOfHidden(t, hidden, signals, context);
    }
    addFoldMeans(features, outputs, all, context);
    return all;
}

} // namespace penumbra::workflow
