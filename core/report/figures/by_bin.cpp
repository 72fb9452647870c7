#include "core/report/figures/by_bin.h"

#include "core/base/derived_seed.h"
#include "core/base/error.h"
#include "core/base/text.h"
#include "core/eval/galaxy_expression.h"
#include "core/eval/oracle_scores.h"
#include "core/eval/strata.h"
#include "core/eval/tied_widths.h"
#include "core/report/figures/binned_axis.h"

#include <algorithm>
#include <cmath>

namespace penumbra::report {

namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr std::size_t kMostMethodsTogether = 5;

Binning binningOf(const OptionSet& options) {
    Binning binning;
    binning.bins = static_cast<int>(options.getInteger("bins"));
    const std::string& kind = options.getText("binning");
    const auto& edges = options.getRealList("edges");
    if (kind == "equal-width")
        binning.kind = Binning::Kind::EqualWidth;
    if (kind == "edges" || (!options.given("binning") && !edges.empty())) {
        if (edges.size() < 2)
            throw UsageError("edges: at least two values are needed with binning 'edges', found " +
                             std::to_string(edges.size()));
        for (std::size_t i = 1; i < edges.size(); ++i)
            if (!(edges[i] > edges[i - 1]))
                throw UsageError("edges: must ascend, but " + shortestReal(edges[i]) + " follows " +
                                 shortestReal(edges[i - 1]));
        binning.kind = Binning::Kind::Edges;
        binning.edges = edges;
    }
    return binning;
}

std::string withUnit(const std::string& label, const std::string& unit) {
    return unit.empty() ? label : label + ", " + unit;
}

std::vector<double> columnValues(const FigureInput& input, const std::string& name, const LabelledRows& rows,
                                 std::string& unit) {
    if (input.columns == nullptr)
        throw Error("condition-on: '" + name +
                    "' is not prediction, truth, error or width, and the study was opened "
                    "without its catalogue, so its columns are unknown");
    const io::Column column = io::selectColumn(*input.columns, name);
    if (!column.isNumeric())
        throw Error("condition-on: column '" + column.name + "' holds text and cannot be cut into bins");
    unit = column.unit;
    std::vector<double> values;
    for (const std::int64_t row : rows.catalogueRow) {
        if (row < 0 || static_cast<std::size_t>(row) >= column.rows())
            throw Error("condition-on: the study refers to catalogue row " + std::to_string(row) +
                        ", but column '" + column.name + "' has " + std::to_string(column.rows()) +
                        " rows; is this the catalogue the study was made from?");
        values.push_back(column.asReal(static_cast<std::size_t>(row)));
    }
    return values;
}

/// A formula of columns, other targets and what methods say; no column of that name is there.
bool isFormula(const FigureInput& input, const std::string& text) {
    return (input.columns == nullptr || input.columns->find(text.substr(0, text.find('['))) == nullptr) &&
           text.find_first_of("+-*/%^(<>=&|`.") != std::string::npos;
}

ConditionVariable formulaVariable(const FigureInput& input, const TargetStudy& target,
                                  const std::string& text, const LabelledRows& rows,
                                  const std::string& method) {
    const GalaxyExpression formula(text);
    GalaxyExpression::Sky sky;
    sky.columns = input.columns;
    sky.target = &target;
    sky.method = method;
    ConditionVariable out{text, text, formula.usesOutcome(sky), {}, text};
    const std::vector<double> onCatalogue = formula.evaluate(sky);
    for (const std::int64_t row : rows.catalogueRow) {
        if (row < 0 || static_cast<std::size_t>(row) >= onCatalogue.size())
            throw Error("condition-on: the study refers to catalogue row " + std::to_string(row) +
                        ", but the catalogue has " + std::to_string(onCatalogue.size()) +
                        " rows; is this the catalogue the study was made from?");
        out.values.push_back(onCatalogue[static_cast<std::size_t>(row)]);
    }
    return out;
}

/// Asked for; else where half of the bins would share a twentieth of the axis: fluxes.
bool wantsLogarithm(const OptionSet& options, const Bins& bins) {
    const std::string& wanted = options.getText("x-axis");
    if (bins.size() == 0 || !(bins.edges.front() > 0.0)) {
        if (wanted == "log" && bins.size() > 0)
            throw UsageError("x-axis: the variable has values of 0 or below, which have no logarithm");
        return false;
    }
    return wanted == "log" || (wanted == "auto" && bins.size() > 2 &&
                               bins.edges.back() > 20.0 * bins.edges[bins.edges.size() / 2]);
}

std::vector<double> absoluteErrors(const std::vector<double>& truth, const std::vector<double>& centre) {
    std::vector<double> errors;
    for (std::size_t i = 0; i < truth.size(); ++i)
        errors.push_back(std::abs(truth[i] - centre[i]));
    return errors;
}

std::size_t finiteCount(std::vector<double>& values) {
    std::size_t count = 0;
    for (double& value : values) {
        if (std::isfinite(value))
            ++count;
        else
            value = kNaN; // infinite widths lie in no bin
    }
    return count;
}

/// The galaxies of each bin. Widths that rounding parts are in one bin, which reaches to the widest.
std::vector<std::string> formulasOf(const MethodBins& method, const BinnedTarget& out,
                                    const OptionSet& options) {
    const std::string width = "width(" + method.prediction->method + ")";
    const std::string finite = "isfinite(" + width + ")";
    const std::string variable = out.sharedBins ? out.formula : width;
    const bool widest = !out.sharedBins && options.getRealList("edges").empty();
    std::vector<std::string> formulas;
    for (std::size_t bin = 0; bin < method.bins.size(); ++bin) {
        std::string formula;
        if (widest && bin + 1 == method.bins.size())
            formula = bothFormulas(shortestReal(method.bins.edges[bin]) + " <= " + width, finite);
        else if (!variable.empty())
            formula = binFormula(variable, method.bins, bin);
        if (!formula.empty() && out.sharedBins && options.getText("convention") == "finite")
            formula = bothFormulas(formula, finite);
        formulas.push_back(formula.empty() ? "" : bothFormulas(labelledFormula(*out.target), formula));
    }
    return formulas;
}

void scoreMethod(MethodBins& method, const Prediction& onLabelled, const std::vector<double>& truth,
                 OracleScorer& oracle, const std::string& variable, const OptionSet& options,
                 bool wantWidths) {
    EvaluateOptions evaluate;
    evaluate.interval = options.getText("interval") == "clopper-pearson" ? BinomialInterval::ClopperPearson
                                                                         : BinomialInterval::Wilson;
    evaluate.bootstrapReplicates = wantWidths ? 500 : 2; // the widths are thrown away
    std::vector<Score> scores = evaluateByBin(onLabelled, truth, method.bins, variable, evaluate);
    oracle.fillBins(scores, *method.prediction, method.bins, variable, RunContext());
    for (Score& score : scores) {
        if (score.convention != options.getText("convention"))
            continue;
        if (score.metric == "coverage_by_bin")
            method.coverage.push_back(std::move(score));
        else if (score.metric == "width_by_bin")
            method.width.push_back(std::move(score));
    }
}

Series seriesOf(const MethodBins& method, const std::vector<Score>& scores) {
    Series series;
    series.name = method.prediction->method;
    series.method = method.prediction->method;
    series.joined = true;
    for (std::size_t i = 0; i < std::min(scores.size(), method.bins.size()); ++i) {
        if (!std::isfinite(scores[i].value) || !std::isfinite(method.bins.centre[i]))
            continue; // an empty bin, or one with infinite widths only
        series.x.push_back(method.bins.centre[i]);
        series.xLow.push_back(method.bins.edges[i]);
        series.xHigh.push_back(method.bins.edges[i + 1]);
        series.y.push_back(scores[i].value);
        series.yLow.push_back(std::isfinite(scores[i].low) ? scores[i].low : scores[i].value);
        series.yHigh.push_back(std::isfinite(scores[i].high) ? scores[i].high : scores[i].value);
        series.n.push_back(static_cast<double>(scores[i].n));
        series.label.push_back(scores[i].stratum);
        series.galaxies.push_back(method.galaxies[i]);
    }
    return series;
}

/// What perfect methods would score in the bins of these scores; empty if the scores carry none.
Series bandOf(const MethodBins& method, const std::vector<Score>& scores, bool exact) {
    Series band = perfectBand(exact);
    for (std::size_t i = 0; i < std::min(scores.size(), method.bins.size()); ++i) {
        const double low = exact ? scores[i].exactLow : scores[i].oracleLow;
        const double high = exact ? scores[i].exactHigh : scores[i].oracleHigh;
        if (!std::isfinite(low) || !std::isfinite(high))
            continue;
        band.x.push_back(method.bins.centre[i]);
        band.xLow.push_back(method.bins.edges[i]);
        band.xHigh.push_back(method.bins.edges[i + 1]);
        band.yLow.push_back(low);
        band.yHigh.push_back(high);
        band.label.push_back(scores[i].stratum);
    }
    return band;
}

/// n above each bin, or once for the panel where all bins hold nearly the same number.
std::vector<std::pair<double, std::string>> countsOf(const Bins& bins) {
    std::vector<std::pair<double, std::string>> counts;
    if (bins.size() == 0)
        return counts;
    const auto [least, most] = std::minmax_element(bins.count.begin(), bins.count.end());
    if (bins.size() > 1 && *most - *least <= std::max<std::size_t>(1, *most / 50)) {
        std::string text = "n = " + withThousands(static_cast<long long>(*least));
        if (*most != *least)
            text += "–" + withThousands(static_cast<long long>(*most));
        counts.emplace_back(kNaN, text + " per bin");
        return counts;
    }
    for (std::size_t i = 0; i < bins.size(); ++i)
        if (bins.count[i] > 0)
            counts.emplace_back(bins.centre[i], withThousands(static_cast<long long>(bins.count[i])));
    return counts;
}

Panel panelFor(const BinnedTarget& binned, const BinnedQuantity& quantity) {
    Panel panel;
    panel.x.label = binned.axisLabel;
    panel.x.logarithmic = binned.logarithmic;
    panel.y = quantity.axis;
    panel.dodge = true;
    if (quantity.nominal)
        panel.lines.push_back(nominalLine(binned.alpha, true));
    return panel;
}

void addMethod(Panel& panel, const MethodBins& method, const BinnedQuantity& quantity, bool withOracle) {
    const std::vector<Score>& scores = method.*quantity.scores;
    if (withOracle) {
        std::vector<Series> bands{bandOf(method, scores, false)};
        if (std::any_of(scores.begin(), scores.end(), exactBandParts))
            bands.push_back(bandOf(method, scores, true));
        std::erase_if(bands, [](const Series& band) { return band.x.empty(); });
        panel.series.insert(panel.series.begin(), bands.begin(), bands.end());
    }
    panel.series.push_back(seriesOf(method, scores));
}

} // namespace

