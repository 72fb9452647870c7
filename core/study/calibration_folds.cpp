// The networks of CVPlus: each learns from the training rows and from the calibration rows of all folds but
// one.

#include "core/base/rng.h"
#include "core/study/inputs.h"
#include "core/study/training_steps.h"

#include <algorithm>
#include <limits>

namespace penumbra::workflow {

namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

const uq::Signal* foldMeansOf(const std::vector<uq::Signal>& signals) {
    const auto found = std::find_if(signals.begin(), signals.end(), [](const uq::Signal& signal) {
        return signal.kind == uq::Signal::Kind::FoldMeans;
    });
    return found == signals.end() ? nullptr : &*found;
}

/// Truth of a target's calibration rows among the held-out rows of any target; NaN for all others.
std::vector<double> calibrationLabels(const TargetStudy& target,
                                      const std::vector<std::int64_t>& heldOutRows) {
    std::vector<double> labels(heldOutRows.size(), nan);
    for (std::size_t i = 0; i < target.heldOut.rows.size(); ++i)
        if (!target.heldOut.isTest[i])
            labels[static_cast<std::size_t>(
                std::lower_bound(heldOutRows.begin(), heldOutRows.end(), target.heldOut.rows[i]) -
                heldOutRows.begin())] = target.heldOut.truth[i];
    return labels;
}

} // namespace

void StudyTraining::trainCalibrationFolds(const heads::TrainedNetworks& heads, const RunContext& context) {
    const uq::Signal* signal = foldMeansOf(plan_.signals);
    if (signal == nullptr)
        return;
    const int folds = signal->index;
    std::vector<std::vector<double>> labels;
    std::vector<std::vector<int>> foldOf; // of the held-out rows
    std::vector<Eigen::Index> rows;       // held-out rows that calibrate for some target
    for (const TargetStudy& target : plan_.targets) {
        labels.push_back(calibrationLabels(target, heldOutRows_));
        foldOf.push_back(
            drawnFolds(labels.back(), folds, derivedSeed(plan_.seed, target.name + ": calibration folds")));
    }
    for (std::size_t row = 0; row < heldOutRows_.size(); ++row)
        if (std::any_of(foldOf.begin(), foldOf.end(), [row](const auto& fold) { return fold[row] >= 0; }))
            rows.push_back(static_cast<Eigen::Index>(row));
    MatrixF inputs(trainInputs_.rows() + static_cast<Eigen::Index>(rows.size()), trainInputs_.cols());
    inputs << trainInputs_, heldOutInputs_(rows, Eigen::all);
    std::vector<heads::NetworkSpec> specs;
    for (std::size_t t = 0; t < plan_.targets.size(); ++t)
        for (int left = 0; left < folds; ++left) {
            heads::NetworkSpec spec;
            spec.name = calibrationFoldName(plan_.targets[t].name, left);
            spec.shape = shape_;
            spec.seed = derivedSeed(plan_.seed, spec.name);
            spec.labels = trainLabels(plan_.targets[t].name);
            for (const Eigen::Index row : rows) {
                const auto at = static_cast<std::size_t>(row);
                spec.labels.push_back(foldOf[t][at] == left ? nan : labels[t][at]);
            }
            specs.push_back(std::move(spec));
        }
    const auto networks =
        train(inputs, std::move(specs), headTraining(plan_.options), "networks of folds", context);
    store(networks, calibrationFoldFolder);
    const MatrixD outputs = networks.predict(heldOutInputs_, context.quiet()),
                  base = heads.predict(heldOutInputs_, context.quiet());
    for (std::size_t t = 0; t < plan_.targets.size(); ++t) {
        MatrixD values(outputs.rows(), folds + 1);
        for (Eigen::Index row = 0; row < values.rows(); ++row) {
            const double mean = base(row, static_cast<Eigen::Index>(headIndex(t, uq::Signal::mean())));
            for (int k = 0; k < folds; ++k) // files keep it in single precision
                values(row, k) =
                    static_cast<float>(outputs(row, static_cast<Eigen::Index>(t) * folds + k) - mean);
            values(row, folds) = foldOf[t][static_cast<std::size_t>(row)];
        }
        put(t, *signal, values);
    }
}

} // namespace penumbra::workflow
