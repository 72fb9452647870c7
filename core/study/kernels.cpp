// Learned metrics of a study: one kernel a target and space, from training rows only.

#include "core/base/rng.h"
#include "core/base/text.h"
#include "core/lvd/guard.h"
#include "core/lvd_device/metric_step_tensors.h"
#include "core/study/training_steps.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace penumbra::workflow {

namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

const char* spaceName(uq::Signal::Space space) {
    return space == uq::Signal::Space::Net ? "net" : "aion";
}

/// Labelled training rows, and those of them that the guard keeps from metric learning.
struct KernelRows {
    std::vector<std::size_t> learn, guard;
};

std::size_t guardRowCount(const StudyChoices& chosen, std::size_t labelled) {
    if (!chosen.guard)
        return 0;
    const auto asked = static_cast<std::size_t>(chosen.guardFraction * static_cast<double>(labelled));
    return std::min(
        {std::max(asked, std::min<std::size_t>(100, labelled / 5)), std::size_t{5000}, labelled - 2});
}

KernelRows drawnRows(const std::vector<double>& labels, const StudyChoices& chosen, std::uint64_t seed) {
    std::vector<std::size_t> labelled;
    for (std::size_t row = 0; row < labels.size(); ++row)
        if (std::isfinite(labels[row]))
            labelled.push_back(row);
    const std::size_t kept = guardRowCount(chosen, labelled.size());
    KernelRows rows;
    const auto order = Rng(seed).permutation(labelled.size());
    for (std::size_t i = 0; i < order.size(); ++i)
        (i < kept ? rows.guard : rows.learn).push_back(labelled[order[i]]);
    std::sort(rows.learn.begin(), rows.learn.end());
    return rows;
}

double meanOf(const std::vector<double>& values) {
    return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double variance(const std::vector<double>& values) {
    const double mean = meanOf(values);
    double sum = 0.0;
    for (const double value : values)
        sum += (value - mean) * (value - mean);
    return sum / static_cast<double>(values.size());
}

/// Metric learning squares its targets in float32 and Adam has an epsilon of its own: both are for numbers of
/// order 1. Constant targets become 0.
void standardise(std::vector<double>& values) {
    const double mean = meanOf(values), deviation = std::sqrt(variance(values));
    for (double& value : values)
        value = deviation > 0.0 ? (value - mean) / deviation : 0.0;
}

std::string guardNote(const KernelFacts& facts, double alpha) {
    const std::string where = facts.target + ", metric on " +
                              (facts.space == "net" ? "the head's hidden layer" : "the input features") +
                              ": ";
    const auto percent = [](double share) { return formatFixed(100.0 * share, 1) + " %"; };
    if (!facts.guardReached)
        return where + "there are too few calibration rows for alpha " + shortestReal(alpha) +
               ": local intervals are infinite however wide the kernel. Use more calibration rows or a "
               "larger "
               "alpha.";
    if (facts.scale < 1.0)
        return where + "the learned kernel was too narrow (" + percent(facts.infiniteBefore) +
               " of training rows kept from learning would have infinite intervals), so the guard widened "
               "it " +
               formatFixed(1.0 / facts.scale, 2) + " times (now " + percent(facts.infiniteAfter) + ").";
    return {};
}

} // namespace

/// Targets that may learn side by side: the same labelled rows of the same inputs.
std::vector<std::vector<std::size_t>> StudyTraining::kernelGroups(uq::Signal::Space space) const {
    std::vector<std::vector<std::size_t>> groups;
    std::vector<std::vector<bool>> masks;
    for (std::size_t t = 0; t < plan_.targets.size(); ++t) {
        std::vector<bool> mask;
        for (const double label : trainLabels(plan_.targets[t].name))
            mask.push_back(std::isfinite(label));
        const auto same = std::find(masks.begin(), masks.end(), mask);
        if (space == uq::Signal::Space::Aion && same != masks.end()) {
            groups[static_cast<std::size_t>(same - masks.begin())].push_back(t);
            continue;
        }
        groups.push_back({t});
        masks.push_back(std::move(mask));
    }
    return groups;
}

