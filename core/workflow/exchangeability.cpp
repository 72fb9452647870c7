#include "core/workflow/exchangeability.h"

#include "core/base/text.h"
#include "core/eval/score_exchangeability.h"
#include "core/session/study_file.h"
#include "core/study/calibration_parts.h"
#include "core/study/catalogue.h"
#include "core/study/split_tests.h"

#include <algorithm>
#include <cmath>

namespace penumbra::workflow {

namespace {

nlohmann::json toJson(const ExchangeabilityTest& test) {
    nlohmann::json columns = nlohmann::json::array();
    for (const auto& column : test.columns)
        columns.push_back({{"name", column.name},
                           {"distance", column.distance},
                           {"p", column.p},
                           {"adjusted_p", column.adjustedP}});
    return {{"first", test.first},
            {"second", test.second},
            {"first_rows", test.firstRows},
            {"second_rows", test.secondRows},
            {"auc", test.auc},
            {"p", test.p},
            {"network_auc", test.networkAuc},
            {"network_p", test.networkP},
            {"family_p", test.familyP()},
            {"level", test.level},
            {"differ", test.differ()},
            {"finding", inWords(test)},
            {"columns", std::move(columns)}};
}

nlohmann::json toJson(const ScoreExchangeability& test) {
    nlohmann::json methods = nlohmann::json::array();
    for (const auto& method : test.methods)
        methods.push_back({{"target", method.target},
                           {"method", method.method},
                           {"calibration_rows", method.calibrationRows},
                           {"test_rows", method.testRows},
                           {"distance", method.distance},
                           {"p", method.p},
                           {"coverage", method.coverage},
                           {"lowest_coverage", method.lowestCoverage},
                           {"scores_differ", method.scoresDiffer},
                           {"below_band", method.belowBand}});
    return {{"alpha", test.alpha},
            {"level", test.level},
            {"differ", test.differ()},
            {"finding", inWords(test)},
            {"methods", std::move(methods)}};
}

/// The scores of a study, where it holds what they are made of; no methods otherwise.
ScoreExchangeability scoresOf(const std::string& path, double level, const RunContext& context) {
    if (!session::isStudyFile(path))
        return {};
    Study study = session::readStudy(path, context.quiet());
    addCalibrationParts(study);
    return testScores(study, level);
}

} // namespace

void describeExchangeabilityOptions(OptionSet& options) {
    options.inputFile("catalogue", "Catalogue file with a split, or a study of one.")
        .asPositional()
        .asRequired();
    options.text("features", "",
                 "Features the classifier sees beside the columns; default: the first. 'none': "
                 "columns and targets alone.");
    options
        .integer("rows", 2000,
                 "Galaxies of each group at most; larger groups are subsampled. More rows find "
                 "smaller differences and take longer.")
        .range(20, 1000000);
    options
        .integer("permutations", 999,
                 "Of the group labels; the classifier's p cannot be below 1 / "
                 "(permutations + 1).")
        .range(99, 100000);
    options
        .real(
            "level", 0.01,
            "Error rate: how often two groups that are alike are called different, by whatever test (with a "
            "study half of it goes to the scores), and the share of false names among the columns.")
        .range(1e-6, 0.5);
    options.integer("seed", 0, "Of subsamples and permutations.");
}

CommandResult runExchangeability(const OptionSet& options, const Services&, RunContext& context) {
    const Catalogue catalogue =
        readCatalogue(catalogueBehind(options.getText("catalogue"), context), context.slice(0.0, 0.3));
    CommandResult result;
    result.json = {{"catalogue", catalogue.path.string()}, {"tests", nlohmann::json::array()}};
    if (catalogue.split.empty()) {
        result.text =
            "The catalogue holds no split. A study draws one at random, and groups drawn at random are "
            "exchangeable: there is nothing to test.\n";
        result.json["finding"] = result.text;
        return result;
    }
    ExchangeabilityOptions wanted;
    wanted.rowsPerGroup = static_cast<std::size_t>(options.getInteger("rows"));
    wanted.permutations = static_cast<std::size_t>(options.getInteger("permutations"));
    wanted.level = options.getReal("level");
    wanted.seed = static_cast<std::uint64_t>(options.getInteger("seed"));
    Features features;
    const bool hasFeatures = !catalogue.features.empty() && options.getText("features") != "none";
    if (hasFeatures)
        features = loadFeatures(catalogue, options.getText("features"), context.slice(0.3, 0.6));
    const ScoreExchangeability scores = scoresOf(options.getText("catalogue"), 0.5 * wanted.level, context);
    if (!scores.methods.empty())
        wanted.level *= 0.5;
    const auto tests =
        testSplits(catalogue, catalogue.split, hasFeatures ? &features : nullptr, wanted, context);
    if (tests.empty())
        result.text = "Only one of train, calibration and test holds rows: there is nothing to compare.\n";
    for (const ExchangeabilityTest& test : tests) {
        result.text += inWords(test) + "\n";
        result.json["tests"].push_back(toJson(test));
    }
    if (!scores.methods.empty()) {
        result.text += inWords(scores) + "\n";
        result.json["scores"] = toJson(scores);
    }
    return result;
}

} // namespace penumbra::workflow
