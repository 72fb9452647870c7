#include "core/workflow/regions.h"

#include "core/base/text.h"
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
        .real("level", 0.05,
              "How often a region is confirmed somewhere although nothing covers less than it promises. "
              "Smaller "
              "is stricter.")
        .range(1e-6, 0.5)
        .in(group);
}

/// Null where a condition is none of the catalogue's columns (prediction, width, features).
nlohmann::json whereOf(const Region& region) {
    std::vector<std::string> pieces;
    for (const NamedCondition& condition : region.conditions) {
        if (isOneOf(condition.column, {"prediction", "width"}) || condition.column.ends_with("]"))
            return nullptr;
        pieces.push_back(nameInExpression(condition.column) + " " + opText(condition.op) + " " +
                         (condition.op == RegionCondition::Op::Equals
                              ? std::string("'").append(condition.category).append("'")
                              : shortestReal(condition.value)));
    }
    return joinText(pieces, " and ");
}

CommandResult runRegions(const OptionSet& options, const Services&, RunContext& context) {
    Study study = session::readStudy(options.getText("study"), context);
    tellThatThereAreNotes(study, context);
    keepChosen(study, options);
    addCalibrationParts(study);
    toWantedAlpha(study, options, context);
    const auto catalogue =
        catalogueForColumns(study, options, "Regions are described by prediction and width alone.", context);
    const double level = options.getReal("level");
    const StudyRegions found = findStudyRegions(study, catalogue ? &*catalogue : nullptr,
                                                options.getTextList("columns"), level, context);
    CommandResult result;
    result.json = {{"alpha", study.alpha},
                   {"level", level},
                   {"candidates", found.candidates()},
                   {"columns", found.columns},
                   {"notes", found.notes},
                   {"regions", nlohmann::json::array()},
                   {"findings", nlohmann::json::array()}};
    std::string heading;
    for (const RegionFinding& finding : found.findings) {
        const std::string words = inWords(finding, found.candidates(), level);
        if (finding.target != heading)
            result.text += finding.target + "\n";
        heading = finding.target;
        for (const std::string& line : splitText(words, '\n'))
            result.text += "  " + line + "\n";
        for (const Region& region : finding.regions)
            result.json["regions"].push_back(toJson(finding, region));
        result.json["findings"].push_back({{"target", finding.target},
                                           {"method", finding.method},
                                           {"text", words},
                                           {"searched", finding.searched},
                                           {"held_back", finding.heldBack},
                                           {"calibration_rows", finding.calibrationRows}});
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

nlohmann::json toJson(const RegionFinding& finding, const Region& region) {
    nlohmann::json conditions = nlohmann::json::array();
    for (const NamedCondition& condition : region.conditions) {
        conditions.push_back({{"column", condition.column}, {"op", opText(condition.op)}});
        if (condition.op == RegionCondition::Op::Equals)
            conditions.back()["value"] = condition.category;
        else
            conditions.back()["value"] = condition.value;
    }
    return {{"target", finding.target},
            {"method", finding.method},
            {"conditions", std::move(conditions)},
            {"where", whereOf(region)},
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
  A region that was found, as a group to repair by:
    penumbra-cli repair study.h5 --by region --out repaired.h5)";
    command.offersJson = true;
    command.options = describeRegionsOptions;
    command.run = runRegions;
    return command;
}

} // namespace penumbra::workflow
