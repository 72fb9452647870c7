#include "core/study/training.h"

#include "core/base/rng.h"
#include "core/base/text.h"
#include "core/heads/best_epoch.h"
#include "core/study/inputs.h"
#include "core/study/own_galaxies.h"
#include "core/study/training_steps.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>

namespace penumbra::workflow {

namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

MatrixF gatheredRows(const MatrixF& all, const std::vector<std::int64_t>& rows) {
    MatrixF part(static_cast<Eigen::Index>(rows.size()), all.cols());
    for (std::size_t i = 0; i < rows.size(); ++i)
        part.row(static_cast<Eigen::Index>(i)) = all.row(static_cast<Eigen::Index>(rows[i]));
    return part;
}

std::vector<std::int64_t> unionOfHeldOutRows(const std::vector<TargetStudy>& targets) {
    std::vector<std::int64_t> rows;
    for (const TargetStudy& target : targets)
        rows.insert(rows.end(), target.heldOut.rows.begin(), target.heldOut.rows.end());
    std::sort(rows.begin(), rows.end());
    rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
    return rows;
}

/// At most so many of them, ascending.
std::vector<std::int64_t> drawnOf(const std::vector<std::int64_t>& all, std::size_t most,
                                  std::uint64_t seed) {
    auto order = Rng(seed).permutation(all.size());
    order.resize(std::min(order.size(), most));
    std::sort(order.begin(), order.end());
    std::vector<std::int64_t> drawn;
    for (const std::size_t i : order)
        drawn.push_back(all[i]);
    return drawn;
}

bool isNetwork(const uq::Signal& signal) {
    using Kind = uq::Signal::Kind;
    return signal.kind == Kind::Mean || signal.kind == Kind::Quantile || signal.kind == Kind::Member;
}

} // namespace

StudyTraining::StudyTraining(const Catalogue& catalogue, StudyPlan& plan, const CurveListener& listener)
    : catalogue_(catalogue), plan_(plan), listener_(listener),
      trainInputs_(gatheredRows(plan.features.values, plan.trainRows)),
      heldOutRows_(unionOfHeldOutRows(plan.targets)),
      heldOutInputs_(gatheredRows(plan.features.values, heldOutRows_)) {
    shape_ = headShape(plan.options, static_cast<int>(trainInputs_.cols()));
}

/// To share out the progress bar.
TrainingCosts StudyTraining::costs() const {
    return trainingCosts({static_cast<double>(plan_.trainRows.size()),
                          static_cast<double>(heldOutRows_.size()), static_cast<double>(plan_.targets.size()),
                          shape_.inputs},
                         plan_.options, plan_.signals);
}

TrainingOutcome StudyTraining::run(const RunContext& context) {
    const TrainingCosts parts = costs();
    const double headsEnd = parts.heads / parts.total();
    const double fillEnd = headsEnd + parts.fill / parts.total();
    const heads::TrainedNetworks heads = train(trainInputs_, headSpecs(), headTraining(plan_.options),
                                               "networks", context.slice(0.0, headsEnd));
    store(heads, "heads");
    const RunContext filling = context.slice(headsEnd, fillEnd);
    fillHeadSignals(heads, filling);
    fillDropout(heads, filling);
    fillEmbeddings(heads, filling);
    const double foldsEnd = fillEnd + parts.folds / parts.total();
    trainCalibrationFolds(heads, context.slice(fillEnd, foldsEnd));
    const double residualsEnd = foldsEnd + parts.residuals / parts.total();
    trainResiduals(heads, context.slice(foldsEnd, residualsEnd));
    learnKernels(heads, context.slice(residualsEnd, 1.0));
    storeInputs();
    return std::move(outcome_);
}

bool StudyTraining::wants(const uq::Signal& signal) const {
    return std::find(plan_.signals.begin(), plan_.signals.end(), signal) != plan_.signals.end();
}

std::vector<double> StudyTraining::trainLabels(const std::string& target) const {
    const std::vector<double>& all = catalogue_.target(target).values;
    std::vector<double> labels;
    labels.reserve(plan_.trainRows.size());
    for (const std::int64_t row : plan_.trainRows) {
        const double label = all[static_cast<std::size_t>(row)];
        labels.push_back(std::isfinite(label) ? label : nan);
    }
    return labels;
}

/// Target after target, the network signals in the plan's order.
std::vector<heads::NetworkSpec> StudyTraining::headSpecs() const {
    std::vector<heads::NetworkSpec> specs;
    for (const TargetStudy& target : plan_.targets) {
        const auto labels = trainLabels(target.name);
        for (const uq::Signal& signal : plan_.signals) {
            if (!isNetwork(signal))
                continue;
            heads::NetworkSpec spec;
            spec.name = target.name + ": " + signal.name();
            spec.shape = shape_;
            spec.loss =
                signal.kind == uq::Signal::Kind::Quantile ? heads::Loss::Pinball : heads::Loss::SquaredError;
            spec.level = signal.kind == uq::Signal::Kind::Quantile ? signal.level : 0.5;
            spec.seed = derivedSeed(plan_.seed, spec.name);
            spec.labels = labels;
            specs.push_back(std::move(spec));
        }
    }
    if (wantsFolds()) {
        std::vector<std::size_t> all(plan_.targets.size());
        std::iota(all.begin(), all.end(), std::size_t{0});
        for (heads::NetworkSpec& spec : foldSpecs(all)) // last, so that headIndex knows nothing of them
            specs.push_back(std::move(spec));
    }
    return specs;
}