ConditionVariable conditionVariable(const FigureInput& input, const TargetStudy& target,
                                    const std::string& conditionOn, const LabelledRows& rows,
                                    const Prediction& first) {
    if (conditionOn == "truth" || conditionOn == target.name) // a label is no column among others
        return {"truth", "true " + target.axisLabel(), true, rows.truth, "truth"};
    if (conditionOn == "prediction" || conditionOn == "error") {
        const std::string of = rows.base.empty() ? " of " + first.method : "";
        const std::vector<double>& centre = rows.base.empty() ? first.mean : rows.base;
        const std::string word = rows.base.empty() ? "prediction(" + first.method + ")" : "prediction";
        if (conditionOn == "error")
            return {"|error|", withUnit("absolute error" + of, target.unit), true,
                    absoluteErrors(rows.truth, centre),
                    rows.base.empty() ? "abs(truth - " + word + ")" : "|error|"};
        return {"prediction", predictedLabel(target) + of, false, centre, word};
    }
    if (isFormula(input, conditionOn))
        return formulaVariable(input, target, conditionOn, rows, first.method);
    std::string unit;
    std::vector<double> values = columnValues(input, conditionOn, rows, unit);
    return {conditionOn, withUnit(conditionOn, unit), false, std::move(values), columnFormula(conditionOn)};
}

