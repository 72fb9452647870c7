#include "core/workflow/evaluate.h"

#include "core/base/text.h"
#include "core/catalogue/catalogue.h"
#include "core/catalogue/expression.h"
#include "core/io/table_reader.h"
#include "core/report/table_spec.h"
#include "core/session/study_file.h"
#include "core/study/catalogue.h"
#include "core/study/local_draws.h"
#include "core/study/options.h"
#include "core/study/run.h"
#include "core/study/scores.h"
#include "core/study/subset.h"
#include "core/workflow/study_command.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <map>
#include <numeric>
#include <optional>
#include <set>

namespace penumbra::workflow {

namespace {

/// --where and --condition-on, once read.
struct Variables {
    io::Table table;
    struct Condition {
        std::string name;
        std::vector<double> values;       ///< [catalogue rows]
        std::vector<std::string> columns; ///< that it is made of
    };
    std::vector<Condition> conditions;
};

/// A cut by the target's own label is the cut by truth, which is scored anyway.
bool isTruth(const Variables::Condition& condition, const std::string& target) {
    return condition.name == target;
}

/// Chosen by the outcome, but not as truth or |error| are: no band is known.
bool isOfTruth(const Variables::Condition& condition, const std::string& target) {
    return !isTruth(condition, target) &&
           std::find(condition.columns.begin(), condition.columns.end(), target) != condition.columns.end();
}

Variables readVariables(const Study& study, const OptionSet& options, const RunContext& context) {
    Variables variables;
    const std::string& where = options.getText("where");
    const auto& conditions = options.getTextList("condition-on");
    if (where.empty() && conditions.empty())
        return variables;
    variables.table = variableTable(studyCatalogue(study, options.getText("catalogue"), context),
                                    where + " " + joinText(conditions, " "));
    for (const std::string& name : conditions) {
        const Expression expression(name, variables.table);
        variables.conditions.push_back(
            {name, expression.evaluate(variables.table), expression.columnNames()});
    }
    return variables;
}

void scoreStudy(Study& study, const Variables& variables, const OptionSet& options,
                const RunContext& context) {
    const Scoring scoring = scoringFrom(options, study.seed);
    study.scores.clear();
    StudyOracle oracle(study, scoring);
    for (const std::string& method : study.methods)
        addScores(study, method, scoring, oracle, context);
    addTrueOracleScores(study, scoring, oracle, context);
    for (const Variables::Condition& condition : variables.conditions)
        for (const TargetStudy& target : study.targets)
            for (const Prediction& prediction : target.predictions) {
                if (isTruth(condition, target.name))
                    continue;
                const auto scores =
                    scoreByVariable(target, prediction, onTestRows(condition.values, target), condition.name,
                                    scoring, isOfTruth(condition, target.name) ? nullptr : &oracle, context);
                study.scores.insert(study.scores.end(), scores.begin(), scores.end());
            }
}

/// Intervals stay where they are; recalibrated ones follow the study.
void countEnds(Study& study, Ends ends) {
    study.ends = ends;
    for (TargetStudy& target : study.targets)
        for (Prediction& prediction : target.predictions)
            prediction.ends = ends;
}

std::vector<double> wantedAlphas(const Study& study, const OptionSet& options) {
    std::vector<double> alphas = options.getRealList("alpha");
    for (const double alpha : alphas)
        if (!(alpha > 0.0 && alpha < 1.0))
            throw UsageError("--alpha must lie between 0 and 1, but one is " + shortestReal(alpha) +
                             ". 0.1 means 90 % intervals.");
    if (alphas.empty())
        alphas.push_back(study.alpha);
    return alphas;
}

void tellNoBands(const std::set<std::string>& targets, const RunContext& context) {
    if (!targets.empty())
        context.note(
            "--where looks at the truth of " +
            joinText(std::vector<std::string>(targets.begin(), targets.end()), ", ") +
            ": these galaxies are chosen by the outcome, so their coverage says nothing for or against a "
            "method, and no band of a perfect method is shown.");
}

/// Lines "bin  n  coverage" of the columns asked for, one block per target, method and variable.
std::string binnedText(const Study& study, const Variables& variables) {
    const auto percent = [](double fraction) { return formatFixed(100.0 * fraction, 1); };
    const auto keyOf = [](const Score& score, const std::string& metric) {
        return std::array{score.target, score.method, score.conditionedOn, score.stratum, metric};
    };
    std::map<std::array<std::string, 5>, double> values;
    for (const Score& score : study.scores)
        if (score.convention == "all")
            values[keyOf(score, score.metric)] = score.value;
    const auto missed = [&](const Score& score, const std::string& metric) {
        return values.at(keyOf(score, metric));
    };
    std::string text;
    for (const Variables::Condition& condition : variables.conditions) {
        std::string heading;
        for (const Score& score : study.scores) {
            const bool truth = isTruth(condition, score.target);
            if (score.conditionedOn != (truth ? "truth" : condition.name) ||
                score.metric != "coverage_by_bin" || score.convention != "all")
                continue;
            const bool byOutcome = truth || isOfTruth(condition, score.target);
            const std::string own = score.target + ", " + score.method + ": coverage by " +
                                    (truth ? "the truth, " : "") + condition.name +
                                    (byOutcome ? " (chosen by the outcome: exact intervals miss the nominal "
                                                 "level in single bins, too)"
                                               : "");
            if (own != heading)
                text += "\n" + own + "\n";
            heading = own;
            text += "  " + score.stratum + "  n = " + withThousands(score.n) + "  " + percent(score.value) +
                    " % [" + percent(score.low) + ", " + percent(score.high) + "]";
            if (std::isfinite(score.oracleLow) && std::isfinite(score.oracleHigh))
                text += "  perfect method " + percent(score.oracleLow) + "–" + percent(score.oracleHigh);
            text += "; the truth lies below " + percent(missed(score, "miss_below_by_bin")) + ", above " +
                    percent(missed(score, "miss_above_by_bin")) + "\n";
        }
    }
    return text;
}

} // namespace

IntervalColumns intervalColumns(const OptionSet& options) {
    IntervalColumns names;
    names.table = options.getText("study");
    names.lower = options.getText("lower-column");
    names.upper = options.getText("upper-column");
    names.truth = options.getText("truth-column");
    names.mean = options.getText("mean-column");
    names.meanGiven = options.given("mean-column");
    names.alphas = options.getRealList("alpha");
    return names;
}

void describeEvaluateOptions(OptionSet& options) {
    options
        .inputFile("study",
                   "Study file; or a table (" + io::readableFormats() + ") of intervals made elsewhere.")
        .asPositional()
        .asRequired();
    const char* group = "What to evaluate";
    options
        .realList("alpha", {},
                  "One or more values of 1 - nominal coverage; default: the study's own. Others are "
                  "recalibrated from "
                  "the stored signals, without training. For a table of intervals: the alpha they were made "
                  "for (0.1).")
        .in(group);
    options.textList("targets", {}, "Targets; default: all of the study.").in(group);
    options.textList("methods", {}, "Methods; default: all of the study.").in(group);
    options.text("where", "", whereHelp).in(group);
    options
        .textList("condition-on", {},
                  "Columns or expressions to cut coverage and width by, besides truth, prediction, |error| "
                  "and width. The target's own name is the cut by truth.")
        .in(group);
    options
        .inputFile("catalogue", "The study's catalogue, if it has moved; needed by where and condition-on.")
        .in(group);
    describeScoringOptions(options);
    const char* tables = "Tables of intervals";
    options.text("lower-column", "lower", "Column with lower ends.").in(tables);
    options.text("upper-column", "upper", "Column with upper ends.").in(tables);
    options.text("truth-column", "truth", "Column with true values; rows without are left out.").in(tables);
    options.text("mean-column", "mean", "Column with point predictions; absent: the middle of the interval.")
        .in(tables);
    options.outputFile("out", "Write the result as a study file (one alpha only).").in("Output");
}

CommandResult runEvaluate(const OptionSet& options, const Services&, RunContext& context) {
    const std::string& path = options.getText("study");
    const bool isStudy = session::isStudyFile(path);
    for (const char* name : {"where", "condition-on"})
        if (!isStudy && options.given(name))
            throw UsageError(
                std::string("--") + name + " looks into the catalogue of a study, but " + path +
                " is a table of intervals. Leave out rows of the table beforehand; or make a catalogue "
                "of it (import --target, --columns) and a study with --prediction-column and "
                "--quantile-columns, whose DeliveredQuantiles are these intervals as they are.");
    Study study = isStudy ? session::readStudy(path, context) : studyFromIntervals(options, context);
    if (const auto given = endsGiven(options); given || !isStudy)
        countEnds(study, given.value_or(Ends::Closed));
    if (isStudy)
        tellThatThereAreNotes(study, context);
    else
        for (const std::string& note : study.notes)
            context.note(note);
    const auto alphas = wantedAlphas(study, options);
    const std::string& out = options.getText("out");
    if (!out.empty() && alphas.size() != 1)
        throw UsageError("--out takes one --alpha, not " + std::to_string(alphas.size()) + ".");
    report::TableOptions wanted;
    wanted.givenCalibration = givenCalibration(options);
    wanted.proportions = scoringFrom(options, study.seed).evaluate.interval;
    const Variables variables = readVariables(study, options, context);
    CommandResult result;
    result.json = {
        {"source", path}, {"alphas", alphas}, {"where", options.getText("where")}, {"notes", study.notes}};
    result.json["calibration"] = givenCalibration(options) ? "given" : "drawn";
    result.json["metrics"] = nlohmann::json::array();
    for (std::size_t i = 0; i < alphas.size(); ++i) {
        const auto part = context.slice(static_cast<double>(i) / static_cast<double>(alphas.size()),
                                        static_cast<double>(i + 1) / static_cast<double>(alphas.size()));
        const bool asStored = !isStudy || (alphas[i] == study.alpha && !canRecalibrate(study));
        auto at = std::make_shared<Study>(asStored ? study : recalibrateIntervals(study, alphas[i], part));
        keepChosen(*at, options);
        std::set<std::string> byOutcome;
        if (const std::string& where = options.getText("where"); !where.empty())
            byOutcome = keepWhere(*at, where, variables.table);
        if (!wanted.givenCalibration && !asStored)
            addLocalDraws(*at, part);
        scoreStudy(*at, variables, options, part);
        dropBands(*at, byOutcome);
        tellNoBands(byOutcome, context);
        for (const Score& score : at->scores)
            result.json["metrics"].push_back(toJson(score));
        if (alphas.size() > 1)
            result.text += (i ? "\n" : "") + std::string("alpha ") + shortestReal(alphas[i]) + "\n";
        result.text +=
            report::toPlainText(report::comparisonTable(*at, wanted, context)) + binnedText(*at, variables);
        result.study = at;
    }
    if (!out.empty()) {
        session::writeStudy(*result.study,
                            isStudy ? session::readNetworks(path, context)
                                    : std::vector<session::StoredArray>(),
                            out, context);
        result.written = {out};
    }
    return result;
}

} // namespace penumbra::workflow
