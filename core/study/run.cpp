#include "core/study/run.h"

#include "core/base/atomic_file.h"
#include "core/base/json_text.h"
#include "core/base/text.h"
#include "core/eval/label_errors.h"
#include "core/eval/score_exchangeability.h"
#include "core/nn/device.h"
#include "core/nn/device_choice.h"
#include "core/nn/work_graph.h"
#include "core/session/study_file.h"
#include "core/study/check.h"
#include "core/study/inputs.h"
#include "core/study/intervals.h"
#include "core/study/local.h"
#include "core/study/local_draws.h"
#include "core/study/own_galaxies.h"
#include "core/study/plan.h"
#include "core/study/scores.h"
#include "core/study/split_tests.h"
#include "core/study/training.h"
#include "core/uq/local_conditional.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <nlohmann/json.hpp>
#include <penumbra_version.h>

namespace penumbra::workflow {

namespace {

/// Shares of the progress bar before and after training. Scoring is a few per cent of a study on any real
/// sample.
constexpr double planningEnd = 0.02;
constexpr double trainingEnd = 0.93;
constexpr double methodsEnd = 0.99;

/// Fails now rather than after an hour of training.
void checkWritable(const std::string& path) {
    if (!path.empty())
        AtomicFile probe(path);
}

Study studyFromPlan(const Catalogue& catalogue, const StudyPlan& plan, const RunContext& context) {
    Study study;
    if (!catalogue.path.empty()) {
        study.cataloguePath = std::filesystem::absolute(catalogue.path).string();
        study.catalogueHash = fileHash(catalogue.path, context);
    }
    study.featuresName = plan.features.name;
    study.optionsJson = jsonText(plan.options.toJson());
    study.version = versionText;
    study.alpha = plan.alpha;
    study.seed = plan.seed;
    study.ends = plan.chosen.ends;
    for (const uq::UqMethod* method : plan.methods)
        study.methods.push_back(method->info().id);
    study.notes = plan.notes;
    return study;
}

/// A light copy for the listener while networks train: curves, no rows yet.
std::shared_ptr<const Study> partialWithCurves(const Study& study, const std::vector<TargetStudy>& targets,
                                               const std::vector<TrainingPoint>& curves) {
    auto partial = std::make_shared<Study>(study);
    for (const TargetStudy& target : targets) {
        TargetStudy bare;
        bare.name = target.name;
        bare.unit = target.unit;
        bare.label = target.label;
        bare.trainCount = target.trainCount;
        partial->targets.push_back(std::move(bare));
    }
    partial->training = curves;
    return partial;
}

/// Intervals and scores of every method at study.alpha; the listener sees the methods come one by one.
void predictAndScore(Study& study, const OptionSet& options, const Scoring& scoring,
                     const RunContext& context, const StudyListener& listener) {
    const auto total = static_cast<double>(study.methods.size() + study.targets.size());
    const bool draw = !scoring.givenCalibration && scoring.evaluate.bootstrapReplicates >= 2;
    for (std::size_t t = 0; t < study.targets.size(); ++t) {
        const RunContext part =
            context.slice(static_cast<double>(t) / total, static_cast<double>(t + 1) / total);
        fillLocalGrids(study.targets[t], study.methods, study.alpha, options, part.slice(0.0, 0.2));
        if (draw)
            addLocalDraws(study.targets[t], study.methods, study.alpha, study.seed, options,
                          part.slice(0.2, 1.0));
    }
    const auto before = static_cast<double>(study.targets.size());
    StudyOracle oracle(study, scoring);
    for (std::size_t m = 0; m < study.methods.size(); ++m) {
        const RunContext part = context.slice((before + static_cast<double>(m)) / total,
                                              (before + static_cast<double>(m + 1)) / total);
        addIntervals(study, study.methods[m], options, part);
        addScores(study, study.methods[m], scoring, oracle, part);
        if (listener)
            listener(std::make_shared<const Study>(study));
    }
    addTrueOracleScores(study, scoring, oracle, context);
}

void noteInfiniteIntervals(Study& study) {
    for (const TargetStudy& target : study.targets)
        for (const Prediction& prediction : target.predictions) {
            if (uq::localMethod(prediction.method))
                continue; // told with its own reason
            std::size_t infinite = 0;
            for (std::size_t i = 0; i < prediction.lower.size(); ++i)
                infinite += !std::isfinite(prediction.upper[i] - prediction.lower[i]);
            if (infinite * 50 > prediction.lower.size())
                study.notes.push_back(
                    target.name + ", " + prediction.method + ": " + std::to_string(infinite) + " of " +
                    std::to_string(prediction.lower.size()) + " intervals are infinite at alpha " +
                    shortestReal(prediction.alpha) + "; mean widths are of the finite ones only.");
        }
    for (std::string& note : infiniteLocalNotes(study))
        study.notes.push_back(std::move(note));
}

/// Where quantiles that cross make up more than 2 %, as they do at large alpha.
void noteCrossedIntervals(Study& study) {
    for (const TargetStudy& target : study.targets)
        for (const Prediction& prediction : target.predictions) {
            std::size_t crossed = 0;
            for (std::size_t i = 0; i < prediction.lower.size(); ++i)
                crossed += isCrossed(prediction.lower[i], prediction.upper[i]) ? 1 : 0;
            if (crossed * 50 > prediction.lower.size())
                study.notes.push_back(target.name + ", " + prediction.method + ": " +
                                      std::to_string(crossed) + " of " +
                                      std::to_string(prediction.lower.size()) + " intervals cross at alpha " +
                                      shortestReal(prediction.alpha) +
                                      " (lower end above the upper one); they count as empty: of width 0, "
                                      "the truth missed.");
        }
}

/// With --check: the local quantiles of both paths, compared.
void addChecks(Study& study, TrainingOutcome& outcome, const RunContext& context) {
    for (PrecisionCheck& check : outcome.checks)
        for (std::size_t t = 0; t < study.targets.size(); ++t)
            if (study.targets[t].name == check.target) {
                const RunContext quiet = context.quiet();
                checkLocalQuantiles(check, study.targets[t],
                                    outcome.referenceKernels[t].at("kernel_" + check.space), quiet);
                study.notes.push_back(checkInWords(check));
                context.note(study.notes.back());
            }
    study.checks = std::move(outcome.checks);
}

/// Intervals of a quantity without negative labels that reach below zero: valid, but not physical.
void noteNegativeIntervals(Study& study) {
    for (const TargetStudy& target : study.targets) {
        const auto& truth = target.heldOut.truth;
        const bool positive = std::none_of(truth.begin(), truth.end(), [](double y) { return y < 0.0; }) &&
                              std::any_of(truth.begin(), truth.end(), [](double y) { return y > 0.0; });
        std::vector<std::string> counts;
        for (const Prediction& prediction : target.predictions) {
            const auto below = std::count_if(prediction.lower.begin(), prediction.lower.end(),
                                             [](auto lower) { return std::isfinite(lower) && lower < 0; });
            if (positive && below > 0)
                counts.push_back(prediction.method + " " + withThousands(below));
        }
        if (!counts.empty())
            study.notes.push_back(
                target.name + ": no label is negative, but of " +
                withThousands(static_cast<long long>(target.heldOut.testCount())) + " intervals at alpha " +
                shortestReal(study.alpha) + " some reach below 0: " + joinText(counts, ", ") +
                ". Where it must be positive, set its lower bound, or read them as beginning at 0" +
                (study.ends == Ends::Closed
                     ? "; coverage stays."
                     : "; coverage stays, unless labels of 0 are there: open ends do not cover them."));
    }
}

/// What the file keeps for new galaxies; with a prediction column only how its columns were imported.
std::vector<session::StoredArray> keptArrays(const Catalogue& catalogue, const StudyPlan& plan,
                                             const Study& study, std::vector<session::StoredArray> networks) {
    if (!plan.chosen.keepNetworks)
        return {};
    if (plan.trains())
        return networks;
    auto arrays = toArrays(inputsOf(catalogue, ""));
    OwnGalaxies own;
    for (const TargetStudy& target : study.targets) {
        const HeldOut& heldOut = target.heldOut;
        const MatrixD& prediction = heldOut.signals.at(uq::Signal::mean().name());
        for (std::size_t i = 0; i < heldOut.rows.size(); ++i)
            if (heldOut.isTest[i] == 0)
                own.calibration.push_back(ownKey(catalogue.idText(static_cast<std::size_t>(heldOut.rows[i])),
                                                 target.name, prediction(static_cast<Eigen::Index>(i), 0)));
    }
    own.sort();
    for (session::StoredArray& array : toArrays(own))
        arrays.push_back(std::move(array));
    return arrays;
}

void writeWithNetworks(const Study& study, const std::vector<session::StoredArray>& arrays,
                       const std::string& path, const RunContext& context) {
    session::writeStudy(study, arrays, path, context);
    std::size_t numbers = 0;
    for (const session::StoredArray& array : arrays)
        numbers += array.values.size();
    std::error_code ignored;
    const auto megabytes = [](std::size_t bytes) {
        return formatReal(static_cast<double>(bytes) / 1e6, 3) + " MB";
    };
    if (numbers > 1)
        context.note("the study file takes " + megabytes(std::filesystem::file_size(path, ignored)) + ", " +
                     megabytes(numbers * sizeof(float)) +
                     " of it for networks that predict galaxies without labels");
}

} // namespace

OptionSet recordedOptions(const Study& study) {
    OptionSet options;
    describeStudyOptions(options);
    try {
        options.loadJson(nlohmann::json::parse(study.optionsJson));
    } catch (const nlohmann::json::exception&) {
        throw Error("The study's record of its options cannot be read, so it cannot be recalibrated.");
    }
    return options;
}

std::shared_ptr<const Study> runStudy(const Catalogue& catalogue, const OptionSet& options,
                                      const std::string& outPath, RunContext& context,
                                      const StudyListener& listener,
                                      std::vector<session::StoredArray>* kept) {
    checkWritable(outPath);
    context.step(0.0, "checking options and data");
    if (const int threads = studyChoices(options).threads; threads > 0)
        context.threads = threads;
    StudyPlan plan = planStudy(catalogue, options, context.slice(0.0, planningEnd));
    for (const std::string& note : plan.notes)
        context.note(note);
    Study study = studyFromPlan(catalogue, plan, context);
    TrainingOutcome outcome;
    if (plan.trains()) {
        RunContext training = context.slice(planningEnd, trainingEnd);
        training.device = nn::openedDevice(plan.chosen.device, context);
        if (training.device != "cpu") {
            study.notes.push_back("Networks ran on " + nn::deviceName(training.device) +
                                  ", the matrix products of training in " + plan.chosen.precision + ".");
            context.note(study.notes.back());
            if (const nn::GraphSupport graphs = nn::graphSupport(training.device); !graphs.make)
                context.note("Steps of training are launched one by one, which is slow for small networks: " +
                             graphs.reason + ".");
        }
        const auto curveListener = [&](const std::vector<TrainingPoint>& curves) {
            listener(partialWithCurves(study, plan.targets, curves));
        };
        outcome = trainAndFillSignals(catalogue, plan, training,
                                      listener ? CurveListener(curveListener) : CurveListener());
        study.training = std::move(outcome.curves);
        study.kernels = std::move(outcome.kernels);
        for (std::string& note : outcome.notes) {
            context.note(note);
            study.notes.push_back(std::move(note));
        }
    }
    study.targets = std::move(plan.targets);
    setResidualFloorsByCalibration(plan, study.targets);
    addChecks(study, outcome, context);
    predictAndScore(study, plan.options, scoringFrom(plan.options, plan.seed),
                    context.slice(plan.trains() ? trainingEnd : planningEnd, methodsEnd), listener);
    const std::size_t knownNotes = study.notes.size();
    if (splitCameWithData(catalogue, plan.options))
        if (const auto scores = testScores(study, studyExchangeabilityLevel / 2.0); scores.differ())
            study.notes.push_back(inWords(scores));
    for (const TargetStudy& target : study.targets)
        if (const std::string words = inWords(labelErrorShare(target, study.seed)); !words.empty())
            study.notes.push_back(target.name + ": " + words);
    noteInfiniteIntervals(study);
    noteCrossedIntervals(study);
    noteNegativeIntervals(study);
    for (std::size_t i = knownNotes; i < study.notes.size(); ++i)
        context.note(study.notes[i]);
    std::vector<session::StoredArray> arrays =
        keptArrays(catalogue, plan, study, std::move(outcome.networks));
    if (!outPath.empty())
        writeWithNetworks(study, arrays, outPath, context.slice(methodsEnd, 1.0));
    if (kept != nullptr)
        *kept = std::move(arrays);
    context.step(1.0, "done");
    return std::make_shared<const Study>(std::move(study));
}

void tellThatThereAreNotes(const Study& study, const RunContext& context) {
    if (!study.notes.empty())
        context.note("the study has " + std::to_string(study.notes.size()) +
                     (study.notes.size() == 1 ? " note; penumbra-cli inspect shows it"
                                              : " notes; penumbra-cli inspect shows them"));
}

} // namespace penumbra::workflow