void describeBinOptions(OptionSet& options) {
    options
        .text("condition-on", "prediction",
              "What the test rows are cut by: prediction, truth (or the target's own name), error, width, "
              "a column of the catalogue, or a formula of these and of the other targets, such as "
              "-2.5*log10(FLUX_G/FLUX_R) or spread(MADSplit).")
        .in("Bins");
    options
        .choice("x-axis", "auto", {"auto", "linear", "log"},
                "Scale of the variable's axis; auto: logarithmic where it is positive and spans far more "
                "above its "
                "middle than below, as fluxes do.")
        .in("Bins");
    options
        .integer("bins", 10,
                 "Number of bins; more show finer structure with wider intervals. Ignored with edges.")
        .range(1, 1000)
        .in("Bins");
    options
        .choice("binning", "equal-count", {"equal-count", "equal-width", "edges"},
                "Bins with the same number of galaxies, of the same width, or with the edges given.")
        .in("Bins");
    options.realList("edges", {}, "Ascending bin edges; rows outside are left out.").in("Bins");
    options
        .choice("convention", "all", {"all", "finite"},
                "all: infinite intervals count as covered; finite: they are left out.")
        .in("Bins");
    options
        .choice("interval", "wilson", {"wilson", "clopper-pearson"},
                "Interval of a coverage; Clopper-Pearson is wider and never covers too little.")
        .in("Bins");
    options
        .realList(
            "y-range", {},
            "Lower and upper end of the vertical axis, coverage as a fraction or in per cent (0.6,1 or "
            "60,100); "
            "what lies outside is cut and counted in the caption. Empty: the axis holds everything, or the "
            "neighbourhood of the nominal coverage where some methods lie far below.")
        .in("Bins");
    options
        .choice("layout", "auto", {"auto", "together", "by-method"},
                "All methods in one panel, or a panel for each; auto: together up to five methods.")
        .in("Bins");
}