void StudyTraining::learnKernels(const heads::TrainedNetworks& heads, const RunContext& context) {
    using Space = uq::Signal::Space;
    const bool net = wants(uq::Signal::kernel(Space::Net));
    const bool aion = wants(uq::Signal::kernel(Space::Aion));
    for (const Space space : {Space::Net, Space::Aion}) {
        if (!wants(uq::Signal::kernel(space)))
            continue;
        const bool first = space == Space::Net;
        const RunContext part = net && aion ? context.slice(first ? 0.0 : 0.5, first ? 0.5 : 1.0) : context;
        const auto groups = kernelGroups(space);
        for (std::size_t g = 0; g < groups.size(); ++g)
            learnKernelGroup(space, groups[g], heads,
                             part.slice(static_cast<double>(g) / static_cast<double>(groups.size()),
                                        static_cast<double>(g + 1) / static_cast<double>(groups.size())));
    }
}

void StudyTraining::learnKernelGroup(uq::Signal::Space space, const std::vector<std::size_t>& group,
                                     const heads::TrainedNetworks& heads, const RunContext& context) {
    const uq::Signal signal = uq::Signal::kernel(space);
    const RunContext quiet = context.quiet();
    MatrixF hidden, hiddenHeldOut;
    if (space == uq::Signal::Space::Net) {
        const std::size_t head = headIndex(group.front(), uq::Signal::mean());
        hidden = heads.hidden(head, trainInputs_, quiet);
        hiddenHeldOut = heads.hidden(head, heldOutInputs_, quiet);
    }
    const bool net = space == uq::Signal::Space::Net;
    const MatrixF& inputs = net ? hidden : trainInputs_;
    const MatrixF& heldOut = net ? hiddenHeldOut : heldOutInputs_;
    const std::string& firstName = plan_.targets[group.front()].name;
    const KernelRows rows =
        drawnRows(trainLabels(firstName), plan_.chosen, derivedSeed(plan_.seed, firstName + ": guard rows"));
    std::vector<lvd::MetricTarget> targets;
    std::vector<std::string> names;
    for (const std::size_t t : group) {
        lvd::MetricTarget target;
        target.name = plan_.targets[t].name;
        names.push_back(target.name + ": " + signal.name());
        target.seed = derivedSeed(plan_.seed, names.back());
        const auto labels = trainLabels(target.name);
        for (const std::size_t row : rows.learn)
            target.values.push_back(labels[row]);
        if (plan_.chosen.relativeFloors)
            standardise(target.values);
        targets.push_back(std::move(target));
    }
    const lvd::MetricOptions options = metricOptions(plan_.options, space == uq::Signal::Space::Net);
    const lvd::MetricLearner learner =
        runMetricLearning(lvd::InputRows(inputs, rows.learn), targets, names, options, context);
    std::vector<lvd::LearnedKernel> kernels;
    for (std::size_t i = 0; i < group.size(); ++i) {
        KernelFacts facts;
        facts.target = targets[i].name;
        facts.space = spaceName(space);
        facts.iterations = static_cast<std::int64_t>(learner.losses(i).size());
        facts.bestIteration = learner.keptIteration(i) + 1;
        if (facts.bestIteration > 0)
            facts.r2 = 1.0 - learner.losses(i)[static_cast<std::size_t>(facts.bestIteration - 1)] /
                                 variance(targets[i].values);
        lvd::LearnedKernel kernel = learner.kernel(i);
        guardKernel(kernel, facts, lvd::InputRows(inputs, rows.guard), group[i], quiet);
        // The study file keeps float32 of kernel and rows: what is reopened gives the same intervals, and new
        // galaxies are projected by the same numbers.
        kernel.roundToFloats();
        put(group[i], signal,
            kernel.project(lvd::InputRows(heldOut), quiet).cast<float>().cast<double>().eval());
        storeKernel(kernel, facts);
        kernels.push_back(std::move(kernel));
        outcome_.kernels.push_back(facts);
        if (const std::string note = guardNote(facts, plan_.alpha); !note.empty())
            outcome_.notes.push_back(note);
    }
    if (plan_.chosen.check)
        checkMetrics(learner, kernels, lvd::InputRows(inputs, rows.learn), targets, heldOut, signal, group,
                     context);
}

