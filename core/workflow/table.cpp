#include "core/workflow/table.h"

#include "core/base/atomic_file.h"
#include "core/base/text.h"
#include "core/eval/evaluate.h"
#include "core/report/table_spec.h"
#include "core/session/study_file.h"

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
    std::string help = "Rows of the table; default: coverage, tail coverage, worst bin, mean width.";
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

std::string written(const report::TableSpec& table, const std::string& format) {
    if (format == "latex")
        return report::toLatex(table);
    if (format == "markdown")
        return report::toMarkdown(table);
    if (format == "csv")
        return report::toCsv(table);
    return report::toPlainText(table);
}

} // namespace

void describeTableOptions(OptionSet& options) {
    options.inputFile("study", "Study file.").asPositional().asRequired();
    options
        .choice("format", "text", {"text", "latex", "markdown", "csv"}, "latex needs the booktabs package.")
        .in("Table");
    options.textList("metrics", {}, metricsHelp()).in("Table");
    options
        .choice("convention", "all", {"all", "finite"},
                "all: infinite intervals count as covered. finite: galaxies with infinite intervals are left "
                "out.")
        .in("Table");
    options.outputFile("out", "File to write; default: standard output.").in("Table");
}

CommandResult runTable(const OptionSet& options, const Services&, RunContext& context) {
    checkMetrics(options.getTextList("metrics"));
    const Study study = session::readStudy(options.getText("study"), context);
    for (const std::string& note : study.notes)
        context.note(note);
    const auto table =
        report::comparisonTable(study, options.getTextList("metrics"), options.getText("convention"));
    CommandResult result;
    result.text = written(table, options.getText("format"));
    result.json = report::toJson(table);
    if (const std::string& out = options.getText("out"); !out.empty()) {
        writeFileAtomically(out, result.text);
        result.written = {out};
        result.text.clear();
    }
    return result;
}

} // namespace penumbra::workflow
