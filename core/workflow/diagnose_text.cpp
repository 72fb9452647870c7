// How a diagnosis is told: as JSON for programs, as sentences for people.
#include "core/base/json_text.h"
#include "core/base/text.h"
#include "core/workflow/diagnose.h"

#include <cmath>

namespace penumbra::workflow {

namespace {

nlohmann::json intervalJson(const Interval& interval) {
    return {jsonReal(interval.low), jsonReal(interval.high)};
}

nlohmann::json curveJson(const CoverageCurve& curve) {
    nlohmann::json outside = nlohmann::json::array();
    for (std::size_t i = 0; i < curve.levels.size(); ++i)
        if (curve.observed[i] < curve.band.low[i] - 1e-12 || curve.observed[i] > curve.band.high[i] + 1e-12)
            outside.push_back(curve.levels[i]);
    return {{"n", curve.n},
            {"n_calibration", curve.nCalibration},
            {"levels", curve.levels},
            {"coverage", curve.observed},
            {"band_low", curve.band.low},
            {"band_high", curve.band.high},
            {"band_holds_for", curve.bandHolds},
            {"levels_outside", std::move(outside)},
            {"area", jsonReal(curve.area)},
            {"area_by_chance", jsonReal(curve.areaByChance)}};
}

nlohmann::json pitJson(const std::optional<PitResult>& pit) {
    if (!pit || pit->values.empty())
        return nullptr;
    return {{"distribution", pit->distribution},
            {"n", pit->values.size()},
            {"n_calibration", pit->nCalibration},
            {"left_out", pit->leftOut},
            {"ks", pit->shared ? pit->shared->distance : pit->tests.ks},
            {"ks_p", jsonReal(pit->ksP)},
            {"cvm", jsonReal(pit->tests.cvm)},
            {"cvm_p", jsonReal(pit->cvmP)},
            {"ad", jsonReal(pit->tests.ad)},
            {"ad_p", jsonReal(pit->adP)},
            {"below_0.001", pit->lowest},
            {"above_0.999", pit->highest},
            {"expected_each", 0.001 * static_cast<double>(pit->values.size())},
            {"shape", pit->words}};
}

nlohmann::json groupsJson(const GroupedCoverage& groups) {
    nlohmann::json list = nlohmann::json::array();
    for (std::size_t g = 0; g < groups.n.size(); ++g)
        list.push_back({{"n", groups.n[g]},
                        {"coverage", groups.group(g)},
                        {"low", groups.bracket[g].low},
                        {"high", groups.bracket[g].high}});
    return {{"groups", std::move(list)},
            {"lowest", jsonReal(groups.lowest)},
            {"lowest_by_chance", intervalJson(groups.lowestByChance)},
            {"lowest_p", jsonReal(groups.lowestP)},
            {"gap", jsonReal(groups.gap)},
            {"gap_interval", intervalJson(groups.gapBracket)},
            {"gap_weighted", jsonReal(groups.gapWeighted)},
            {"gap_by_chance", jsonReal(groups.gapByChance)},
            {"gap_p", jsonReal(groups.gapP)}};
}

nlohmann::json slabJson(const ConditionalDiagnosis& conditional) {
    if (!conditional.slab)
        return nullptr;
    const WorstSlab& slab = *conditional.slab;
    return {{"columns", conditional.slabColumns},
            {"direction",
             std::vector<double>(slab.direction.data(), slab.direction.data() + slab.direction.size())},
            {"coverage", jsonReal(slab.coverage)},
            {"low", jsonReal(slab.bracket.low)},
            {"high", jsonReal(slab.bracket.high)},
            {"n", slab.n},
            {"p", jsonReal(slab.p)},
            {"searched_coverage_optimistic", slab.searched.coverage},
            {"searched_n", slab.searched.n}};
}

nlohmann::json riskJson(const RiskFinding& risk) {
    if (risk.n == 0)
        return nullptr;
    return {{"l1", risk.risk.l1},
            {"interval", intervalJson(risk.bracket)},
            {"by_chance", intervalJson(risk.byChance)},
            {"p", jsonReal(risk.p)},
            {"l1_under", risk.under.l1},
            {"l1_over", risk.over.l1},
            {"brier", risk.risk.brier},
            {"log_loss", risk.risk.log},
            {"n", risk.n},
            {"columns", risk.columns},
            {"classifier", risk.learner == RiskLearner::Boosting
                               ? "boosted trees on columns"
                               : "logistic regression on columns and their squares"}};
}

nlohmann::json conditionalJson(const ConditionalDiagnosis& conditional) {
    nlohmann::json columns = nlohmann::json::array();
    for (const ColumnCoverage& column : conditional.byColumn) {
        columns.push_back(groupsJson(column.groups));
        columns.back()["column"] = column.column;
        columns.back()["lowest_adjusted_p"] = jsonReal(column.adjustedP);
    }
    const WidthDependence& width = conditional.width;
    nlohmann::json widths = nullptr;
    if (!width.oneWidth && !std::isnan(width.hsic))
        widths = {{"n", width.n},
                  {"hsic", width.hsic},
                  {"hsic_by_chance", jsonReal(width.hsicByChance)},
                  {"hsic_p", jsonReal(width.hsicP)},
                  {"correlation_width_miss", width.correlation},
                  {"interval", intervalJson(width.bracket)},
                  {"correlation_p", jsonReal(width.correlationP)}};
    return {{"n", conditional.n},
            {"n_calibration", conditional.promise.nCalibration},
            {"one_width", width.oneWidth},
            {"by_size", conditional.bySize ? groupsJson(*conditional.bySize) : nlohmann::json()},
            {"by_column", std::move(columns)},
            {"worst_slab", slabJson(conditional)},
            {"excess_risk", riskJson(conditional.risk)},
            {"width_dependence", std::move(widths)}};
}

/// Of truths only what the user's word on the labels allows.
nlohmann::json labelsJson(const std::optional<LabelPosteriorFinding>& labels, LabelWorld world) {
    if (!labels || labels->n == 0)
        return nullptr;
    nlohmann::json json = {{"n", labels->n},
                           {"coverage_of_labels", labels->ofLabels},
                           {"expected_coverage_of_label_draws", labels->expected},
                           {"interval", intervalJson(labels->expectedBracket)},
                           {"median_share_of_width", jsonReal(labels->widthShare)},
                           {"narrower_than_label", labels->narrower}};
    if (world == LabelWorld::Unknown)
        return json;
    const bool noise = world == LabelWorld::Noise;
    json["labels_are"] = noise ? "noise" : "posterior";
    json["coverage_of_truths"] = jsonReal(noise ? labels->ifNoise : labels->ifPosterior);
    json["coverage_of_truths_range"] = {jsonReal(labels->ifPosterior), jsonReal(labels->ifNoise)};
    if (noise)
        json["width_for_truths_model_based"] = jsonReal(labels->widthWithoutNoise);
    return json;
}

nlohmann::json repeatsJson(const RepeatFinding& repeats) {
    if (repeats.pairs == 0)
        return nullptr;
    return {{"pairs", repeats.pairs},       {"within", repeats.share},  {"low", repeats.bracket.low},
            {"high", repeats.bracket.high}, {"rms_sigma", repeats.rms}, {"p", repeats.p}};
}

std::string percent(double fraction) {
    return formatReal(100.0 * fraction, 3) + " %";
}
std::string bracketText(const Interval& interval) {
    return std::string("[") + formatReal(100.0 * interval.low, 3) + ", " +
           formatReal(100.0 * interval.high, 3) + "]";
}
std::string pText(double p) {
    return p < 1e-4 ? std::string("p < 0.0001") : std::string("p = ") + formatReal(p, 2);
}
std::string count(std::size_t n) {
    return withThousands(static_cast<long long>(n));
}

std::string curveWords(const CoverageCurve& curve) {
    if (curve.n == 0 || curve.levels.size() < 2)
        return {};
    double low = 2.0, high = -1.0;
    for (std::size_t i = 0; i < curve.levels.size(); ++i)
        if (curve.observed[i] < curve.band.low[i] - 1e-12 || curve.observed[i] > curve.band.high[i] + 1e-12) {
            low = std::min(low, curve.levels[i]);
            high = std::max(high, curve.levels[i]);
        }
    return std::string("Coverage over all levels: miscalibration area ") + percent(curve.area) +
           ", by chance " + percent(curve.areaByChance) + " (n = " + count(curve.n) + "); " +
           (high < 0.0 ? std::string("inside the 95 % band of an exact method.")
                       : std::string("outside the 95 % band of an exact method between ") + percent(low) +
                             " and " + percent(high) + ".");
}

std::string pitWords(const std::optional<PitResult>& pit, const std::string& what) {
    if (!pit || pit->values.empty())
        return {};
    std::string words = what + " (" + pit->distribution + ", n = " + count(pit->values.size()) + "): ";
    if (std::isnan(pit->adP))
        words += "Anderson-Darling " + formatReal(pit->tests.ad, 3) +
                 ", without a p-value: local values are near-uniform at best";
    else
        words += "Anderson-Darling " + pText(pit->adP) + ", Kolmogorov-Smirnov " + pText(pit->ksP);
    return words + (pit->words.empty() ? "." : "; " + pit->words + ".");
}

std::string scoreWords(const MethodDiagnosis& d) {
    std::string words;
    const std::pair<const char*, const char*> named[] = {{"crps", "CRPS"},
                                                         {"interval_score", "interval score"},
                                                         {"pinball", "pinball loss"},
                                                         {"cde_loss", "CDE loss"}};
    for (const auto& [id, name] : named)
        if (const auto found = d.scores.find(id);
            found != d.scores.end() && std::isfinite(found->second.value))
            words +=
                std::string(words.empty() ? "" : ", ") + name + " " + formatReal(found->second.value, 4) +
                (std::isfinite(found->second.low) ? std::string(" [") + formatReal(found->second.low, 4) +
                                                        ", " + formatReal(found->second.high, 4) + "]"
                                                  : std::string());
    if (d.beyondSixSigma > 0)
        words += std::string("; ") + count(d.beyondSixSigma) + " galaxies beyond six sigma";
    return words.empty() ? words : std::string("Scores: ") + words + ".";
}

std::string groupWords(const GroupedCoverage& groups, const std::string& what, double p) {
    return std::string("Lowest of ") + std::to_string(groups.n.size()) + " groups by " + what + ": " +
           percent(groups.lowest) + "; exact intervals show " + bracketText(groups.lowestByChance) + " (" +
           pText(p) + ").";
}

} // namespace

nlohmann::json toJson(const MethodDiagnosis& d, LabelWorld world) {
    nlohmann::json scores = nlohmann::json::object();
    for (const auto& [id, score] : d.scores)
        scores[id] = {{"value", jsonReal(score.value)},
                      {"low", jsonReal(score.low)},
                      {"high", jsonReal(score.high)},
                      {"n", score.n}};
    if (!std::isnan(d.logScore))
        scores["log_score"] = {{"value", jsonReal(d.logScore)}, {"beyond_6_sigma", d.beyondSixSigma}};
    return {{"target", d.target},
            {"method", d.method},
            {"coverage_curve", curveJson(d.curve)},
            {"pit", pitJson(d.pit)},
            {"conformal_p", pitJson(d.conformalP)},
            {"scores", std::move(scores)},
            {"conditional", conditionalJson(d.conditional)},
            {"labels", labelsJson(d.labels, world)},
            {"repeats", repeatsJson(d.repeats)}};
}

std::vector<std::string> inWords(const MethodDiagnosis& d, LabelWorld world) {
    std::vector<std::string> lines;
    const auto add = [&](std::string line) {
        if (!line.empty())
            lines.push_back(std::move(line));
    };
    add(curveWords(d.curve));
    add(pitWords(d.pit, "PIT"));
    add(pitWords(d.conformalP, "Conformal p"));
    add(scoreWords(d));
    const ConditionalDiagnosis& c = d.conditional;
    if (c.bySize)
        add(groupWords(*c.bySize, "width", c.bySize->lowestP));
    else if (c.width.oneWidth && c.n > 0)
        add("All intervals have one width: nothing can depend on it.");
    if (!std::isnan(c.width.correlation))
        add(std::string("Width and miss: correlation ") + formatReal(c.width.correlation, 2) + " [" +
            formatReal(c.width.bracket.low, 2) + ", " + formatReal(c.width.bracket.high, 2) + "] (" +
            pText(c.width.correlationP) + "), HSIC " + pText(c.width.hsicP) + ".");
    const ColumnCoverage* worst = nullptr;
    for (const ColumnCoverage& column : c.byColumn)
        if (worst == nullptr || column.adjustedP < worst->adjustedP)
            worst = &column;
    if (worst != nullptr)
        add(groupWords(worst->groups, worst->column, worst->adjustedP) + " Worst of " +
            std::to_string(c.byColumn.size()) + " columns, p adjusted for them.");
    if (c.slab && c.slab->n > 0)
        add(std::string("Worst slab in ") + std::to_string(c.slabColumns.size()) + " columns: covered " +
            percent(c.slab->coverage) + " " + bracketText(c.slab->bracket) + " of the " + count(c.slab->n) +
            " galaxies that the search did not see (" + pText(c.slab->p) + "; where it searched, " +
            percent(c.slab->searched.coverage) + ", optimistic).");
    if (c.risk.n > 0)
        add(std::string("Excess risk of the promise: coverage departs from it by at least ") +
            percent(std::max(0.0, c.risk.risk.l1)) + " on average " + bracketText(c.risk.bracket) +
            "; were it the same everywhere, " + bracketText(c.risk.byChance) + " (" + pText(c.risk.p) +
            ", n = " + count(c.risk.n) + "; " +
            (c.risk.learner == RiskLearner::Boosting ? "boosted trees" : "logistic regression") + ").");
    if (d.labels)
        add(penumbra::inWords(*d.labels, world, d.alpha));
    add(penumbra::inWords(d.repeats, d.alpha));
    return lines;
}

} // namespace penumbra::workflow
