#include "core/eval/stability.h"
#include "core/base/rng.h"
#include "core/base/text.h"
#include "core/eval/bootstrap.h"
#include "core/eval/evaluate.h"
#include "core/eval/metric_roles.h"
#include "core/report/figures/figure_parts.h"

#include <algorithm>
#include <cmath>

namespace penumbra::report {

namespace {

void describe(OptionSet& options) {
    describeTargetOptions(options);
    options
        .choice(
            "vary", "splits", {"splits", "galaxies"},
            "splits: other random calibration and test sets out of the held-out galaxies, nothing trained "
            "again. galaxies: bootstrap samples of the test galaxies, the calibration kept.")
        .in("Figure");
    options
        .integer("repeats", 1000,
                 "Random splits or samples. More repeats take longer and smooth the violins.")
        .range(2, 100000)
        .in("Figure");
}

/// Bootstrap samples of the test galaxies of one method.
std::vector<RepeatMetrics> resampled(const Prediction& prediction, const LabelledRows& rows, int repeats,
                                     std::uint64_t seed) {
    std::vector<double> error(rows.truth.size(), 0.0), width;
    for (std::size_t i = 0; i < rows.base.size(); ++i)
        error[i] = std::abs(rows.truth[i] - rows.base[i]);
    for (std::size_t i = 0; i < rows.truth.size(); ++i)
        width.push_back(intervalWidth(prediction, i));
    const auto covered = coveredRows(prediction, rows.truth);
    const GalaxyOrder order(rows.truth, error);
    std::vector<RepeatMetrics> out;
    std::vector<std::uint32_t> weight(rows.truth.size());
    for (int r = 0; r < repeats; ++r) {
        Rng rng(seed, resampleStream + static_cast<std::uint64_t>(r));
        std::fill(weight.begin(), weight.end(), 0u);
        resample(weight.size(), rng, [&](std::size_t i) { ++weight[i]; });
        out.push_back(order.measure(covered, width, weight));
        if (rows.base.empty())
            out.back().worstBinCoverage = std::nan("");
    }
    return out;
}

double valueOf(const RepeatMetrics& metrics, const std::string& id) {
    if (id == mainCoverage(Stratum::All).id)
        return metrics.coverage;
    if (id == mainCoverage(Stratum::Tail).id)
        return metrics.tailCoverage;
    return id == mainCoverage(Stratum::WorstTenth).id ? metrics.worstBinCoverage : metrics.meanWidth;
}

/// One violin a method; `samples` in the order of the methods.
Panel panelOf(const std::vector<const Prediction*>& methods, const Quantity& quantity,
              const std::vector<std::vector<double>>& samples, const std::vector<Interval>& guarantees,
              double alpha, bool namesMethods) {
    Panel panel;
    panel.x.label = quantity.label;
    panel.x.percent = quantity.isCoverage;
    const auto count = static_cast<double>(methods.size());
    panel.y.low = 0.4;
    panel.y.high = count + 0.6;
    if (quantity.isCoverage)
        panel.lines.push_back(nominalLine(alpha, false));
    bool bandNamed = false;
    for (std::size_t m = 0; m < methods.size(); ++m) {
        const double y = count - static_cast<double>(m);
        panel.y.tickPositions.push_back(y);
        panel.y.tickLabels.push_back(namesMethods ? methods[m]->method : "");
        if (quantity.metric == mainCoverage(Stratum::All).id && std::isfinite(guarantees[m].low)) {
            Series band;
            band.kind = Series::Kind::Band;
            band.oracleBand = true;
            band.name = bandNamed ? "" : "split-conformal guarantee, 95 % range";
            bandNamed = true;
            band.x = {guarantees[m].low, guarantees[m].high};
            band.xIsInterval = true;
            band.yLow = {y - 0.5, y - 0.5};
            band.yHigh = {y + 0.5, y + 0.5};
            panel.series.insert(panel.series.begin(), band);
        }
        Series violin;
        violin.kind = Series::Kind::Violin;
        violin.name = violin.method = methods[m]->method;
        violin.xIsInterval = true;
        for (const double value : samples[m])
            if (std::isfinite(value))
                violin.x.push_back(value);
        violin.y.assign(violin.x.size(), y);
        if (!violin.x.empty())
            panel.series.push_back(std::move(violin));
    }
    return panel;
}

FigureSpec make(const FigureInput& input, const OptionSet& options) {
    FigureSpec figure = startFigure("stability", input, options, true);
    const TargetStudy* target = chosenTarget(input, options);
    if (target == nullptr)
        return emptyFigure(figure, "The study has no target yet. Run it to see how steady its numbers are.");
    const auto methods = chosenPredictions(*target, options);
    const LabelledRows rows = labelledRows(*target);
    if (methods.empty() || rows.truth.empty())
        return emptyFigure(figure, "No method has made predictions of labelled galaxies of " + target->name +
                                       " yet.");
    const bool splits = options.getText("vary") == "splits" && input.stability != nullptr;
    const std::vector<Quantity> quantities = comparedQuantities(*target);
    std::vector<std::vector<std::vector<double>>> samples(std::size(quantities)); // [quantity][method]
    std::vector<Interval> guarantees;
    std::size_t fewest = 0;
    for (const Prediction* method : methods) {
        guarantees.emplace_back();
        std::vector<RepeatMetrics> own;
        if (!splits)
            own = resampled(onRows(*method, rows, target->testRows().size()), rows,
                            static_cast<int>(options.getInteger("repeats")), input.study.seed);
        for (std::size_t q = 0; q < std::size(quantities); ++q) {
            std::vector<double> values;
            const StabilityLine* line =
                splits ? input.stability->find(target->name, method->method, quantities[q].metric) : nullptr;
            if (line != nullptr) {
                values = line->resplits;
                if (q == 0) {
                    guarantees.back() = line->guarantee;
                    fewest = fewest == 0 ? values.size() : std::min(fewest, values.size());
                }
            }
            for (const RepeatMetrics& metrics : own)
                values.push_back(valueOf(metrics, quantities[q].metric));
            samples[q].push_back(std::move(values));
        }
    }
    figure.columns = figure.widthMm > 120.0 ? 4 : 2;
    for (std::size_t q = 0; q < std::size(quantities); ++q) {
        Panel panel = panelOf(methods, quantities[q], samples[q], guarantees, input.study.alpha,
                              q % static_cast<std::size_t>(figure.columns) == 0);
        panel.letter = panelLetter(q, std::size(quantities));
        figure.panels.push_back(std::move(panel));
    }
    const int lines = 4 / figure.columns;
    figure.heightMm = lines * (24.0 + 6.5 * static_cast<double>(methods.size()));
    const std::string what = splits ? "random calibration and test splits of the held-out galaxies (" +
                                          withThousands(static_cast<std::int64_t>(fewest)) +
                                          " or more a method), nothing trained again"
                                    : withThousands(options.getInteger("repeats")) +
                                          " bootstrap samples of the " +
                                          withThousands(static_cast<std::int64_t>(rows.truth.size())) +
                                          " test galaxies, the calibration kept";
    figure.caption =
        "How steady the numbers of " + target->name + " are: " + what +
        ". Point: median; bar: quartiles. Nominal level " + percentText(1.0 - input.study.alpha) +
        (splits ? "; the band holds 95 % of the coverages that an exact split-conformal method has "
                  "on such splits."
                : ".");
    return figure;
}

} // namespace

FigureKind stabilityFigure() {
    return {
        "stability", "Stability",
        "How coverage and width vary over random calibration/test splits or resampled test galaxies: violins "
        "with median and quartiles.",
        describe, make};
}

} // namespace penumbra::report
