#include "core/workflow/regions.h"

#include "core/base/text.h"
#include "core/eval/galaxy_expression.h"
#include "core/session/study_file.h"
#include "core/study/calibration_parts.h"
#include "core/study/region_columns.h"
#include "core/study/run.h"
#include "core/study/subset.h"

#include <algorithm>

namespace penumbra::workflow {

namespace {

void describeRegionsOptions(OptionSet& options) {
    options.inputFile("study", "Study file.").asPositional().asRequired();
    options
        .inputFile("catalogue", "The study's catalogue, if it has moved. Without it regions are described by "
                                "prediction and width alone.")
        .asPositional();
    const char* group = "Regions";
    addWantedAlpha(options).in(group);
    options.textList("targets", {}, "Targets; default: all.").in(group);
    options.textList("methods", {}, "Methods; default: all. Fewer methods, fewer candidates to correct for.")
        .in(group);
    options
        .textList(
            "columns", {},
            "Columns that may describe a region, besides prediction and width; default: all columns of the "
            "catalogue that are known before the label, and features where they are few.")
        .in(group);
    options
        .text("where", "",
              "Judges the galaxies for which this holds instead of searching: an expression over catalogue "
              "columns, prediction and width(CQR), such as 'mag_r > 20'; never one with the truth.")
        .in(group);
    options
        .real("level", 0.05,
              "How often a region is confirmed somewhere although nothing covers less than it promises. "
              "Smaller "
              "is stricter.")
        .range(1e-6, 0.5)
        .in(group);
}

/// Galaxies chosen by an expression, judged on the half of the test galaxies held back.
CommandResult judgeWhere(Study study, const Catalogue* catalogue, const OptionSet& options,
                         const RunContext& context) {
    keepChosen(study, options);
    toWantedAlpha(study, options, context);
    addCalibrationParts(study);
    const std::string& where = options.getText("where");
    const GalaxyExpression expression(where);
    const io::Table columns = catalogue != nullptr ? variableTable(*catalogue, where) : io::Table();
    RegionOptions region;
    region.level = options.getReal("level");
    region.seed = study.seed;
    CommandResult result;
    result.json = {{"where", where}, {"alpha", study.alpha}, {"targets", nlohmann::json::array()}};
    for (const TargetStudy& target : study.targets) {
        GalaxyExpression::Sky sky;
        sky.columns = catalogue != nullptr ? &columns : nullptr;
        sky.target = &target;
        if (expression.usesOutcome(sky))
            throw UsageError("--where looks at the truth of " + target.name +
                             ": how galaxies are covered that were chosen so follows from the choice, and "
                             "cannot be tested.");
        const Confirmation confirmation =
            confirmChosen(target, study.methods, expression.rows(sky), where, region);
        result.text += inWords(confirmation) + "\n";
        result.json["targets"].push_back(toJson(confirmation));
    }
    return result;
}

CommandResult runRegions(const OptionSet& options, const Services&, RunContext& context) {
    Study study = session::readStudy(options.getText("study"), context);
    tellThatThereAreNotes(study, context);
    const auto catalogue =
        catalogueForColumns(study, options, "Regions are described by prediction and width alone.", context);
    if (!options.getText("where").empty())
        return judgeWhere(std::move(study), catalogue ? &*catalogue : nullptr, options, context);
    const double level = options.getReal("level");
    const double alpha = wantedAlpha(options).value_or(study.alpha);
    const StudyRegions found =
        searchStudy(std::move(study), catalogue ? &*catalogue : nullptr, options, context);
    CommandResult result;
    result.json = toJson(found, alpha, level);
    std::string heading;
    for (const RegionFinding& finding : found.findings) {
        if (finding.target != heading)
            result.text += finding.target + "\n";
        heading = finding.target;
        for (const std::string& line : splitText(inWords(finding, found.candidates(), level), '\n'))
            result.text += "  " + line + "\n";
    }
    for (const std::string& note : found.notes)
        result.text += note + "\n";
    result.text +=
        "Coverages and p-values are of galaxies that the search did not see. With probability " +
        formatReal(100.0 * (1.0 - level), 3) +
        " % no region is confirmed in which a method covers what it promises, whatever was searched "
        "here; that none is confirmed is no proof.\n";
    return result;
}

} // namespace

nlohmann::json toJson(const StudyRegions& found, double alpha, double level) {
    nlohmann::json json = {{"alpha", alpha},
                           {"level", level},
                           {"candidates", found.candidates()},
                           {"columns", found.columns},
                           {"notes", found.notes},
                           {"regions", nlohmann::json::array()},
                           {"findings", nlohmann::json::array()}};
    for (const RegionFinding& finding : found.findings) {
        for (const Region& region : finding.regions)
            json["regions"].push_back(toJson(finding, region));
        json["findings"].push_back({{"target", finding.target},
                                    {"method", finding.method},
                                    {"text", inWords(finding, found.candidates(), level)},
                                    {"searched", finding.searched},
                                    {"held_back", finding.heldBack},
                                    {"calibration_rows", finding.calibrationRows}});
    }
    return json;
}

nlohmann::json toJson(const Confirmation& confirmation) {
    nlohmann::json json = {{"target", confirmation.target},
                           {"what", confirmation.what},
                           {"text", inWords(confirmation)},
                           {"methods", nlohmann::json::array()}};
    for (const RegionFinding& finding : confirmation.methods)
        json["methods"].push_back(toJson(finding, finding.regions.front()));
    return json;
}

nlohmann::json toJson(const RegionFinding& finding, const Region& region) {
    nlohmann::json conditions = nlohmann::json::array();
    for (const NamedCondition& condition : region.conditions) {
        conditions.push_back({{"column", condition.column}, {"op", opText(condition.op)}});
        if (condition.op == RegionCondition::Op::Equals)
            conditions.back()["value"] = condition.category;
        else
            conditions.back()["value"] = condition.value;
    }
    const std::string where = whereOf(region);
    return {{"target", finding.target},
            {"method", finding.method},
            {"conditions", std::move(conditions)},
            {"where", where.empty() ? nlohmann::json() : nlohmann::json(where)},
            {"n", region.n},
            {"coverage", region.coverage},
            {"low", region.bracket.low},
            {"high", region.bracket.high},
            {"perfect_low", region.perfect.low},
            {"perfect_high", region.perfect.high},
            {"p", region.adjustedP},
            {"unadjusted_p", region.p},
            {"confirmed", region.confirmed},
            {"found_n", region.foundRows},
            {"found_coverage", 1.0 - static_cast<double>(region.foundMisses) /
                                         static_cast<double>(std::max<std::size_t>(1, region.foundRows))}};
}

Command regionsCommand() {
    Command command;
    command.id = "regions";
    command.title = "Find where intervals cover too little, and say it in words";
    command.details =
        R"(Searches one half of the test galaxies for parts of the sample, described by at most three conditions on columns, in
which a method covers less than it promises, and judges what it finds on the other half, which the search did not see:
the coverages printed are honest, and p-values count every candidate of every method and target and the scatter of the
calibration galaxies. Columns are those of the catalogue that are known before the label, the prediction, and the
method's own width. Parts below 2 % of the test galaxies are out of reach.

Examples
  penumbra-cli regions study.h5
  penumbra-cli regions study.h5 --methods CQR --columns mag_r,mag_r_err,ebv --json
  Galaxies chosen by eye, judged on those held back:
    penumbra-cli regions study.h5 --where 'mag_r > 20 and ebv > 0.1'
  A region that was found, as a group to repair by:
    penumbra-cli repair study.h5 --by region --out repaired.h5)";
    command.offersJson = true;
    command.options = describeRegionsOptions;
    command.run = runRegions;
    return command;
}

} // namespace penumbra::workflow
