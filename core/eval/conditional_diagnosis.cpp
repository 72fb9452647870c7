#include "core/eval/conditional_diagnosis.h"

#include "core/base/derived_seed.h"
#include "core/eval/evaluate.h"
#include "core/eval/logistic.h"
#include "core/eval/paired.h"
#include "core/eval/regions.h"
#include "core/eval/tied_widths.h"

#include <algorithm>
#include <cmath>

namespace penumbra {

namespace {

constexpr Eigen::Index mostOfSlab = 32, mostOfRisk = 16;

/// What all measures look at: rows with a label.
struct Labelled {
    std::vector<std::size_t> row; ///< among the test rows
    std::vector<std::uint8_t> covered, searched;
    std::vector<double> width;
    std::vector<double> of(const std::vector<double>& values) const {
        std::vector<double> out;
        for (const std::size_t i : row)
            out.push_back(values[i]);
        return out;
    }
};

Labelled labelledRows(const TargetStudy& target, const Prediction& prediction, std::uint64_t seed) {
    Labelled out;
    const auto truth = target.testTruth(), widths = tiedWidths(prediction);
    const auto searched = searchedHalf(truth, seed);
    for (std::size_t i = 0; i < truth.size(); ++i)
        if (!std::isnan(truth[i])) {
            out.row.push_back(i);
            out.covered.push_back(covers(prediction, i, truth[i]) ? 1 : 0);
            out.searched.push_back(searched[i]);
            out.width.push_back(widths[i]);
        }
    return out;
}

std::vector<int> groupsOf(const RegionColumn& column, const std::vector<double>& values, std::size_t bins) {
    if (column.categories.empty()) {
        Binning binning;
        binning.bins = static_cast<int>(bins);
        return makeBins(values, binning).binOfRow;
    }
    std::vector<int> groups;
    for (const double value : values)
        groups.push_back(std::isnan(value) ? -1 : static_cast<int>(value));
    return groups;
}

void addColumns(ConditionalDiagnosis& out, const Labelled& rows, const std::vector<RegionColumn>& columns,
                const ConditionalOptions& options, const RunContext& context) {
    std::vector<double> p;
    for (const RegionColumn& column : columns) {
        context.checkStop();
        const auto groups = groupsOf(column, rows.of(column.values), options.bins);
        auto coverage = groupedCoverage(rows.covered, groups, out.promise, options.seed);
        if (coverage.n.size() < 2)
            continue;
        p.push_back(coverage.lowestP);
        out.byColumn.push_back({column.name, std::move(coverage), 1.0});
    }
    const auto adjusted = holmAdjusted(p);
    for (std::size_t i = 0; i < p.size(); ++i)
        out.byColumn[i].adjustedP = adjusted[i];
}

/// Columns of numbers that vary, of zero mean and unit deviation, with their names.
Eigen::MatrixXd designOf(const Labelled& rows, const std::vector<RegionColumn>& columns,
                         std::vector<std::string>& names) {
    std::vector<std::vector<double>> kept;
    for (const RegionColumn& column : columns) {
        auto values = rows.of(column.values);
        if (!column.categories.empty() || standardisedColumns({values}).cols() == 0)
            continue;
        kept.push_back(std::move(values));
        names.push_back(column.name);
    }
    return standardisedColumns(kept);
}

} // namespace

ConditionalDiagnosis diagnoseConditional(const TargetStudy& target, const Prediction& prediction,
                                         const std::vector<RegionColumn>& columns,
                                         const ConditionalOptions& options, const RunContext& context) {
    ConditionalDiagnosis out;
    const Labelled rows = labelledRows(target, prediction, options.seed);
    out.n = rows.row.size();
    out.promise = {prediction.alpha, calibrationRowsOf(target, prediction.method)};
    if (out.n < 20)
        return out;
    out.width = widthDependence(rows.width, rows.covered, options.permutations, options.seed, context);
    if (!out.width.oneWidth)
        out.bySize = groupedCoverage(rows.covered, groupsBySize(rows.width, 10), out.promise, options.seed);
    addColumns(out, rows, columns, options, context);
    const Eigen::MatrixXd design = designOf(rows, columns, out.slabColumns);
    out.slabColumns.resize(static_cast<std::size_t>(std::min(design.cols(), mostOfSlab)));
    if (design.cols() == 0)
        return out;
    const Eigen::MatrixXd ofSlab = design.leftCols(std::min(design.cols(), mostOfSlab));
    out.slab = worstSlab(
        ofSlab, rows.covered, rows.searched,
        randomDirections(options.slab.directions, ofSlab.cols(), derivedSeed(options.seed, "directions")),
        options.slab.delta, out.promise, context);
    out.risk = measureCoverageRisk(design.leftCols(std::min(design.cols(), mostOfRisk)), rows.covered,
                                   prediction.alpha, options.risk, context);
    return out;
}

} // namespace penumbra
