#include "core/workflow/table.h"

#include "core/base/atomic_file.h"
#include "core/base/text.h"
#include "core/eval/evaluate.h"
#include "core/report/table_spec.h"
#include "core/session/study_file.h"
#include "core/study/calibration_parts.h"
#include "core/study/local_draws.h"
#include "core/study/options.h"
#include "core/study/run.h"
#include "core/study/scores.h"
#include "core/workflow/stability.h"

#include <algorithm>

namespace penumbra::workflow {

namespace {

std::vector<std::string> metricIds() {
    std::vector<std::string> ids;
    for (const Metric& metric : allMetrics())
        ids.push_back(metric.id);
    return ids;
}

std::string metricsHelp() {
    std::string help =
        "Metrics of the table, a column each (a line each with methods across); default: coverage, tail "
        "coverage, worst bin, mean width.";
    for (const Metric& metric : allMetrics())
        help += "\n" + metric.id + ": " + metric.title;
    return help;
}

void checkMetrics(const std::vector<std::string>& wanted) {
    const auto known = metricIds();
    for (const std::string& id : wanted)
        if (std::find(known.begin(), known.end(), id) == known.end())
            throw UsageError("--metrics: there is no metric '" + id +
                             "'. The metrics are: " + joinText(known, ", ") + ".");
}

} // namespace

void describeTableOptions(OptionSet& options) {
    options.inputFile("study", "Study file.").asPositional().asRequired();
    describeTableOutput(options);
    options.textList("metrics", {}, metricsHelp()).in("Table");
    options
        .choice("convention", "all", {"all", "finite", "both"},
                "all: infinite intervals count as covered. finite: galaxies with infinite intervals are left "
                "out. both: coverages are shown in both ways where they differ.")
        .in("Table");
    options
        .choice(
            "layout", "methods-down", {"methods-down", "methods-across"},
            "methods-down: a line for each method, a column for each metric. methods-across: a column for "
            "each method, as papers print it.")
        .in("Table");
    options
        .integer(
            "stability", 0,
            "Random calibration/test splits over which the brackets range, instead of the interval of each "
            "number; 0: not. Methods that weigh galaxies (LC) take a twentieth of them, at least 10.")
        .range(0, 1000000)
        .in("Table");
    describeGivenCalibration(options, "Table");
    describeSubsets(options, "Table");
    options
        .flag(
            "bold", true,
            "Print in bold coverages not below the range of a method with the right scale that was "
            "calibrated on "
            "as many galaxies, and widths that no method betters on the same galaxies; the rule stands below "
            "the table. "
            "--no-bold saves the paired bootstrap.")
        .in("Table");
}

void describeTableOutput(OptionSet& options) {
    options
        .choice("format", "text", {"text", "latex", "markdown", "csv"}, "latex needs the booktabs package.")
        .in("Table");
    options.outputFile("out", "File to write; default: standard output.").in("Table");
}

void deliverTable(const report::TableSpec& table, const OptionSet& options, CommandResult& result,
                  const RunContext& context) {
    const std::string& format = options.getText("format");
    result.text = format == "latex"      ? report::toLatex(table)
                  : format == "markdown" ? report::toMarkdown(table)
                  : format == "csv"      ? report::toCsv(table)
                                         : report::toPlainText(table);
    if (const std::string& out = options.getText("out"); !out.empty()) {
        writeFileAtomically(out, result.text, context.stop);
        result.written = {out};
        result.text.clear();
    }
}

CommandResult runTable(const OptionSet& options, const Services&, RunContext& context) {
    checkMetrics(options.getTextList("metrics"));
    Study study = session::readStudy(options.getText("study"), context);
    tellThatThereAreNotes(study, context);
    prepareCalibration(study, givenCalibration(options), context);
    if (canRecalibrate(study)) {
        Scoring scoring = scoringFrom(recordedOptions(study), study.seed);
        scoring.givenCalibration = givenCalibration(options);
        setBrackets(study, scoring, context);
    }
    report::TableOptions wanted;
    wanted.givenCalibration = givenCalibration(options);
    wanted.metrics = options.getTextList("metrics");
    wanted.convention = options.getText("convention");
    wanted.markBest = options.getFlag("bold");
    if (options.getText("layout") == "methods-across")
        wanted.layout = report::TableOptions::Layout::MethodsAcross;
    Stability stability;
    if (const auto repeats = static_cast<int>(options.getInteger("stability")); repeats > 0) {
        StabilityOptions splits;
        splits.repeats = std::max(2, repeats);
        splits.seed = study.seed;
        stability = repeatSplits(study, splits, context);
        wanted.stability = &stability;
    }
    if (const auto subsets = wantedSubsets(options); !subsets.empty()) {
        Scoring scoring = scoringFrom(recordedOptions(study), study.seed);
        scoring.givenCalibration = wanted.givenCalibration;
        const auto columns = subsetColumns(study, options, context);
        for (const auto& [name, where] : subsets)
            wanted.subsets.push_back(
                {name, where,
                 scoredPart(study, rowsWhere(where, columns ? &*columns : nullptr), scoring, context)});
    }
    const auto table = report::comparisonTable(study, wanted, context);
    CommandResult result;
    result.json = report::toJson(table);
    result.json["label_errors"] = labelErrorsJson(study);
    result.json["calibration"] = wanted.givenCalibration ? "given" : "drawn";
    deliverTable(table, options, result, context);
    return result;
}

} // namespace penumbra::workflow
