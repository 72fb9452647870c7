#include "core/workflow/compare.h"

#include "core/base/text.h"
#include "core/eval/paired.h"
#include "core/session/study_file.h"
#include "core/study/local_draws.h"
#include "core/study/options.h"
#include "core/study/run.h"
#include "core/study/subset.h"
#include "core/workflow/table.h"

#include <algorithm>

namespace penumbra::workflow {

namespace {

nlohmann::json toJson(const PairedTest& test) {
    return {{"target", test.target},
            {"metric", test.metric},
            {"convention", test.convention},
            {"first", test.first},
            {"second", test.second},
            {"first_value", test.firstValue},
            {"second_value", test.secondValue},
            {"difference", test.difference},
            {"low", test.interval.low},
            {"high", test.interval.high},
            {"p", test.p},
            {"adjusted_p", test.adjustedP},
            {"test", test.test},
            {"calibration", test.calibration},
            {"n", test.n},
            {"only_first", test.onlyFirst},
            {"only_second", test.onlySecond}};
}

} // namespace

bool ranksByOwnCentre(const Study& study) {
    return std::any_of(study.scores.begin(), study.scores.end(), [](const Score& score) {
        return score.metric == "worst_bin_coverage" && score.stratum.find("own centre") != std::string::npos;
    });
}

void describeCompareOptions(OptionSet& options) {
    options.inputFile("study", "Study file.").asPositional().asRequired();
    options.textList("targets", {}, "Targets; default: all.").in("Comparison");
    options.textList("methods", {}, "Methods; default: all. Fewer pairs adjust p-values less.")
        .in("Comparison");
    options
        .textList("metrics", {"coverage", "worst_bin_coverage", "mean_width"},
                  "Metrics to compare by: " + joinText(pairedMetrics(), ", ") + ".")
        .in("Comparison");
    options
        .choice("convention", "all", {"all", "finite"},
                "all: infinite intervals count as covered. finite: galaxies where either interval is "
                "infinite are "
                "left out of the pair.")
        .in("Comparison");
    describeGivenCalibration(options, "Comparison");
    options
        .integer("replicates", 4000,
                 "Resamples; where calibration galaxies are drawn too, at most 1,000 are taken.")
        .range(100, 1000000)
        .in("Comparison");
    options
        .flag("differences-only", false,
              "Leave out the pairs for which no difference is shown; the footnote says how many.")
        .in("Comparison");
    describeTableOutput(options);
}

CommandResult runCompare(const OptionSet& options, const Services&, RunContext& context) {
    Study study = session::readStudy(options.getText("study"), context);
    tellThatThereAreNotes(study, context);
    keepChosen(study, options);
    if (study.methods.size() < 2)
        throw Error("One method cannot be compared; name at least two with --methods.");
    PairedOptions wanted;
    wanted.metrics = options.getTextList("metrics");
    wanted.convention = options.getText("convention");
    wanted.replicates = static_cast<int>(options.getInteger("replicates"));
    wanted.seed = study.seed;
    wanted.givenCalibration = givenCalibration(options);
    wanted.rankByOwnCentre = ranksByOwnCentre(study);
    prepareCalibration(study, wanted.givenCalibration, context);
    std::vector<PairedTest> tests = pairedTests(study, study.methods, wanted, context);
    CommandResult result;
    result.json = {{"convention", wanted.convention},
                   {"calibration", wanted.givenCalibration ? "given" : "drawn"},
                   {"tests", nlohmann::json::array()}};
    for (const PairedTest& test : tests)
        result.json["tests"].push_back(toJson(test));
    std::size_t leftOut = 0;
    if (options.getFlag("differences-only")) // JSON keeps all
        leftOut =
            std::erase_if(tests, [](const PairedTest& test) { return !(test.adjustedP < pairedLevel); });
    report::TableSpec table = report::pairedTable(study, tests, wanted);
    if (leftOut > 0)
        table.footnotes.push_back(
            withThousands(static_cast<long long>(leftOut)) +
            (leftOut == 1 ? " pair without a shown difference is" : " pairs without a shown difference are") +
            " left out.");
    deliverTable(table, options, result, context);
    return result;
}

} // namespace penumbra::workflow
