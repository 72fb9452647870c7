#include "core/workflow/diagnose.h"

#include "core/base/derived_seed.h"
#include "core/base/text.h"
#include "core/catalogue/samples.h"
#include "core/eval/distributions.h"
#include "core/eval/evaluate.h"
#include "core/eval/regions.h"
#include "core/eval/true_distribution.h"
#include "core/session/study_file.h"
#include "core/study/calibration_parts.h"
#include "core/study/region_columns.h"
#include "core/study/run.h"
#include "core/study/subset.h"
#include "core/workflow/table.h"

#include <algorithm>
#include <cmath>

namespace penumbra::workflow {

namespace {

void describeDiagnoseOptions(OptionSet& options) {
    options.inputFile("study", "Study file.").asPositional().asRequired();
    options
        .inputFile("catalogue", "The study's catalogue, if it has moved. Without it coverage is looked at by "
                                "prediction and width alone, and no repeated galaxies are found.")
        .asPositional();
    const char* group = "Diagnosis";
    addWantedAlpha(options).in(group);
    options.textList("targets", {}, "Targets; default: all.").in(group);
    options.textList("methods", {}, "Methods; default: all.").in(group);
    options
        .textList(
            "columns", {},
            "Columns that coverage is looked at by, besides prediction and width; default: all columns of "
            "the catalogue that are known before the label, and features where they are few.")
        .in(group);
    options
        .choice(
            "labels-are", "unknown", {"unknown", "noise", "posterior"},
            "What the errors of labels are, which no data can tell. noise: added to the truth by a "
            "measurement. posterior: widths of the label's own posterior. unknown: nothing is said of true "
            "values.")
        .in(group);
    options
        .choice(
            "spreads-describe", "labels", {"labels", "truths"},
            "What the spread of Gaussian methods describes: the catalogue's labels, or true values; then the "
            "errors of labels are added in quadrature.")
        .in(group);
    options
        .integer(
            "permutations", 99,
            "Random orders behind the p-value of the excess risk, each a new fit; more take longer and allow "
            "smaller p-values.")
        .range(0, 9999)
        .in(group);
    options.integer("directions", 1000, "Directions that worst slabs are searched in; more find worse ones.")
        .range(1, 1000000)
        .in(group);
    describeTableOutput(options);
}

DiagnoseOptions chosen(const OptionSet& options, const Study& study) {
    DiagnoseOptions out;
    const std::string& world = options.getText("labels-are");
    out.labelWorld = world == "noise"       ? LabelWorld::Noise
                     : world == "posterior" ? LabelWorld::Posterior
                                            : LabelWorld::Unknown;
    out.labelErrors =
        options.getText("spreads-describe") == "truths" ? LabelErrors::Added : LabelErrors::Included;
    out.permutations = static_cast<std::size_t>(options.getInteger("permutations"));
    out.directions = static_cast<std::size_t>(options.getInteger("directions"));
    out.seed = study.seed;
    return out;
}

RepeatedRows repeatsOf(const Catalogue& catalogue, const std::vector<std::int64_t>& rows) {
    std::vector<std::string> ids;
    std::vector<double> ra, dec;
    for (const std::int64_t row : rows) {
        const auto at = static_cast<std::size_t>(row);
        ids.push_back(catalogue.idText(at));
        if (!catalogue.ra.empty()) {
            ra.push_back(catalogue.ra[at]);
            dec.push_back(catalogue.dec[at]);
        }
    }
    return repeatedRows(ids, ra, dec);
}

/// Draws of the labels' posteriors where the catalogue has them, else Gaussian errors.
std::optional<LabelDistributions> labelsOf(const Catalogue* catalogue, const TargetStudy& target) {
    auto labels = labelDistributions(target);
    if (catalogue == nullptr)
        return labels;
    std::vector<std::string> notes;
    for (const Samples& samples : listSamples(*catalogue, notes)) {
        if (samples.dataset != "/target_samples/" + target.name)
            continue;
        const auto all = loadSamples(*catalogue, samples.dataset);
        LabelDistributions out;
        out.label = target.testTruth();
        out.error.assign(out.label.size(), std::nan(""));
        out.drawsPerRow = samples.perRow();
        for (const std::int64_t row : target.testRows()) {
            const auto first =
                all.begin() + static_cast<std::ptrdiff_t>(static_cast<std::size_t>(row) * out.drawsPerRow);
            out.draws.insert(out.draws.end(), first, first + static_cast<std::ptrdiff_t>(out.drawsPerRow));
        }
        return out;
    }
    return labels;
}

void addScores(MethodDiagnosis& out, const TargetStudy& target, const Prediction& prediction,
               const DiagnoseOptions& options) {
    auto distributions = distributionsOf(target, prediction);
    std::vector<Metric> metrics;
    for (const char* id : {"interval_score", "pinball", "crps", "cde_loss"})
        metrics.push_back(*findMetric(id));
    EvaluateOptions evaluate;
    evaluate.seed = scoringSeed(options.seed);
    const auto truth = target.testTruth();
    for (Score& score : evaluatePrediction(prediction, truth, target.basePrediction(), evaluate, {}, metrics,
                                           distributions ? &*distributions : nullptr))
        if (score.convention == "all")
            out.scores[score.metric] = std::move(score);
    if (!distributions || distributions->kind() != Distributions::Kind::Gaussian)
        return;
    double sum = 0.0, n = 0.0;
    for (std::size_t i = 0; i < truth.size(); ++i) {
        const double loss = distributions->logScore(i, truth[i]);
        if (std::isnan(loss))
            continue;
        sum += loss;
        n += 1.0;
        out.beyondSixSigma +=
            std::abs(truth[i] - distributions->centre(i)) > 6.0 * distributions->scale(i) ? 1 : 0;
    }
    if (n > 0.0)
        out.logScore = sum / n;
}

CommandResult runDiagnose(const OptionSet& options, const Services&, RunContext& context) {
    Study study = session::readStudy(options.getText("study"), context);
    tellThatThereAreNotes(study, context);
    keepChosen(study, options);
    addCalibrationParts(study);
    toWantedAlpha(study, options, context);
    const auto catalogue =
        catalogueForColumns(study, options, "Coverage is looked at by prediction and width alone.", context);
    const DiagnoseOptions wanted = chosen(options, study);
    CommandResult result;
    result.json = {{"alpha", study.alpha}, {"diagnoses", nlohmann::json::array()}};
    std::vector<MethodDiagnosis> diagnoses;
    std::size_t done = 0;
    for (const TargetStudy& target : study.targets) {
        std::vector<RegionColumn> columns;
        RepeatedRows repeats;
        if (catalogue) {
            auto describing = describingColumns(*catalogue, target, options.getTextList("columns"), context);
            columns = onRows(describing.columns, target.testRows());
            repeats = repeatsOf(*catalogue, target.testRows());
        }
        const auto labels = labelsOf(catalogue ? &*catalogue : nullptr, target);
        result.text += target.name + "\n";
        for (const Prediction& prediction : target.predictions) {
            context.step(static_cast<double>(done++) /
                             static_cast<double>(study.targets.size() * target.predictions.size()),
                         target.name + ": " + prediction.method);
            const MethodDiagnosis found =
                diagnoseMethod(target, prediction, columns, repeats, labels, wanted, context);
            diagnoses.push_back(found);
            nlohmann::json json = toJson(found, wanted.labelWorld);
            const auto lines = inWords(found, wanted.labelWorld);
            json["text"] = lines;
            result.json["diagnoses"].push_back(std::move(json));
            result.text += "  " + prediction.method + "\n";
            for (const std::string& line : lines)
                result.text += "    " + line + "\n";
        }
    }
    result.text +=
        "Each p-value is of one measure and one method. Chance alone makes the lowest of many groups look "
        "bad: "
        "the range beside it is what exact intervals show. Scores of calibrated methods hold for this "
        "calibration set.\n";
    if (options.given("format") || !options.getText("out").empty())
        deliverTable(diagnosisTable(diagnoses), options, result, context);
    return result;
}

} // namespace

MethodDiagnosis diagnoseMethod(const TargetStudy& target, const Prediction& prediction,
                               const std::vector<RegionColumn>& columns, const RepeatedRows& repeats,
                               const std::optional<LabelDistributions>& labels,
                               const DiagnoseOptions& options, const RunContext& context) {
    MethodDiagnosis out;
    out.target = target.name;
    out.method = prediction.method;
    out.alpha = prediction.alpha;
    out.curve = coverageCurve(target, prediction);
    PitOptions pit;
    pit.labelErrors = options.labelErrors;
    pit.seed = options.seed;
    out.pit = pitOf(target, prediction, pit, context);
    pit.kind = PitKind::TwoSided;
    out.conformalP = pitOf(target, prediction, pit, context);
    addScores(out, target, prediction, options);
    ConditionalOptions conditional;
    conditional.bins = options.bins;
    conditional.seed = options.seed;
    conditional.slab.directions = options.directions;
    conditional.risk.permutations = options.permutations;
    conditional.risk.boosting = true;
    conditional.risk.seed = derivedSeed(options.seed, "excess risk");
    out.conditional = diagnoseConditional(
        target, prediction, withPredictionAndWidth(target, prediction, columns), conditional, context);
    if (labels)
        out.labels = againstLabelPosteriors(prediction, *labels, options.seed);
    out.repeats = compareRepeats(prediction, repeats);
    return out;
}

Command diagnoseCommand() {
    Command command;
    command.id = "diagnose";
    command.title =
        "Say what is wrong with each method's error bars, each measure beside what chance does to it";
    command.details =
        R"(Of every method: coverage at all levels and where it leaves the band of an exact method; probability integral
transforms of its predictive distribution, tested with the calibration set that all values share; proper scores (CRPS,
interval score, pinball, CDE loss); whether coverage is the same everywhere: by width, by columns, in the worst slab
(searched on one half of the test galaxies, scored on the other), by how much better one can predict it than the promise
does (excess risk), and whether it depends on the width (HSIC, correlation). Where labels have errors or posterior draws:
how many of these are covered, and how much of a width the label owes. Galaxies measured twice (one id, or within 1
arcsec): whether their predictions agree within their error bars.
With --format or --out the same numbers are a table, a line a measure.

Examples
  penumbra-cli diagnose study.h5
  penumbra-cli diagnose study.h5 --targets z --methods CQR,DeepEnsembles --json
  penumbra-cli diagnose study.h5 --columns mag_r,ebv --labels-are posterior
  penumbra-cli diagnose study.h5 --format csv --out diagnosis.csv
  penumbra-cli figure study.h5 --kind pit-histogram --out pit.pdf
  penumbra-cli figure study.h5 --kind ks-map --map-x mag_r --map-y ebv --out ks.pdf)";
    command.offersJson = true;
    command.options = describeDiagnoseOptions;
    command.run = runDiagnose;
    return command;
}

} // namespace penumbra::workflow
