#include "core/workflow/repair.h"

#include "core/base/text.h"
#include "core/catalogue/lower_bound.h"
#include "core/eval/regions.h"
#include "core/repairing/localised.h"
#include "core/repairing/regions.h"
#include "core/repairing/shift.h"
#include "core/session/study_file.h"
#include "core/study/calibration_parts.h"
#include "core/study/catalogue.h"
#include "core/study/choices.h"
#include "core/study/run.h"
#include "core/study/scores.h"
#include "core/study/subset.h"

#include <algorithm>
#include <map>
#include <optional>

namespace penumbra::workflow {

namespace {

using Kind = uq::RepairKind;

/// By target, then method.
using Signals = std::map<std::string, std::map<std::string, RepairSignal>>;

void describeRepairOptions(OptionSet& options) {
    options.inputFile("study", "Study file.").asPositional().asRequired();
    const char* group = "Repair";
    options
        .text(
            "by", "",
            "How: mondrian:COLUMN[:bins], bins of a column (or of prediction, width) calibrated by "
            "themselves; "
            "subset:NAME, inside and outside of it; conditional:COLUMN,COLUMN[:bins], bins of several "
            "columns at "
            "once; region, the regions that 'regions' confirms; shift[:CATALOGUE], weighted towards the test "
            "galaxies or another catalogue's; rlcp[:net|aion], weighted by likeness in the metric that LCNet "
            "or LCAion learned; asymmetric, each end by itself; ratio and median, CQR-r and "
            "CQR-m; "
            "split, methods that were never calibrated.")
        .asRequired()
        .in(group);
    options
        .text("where", "",
              "What the subset of --by subset:NAME is: an expression over catalogue columns such as 'mag_r > "
              "20'. "
              "Default: NAME is a column that is 1 inside.")
        .in(group);
    options.textList("methods", {}, "Methods to repair; default: every one that can be repaired so.")
        .in(group);
    options
        .textList("columns", {},
                  "Of --by shift: what the classifier behind the weights sees. Default: the study's "
                  "features, else all "
                  "columns that both catalogues share.")
        .in(group);
    options
        .flag("accept-few", false,
              "Of --by shift: weigh although fewer than 100 calibration galaxies count in effect (never "
              "fewer than 10 "
              "/ alpha).")
        .in(group);
    options
        .flag("held-back", false,
              "Shows before and after on the half of the test galaxies that 'regions' holds back: for groups "
              "that it found on the other half.")
        .in(group);
    addWantedAlpha(options).in(group);
    options.inputFile("catalogue", "The study's catalogue, if it has moved.").in(group);
    options.outputFile("out", "Study file to write, with the old methods and the repaired ones.")
        .asRequired()
        .in("Output");
}

std::vector<std::string> chosenMethods(const Study& study, const RepairOptions& options, Kind kind) {
    std::vector<std::string> chosen, reasons;
    for (const std::string& id : options.methods.empty() ? study.methods : options.methods) {
        if (std::find(study.methods.begin(), study.methods.end(), id) == study.methods.end())
            throw UsageError("--methods: the study has no method '" + id + "'; it has " +
                             joinText(study.methods, ", ") + ".");
        const std::string why = uq::whyNotRepairable(uq::findMethod(id), kind);
        if (why.empty())
            chosen.push_back(id);
        else if (!options.methods.empty())
            throw UsageError("--methods: " + id + " cannot be repaired so: " + why + ".");
        else
            reasons.push_back(id + ": " + why);
    }
    if (chosen.empty())
        throw UsageError("No method of the study can be repaired by " + options.by + ". " +
                         joinText(reasons, "; ") + ".");
    return chosen;
}

void refuseRepeats(const Study& study, const std::vector<std::string>& methods,
                   const RepairRequest& request) {
    for (const std::string& method : methods) {
        const std::string id = uq::RepairedId{method, request.kind, request.argument()}.text();
        if (std::find(study.methods.begin(), study.methods.end(), id) != study.methods.end())
            throw UsageError("The study holds " + id + " already; repair the study that it was made from.");
    }
}

Signals makeSignals(const Study& study, const RepairRequest& request, const std::vector<std::string>& methods,
                    const RepairOptions& options, const RunContext& context) {
    const bool knowsNothing = request.kind == Kind::Asymmetric || request.kind == Kind::Ratio ||
                              request.kind == Kind::Median || request.kind == Kind::Split;
    Signals signals;
    std::optional<Catalogue> catalogue, aim;
    if (!knowsNothing) {
        FoundCatalogue found = options.catalogue.empty()
                                   ? findStudyCatalogue(study, options.studyFile, context)
                                   : FoundCatalogue{studyCatalogue(study, options.catalogue, context), {}};
        const bool isOfColumns = request.kind == Kind::Mondrian || request.kind == Kind::Conditional;
        if (!found.catalogue && !isOfColumns) // prediction and width need none
            throw Error(found.missing + " Say where it is with --catalogue FILE.");
        catalogue = std::move(found.catalogue);
    }
    if (!request.catalogue.empty())
        aim = readCatalogue(request.catalogue, context);
    if (request.kind == Kind::Region)
        return regionSignals(study, methods, *catalogue, context);
    for (const TargetStudy& target : study.targets)
        for (const std::string& method : methods) {
            context.checkStop();
            auto& own = signals[target.name];
            const uq::RepairedId id{method, request.kind, request.argument()};
            const auto alike = std::find_if(own.begin(), own.end(), [&](const auto& other) {
                return uq::repairSignal({other.first, request.kind, request.argument()}) ==
                       uq::repairSignal(id);
            });
            if (alike != own.end())
                own[method] = alike->second;
            else if (knowsNothing)
                own[method] = {};
            else if (request.kind == Kind::Localised)
                own[method] = localisedSignal(request, study, target, *catalogue);
            else if (request.kind == Kind::Shift)
                own[method] = shiftSignal(study, target, *catalogue, aim ? &*aim : nullptr,
                                          {options.columns, options.acceptFew}, context);
            else
                own[method] =
                    groupSignal(request, study, target, catalogue ? &*catalogue : nullptr, method, context);
        }
    return signals;
}

/// What is shown leaves out the galaxies that groups were found on.
void keepToHeldBack(Signals& signals, const Study& study) {
    for (auto& [target, ofMethods] : signals)
        for (auto& [method, signal] : ofMethods) {
            signal.fresh.clear();
            for (const std::uint8_t searched : searchedHalf(study.target(target).testTruth(), study.seed))
                signal.fresh.push_back(searched ? 0 : 1);
        }
}

void appendRepaired(Study& study, const std::string& id, const OptionSet& recorded,
                    const RunContext& context) {
    const uq::UqMethod& method = uq::findMethod(id);
    const double alpha[] = {study.alpha}, trainedAlpha = studyChoices(recorded).alpha;
    for (TargetStudy& target : study.targets) {
        const auto evidence = uq::makeEvidence(target.name, target.unit, target.heldOut);
        addCalibrationPart(target, method, evidence, study.alpha, trainedAlpha, recorded);
        auto made = method.intervals(evidence, alpha, trainedAlpha, recorded, context.quiet());
        setEnds(made.front(), study.ends);
        cutAtLowerBound(made.front(), lowerBoundOf(target.heldOut));
        target.predictions.push_back(std::move(made.front()));
    }
    study.methods.push_back(id);
}

CommandResult runRepair(const OptionSet& options, const Services&, RunContext& context) {
    const std::string& path = options.getText("study");
    const RepairOptions wanted = repairOptionsFrom(options);
    RepairedStudy repaired = repairStudy(session::readStudy(path, context), wanted, context.slice(0.0, 0.9));
    CommandResult result;
    result.json = {{"study", path},
                   {"by", wanted.by},
                   {"alpha", repaired.study.alpha},
                   {"methods", repaired.study.methods},
                   {"repairs", nlohmann::json::array()}};
    for (const RepairComparison& comparison : repaired.comparisons) {
        if (result.text.empty())
            result.text = promiseOf(comparison.kind) + "\n";
        result.text += "\n" + inWords(comparison);
        result.json["repairs"].push_back(toJson(comparison));
    }
    auto arrays = session::readNetworks(path, context);
    for (session::StoredArray& array : toArrays(repaired.recipes))
        arrays.push_back(std::move(array));
    session::writeStudy(repaired.study, arrays, options.getText("out"), context.slice(0.9, 1.0));
    result.study = std::make_shared<const Study>(std::move(repaired.study));
    result.written = {options.getText("out")};
    return result;
}

} // namespace

RepairOptions repairOptionsFrom(const OptionSet& options) {
    RepairOptions wanted;
    wanted.by = options.getText("by");
    wanted.where = options.getText("where");
    wanted.methods = options.getTextList("methods");
    wanted.columns = options.getTextList("columns");
    wanted.heldBack = options.getFlag("held-back");
    wanted.alpha = wantedAlpha(options);
    wanted.acceptFew = options.getFlag("accept-few");
    wanted.catalogue = options.getText("catalogue");
    wanted.studyFile = options.getText("study");
    return wanted;
}

RepairedStudy repairStudy(Study study, const RepairOptions& options, const RunContext& context) {
    const RepairRequest request = parseRepairRequest(options.by, options.where);
    if (!canRecalibrate(study))
        throw Error(
            "The study holds no calibration rows and signals (its file has no /state, or one of another "
            "version), so it cannot be repaired. Run the study again.");
    const std::vector<std::string> methods = chosenMethods(study, options, request.kind);
    refuseRepeats(study, methods, request);
    if (options.alpha && *options.alpha != study.alpha)
        study = *recalibrate(study, *options.alpha, context.quiet());
    addCalibrationParts(study);
    Signals signals = makeSignals(study, request, methods, options, context.slice(0.0, 0.4));
    if (options.heldBack)
        keepToHeldBack(signals, study);
    const OptionSet recorded = recordedOptions(study);
    const Scoring scoring = scoringFrom(recorded, study.seed);
    StudyOracle oracle(study, scoring);
    RepairedStudy out;
    std::vector<std::pair<std::string, std::string>> repaired; // method, id
    for (const std::string& method : methods) {
        const uq::RepairedId id{method, request.kind, request.argument()};
        if (!std::all_of(study.targets.begin(), study.targets.end(),
                         [&](const TargetStudy& target) { return signals.at(target.name).contains(method); }))
            continue; // no region of this method
        if (uq::repairInfo(request.kind).isStored)
            for (TargetStudy& target : study.targets) {
                const RepairSignal& signal = signals.at(target.name).at(method);
                const std::string name = uq::repairSignal(id).name();
                target.heldOut.signals[name] = signal.values;
                out.recipes[target.name][name] = signal.recipe;
            }
        repaired.emplace_back(method, id.text());
    }
    for (std::size_t r = 0; r < repaired.size(); ++r) {
        const RunContext part =
            context.slice(0.4 + 0.6 * static_cast<double>(r) / static_cast<double>(repaired.size()),
                          0.4 + 0.6 * static_cast<double>(r + 1) / static_cast<double>(repaired.size()));
        part.step(0.0, "calibrating " + repaired[r].second);
        appendRepaired(study, repaired[r].second, recorded, part);
        addScores(study, repaired[r].second, scoring, oracle, part);
    }
    for (const TargetStudy& target : study.targets)
        for (const auto& [method, id] : repaired)
            out.comparisons.push_back(compareRepair(target, method, id, signals.at(target.name).at(method)));
    const uq::RepairInfo& info = uq::repairInfo(request.kind);
    study.notes.push_back("Repaired by " + options.by +
                          (options.where.empty() ? "" : " (" + options.where + ")") + ": " + info.oneLine +
                          " " + info.promises + " " + info.doesNot);
    out.study = std::move(study);
    return out;
}

Command repairCommand() {
    Command command;
    command.id = "repair";
    command.title = "Calibrate methods anew, by groups or weights, without training";
    command.details =
        R"(Makes a study file with the old methods and repaired ones side by side, from the signals that the study keeps; nothing
is trained. It opens like any other study: table, compare, evaluate at another alpha, figure. What a repair promises, and
what not, is said with coverage and width before and after in every group. Groups must be chosen without a look at how the
calibration galaxies are covered; regions are found on one half of the test galaxies and shown on the other.

Examples
  Where the error of the magnitude is large:
    penumbra-cli repair study.h5 --by mondrian:mag_r_err --out repaired.h5
  The regions that 'regions' confirms:
    penumbra-cli repair study.h5 --by region --out repaired.h5
  Several columns at once; a subset; other galaxies:
    penumbra-cli repair study.h5 --by conditional:mag_r,ebv --methods CQR,MADSplit --out repaired.h5
    penumbra-cli repair study.h5 --by subset:faint --where 'mag_r > 20' --out repaired.h5
    penumbra-cli repair study.h5 --by shift:deep_field.h5 --out repaired.h5
  What deep ensembles are worth once calibrated:
    penumbra-cli repair study.h5 --by split --out repaired.h5)";
    command.offersJson = true;
    command.options = describeRepairOptions;
    command.run = runRepair;
    return command;
}

} // namespace penumbra::workflow
