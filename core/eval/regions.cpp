#include "core/eval/regions.h"

#include "core/base/derived_seed.h"
#include "core/base/error.h"
#include "core/base/rng.h"
#include "core/eval/evaluate.h"
#include "core/eval/miss_tails.h"
#include "core/eval/paired.h"
#include "core/eval/tied_widths.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace penumbra {

namespace {

/// Where galaxies have so many calibration rows each behind their interval (groups, local methods), the
/// harmonic mean of these in the region: its coverage scatters as with so many. Infinite intervals do not
/// scatter; fewer rows than make a finite interval are none that a law is known of.
std::size_t calibrationRowsIn(const Prediction& prediction, std::span<const std::uint8_t> inside,
                              std::size_t ofMethod) {
    double inverse = 0.0, rows = 0.0;
    for (std::size_t i = 0; i < prediction.effective.size(); ++i)
        if (inside[i] && prediction.effective[i] >= 1.0 && std::isfinite(intervalWidth(prediction, i))) {
            inverse += 1.0 / prediction.effective[i];
            rows += 1.0;
        }
    if (rows == 0.0)
        return ofMethod;
    const double fewest = std::ceil(1.0 / prediction.alpha);
    return std::min(ofMethod, static_cast<std::size_t>(std::max(fewest, rows / inverse)));
}

/// The central nine tenths of the searched values.
double spreadOf(const RegionColumn& column, std::span<const std::uint8_t> searched) {
    std::vector<double> values;
    for (std::size_t i = 0; i < searched.size(); ++i)
        if (searched[i] && std::isfinite(column.values[i]))
            values.push_back(column.values[i]);
    if (values.empty())
        return 0.0;
    std::sort(values.begin(), values.end());
    return values[values.size() * 95 / 100] - values[values.size() * 5 / 100];
}

/// To two significant digits, or as many as steps of a fiftieth of the column's spread need, away from the
/// region: it grows.
void roundOutwards(RegionCondition& condition, double spread) {
    if (condition.op == RegionCondition::Op::Equals || condition.value == 0.0 ||
        !std::isfinite(condition.value))
        return;
    double exponent = std::floor(std::log10(std::abs(condition.value))) - 1.0;
    if (spread > 0.0)
        exponent = std::min(exponent, std::floor(std::log10(spread / 50.0)));
    // Powers of ten below one are not exact: dividing by a whole number is.
    const double scale = std::pow(10.0, std::abs(exponent));
    const double steps = exponent < 0.0 ? condition.value * scale : condition.value / scale;
    const double nearest = std::round(steps);
    const bool isThere = std::abs(steps - nearest) <= 1e-9 * std::abs(steps);
    const double whole = isThere                                      ? nearest
                         : condition.op == RegionCondition::Op::Above ? std::floor(steps)
                                                                      : std::ceil(steps);
    condition.value = exponent < 0.0 ? whole / scale : whole * scale;
}

NamedCondition named(const RegionCondition& condition, const std::vector<RegionColumn>& columns) {
    const RegionColumn& column = columns[condition.column];
    NamedCondition out{column.name, column.unit, condition.op, condition.value, {}};
    if (condition.op == RegionCondition::Op::Equals)
        out.category = column.categories.at(static_cast<std::size_t>(condition.value));
    return out;
}

Interval perfectBandOf(std::size_t n, double alpha, std::size_t calibrationRows) {
    if (calibrationRows > 0)
        return splitConformalBand(calibrationRows, n, alpha);
    // Binomial, by its tails: the smallest range whose ends are each left out with at most 2.5 %.
    std::size_t most = 0, fewest = 0;
    while (most < n && missTail(most + 1, n, alpha, 0) > 0.025)
        ++most;
    while (fewest < n && 1.0 - missTail(fewest + 1, n, alpha, 0) <= 0.025)
        ++fewest;
    const auto size = static_cast<double>(n);
    return {1.0 - static_cast<double>(most) / size, 1.0 - static_cast<double>(fewest) / size};
}

/// The labelled test rows: which a search may look at, which are held back, which are missed. [test rows]
struct Halves {
    std::vector<std::uint8_t> searched, heldBack, missed;

    Halves(const TargetStudy& target, const Prediction& prediction, std::uint64_t seed) {
        const std::vector<double> truth = target.testTruth();
        const auto covered = coveredRows(prediction, truth);
        searched = searchedHalf(truth, seed);
        heldBack.assign(truth.size(), 0);
        missed.assign(truth.size(), 0);
        for (std::size_t i = 0; i < truth.size(); ++i)
            if (!std::isnan(truth[i])) {
                missed[i] = covered[i] ? 0 : 1;
                heldBack[i] = searched[i] ? 0 : 1;
            }
    }
};

RegionFinding startedFinding(const TargetStudy& target, const Prediction& prediction, const Halves& halves) {
    const auto count = [](const std::vector<std::uint8_t>& rows) {
        return static_cast<std::size_t>(std::count(rows.begin(), rows.end(), 1));
    };
    RegionFinding finding;
    finding.target = target.name;
    finding.method = prediction.method;
    finding.alpha = prediction.alpha;
    finding.searched = count(halves.searched);
    finding.heldBack = count(halves.heldBack);
    finding.calibrationRows = calibrationRowsOf(target, prediction.method);
    return finding;
}

/// Fills in what both halves say.
void judge(Region& region, std::span<const std::uint8_t> inside, const Halves& halves, double alpha,
           std::size_t calibrationRows) {
    for (std::size_t i = 0; i < inside.size(); ++i) {
        region.foundRows += inside[i] && halves.searched[i] ? 1 : 0;
        region.foundMisses += inside[i] && halves.searched[i] && halves.missed[i] ? 1 : 0;
        region.n += inside[i] && halves.heldBack[i] ? 1 : 0;
        region.misses += inside[i] && halves.heldBack[i] && halves.missed[i] ? 1 : 0;
    }
    if (region.n == 0)
        return;
    const std::size_t covered = region.n - region.misses;
    region.coverage = static_cast<double>(covered) / static_cast<double>(region.n);
    region.bracket = clopperPearson(covered, region.n);
    region.perfect = perfectBandOf(region.n, alpha, calibrationRows);
    region.p = missTail(region.misses, region.n, alpha, calibrationRows);
}

} // namespace