void StudyTraining::checkMetrics(const lvd::MetricLearner& fast,
                                 const std::vector<lvd::LearnedKernel>& kernels, const lvd::InputRows& rows,
                                 const std::vector<lvd::MetricTarget>& targets, const MatrixF& heldOut,
                                 const uq::Signal& signal, const std::vector<std::size_t>& group,
                                 const RunContext& context) {
    lvd::MetricOptions options = metricOptions(plan_.options, signal.space == uq::Signal::Space::Net);
    options.precision = lvd::Precision::Double;
    context.step(1.0, "checking the metric of " + targets.front().name + " in double");
    lvd::MetricLearner reference(rows, targets, options, context.quiet());
    reference.runUntil(options.iterations, context.quiet());
    outcome_.referenceKernels.resize(plan_.targets.size());
    for (std::size_t i = 0; i < group.size(); ++i) {
        PrecisionCheck check;
        check.target = targets[i].name;
        check.space = spaceName(signal.space);
        const auto& a = fast.losses(i);
        const auto& b = reference.losses(i);
        for (std::size_t step = 0; step < std::min(a.size(), b.size()); ++step)
            check.loss = std::max(check.loss, std::abs(a[step] - b[step]) / b[step]);
        lvd::LearnedKernel kernel = reference.kernel(i);
        check.projection =
            (fast.kernel(i).A - kernel.A).cwiseAbs().maxCoeff() / kernel.A.cwiseAbs().maxCoeff();
        kernel.scale = kernels[i].scale;
        outcome_.referenceKernels[group[i]][signal.name()] =
            ownRows(group[i], kernel.project(lvd::InputRows(heldOut), context.quiet()));
        outcome_.checks.push_back(std::move(check));
    }
}

lvd::MetricLearner StudyTraining::runMetricLearning(const lvd::InputRows& rows,
                                                    const std::vector<lvd::MetricTarget>& targets,
                                                    const std::vector<std::string>& names,
                                                    const lvd::MetricOptions& options,
                                                    const RunContext& context) {
    constexpr int stride = 10; // iterations between two looks
    std::string title = "learning the metric of " + targets.front().name;
    if (targets.size() > 1)
        title = "learning the metrics of " + std::to_string(targets.size()) + " targets";
    title += " on " + std::to_string(rows.columns()) + " features";
    context.step(0.0, title);
    const RunContext inner = context.quiet();
    lvd::MetricLearner learner(rows, targets, options, inner,
                               context.device == "cpu" ? lvd::StepMaker() : lvd::tensorSteps());
    std::vector<double> variances;
    for (const lvd::MetricTarget& target : targets)
        variances.push_back(variance(target.values));
    std::vector<std::size_t> told(targets.size(), 0);
    while (!learner.done()) {
        learner.runUntil(learner.iterationsDone() + stride, inner);
        for (std::size_t i = 0; i < targets.size(); ++i)
            for (std::size_t& at = told[i]; at < learner.losses(i).size(); ++at) {
                const double loss = learner.losses(i)[at] / variances[i];
                outcome_.curves.push_back(
                    {names[i], static_cast<std::int64_t>(at + 1), loss, nan, 1.0 - loss});
            }
        tellListener();
        context.step(static_cast<double>(learner.iterationsDone()) / std::max(1, options.iterations),
                     title + ", step " + std::to_string(learner.iterationsDone()) + " of " +
                         std::to_string(options.iterations) + ", R2 " +
                         formatFixed(outcome_.curves.empty() ? nan : outcome_.curves.back().r2, 3));
    }
    return learner;
}

void StudyTraining::guardKernel(lvd::LearnedKernel& kernel, KernelFacts& facts, const lvd::InputRows& rows,
                                std::size_t target, const RunContext& context) const {
    if (rows.size() < 2)
        return;
    lvd::GuardOptions options;
    options.alpha = plan_.alpha;
    options.share = plan_.chosen.guardShare;
    options.calibrationRows = plan_.targets[target].heldOut.calibrationCount();
    const lvd::GuardReport report = lvd::guardScale(kernel.project(rows, context), options, context);
    kernel.scale = report.scale;
    facts.scale = report.scale;
    facts.infiniteBefore = report.shareBefore;
    facts.infiniteAfter = report.shareAfter;
    facts.guardRows = static_cast<std::int64_t>(report.heldOutRows);
    facts.guardReached = report.reached;
}

void StudyTraining::storeKernel(const lvd::LearnedKernel& kernel, const KernelFacts& facts) {
    for (const lvd::NamedArray& array : kernel.arrays("kernel_" + facts.space + "/" + facts.target + "/")) {
        session::StoredArray stored;
        stored.name = array.name;
        stored.shape.assign(array.shape.begin(), array.shape.end());
        if (stored.shape.empty())
            stored.shape = {1}; // a number
        stored.values.assign(array.values.begin(), array.values.end());
        outcome_.networks.push_back(std::move(stored));
    }
}

} // namespace penumbra::workflow