bool drawnByMethod(const OptionSet& options, std::size_t methods) {
    const std::string& layout = options.getText("layout");
    return methods > 1 && (layout == "by-method" || (layout == "auto" && methods > kMostMethodsTogether));
}

BinnedTarget scoreByBin(const FigureInput& input, const OptionSet& options, bool wantWidths) {
    BinnedTarget out;
    out.alpha = input.study.alpha;
    out.target = chosenTarget(input, options);
    if (out.target == nullptr) {
        out.emptyMessage = "The study has no target yet. Run it to see its calibration.";
        return out;
    }
    const auto predictions = chosenPredictions(*out.target, options);
    const LabelledRows rows = labelledRows(*out.target);
    if (predictions.empty() || rows.truth.empty()) {
        out.emptyMessage = predictions.empty()
                               ? "No method has made predictions of " + out.target->name + " yet."
                               : "No test galaxy has a true value of " + out.target->name + ".";
        return out;
    }
    const Binning binning = binningOf(options);
    const std::size_t testCount = out.target->heldOut.testCount();
    const std::string& conditionOn = options.getText("condition-on");
    out.sharedBins = conditionOn != "width";
    std::vector<Prediction> labelled;
    for (const Prediction* prediction : predictions)
        labelled.push_back(onRows(*prediction, rows, testCount));
    Bins shared;
    std::size_t binned = 0;
    if (out.sharedBins) {
        ConditionVariable shown = conditionVariable(input, *out.target, conditionOn, rows, labelled.front());
        out.variable = shown.name;
        out.axisLabel = shown.axisLabel;
        out.byOutcome = shown.byOutcome;
        out.formula = shown.formula;
        std::vector<double> variable = std::move(shown.values);
        binned = finiteCount(variable);
        if (binned > 0)
            shared = makeBins(variable, binning);
        out.logarithmic = wantsLogarithm(options, shared);
    } else {
        out.variable = "width";
        out.axisLabel = withUnit("interval width", out.target->unit);
    }
    OracleOptions sameAsTheStudy;
    sameAsTheStudy.seed = scoringSeed(input.study.seed);
    OracleScorer oracle(*out.target, out.alpha, sameAsTheStudy);
    for (std::size_t i = 0; i < predictions.size(); ++i) {
        MethodBins method;
        method.prediction = predictions[i];
        method.bins = shared;
        if (!out.sharedBins) {
            std::vector<double> widths = tiedWidths(labelled[i]);
            const std::size_t finite = finiteCount(widths);
            binned += finite;
            method.bins = finite > 0 ? makeBins(widths, binning) : Bins();
        }
        method.galaxies = formulasOf(method, out, options);
        if (method.bins.size() > 0)
            scoreMethod(method, labelled[i], rows.truth, oracle, out.variable, options, wantWidths);
        out.methods.push_back(std::move(method));
    }
    if (binned == 0)
        out.emptyMessage = "No test galaxy has a value of " + out.variable + " to cut into bins.";
    return out;
}

void addBinnedPanels(FigureSpec& figure, const BinnedTarget& binned, const BinnedQuantity& quantity,
                     const OptionSet& options) {
    const double nominal = quantity.nominal ? 1.0 - binned.alpha : kNaN;
    if (!drawnByMethod(options, binned.methods.size())) {
        Panel panel = panelFor(binned, quantity);
        bool first = true;
        for (const MethodBins& method : binned.methods) {
            addMethod(panel, method, quantity, first && binned.sharedBins);
            first = false;
        }
        if (binned.sharedBins)
            panel.counts = countsOf(binned.methods.front().bins);
        figure.panels.push_back(std::move(panel));
        fitVerticalAxis(figure, options.getRealList("y-range"), nominal);
        return;
    }
    for (const MethodBins& method : binned.methods) {
        Panel panel = panelFor(binned, quantity);
        panel.heading = method.prediction->method;
        addMethod(panel, method, quantity, true);
        panel.counts = countsOf(method.bins);
        panel.letter = panelLetter(figure.panels.size(), binned.methods.size());
        figure.panels.push_back(std::move(panel));
    }
    const bool percent = quantity.axis.percent;
    shareRange(figure.panels, percent ? -0.04 : -kInfinity, percent ? 1.03 : kInfinity);
    fitVerticalAxis(figure, options.getRealList("y-range"), nominal);
    arrangePanels(figure, binned.sharedBins);
}

} // namespace penumbra::report