std::size_t calibrationRowsOf(const TargetStudy& target, const std::string& method) {
    const CalibrationPart* part = target.calibrationPart(method);
    if (part == nullptr)
        return target.heldOut.calibrationCount();
    if (!part->split)
        return part->drawn ? target.heldOut.calibrationCount() : 0;
    const auto& scores = part->split->calibration;
    return static_cast<std::size_t>(
        std::count_if(scores.begin(), scores.end(), [](double s) { return !std::isnan(s); }));
}

std::vector<std::uint8_t> searchedHalf(std::span<const double> truth, std::uint64_t seed) {
    std::vector<std::size_t> labelled;
    for (std::size_t i = 0; i < truth.size(); ++i)
        if (!std::isnan(truth[i]))
            labelled.push_back(i);
    std::vector<std::uint8_t> searched(truth.size(), 0);
    const auto order = Rng(derivedSeed(seed, "regions")).permutation(labelled.size());
    for (std::size_t i = 0; i < labelled.size() / 2; ++i)
        searched[labelled[order[i]]] = 1;
    return searched;
}

std::vector<RegionColumn> withPredictionAndWidth(const TargetStudy& target, const Prediction& prediction,
                                                 std::vector<RegionColumn> columns) {
    std::vector<double> centre = target.basePrediction();
    columns.push_back({"prediction", target.unit, centre.empty() ? prediction.mean : std::move(centre), {}});
    std::vector<double> width = tiedWidths(prediction);
    const auto ends = std::minmax_element(width.begin(), width.end());
    if (!width.empty() && *ends.first < *ends.second)
        columns.push_back({"width", target.unit, std::move(width), {}});
    return columns;
}

RegionFinding findRegions(const TargetStudy& target, const Prediction& prediction,
                          const std::vector<RegionColumn>& columns, const RegionOptions& options,
                          const RunContext& context) {
    const Halves halves(target, prediction, options.seed);
    RegionFinding finding = startedFinding(target, prediction, halves);
    RegionSearchOptions search = options.search;
    search.alpha = prediction.alpha;
    const auto all = withPredictionAndWidth(target, prediction, columns);
    for (RegionCandidate& candidate : searchRegions(all, halves.missed, halves.searched, search, context)) {
        Region region;
        for (RegionCondition& condition : candidate.conditions) {
            roundOutwards(condition, spreadOf(all[condition.column], halves.searched));
            region.conditions.push_back(named(condition, all));
        }
        const auto inside = rowsInRegion(all, candidate.conditions);
        judge(region, inside, halves, prediction.alpha,
              calibrationRowsIn(prediction, inside, finding.calibrationRows));
        finding.regions.push_back(std::move(region));
    }
    std::vector<RegionFinding> alone = {std::move(finding)};
    judgeTogether(alone, options.level);
    return std::move(alone.front());
}

RegionFinding judgeChosen(const TargetStudy& target, const Prediction& prediction,
                          std::span<const std::uint8_t> inside, const RegionOptions& options) {
    const Halves halves(target, prediction, options.seed);
    if (inside.size() != halves.missed.size())
        throw Error("The galaxies chosen are of another set of test rows");
    RegionFinding finding = startedFinding(target, prediction, halves);
    Region& region = finding.regions.emplace_back();
    judge(region, inside, halves, prediction.alpha,
          calibrationRowsIn(prediction, inside, finding.calibrationRows));
    region.adjustedP = region.p;
    region.confirmed = region.p < options.level;
    return finding;
}

void judgeTogether(std::vector<RegionFinding>& findings, double level) {
    std::vector<double> p;
    for (const RegionFinding& finding : findings)
        for (const Region& region : finding.regions)
            p.push_back(region.p);
    const std::vector<double> adjusted = holmAdjusted(p);
    std::size_t next = 0;
    for (RegionFinding& finding : findings)
        for (Region& region : finding.regions) {
            region.adjustedP = adjusted[next++];
            region.confirmed = region.adjustedP < level;
        }
}

std::vector<std::uint8_t> rowsIn(const Region& region, const std::vector<RegionColumn>& columns) {
    std::vector<RegionCondition> conditions;
    for (const NamedCondition& wanted : region.conditions) {
        const auto column = std::find_if(columns.begin(), columns.end(),
                                         [&](const RegionColumn& c) { return c.name == wanted.column; });
        if (column == columns.end())
            throw Error("The region speaks of a column '" + wanted.column + "', which is not there");
        conditions.push_back({static_cast<std::size_t>(column - columns.begin()), wanted.op, wanted.value});
        if (wanted.op == RegionCondition::Op::Equals) {
            const auto& names = column->categories;
            conditions.back().value =
                static_cast<double>(std::find(names.begin(), names.end(), wanted.category) - names.begin());
        }
    }
    return rowsInRegion(columns, conditions);
}

} // namespace penumbra
