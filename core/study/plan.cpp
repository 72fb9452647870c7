#include "core/study/plan.h"

#include "core/base/statistics.h"
#include "core/base/text.h"
#include "core/catalogue/feature_words.h"
#include "core/catalogue/lower_bound.h"
#include "core/catalogue/posterior_table.h"
#include "core/catalogue/redshift_names.h"
#include "core/eval/label_errors.h"
#include "core/eval/true_distribution.h"
#include "core/importing/mapping.h"
#include "core/study/availability.h"
#include "core/study/cost.h"
#include "core/study/posterior_features.h"
#include "core/study/source_signals.h"
#include "core/study/split_tests.h"
#include "core/uq/elsewhere.h"
#include "core/uq/repairs/repaired_method.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

namespace penumbra::workflow {

namespace {

constexpr std::size_t fewestCalibrationRows = 10;
constexpr std::size_t fewestTrainRows = 10;

std::vector<std::string> chosenTargets(const Catalogue& catalogue, const StudyChoices& chosen) {
    std::vector<std::string> names = chosen.targets;
    if (names.empty())
        for (const Target& target : catalogue.targets)
            names.push_back(target.name);
    if (names.empty())
        throw Error(catalogue.path.string() +
                    ": the catalogue has no targets (nothing under /targets). Name columns "
                    "to predict when importing: penumbra-cli import --help");
    std::vector<std::string> unique;
    for (const std::string& name : names) {
        catalogue.target(name); // throws with near names
        if (std::find(unique.begin(), unique.end(), name) == unique.end())
            unique.push_back(name);
    }
    return unique;
}

std::string missingFor(const uq::UqMethod& method, const StudyPlan& plan) {
    return inFlags(lackOf(method, plan.options, plan.alpha, plan.sources, plan.targetNames));
}

/// What predictions made elsewhere are called in the names of methods; "" without any.
std::string nameOf(const std::map<std::string, SourceColumns>& sources) {
    std::vector<std::string> names;
    for (const auto& [target, columns] : sources)
        if (std::find(names.begin(), names.end(), columns.prediction) == names.end())
            names.push_back(columns.prediction);
    for (const std::string& name : names)
        if (name.find_first_of("/@+&,()") != std::string::npos)
            throw UsageError("--train-too names methods after the prediction column, and '" + name +
                             "' holds one of the signs / @ + & , ( ): import it again under another name.");
    return joinText(names, "&");
}

void chooseMethods(StudyPlan& plan) {
    const auto& asked = plan.chosen.methods;
    const std::string elsewhere = plan.trains() ? nameOf(plan.sources) : std::string();
    bool literally = false; // some methods are named for one of the two predictions
    for (const std::string& id : asked) {
        if (uq::isRepaired(id))
            throw UsageError("--methods: " + id +
                             " is a repaired method: run the study with the method before the +, then "
                             "penumbra-cli repair makes it from the study, without training.");
        if (const auto named = uq::parseElsewhereId(id)) {
            literally = true;
            if (named->name != elsewhere)
                throw UsageError("--methods: " + id + " stands for " + named->base + " on the predictions " +
                                 named->name +
                                 " beside trained networks: it needs --train-too and "
                                 "--prediction-column " +
                                 named->name + ".");
        }
        const uq::UqMethod* method = &uq::findMethod(id);
        if (const std::string missing = missingFor(*method, plan); !missing.empty())
            throw UsageError("--methods: " + id + " " + missing + ".");
        if (std::find(plan.methods.begin(), plan.methods.end(), method) == plan.methods.end())
            plan.methods.push_back(method);
    }
    if (asked.empty())
        for (const uq::UqMethod* method : uq::allMethods())
            if (missingFor(*method, plan).empty())
                plan.methods.push_back(method);
    if (elsewhere.empty() || literally)
        return;
    const auto trained = plan.methods;
    for (const uq::UqMethod* method : trained)
        if (uq::worksOnColumns(*method, plan.options, plan.alpha)) {
            const uq::UqMethod& other = uq::elsewhereMethod({method->info().id, elsewhere});
            if (missingFor(other, plan).empty())
                plan.methods.push_back(&other);
        }
}

constexpr std::uint8_t train = static_cast<std::uint8_t>(Split::Train);
constexpr std::uint8_t calibration = static_cast<std::uint8_t>(Split::Calibration);
constexpr std::uint8_t test = static_cast<std::uint8_t>(Split::Test);

std::vector<std::uint8_t> drawnSplit(const Catalogue& catalogue, StudyPlan& plan) {
    double trainFraction = plan.chosen.trainFraction;
    double calibrationFraction = plan.chosen.calibrationFraction;
    if (trainFraction + calibrationFraction >= 1.0)
        throw UsageError(
            "--train-fraction and --calibration-fraction leave no rows for testing; their sum must stay "
            "below 1.");
    if (!plan.trains()) {
        calibrationFraction /= 1.0 - trainFraction;
        trainFraction = 0.0;
    }
    return drawSplit(catalogue.objectId, trainFraction, calibrationFraction, derivedSeed(plan.seed, "split"),
                     plan.notes);
}

/// Keeps the test rows; calibration rows are drawn out of the others.
std::vector<std::uint8_t> carvedSplit(const Catalogue& catalogue, StudyPlan& plan) {
    std::vector<std::size_t> others;
    for (std::size_t row = 0; row < catalogue.split.size(); ++row)
        if (catalogue.split[row] != test)
            others.push_back(row);
    const double wanted = plan.chosen.calibrationFraction * static_cast<double>(catalogue.rowCount);
    const double fraction = std::min(0.9, wanted / std::max(1.0, static_cast<double>(others.size())));
    const auto drawn = drawSplit(io::pickRows(catalogue.objectId, others), 1.0 - fraction, fraction,
                                 derivedSeed(plan.seed, "carved calibration rows"), plan.notes);
    std::vector<std::uint8_t> split = catalogue.split;
    for (std::size_t i = 0; i < others.size(); ++i)
        split[others[i]] = drawn[i] == train ? train : calibration;
    return split;
}

std::vector<std::uint8_t> resolveSplit(const Catalogue& catalogue, StudyPlan& plan) {
    using Source = StudyChoices::SplitSource;
    if (catalogue.split.empty() || plan.chosen.split == Source::Draw) {
        plan.notes.push_back("Training, calibration and test rows were drawn from seed " +
                             std::to_string(plan.seed) +
                             (catalogue.split.empty() ? " (the catalogue holds no split)." : "."));
        return drawnSplit(catalogue, plan);
    }
    return plan.chosen.split == Source::Carve ? carvedSplit(catalogue, plan) : catalogue.split;
}

void fillSourceSignals(TargetStudy& study, const std::map<std::string, std::vector<double>>& signals) {
    const auto& rows = study.heldOut.rows;
    for (const auto& [name, values] : signals) {
        MatrixD column(static_cast<Eigen::Index>(rows.size()), 1);
        for (std::size_t i = 0; i < rows.size(); ++i)
            column(static_cast<Eigen::Index>(i), 0) = values[static_cast<std::size_t>(rows[i])];
        study.heldOut.signals[name] = std::move(column);
    }
}

/// How the catalogue was imported; none where it does not say so in a way this version reads.
std::optional<ImportMapping> importOf(const Catalogue& catalogue) {
    const auto mapping = catalogue.attributes.find("import_mapping");
    if (mapping == catalogue.attributes.end())
        return std::nullopt;
    try {
        return parseImportMapping(mapping->second, "import_mapping");
    } catch (const Error&) {
        return std::nullopt;
    }
}

/// The parts (training, calibration, test) that were asked for where the split was drawn; else zeros.
std::array<double, 3> drawnParts(const Catalogue& catalogue, const StudyPlan& plan,
                                 const std::optional<ImportMapping>& import) {
    const bool here = catalogue.split.empty() || plan.chosen.split != StudyChoices::SplitSource::Catalogue;
    if (!here && (!import || import->split.fractions.size() != 2))
        return {};
    const double training = here ? plan.chosen.trainFraction : import->split.fractions[0];
    const double calibrating = here ? plan.chosen.calibrationFraction : import->split.fractions[1];
    return {training, calibrating, 1.0 - training - calibrating};
}

/// Why a drawn part has too few rows where it is because rows of one object are kept together; else empty.
std::string togetherWords(const Catalogue& catalogue, const StudyPlan& plan,
                          const std::vector<std::uint8_t>& split, std::uint8_t part, std::size_t wanted) {
    const auto import = importOf(catalogue);
    const double asked = drawnParts(catalogue, plan, import)[part] * static_cast<double>(catalogue.rowCount);
    const auto got = static_cast<std::size_t>(std::count(split.begin(), split.end(), part));
    std::vector<std::uint8_t> parts(catalogue.rowCount, 0);
    const std::size_t repeats = keepObjectsTogether(catalogue.objectId, parts);
    if (repeats == 0 || got >= wanted || asked < static_cast<double>(wanted))
        return {};
    const auto count = [](std::size_t n) { return withThousands(static_cast<long long>(n)); };
    const std::size_t ids = catalogue.rowCount - repeats;
    return " " + count(catalogue.rowCount) + " rows share " + count(ids) + (ids == 1 ? " id" : " ids") +
           " in object_id" +
           (import && !import->objectId.empty() ? " (column " + import->objectId + " of the imported table)"
                                                : "") +
           ", and a drawn split keeps all rows of one id together. If the rows are different galaxies, "
           "import "
           "again with an --id that tells them apart, or without --id.";
}

void checkRowCounts(const Catalogue& catalogue, const StudyPlan& plan, const TargetStudy& target,
                    const std::vector<std::uint8_t>& split) {
    const std::string where = catalogue.path.string() + ": target " + target.name + " has ";
    const auto why = [&](std::uint8_t part, std::size_t wanted, const std::string& otherwise) {
        const std::string together = togetherWords(catalogue, plan, split, part, wanted);
        return together.empty() ? otherwise : together;
    };
    const std::size_t found = target.heldOut.calibrationCount();
    if (found < fewestCalibrationRows)
        throw Error(where + std::to_string(found) + " usable calibration rows; at least " +
                    std::to_string(fewestCalibrationRows) + " are needed." +
                    why(calibration, fewestCalibrationRows,
                        " Check labels and /split, or use --split carve or --split draw."));
    if (target.heldOut.testCount() == 0)
        throw Error(where + "no usable test rows." +
                    why(test, 1, " Check /split and the quarantined rows, or use --split draw."));
    if (plan.trains() && target.trainCount < fewestTrainRows)
        throw Error(where + (target.trainCount == 0 ? "no" : "only " + std::to_string(target.trainCount)) +
                    " usable training rows; at least " + std::to_string(fewestTrainRows) +
                    " are needed, or predictions made elsewhere (--prediction-column)." +
                    why(train, fewestTrainRows, ""));
}

/// Simulated catalogues: the true conditional quantiles of the held-out rows, where all five are there and
/// ascend.
void carryTrueQuantiles(const Target& target, TargetStudy& study) {
    static constexpr const char* names[] = {"q05", "q16", "q50", "q84", "q95"};
    MatrixD quantiles(static_cast<Eigen::Index>(study.heldOut.rows.size()), 5);
    for (Eigen::Index level = 0; level < 5; ++level) {
        const auto found = target.oracle.find(names[level]);
        if (found == target.oracle.end())
            return;
        for (Eigen::Index i = 0; i < quantiles.rows(); ++i) {
            quantiles(i, level) = static_cast<double>(
                found->second[static_cast<std::size_t>(study.heldOut.rows[static_cast<std::size_t>(i)])]);
            if (!std::isfinite(quantiles(i, level)) ||
                (level > 0 && quantiles(i, level) <= quantiles(i, level - 1)))
                return;
        }
    }
    if (quantiles.rows() > 0)
        study.heldOut.signals[oracleSignal] = std::move(quantiles);
}

/// A bound below which more of the labels lie is none.
constexpr double mostBelowBound = 0.1;

/// Where interval ends are cut, and what that promises.
void boundFromBelow(StudyPlan& plan, TargetStudy& target, double bound) {
    if (plan.chosen.ends == Ends::Open)
        throw UsageError("--lower-bound needs --ends closed: an open end at " + shortestReal(bound) +
                         " would leave out labels that are exactly that.");
    const auto& truth = target.heldOut.truth;
    const auto below = std::count_if(truth.begin(), truth.end(), [&](double y) { return y < bound; });
    const auto labels = std::count_if(truth.begin(), truth.end(), [](double y) { return std::isfinite(y); });
    const std::string found = withThousands(below) + " of " + withThousands(labels) +
                              " labels of calibration and test galaxies lie below";
    if (static_cast<double>(below) > mostBelowBound * static_cast<double>(labels))
        throw UsageError("--lower-bound: " + found + " " + shortestReal(bound) + ", the bound of " +
                         target.name + ": no interval could cover them. Give a value that " + target.name +
                         " cannot go below (the lowest label is " +
                         shortestReal(*std::min_element(
                             truth.begin(), truth.end(),
                             [](double a, double b) { return a < b || (std::isnan(b) && !std::isnan(a)); })) +
                         "), or leave the bound out; to study galaxies above a value only, leave the others "
                         "out of the catalogue.");
    setLowerBound(target.heldOut, bound);
    plan.notes.push_back(
        target.name + ": interval ends below " + shortestReal(bound) + " are cut there. " +
        (below == 0 ? "No label of calibration or test galaxies lies below, so coverage stays and widths "
                      "shrink."
                    : "But " + found +
                          ": their intervals cannot cover them, and guarantees hold for galaxies at or above "
                          "it only."));
}

/// What the catalogue quotes as errors of the labels; sizes that cannot be are unknown.
void carryLabelErrors(const Target& target, TargetStudy& study) {
    if (target.errors.empty() || study.heldOut.rows.empty())
        return;
    MatrixD errors(static_cast<Eigen::Index>(study.heldOut.rows.size()), 1);
    for (Eigen::Index i = 0; i < errors.rows(); ++i) {
        const double error =
            target.errors[static_cast<std::size_t>(study.heldOut.rows[static_cast<std::size_t>(i)])];
        errors(i, 0) = error > 0.0 && std::isfinite(error) ? error : std::numeric_limits<double>::quiet_NaN();
    }
    study.heldOut.signals[labelErrorSignal] = std::move(errors);
}

/// Held-out rows of one target in the catalogue's order; counts what was left out and why.
TargetStudy planTarget(const Catalogue& catalogue, StudyPlan& plan, const std::string& name,
                       const std::vector<std::uint8_t>& split) {
    const Target& target = catalogue.target(name);
    TargetStudy study;
    study.name = name;
    study.unit = target.unit;
    study.label = target.label;
    std::map<std::string, std::vector<double>> signals;
    if (plan.delivers())
        signals = sourceSignals(catalogue, plan, name, split, plan.notes);
    const std::string mean = plan.trains() ? uq::deliveredMeanSignal : uq::Signal::mean().name();
    std::size_t unlabelledCalibration = 0, unpredicted = 0;
    for (std::size_t row = 0; row < catalogue.rowCount; ++row) {
        if (plan.trains() && plan.features.quarantined[row])
            continue;
        const bool labelled = std::isfinite(target.values[row]);
        study.trainCount += plan.trains() && split[row] == train && labelled;
        if (split[row] != calibration && split[row] != test)
            continue;
        const bool predicted = !plan.delivers() || std::isfinite(signals.at(mean)[row]);
        unpredicted += !predicted;
        unlabelledCalibration += predicted && split[row] == calibration && !labelled;
        if (!predicted || (split[row] == calibration && !labelled))
            continue;
        study.heldOut.rows.push_back(static_cast<std::int64_t>(row));
        study.heldOut.isTest.push_back(split[row] == test);
        study.heldOut.truth.push_back(labelled ? target.values[row]
                                               : std::numeric_limits<double>::quiet_NaN());
    }
    fillSourceSignals(study, signals);
    carryTrueQuantiles(target, study);
    carryLabelErrors(target, study);
    const auto tell = [&](std::size_t count, const std::string& what) {
        if (count > 0)
            plan.notes.push_back(name + ": " + withThousands(static_cast<long long>(count)) + what);
    };
    tell(unlabelledCalibration, " calibration rows have no label and were left out.");
    tell(unpredicted, " rows have no prediction in the named column and were left out.");
    return study;
}

void loadPlanFeatures(const Catalogue& catalogue, StudyPlan& plan, const RunContext& context) {
    plan.features = loadFeatures(catalogue, plan.chosen.features, context);
    if (plan.features.quarantined.empty())
        plan.features.quarantined.assign(catalogue.rowCount, 0);
    if (plan.features.quarantinedCount > 0)
        plan.notes.push_back(withThousands(static_cast<long long>(plan.features.quarantinedCount)) +
                             " rows have missing or infinite values in " + featureWords(plan.features.name) +
                             " and were left out.");
}

void collectTrainRows(const Catalogue& catalogue, StudyPlan& plan, const std::vector<std::uint8_t>& split) {
    for (std::size_t row = 0; row < catalogue.rowCount; ++row) {
        if (split[row] != train || plan.features.quarantined[row])
            continue;
        const bool labelled =
            std::any_of(plan.targetNames.begin(), plan.targetNames.end(),
                        [&](const auto& name) { return std::isfinite(catalogue.target(name).values[row]); });
        if (labelled)
            plan.trainRows.push_back(static_cast<std::int64_t>(row));
    }
}

/// Few calibration rows make every conformal interval infinite: valid, useless, and worth saying beforehand.
void warnOfInfiniteIntervals(StudyPlan& plan) {
    const bool conformal = std::any_of(plan.methods.begin(), plan.methods.end(),
                                       [](const uq::UqMethod* method) { return method->info().conformal; });
    if (!conformal || uq::quantileRule(plan.options) != uq::QuantileRule::FiniteSample)
        return;
    for (const TargetStudy& target : plan.targets) {
        const std::size_t n = target.heldOut.calibrationCount();
        if (conformalRank(n, plan.alpha) > n)
            plan.notes.push_back(
                target.name + ": " + std::to_string(n) + " calibration rows are too few for alpha " +
                shortestReal(plan.alpha) +
                "; conformal intervals are infinite. Use more calibration rows or a larger alpha.");
    }
}

/// A split that came with the data need not be a random one. A few seconds at the size of a survey:
/// subsampled.
void noteUnlikeSplit(const Catalogue& catalogue, StudyPlan& plan, const std::vector<std::uint8_t>& split,
                     const RunContext& context) {
    if (!splitCameWithData(catalogue, plan.options))
        return;
    ExchangeabilityOptions options;
    options.level = studyExchangeabilityLevel / 2.0; // the other half is for the scores
    options.seed = plan.seed;
    Features loaded; // predictions made elsewhere need none
    if (!plan.trains() && !catalogue.features.empty()) {
        try {
            loaded = loadFeatures(catalogue, plan.chosen.features, context.quiet());
        } catch (const Error& error) {
            plan.notes.push_back(
                std::string("Features of calibration and test galaxies were not compared: ") + error.what());
        }
    }
    const Features& features = plan.trains() ? plan.features : loaded;
    const auto found = testSplitPair(catalogue, split, features.values.size() > 0 ? &features : nullptr,
                                     Split::Calibration, Split::Test, options, context);
    if (found.differ())
        plan.notes.push_back(inWords(found));
}

/// Edges that do not ascend are refused now rather than after training.
void checkBinning(const StudyPlan& plan) {
    const std::vector<double> anyValues = {0.0, 1.0};
    makeBins(anyValues, scoringFrom(plan.options, plan.seed).binning);
}

/// Told before training: scores of redshifts are divided by 1 + z.
void checkRedshifts(const StudyPlan& plan, const TargetStudy& target) {
    if (!isAmongNames(target.name, plan.chosen.redshiftTargets))
        return;
    std::size_t count = 0;
    std::string first;
    const HeldOut& heldOut = target.heldOut;
    for (std::size_t i = 0; i < heldOut.truth.size(); ++i)
        if (heldOut.isTest[i] && heldOut.truth[i] <= -1.0 && count++ == 0)
            first = shortestReal(heldOut.truth[i]) + " in row " + std::to_string(heldOut.rows[i]);
    if (count > 0)
        throw Error(
            "target " + target.name + " holds " + first +
            (count > 1 ? " (and the like in " + std::to_string(count - 1) + " more test rows)" : "") +
            ", but a redshift lies above -1. If it is a code for missing, import again with --missing=" +
            first.substr(0, first.find(' ')) + "; if " + target.name +
            " is no redshift, leave it out of --redshift-targets.");
}

/// Choices that look at training rows set aside need some.
void checkTraining(const StudyChoices& chosen) {
    if (chosen.validationFraction > 0.0)
        return;
    if (chosen.keepBestEpoch)
        throw UsageError("--keep-epoch best goes by losses on training rows set aside: give a "
                         "--validation-fraction, such as 0.1.");
    if (chosen.crossFittedIfOverfit)
        throw UsageError("--residuals auto goes by errors on training rows set aside: give a "
                         "--validation-fraction, such as 0.1.");
}

} // namespace

StudyPlan planStudy(const Catalogue& catalogue, const OptionSet& options, const RunContext& context) {
    StudyPlan plan;
    plan.options = resolvePreset(options);
    plan.chosen = studyChoices(plan.options);
    plan.alpha = plan.chosen.alpha;
    plan.seed = plan.chosen.seed;
    plan.targetNames = chosenTargets(catalogue, plan.chosen);
    plan.sources = sourceColumns(plan.options, plan.targetNames);
    plan.posteriors = posteriorFeatures(plan.options, plan.targetNames);
    chooseMethods(plan);
    plan.signals = signalsNeeded(plan.methods, plan.options, plan.alpha);
    checkBinning(plan);
    const auto split = resolveSplit(catalogue, plan);
    if (plan.trains()) {
        checkTraining(plan.chosen);
        loadPlanFeatures(catalogue, plan, context);
        collectTrainRows(catalogue, plan, split);
    }
    if (plan.delivers())
        plan.notes.push_back(std::string(plan.trains() ? "Some predictions" : "Predictions") +
                             " come from columns: guarantees hold only if the code that made them was "
                             "not trained on the calibration or test galaxies.");
    noteUnlikeSplit(catalogue, plan, split, context);
    const auto bounds = lowerBounds(plan.options, plan.targetNames);
    for (const std::string& name : plan.targetNames) {
        context.checkStop();
        plan.targets.push_back(planTarget(catalogue, plan, name, split));
        if (const auto bound = bounds.find(name); bound != bounds.end())
            boundFromBelow(plan, plan.targets.back(), bound->second);
        if (HeldOut& heldOut = plan.targets.back().heldOut; plan.posteriors.contains(name))
            heldOut.signals[posteriorSignal] =
                posteriorTable(catalogue, name, plan.posteriors.at(name), heldOut.rows, plan.notes, context);
        checkRowCounts(catalogue, plan, plan.targets.back(), split);
        checkRedshifts(plan, plan.targets.back());
    }
    warnOfInfiniteIntervals(plan);
    return plan;
}

} // namespace penumbra::workflow
