#include "core/base/text.h"
#include "core/catalogue/redshift_names.h"
#include "core/eval/strata.h"
#include "core/report/figures/centres.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

namespace penumbra::report {

namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr std::size_t kManyPoints = 5000; ///< more are seen as densities
constexpr int kCells = 60;                ///< of a density, along either axis
constexpr double kFewest = 4.0;           ///< galaxies of a cell that is coloured
constexpr int kBins = 10;
constexpr std::size_t kFewestInBin = 20;

void describe(OptionSet& options) {
    describeTargetOptions(options);
    options.choice("against", "truth", {"truth", "prediction"}, "What the residuals are drawn against.")
        .in("Figure");
    options
        .choice("residual", "auto", {"auto", "difference", "over-one-plus-z"},
                "prediction - truth, or that over 1 + truth, as is usual for redshifts; auto: the latter for "
                "targets named as redshifts.")
        .in("Figure");
    options
        .real("outlier-threshold", 0.15,
              "Lines at plus and minus so much, of residuals over 1 + truth; of plain differences of "
              "redshifts at "
              "so many times 1 + truth. 0: none.")
        .range(0.0, 1e6)
        .in("Figure");
    options
        .choice("density", "auto", {"auto", "on", "off"},
                "Colours for how many galaxies lie where there are many; auto: above 5000 galaxies.")
        .in("Figure");
    options
        .realList("x-range", {},
                  "Lower and upper end of the horizontal axis. Empty: where nearly all galaxies lie.")
        .in("Figure");
    options
        .realList(
            "y-range", {},
            "Lower and upper end of the vertical axis; what lies outside is counted in the caption. Empty: "
            "where nearly all residuals lie.")
        .in("Figure");
}

/// As the study's own list of redshifts has it; without one, by the usual names.
bool isRedshift(const Study& study, const std::string& target) {
    const auto options = nlohmann::json::parse(study.optionsJson, nullptr, false);
    if (options.is_object() && options.contains("redshift-targets") && options["redshift-targets"].is_array())
        return isAmongNames(target, options["redshift-targets"].get<std::vector<std::string>>());
    return isRedshiftName(target);
}

struct Look {
    bool overOnePlusZ = false, redshift = false, againstTruth = true, density = false;
    double threshold = 0.0;
};

Series residualsOf(const Centre& centre, const LabelledRows& rows, const Look& look) {
    Series series;
    series.name = centre.name();
    series.method = centre.method;
    for (std::size_t i = 0; i < centre.values.size(); ++i) {
        const double unit = look.overOnePlusZ ? 1.0 + rows.truth[i] : 1.0;
        const double residual = (centre.values[i] - rows.truth[i]) / unit;
        if (!std::isfinite(residual))
            continue; // no prediction, or z = -1
        series.x.push_back(look.againstTruth ? rows.truth[i] : centre.values[i]);
        series.y.push_back(residual);
        series.row.push_back(rows.catalogueRow[i]);
    }
    return series;
}

/// Median and central 68 % of the residuals in bins of equally many galaxies.
Series middleOf(const Series& points) {
    Series middle;
    middle.name = "median and central 68 %";
    middle.joined = true;
    middle.paletteIndex = 1; // beside the grey of the base prediction
    Binning binning;
    binning.bins = kBins;
    if (points.x.size() < kBins * kFewestInBin)
        return middle;
    const Bins bins = makeBins(points.x, binning);
    std::vector<std::vector<double>> inBin(bins.size());
    for (std::size_t i = 0; i < points.y.size(); ++i)
        if (bins.binOfRow[i] >= 0)
            inBin[static_cast<std::size_t>(bins.binOfRow[i])].push_back(points.y[i]);
    for (std::size_t b = 0; b < bins.size(); ++b) {
        std::vector<double>& values = inBin[b];
        if (values.size() < kFewestInBin)
            continue;
        std::sort(values.begin(), values.end());
        const auto at = [&](double level) {
            return values[static_cast<std::size_t>(level * static_cast<double>(values.size() - 1))];
        };
        middle.x.push_back(bins.centre[b]);
        middle.y.push_back(at(0.5));
        middle.yLow.push_back(at(0.16));
        middle.yHigh.push_back(at(0.84));
        middle.n.push_back(static_cast<double>(values.size()));
    }
    return middle;
}

/// How many galaxies lie in each cell of the panel, as colours; those of thin cells stay points.
Series densityOf(Series& points, const Panel& panel) {
    Series density;
    density.kind = Series::Kind::HeatMap;
    density.name = "ln of the number of galaxies";
    const auto edges = [](const Axis& axis) {
        std::vector<double> values;
        for (int i = 0; i <= kCells; ++i)
            values.push_back(axis.low + (axis.high - axis.low) * i / kCells);
        return values;
    };
    density.x = edges(panel.x);
    density.y = edges(panel.y);
    const auto cellOf = [&](std::size_t i) -> std::size_t {
        const double x = (points.x[i] - panel.x.low) / (panel.x.high - panel.x.low) * kCells;
        const double y = (points.y[i] - panel.y.low) / (panel.y.high - panel.y.low) * kCells;
        const bool inside = x >= 0.0 && x < kCells && y >= 0.0 && y < kCells;
        return inside ? static_cast<std::size_t>(y) * kCells + static_cast<std::size_t>(x)
                      : std::size_t{kCells} * kCells;
    };
    std::vector<double> count(std::size_t{kCells} * kCells + 1, 0.0);
    for (std::size_t i = 0; i < points.x.size(); ++i)
        ++count[cellOf(i)];
    count.back() = 0.0; // outside: points that are not seen
    Series thin = points;
    thin.x.clear(), thin.y.clear(), thin.row.clear();
    for (std::size_t i = 0; i < points.x.size(); ++i)
        if (count[cellOf(i)] < kFewest) {
            thin.x.push_back(points.x[i]);
            thin.y.push_back(points.y[i]);
            thin.row.push_back(points.row[i]);
        }
    points = std::move(thin);
    count.pop_back();
    for (const double n : count)
        density.z.push_back(n >= kFewest ? std::log(n) : kNaN);
    return density;
}

/// Plus and minus the threshold times 1 + z, along the truth.
std::vector<Series> outlierLines(const Panel& panel, double threshold) {
    std::vector<Series> lines;
    for (const double sign : {-1.0, 1.0}) {
        Series line;
        line.kind = Series::Kind::Line;
        line.name = "±" + shortestReal(threshold) + " (1 + z)";
        for (const double z : {panel.x.low, panel.x.high}) {
            line.x.push_back(z);
            line.y.push_back(sign * threshold * (1.0 + z));
        }
        lines.push_back(std::move(line));
    }
    return lines;
}

std::string residualLabel(const TargetStudy& target, const Look& look) {
    if (look.overOnePlusZ)
        return "(prediction − truth) / (1 + truth)";
    return "prediction − truth" + (target.unit.empty() ? "" : ", " + target.unit);
}

/// @returns how many points lie outside the axes
std::size_t frame(std::vector<Panel>& panels, const OptionSet& options, const Look& look) {
    std::vector<double> x, y;
    for (const Panel& panel : panels) {
        x.insert(x.end(), panel.series.front().x.begin(), panel.series.front().x.end());
        y.insert(y.end(), panel.series.front().y.begin(), panel.series.front().y.end());
    }
    auto across = askedRange(options, "x-range"), up = askedRange(options, "y-range");
    if (std::isnan(across.first))
        across = bulkRange(x);
    if (std::isnan(up.first)) {
        up = bulkRange(y);
        if (look.overOnePlusZ && look.threshold > 0.0) // the lines are part of what is asked
            up = {std::min(up.first, -1.15 * look.threshold), std::max(up.second, 1.15 * look.threshold)};
    }
    std::size_t outside = 0;
    for (std::size_t i = 0; i < x.size(); ++i)
        outside += x[i] < across.first || x[i] > across.second || y[i] < up.first || y[i] > up.second;
    for (Panel& panel : panels) {
        panel.x.low = across.first;
        panel.x.high = across.second;
        panel.y.low = up.first;
        panel.y.high = up.second;
    }
    return outside;
}

/// Lines, densities and medians, once the axes are known.
void finish(Panel& panel, const Look& look) {
    const Series all = panel.series.front();
    panel.lines.push_back({true, 0.0, ""});
    std::string count = "n = " + withThousands(static_cast<long long>(all.x.size()));
    if (look.threshold > 0.0 && look.overOnePlusZ) {
        const auto beyond =
            std::count_if(all.y.begin(), all.y.end(), [&](double r) { return std::abs(r) > look.threshold; });
        count += ", " +
                 formatReal(100.0 * static_cast<double>(beyond) / static_cast<double>(all.y.size()), 2) +
                 " % beyond";
        for (const double sign : {-1.0, 1.0})
            panel.lines.push_back(
                {true, sign * look.threshold, (sign < 0.0 ? "−" : "+") + shortestReal(look.threshold)});
    }
    panel.counts = {{kNaN, count}};
    const bool framed = std::isfinite(panel.x.low) && std::isfinite(panel.y.low);
    if (look.density && framed)
        panel.series.insert(panel.series.begin(), densityOf(panel.series.front(), panel));
    if (look.redshift && !look.overOnePlusZ && look.againstTruth && look.threshold > 0.0 && framed)
        for (Series& line : outlierLines(panel, look.threshold))
            panel.series.push_back(std::move(line));
    if (Series middle = middleOf(all); !middle.x.empty())
        panel.series.push_back(std::move(middle));
}

std::string captionOf(const TargetStudy& target, const Look& look, std::size_t rows, std::size_t outside) {
    std::string text = "Residuals of " + target.name + " of " + withThousands(static_cast<long long>(rows)) +
                       " held-out galaxies" + (look.overOnePlusZ ? ", over 1 + truth" : "") +
                       ", against the " + (look.againstTruth ? "truth" : "prediction") +
                       ". Points with bars: median and central 68 % in bins of equally many galaxies.";
    if (look.threshold > 0.0 && (look.overOnePlusZ || (look.redshift && look.againstTruth)))
        text += " Lines at ±" + shortestReal(look.threshold) + (look.overOnePlusZ ? "." : " (1 + truth).");
    if (look.density)
        text += " Colours: ln of the number of galaxies, where there are at least 4 in a cell.";
    if (look.againstTruth)
        text +=
            " Even a good prediction falls towards high truths: errors of the label and of the prediction "
            "pull it to the middle.";
    return text + outsideText(outside);
}

FigureSpec make(const FigureInput& input, const OptionSet& options) {
    const TargetStudy* target = chosenTarget(input, options);
    FigureSpec figure = startFigure("residuals", input, options, false);
    if (target == nullptr)
        return emptyFigure(figure, "The study has no target yet. Run it to see its residuals.");
    const LabelledRows rows = labelledRows(*target);
    if (rows.truth.empty())
        return emptyFigure(figure, "No test galaxy has a true value of " + target->name + ".");
    Look look;
    look.redshift = isRedshift(input.study, target->name);
    const std::string& wanted = options.getText("residual");
    look.overOnePlusZ = wanted == "over-one-plus-z" || (wanted == "auto" && look.redshift);
    look.againstTruth = options.getText("against") == "truth";
    look.threshold = options.getReal("outlier-threshold");
    const std::string& density = options.getText("density");
    look.density = density == "on" || (density == "auto" && rows.truth.size() > kManyPoints);
    const auto centres = distinctCentres(*target, chosenPredictions(*target, options), rows);
    for (const Centre& centre : centres) {
        Series points = residualsOf(centre, rows, look);
        if (points.x.empty())
            continue;
        Panel panel = centrePanel(std::move(points), figure.panels.size(), centres.size());
        panel.x.label = look.againstTruth ? "true " + target->axisLabel() : predictedLabel(*target);
        panel.y.label = residualLabel(*target, look);
        figure.panels.push_back(std::move(panel));
    }
    if (figure.panels.empty())
        return emptyFigure(figure, "No method has made predictions of " + target->name + " yet.");
    const std::size_t outside = frame(figure.panels, options, look);
    for (Panel& panel : figure.panels)
        finish(panel, look);
    arrangeScatters(figure, input, options);
    figure.caption = captionOf(*target, look, rows.truth.size(), outside);
    return figure;
}

} // namespace

FigureKind residualsFigure() {
    return {
        "residuals", "Residuals",
        "How far every distinct centre (base head, ensemble mean ...) lies from the truth, along the truth "
        "or the prediction, with the median and the lines beyond which a redshift counts as an outlier.",
        describe, make};
}

} // namespace penumbra::report