std::size_t StudyTraining::headIndex(std::size_t target, const uq::Signal& signal) const {
    const auto networks =
        static_cast<std::size_t>(std::count_if(plan_.signals.begin(), plan_.signals.end(), isNetwork));
    std::size_t position = 0;
    for (const uq::Signal& other : plan_.signals) {
        if (other == signal)
            return target * networks + position;
        position += isNetwork(other);
    }
    throw Error("No network was planned for signal " + signal.name() + ".");
}

heads::TrainedNetworks StudyTraining::train(const MatrixF& inputs, std::vector<heads::NetworkSpec> specs,
                                            const heads::TrainingOptions& options, const std::string& what,
                                            const RunContext& context) {
    std::vector<std::string> names;
    for (const auto& spec : specs)
        names.push_back(spec.name);
    const std::string title = names.size() == 1 ? "training " + names.front()
                                                : "training " + std::to_string(names.size()) + " " + what;
    context.step(0.0, title);
    const RunContext inner = context.quiet(); // progress is told here, epoch by epoch
    std::optional<heads::BestEpoch> best;
    if (plan_.chosen.keepBestEpoch)
        best.emplace(specs);
    heads::Trainer trainer(inputs, std::move(specs), options, inner);
    for (int epoch = 1; epoch <= options.epochs; ++epoch) {
        const auto reports = trainer.runUntil(epoch, inner);
        record(reports, names);
        for (const heads::EpochReport& report : reports)
            if (best)
                best->see(trainer, report);
        std::string doing =
            title + ", epoch " + std::to_string(epoch) + " of " + std::to_string(options.epochs);
        if (!reports.empty() && !reports.back().r2.empty() && std::isfinite(reports.back().r2.front()))
            doing += ", R2 " + formatFixed(reports.back().r2.front(), 3);
        context.step(static_cast<double>(epoch) / options.epochs, doing);
    }
    if (!best)
        return trainer.networks();
    noteBestEpochs(what, best->epochs(), options.epochs);
    return best->networks(trainer);
}

/// Where the best epochs lie: near the last one, more epochs may help.
void StudyTraining::noteBestEpochs(const std::string& what, const std::vector<int>& epochs, int last) {
    const auto ends = std::minmax_element(epochs.begin(), epochs.end());
    outcome_.notes.push_back(
        "Of " + what + " the weights after the epoch of lowest validation loss are kept: " +
        (*ends.first == *ends.second
             ? "epoch " + std::to_string(*ends.first)
             : "epochs " + std::to_string(*ends.first) + " to " + std::to_string(*ends.second)) +
        " of " + std::to_string(last) + ".");
}

void StudyTraining::record(const std::vector<heads::EpochReport>& reports,
                           const std::vector<std::string>& names) {
    for (const heads::EpochReport& report : reports)
        for (std::size_t i = 0; i < names.size(); ++i)
            outcome_.curves.push_back({names[i], report.epoch, report.trainLoss.at(i),
                                       i < report.validationLoss.size() ? report.validationLoss[i] : nan,
                                       i < report.r2.size() ? report.r2[i] : nan});
    tellListener();
}

void StudyTraining::tellListener() {
    const auto now = std::chrono::steady_clock::now();
    if (listener_ && now - lastHeard_ > std::chrono::milliseconds(500)) {
        lastHeard_ = now;
        listener_(outcome_.curves);
    }
}

/// Takes a target's own rows out of values known on the union of held-out rows.
MatrixD StudyTraining::ownRows(std::size_t target, const Eigen::Ref<const MatrixD>& onUnion) const {
    const HeldOut& heldOut = plan_.targets[target].heldOut;
    MatrixD own(static_cast<Eigen::Index>(heldOut.rows.size()), onUnion.cols());
    std::size_t at = 0;
    for (std::size_t i = 0; i < heldOut.rows.size(); ++i) {
        while (heldOutRows_[at] != heldOut.rows[i]) // both ascend
            ++at;
        own.row(static_cast<Eigen::Index>(i)) = onUnion.row(static_cast<Eigen::Index>(at));
    }
    return own;
}

void StudyTraining::put(std::size_t target, const uq::Signal& signal,
                        const Eigen::Ref<const MatrixD>& onUnion) {
    plan_.targets[target].heldOut.signals[signal.name()] = ownRows(target, onUnion);
}

