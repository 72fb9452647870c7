#include "core/benchmark/transfer.h"

#include "core/base/derived_seed.h"
#include "core/base/text.h"
#include "core/catalogue/sky_match.h"
#include "core/report/cells.h"
#include "core/uq/conformal.h"

#include <algorithm>
#include <cmath>
#include <iterator>

namespace penumbra::benchmark {

namespace {

constexpr double sameGalaxyArcsec = 1.0;

/// Places of the other survey that are no galaxy which the heads have seen.
std::vector<std::uint8_t> newGalaxies(const Catalogue& catalogue, const Galaxies& here,
                                      const Catalogue& other, const Galaxies& there, std::size_t& known,
                                      const RunContext& context) {
    std::vector<std::uint8_t> isNew(there.rows.size(), 1);
    if (catalogue.ra.empty() || other.ra.empty())
        return isNew;
    std::vector<double> ra, dec, otherRa, otherDec;
    for (std::size_t i = 0; i < here.rows.size(); ++i)
        if (here.split[i] != static_cast<std::uint8_t>(Split::Test)) {
            ra.push_back(catalogue.ra[here.rows[i]]);
            dec.push_back(catalogue.dec[here.rows[i]]);
        }
    for (const std::size_t row : there.rows) {
        otherRa.push_back(other.ra[row]);
        otherDec.push_back(other.dec[row]);
    }
    const auto nearest = nearestPositions({otherRa, otherDec}, {ra, dec}, sameGalaxyArcsec, context);
    for (std::size_t i = 0; i < nearest.size(); ++i)
        if (nearest[i].row != io::noRow) {
            isNew[i] = 0;
            ++known;
        }
    return isNew;
}

/// R2 and coverage of all heads on some rows.
struct Judged {
    Estimate r2, coverage;
    std::size_t n = 0;
};

Judged judged(const MatrixD& predictions, Eigen::Index firstColumn, std::span<const double> truth,
              const std::vector<std::int32_t>& places, const std::vector<double>& halfWidths,
              std::uint64_t seed) {
    Judged out;
    out.n = places.size();
    std::vector<double> squared, values;
    double covered = 0.0;
    const auto heads = static_cast<double>(halfWidths.size());
    for (const std::int32_t place : places) {
        const double y = truth[static_cast<std::size_t>(place)];
        double sum = 0.0;
        for (std::size_t s = 0; s < halfWidths.size(); ++s) {
            const double error = std::abs(y - predictions(place, firstColumn + static_cast<Eigen::Index>(s)));
            sum += error * error / heads;
            covered += error <= halfWidths[s] ? 1.0 / heads : 0.0;
        }
        squared.push_back(sum);
        values.push_back(y);
    }
    const auto n = static_cast<double>(places.size());
    const Interval range = wilsonAt(covered / n, n);
    out.coverage = {covered / n, range.low, range.high};
    out.r2 = r2Of(squared, values, scoringSeed(seed));
    return out;
}

/// Half the width of each head's split-conformal intervals.
std::vector<double> halfWidthsOf(const MatrixD& predictions, Eigen::Index firstColumn,
                                 std::span<const double> truth, const std::vector<std::int32_t>& calibration,
                                 const RegressionOptions& options) {
    std::vector<double> halfWidths;
    for (int h = 0; h < options.heads.seeds; ++h) {
        std::vector<double> errors;
        for (const std::int32_t place : calibration)
            errors.push_back(
                std::abs(truth[static_cast<std::size_t>(place)] - predictions(place, firstColumn + h)));
        halfWidths.push_back(uq::conformalQuantile(errors, options.alpha, uq::QuantileRule::FiniteSample));
    }
    return halfWidths;
}

/// One target and input set in both surveys.
struct Pair {
    std::string target, set;
    Judged here, there;
};

/// All targets of the s-th input set.
std::vector<Pair> tryBoth(std::size_t s, const Galaxies& here, const Catalogue& other, const Galaxies& there,
                          const std::vector<const Target*>& targets, const Lessons& lessons,
                          const std::vector<std::uint8_t>& isNew, const RegressionOptions& options,
                          const RunContext& context) {
    if (here.inputs[s].cols() != there.inputs[s].cols())
        throw Error(other.path.string() + ": input set " + here.sets[s].name + " has " +
                    std::to_string(there.inputs[s].cols()) + " numbers instead of " +
                    std::to_string(here.inputs[s].cols()));
    const MatrixF* others[] = {&there.inputs[s]};
    const auto predictions =
        trainHeads(here.inputs[s], lessons.training, lessons.labels, options.heads, context, others);
    std::vector<Pair> pairs;
    for (std::size_t t = 0; t < targets.size(); ++t) {
        const auto column = static_cast<Eigen::Index>(t) * options.heads.seeds;
        const auto truth = here.valuesOf(*targets[t]),
                   otherTruth = there.valuesOf(other.target(targets[t]->name));
        const auto halfWidths =
            halfWidthsOf(predictions[0], column, truth, here.places(Split::Calibration, truth), options);
        auto places = there.places(Split::Test, otherTruth);
        std::erase_if(places,
                      [&](std::int32_t place) { return isNew[static_cast<std::size_t>(place)] == 0; });
        if (places.size() < 2)
            throw Error(other.path.string() + ": " + std::to_string(places.size()) +
                        " galaxies have a label " + targets[t]->name + " and were not seen in training");
        pairs.push_back({targets[t]->name, here.sets[s].name,
                         judged(predictions[0], column, truth, here.places(Split::Test, truth), halfWidths,
                                options.heads.seed),
                         judged(predictions[1], column, otherTruth, places, halfWidths, options.heads.seed)});
    }
    return pairs;
}

report::TableSpec tableOf(const std::vector<Pair>& pairs, std::size_t known) {
    report::TableSpec table;
    table.title = "Heads of one survey used in another";
    table.columns = {"target",        "inputs",         "R2 here",       "R2 there",
                     "coverage here", "coverage there", "galaxies there"};
    table.columnMethods.assign(table.columns.size(), "");
    for (const Pair& pair : pairs) {
        table.rows.push_back({report::textCell(pair.target), report::textCell(pair.set),
                              cellOf(pair.here.r2, false), cellOf(pair.there.r2, false),
                              cellOf(pair.here.coverage, true), cellOf(pair.there.coverage, true),
                              report::countCell(static_cast<std::size_t>(pair.there.n))});
    }
    table.footnotes.push_back("Trained and calibrated in the one survey, used unchanged in the other; no "
                              "guarantee carries over. " +
                              std::to_string(known) +
                              " galaxies of the other survey lie within 1 arcsec of one that was trained or "
                              "calibrated on and are left out.");
    return table;
}

/// Coverage of one target in both surveys, input set by input set.
report::Panel panelOf(const std::string& target, const std::vector<Pair>& pairs, double alpha) {
    report::Panel panel;
    panel.heading = target;
    panel.y.label = "coverage";
    panel.y.percent = true;
    panel.dodge = true;
    panel.lines.push_back({true, 1.0 - alpha, "nominal"});
    for (const bool far : {false, true}) {
        report::Series series;
        series.name = far ? "other survey" : "same survey";
        series.paletteIndex = far ? 1 : 0;
        for (const Pair& pair : pairs) {
            if (pair.target != target)
                continue;
            const Estimate& estimate = far ? pair.there.coverage : pair.here.coverage;
            series.x.push_back(static_cast<double>(series.x.size()));
            series.y.push_back(estimate.value);
            series.yLow.push_back(estimate.low);
            series.yHigh.push_back(estimate.high);
            series.label.push_back(pair.set);
        }
        panel.x.tickLabels = series.label;
        panel.x.tickPositions = series.x;
        panel.series.push_back(std::move(series));
    }
    panel.x.low = -0.5;
    panel.x.high = static_cast<double>(panel.x.tickLabels.size()) - 0.5;
    return panel;
}

} // namespace

Report transferReport(const Catalogue& catalogue, const Galaxies& here, const Catalogue& other,
                      const Galaxies& there, const RegressionOptions& options, const RunContext& context) {
    const auto targets = targetsOf(catalogue, options.targets);
    std::size_t known = 0;
    const auto isNew = newGalaxies(catalogue, here, other, there, known, context.quiet());
    const Lessons lessons = lessonsOf(here, targets);
    std::vector<Pair> pairs;
    for (std::size_t s = 0; s < here.sets.size(); ++s) {
        const auto share = static_cast<double>(here.sets.size());
        auto some =
            tryBoth(s, here, other, there, targets, lessons, isNew, options,
                    context.slice(static_cast<double>(s) / share, static_cast<double>(s + 1) / share));
        std::move(some.begin(), some.end(), std::back_inserter(pairs));
    }
    Report result;
    result.tables.push_back(tableOf(pairs, known));
    result.json = {{"protocol", "transfer"},
                   {"alpha", options.alpha},
                   {"heads", options.heads.seeds},
                   {"other", other.path.string()},
                   {"known_galaxies_left_out", known}};
    for (const Pair& pair : pairs)
        result.json["results"].push_back({{"target", pair.target},
                                          {"set", pair.set},
                                          {"r2_here", toJson(pair.here.r2)},
                                          {"r2_there", toJson(pair.there.r2)},
                                          {"coverage_here", toJson(pair.here.coverage)},
                                          {"coverage_there", toJson(pair.there.coverage)},
                                          {"galaxies_there", pair.there.n}});
    std::vector<report::Panel> panels;
    for (const Target* target : targets)
        panels.push_back(panelOf(target->name, pairs, options.alpha));
    result.figure =
        figureOf("transfer",
                 "Coverage of split-conformal intervals in the survey that they were calibrated in "
                 "and in another one.",
                 std::move(panels));
    return result;
}

} // namespace penumbra::benchmark
