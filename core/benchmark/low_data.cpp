#include "core/benchmark/low_data.h"

#include "core/base/derived_seed.h"
#include "core/base/error.h"
#include "core/base/rng.h"
#include "core/base/text.h"
#include "core/report/cells.h"

#include <algorithm>
#include <cmath>

namespace penumbra::benchmark {

namespace {

constexpr std::uint8_t unused = 255; // no part of a split

std::size_t trainingOf(const Galaxies& galaxies) {
    return static_cast<std::size_t>(
        std::count(galaxies.split.begin(), galaxies.split.end(), static_cast<std::uint8_t>(Split::Train)));
}

std::vector<std::size_t> usableSizes(const std::vector<double>& wanted, std::size_t all) {
    std::vector<std::size_t> sizes;
    for (const double size : wanted) {
        if (!(size >= 20.0) || size != std::floor(size))
            throw UsageError("--sizes: " + shortestReal(size) +
                             " is no number of training galaxies; at least 20 are needed");
        if (size < static_cast<double>(all))
            sizes.push_back(static_cast<std::size_t>(size));
    }
    sizes.push_back(all);
    std::sort(sizes.begin(), sizes.end());
    sizes.erase(std::unique(sizes.begin(), sizes.end()), sizes.end());
    return sizes;
}

struct Point {
    std::size_t size = 0;
    Outcome outcome;
};

double medianOfHeads(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    const std::size_t n = values.size();
    return 0.5 * (values[(n - 1) / 2] + values[n / 2]);
}

report::TableSpec tableOf(const std::vector<Point>& points, const RegressionOptions& options) {
    report::TableSpec table;
    table.title = "Properties from few training galaxies";
    table.columns = {"target", "inputs", "training galaxies", "R2", "coverage", "mean width"};
    table.columnMethods.assign(table.columns.size(), "");
    for (const Point& point : points) {
        const Outcome& o = point.outcome;
        const auto [low, high] = std::minmax_element(o.r2OfSeed.begin(), o.r2OfSeed.end());
        table.rows.push_back({report::textCell(o.target + (o.unit.empty() ? "" : " [" + o.unit + "]")),
                              report::textCell(o.set),
                              report::countCell(static_cast<std::size_t>(point.size)),
                              report::numberCell(medianOfHeads(o.r2OfSeed), false, {*low, *high}),
                              cellOf(o.coverage, true), report::numberCell(o.meanWidth, false)});
    }
    table.footnotes.push_back("R2: median of " + std::to_string(options.heads.seeds) +
                              " heads and their range, always on the same test galaxies; the calibration "
                              "galaxies stay, too. Smaller training sets lie inside the larger.");
    return table;
}

/// A line with the range of heads around it for each input set.
report::Panel panelOf(const std::vector<Point>& points, const std::vector<std::string>& sets,
                      const std::string& target, bool width) {
    report::Panel panel;
    panel.heading = target;
    panel.x.label = "training galaxies";
    panel.x.logarithmic = true;
    panel.y.label = width ? "mean width of intervals" : "R2 on test galaxies";
    for (std::size_t s = 0; s < sets.size(); ++s) {
        report::Series series;
        series.name = sets[s];
        series.joined = true;
        series.paletteIndex = static_cast<int>(s);
        for (const Point& point : points) {
            const Outcome& o = point.outcome;
            if (o.target != target || o.set != sets[s])
                continue;
            series.x.push_back(static_cast<double>(point.size));
            if (width) {
                panel.y.label = "mean width of intervals" + (o.unit.empty() ? "" : ", " + o.unit);
                series.y.push_back(o.meanWidth);
                continue;
            }
            const auto [low, high] = std::minmax_element(o.r2OfSeed.begin(), o.r2OfSeed.end());
            series.y.push_back(medianOfHeads(o.r2OfSeed));
            series.yLow.push_back(*low);
            series.yHigh.push_back(*high);
        }
        panel.series.push_back(std::move(series));
    }
    return panel;
}

} // namespace

Galaxies withTraining(const Galaxies& galaxies, std::size_t training, std::uint64_t seed) {
    Galaxies few = galaxies;
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < few.split.size(); ++i)
        if (few.split[i] == static_cast<std::uint8_t>(Split::Train))
            places.push_back(i);
    const auto order = Rng(derivedSeed(seed, "training subsets")).permutation(places.size());
    for (std::size_t i = training; i < places.size(); ++i)
        few.split[places[order[i]]] = unused;
    return few;
}

Report lowDataReport(const Catalogue& catalogue, const Galaxies& galaxies, const std::vector<double>& wanted,
                     const RegressionOptions& options, const RunContext& context) {
    const auto sizes = usableSizes(wanted, trainingOf(galaxies));
    std::vector<Point> points;
    for (std::size_t i = 0; i < sizes.size(); ++i) {
        const auto share = static_cast<double>(sizes.size());
        for (Outcome& outcome :
             regress(catalogue, withTraining(galaxies, sizes[i], options.heads.seed), options,
                     context.slice(static_cast<double>(i) / share, static_cast<double>(i + 1) / share)))
            points.push_back({sizes[i], std::move(outcome)});
    }
    std::vector<std::string> targets, sets;
    for (const InputSet& set : galaxies.sets)
        sets.push_back(set.name);
    for (const Target* target : targetsOf(catalogue, options.targets))
        targets.push_back(target->name);
    std::stable_sort(points.begin(), points.end(), [&](const Point& a, const Point& b) {
        const auto place = [&](const Point& p) {
            return std::pair{std::find(targets.begin(), targets.end(), p.outcome.target) - targets.begin(),
                             std::find(sets.begin(), sets.end(), p.outcome.set) - sets.begin()};
        };
        return place(a) < place(b);
    });
    Report result;
    result.tables.push_back(tableOf(points, options));
    std::vector<report::Panel> panels;
    for (const std::string& target : targets)
        for (const bool width : {false, true})
            panels.push_back(panelOf(points, sets, target, width));
    result.figure = figureOf("low-data",
                             "R2 (median and range over heads) and mean width of split-conformal intervals "
                             "against the number of training galaxies.",
                             std::move(panels));
    result.json = {{"protocol", "low-data"}, {"alpha", options.alpha}, {"heads", options.heads.seeds}};
    for (const Point& point : points)
        result.json["results"].push_back({{"target", point.outcome.target},
                                          {"set", point.outcome.set},
                                          {"training", point.size},
                                          {"r2_of_heads", point.outcome.r2OfSeed},
                                          {"r2", toJson(point.outcome.r2)},
                                          {"coverage", toJson(point.outcome.coverage)},
                                          {"mean_width", point.outcome.meanWidth}});
    return result;
}

} // namespace penumbra::benchmark