void StudyTraining::fillHeadSignals(const heads::TrainedNetworks& heads, const RunContext& context) {
    context.step(0.0, "predicting held-out rows");
    const MatrixD outputs = heads.predict(heldOutInputs_, context.quiet());
    for (std::size_t t = 0; t < plan_.targets.size(); ++t)
        for (const uq::Signal& signal : plan_.signals)
            if (isNetwork(signal))
                put(t, signal, outputs.col(static_cast<Eigen::Index>(headIndex(t, signal))));
}

void StudyTraining::fillDropout(const heads::TrainedNetworks& heads, const RunContext& context) {
    for (const uq::Signal& signal : plan_.signals) {
        if (signal.kind != uq::Signal::Kind::DropoutMean)
            continue;
        for (std::size_t t = 0; t < plan_.targets.size(); ++t) {
            const std::string& name = plan_.targets[t].name;
            context.step(static_cast<double>(t) / static_cast<double>(plan_.targets.size()),
                         name + ": " + std::to_string(signal.index) + " dropout passes");
            const auto result =
                heads.dropout(headIndex(t, uq::Signal::mean()), heldOutInputs_,
                              objectKeys(catalogue_.objectId, heldOutRows_), signal.level, signal.index,
                              dropoutSeed(plan_.seed, name, signal), context.quiet());
            const auto rows = static_cast<Eigen::Index>(heldOutRows_.size());
            put(t, signal, Eigen::Map<const MatrixD>(result.mean.data(), rows, 1));
            put(t, uq::Signal::dropoutSpread(signal.level, signal.index),
                Eigen::Map<const MatrixD>(result.spread.data(), rows, 1));
        }
    }
}

void StudyTraining::fillEmbeddings(const heads::TrainedNetworks& heads, const RunContext& context) {
    for (const uq::Signal& signal : plan_.signals) {
        if (signal.kind != uq::Signal::Kind::Embedding)
            continue;
        for (std::size_t t = 0; t < plan_.targets.size(); ++t) {
            context.checkStop();
            put(t, signal,
                signal.space == uq::Signal::Space::Aion
                    ? MatrixD(heldOutInputs_.cast<double>())
                    : MatrixD(heads.hidden(headIndex(t, uq::Signal::mean()), heldOutInputs_, context.quiet())
                                  .cast<double>()));
        }
    }
}

void StudyTraining::store(const heads::TrainedNetworks& networks, const std::string& folder) {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < networks.size(); ++i)
        names.push_back(networks.spec(i).name);
    for (heads::NamedArray& array : networks.arrays()) {
        session::StoredArray stored;
        stored.name = folder + "/" + array.name;
        stored.shape = std::move(array.shape);
        stored.values = std::move(array.values);
        stored.networks = names;
        outcome_.networks.push_back(std::move(stored));
    }
}

/// What new galaxies are held against: their inputs' names, calibration galaxies, the labels trained on; and
/// which galaxies are no new ones.
void StudyTraining::storeInputs() {
    StudyInputs inputs = inputsOf(catalogue_, plan_.features.name);
    inputs.masksByObject = true;
    std::vector<std::int64_t> calibration; // positions in heldOutRows_
    for (std::size_t i = 0; i < heldOutRows_.size(); ++i)
        if (std::any_of(plan_.targets.begin(), plan_.targets.end(), [&](const TargetStudy& target) {
                return calibratesOn(target.heldOut, heldOutRows_[i]);
            }))
            calibration.push_back(static_cast<std::int64_t>(i));
    inputs.reference = gatheredRows(heldOutInputs_, drawnOf(calibration, StudyInputs::mostReferenceRows,
                                                            derivedSeed(plan_.seed, "reference rows")));
    std::vector<std::int64_t> training(static_cast<std::size_t>(trainInputs_.rows()));
    std::iota(training.begin(), training.end(), std::int64_t{0});
    inputs.training = gatheredRows(trainInputs_, drawnOf(training, StudyInputs::mostTrainingRows,
                                                         derivedSeed(plan_.seed, "reference training rows")));
    for (const TargetStudy& target : plan_.targets)
        inputs.labelRange[target.name] = centralRange(trainLabels(target.name));
    for (session::StoredArray& array : toArrays(inputs))
        outcome_.networks.push_back(std::move(array));
    const auto keyOf = [&](const MatrixF& all, std::int64_t position, std::int64_t row) {
        return ownKey(catalogue_.idText(static_cast<std::size_t>(row)),
                      {all.row(position).data(), static_cast<std::size_t>(all.cols())});
    };
    OwnGalaxies own;
    for (const std::int64_t i : calibration)
        own.calibration.push_back(keyOf(heldOutInputs_, i, heldOutRows_[static_cast<std::size_t>(i)]));
    for (const std::int64_t i : training)
        own.training.push_back(keyOf(trainInputs_, i, plan_.trainRows[static_cast<std::size_t>(i)]));
    own.sort();
    for (session::StoredArray& array : toArrays(own))
        outcome_.networks.push_back(std::move(array));
}

TrainingOutcome trainAndFillSignals(const Catalogue& catalogue, StudyPlan& plan, const RunContext& context,
                                    const CurveListener& listener) {
    return StudyTraining(catalogue, plan, listener).run(context);
}

} // namespace penumbra::workflow
