#include "core/uq/repairs/repaired_scores.h"

#include "core/uq/methods/common.h"
#include "core/uq/repairs/quantile_scores.h"

#include <algorithm>
#include <cmath>

namespace penumbra::uq {

namespace {

/// The same evidence with other rows in the place of the test rows.
Evidence withTestRows(const Evidence& evidence, const std::vector<std::size_t>& index) {
    Evidence other = evidence;
    other.testIndex = index;
    return other;
}

/// Both sides' scores from the ends and the truth.
void scoreRows(ScoredRows& rows, const std::vector<double>& truth) {
    for (std::size_t i = 0; i < truth.size(); ++i) {
        const bool known = std::isfinite(rows.lower[i]) && std::isfinite(rows.upper[i]) &&
                           std::isfinite(rows.scaleLow[i]) && std::isfinite(rows.scaleHigh[i]);
        rows.below.push_back(known ? (rows.lower[i] - truth[i]) / rows.scaleLow[i] : std::nan(""));
        rows.above.push_back(known ? (truth[i] - rows.upper[i]) / rows.scaleHigh[i] : std::nan(""));
        rows.score.push_back(std::isnan(rows.below[i]) ? rows.below[i]
                                                       : std::max(rows.below[i], rows.above[i]));
    }
}

ScoredRows fromSplit(const UqMethod& base, const Evidence& rows, const ScoringChoice& choice) {
    auto split = base.splitScores(rows, choice.alpha, choice.trainedAlpha, *choice.options);
    if (!split)
        throw Error("Method " + base.info().id + " has no split score to repair");
    ScoredRows out;
    out.lower = std::move(split->lower);
    out.upper = std::move(split->upper);
    out.scaleLow = out.scaleHigh = std::move(split->scale);
    scoreRows(out, rows.testTruth());
    return out;
}

/// A method that was never calibrated: its spread as scale; without one, its ends.
ScoredRows fromIntervals(const UqMethod& base, const Evidence& rows, const ScoringChoice& choice) {
    const double alphas[] = {choice.alpha};
    Prediction made =
        base.intervals(rows, alphas, choice.trainedAlpha, *choice.options, choice.context).front();
    ScoredRows out;
    if (made.spread.empty()) {
        out.centre = std::move(made.mean);
        out.lower = std::move(made.lower);
        out.upper = std::move(made.upper);
        out.scaleLow.assign(out.lower.size(), 1.0);
    } else {
        out.lower = out.upper = made.mean;
        out.centre = std::move(made.mean);
        out.scaleLow = residualScale(rows, std::move(made.spread));
    }
    out.scaleHigh = out.scaleLow;
    scoreRows(out, rows.testTruth());
    return out;
}

/// CQR-r and CQR-m on sorted rows.
ScoredRows fromQuantiles(QuantileScore kind, const UqMethod& base, const Evidence& rows, double eps,
                         const ScoringChoice& choice) {
    const auto split = base.splitScores(rows, choice.alpha, choice.trainedAlpha, *choice.options);
    const std::vector<double> mean =
        kind == QuantileScore::Median ? rows.test(Signal::mean()) : std::vector<double>();
    ScoredRows out;
    for (std::size_t i = 0; i < split->lower.size(); ++i) {
        const double lower = split->lower[i], upper = split->upper[i];
        const bool known = std::isfinite(lower) && std::isfinite(upper);
        const double centre = mean.empty() ? (known ? 0.5 * (lower + upper) : 0.0) : mean[i];
        const QuantileRow row =
            known ? QuantileRow::sorted(lower, centre, upper) : QuantileRow{lower, centre, upper};
        const QuantileScales scales = scalesOf(kind, row, eps);
        out.lower.push_back(row.lower);
        out.upper.push_back(row.upper);
        out.scaleLow.push_back(scales.low);
        out.scaleHigh.push_back(scales.high);
    }
    scoreRows(out, rows.testTruth());
    return out;
}

/// eps of CQR-r and CQR-m: a millionth of the quantiles' usual distance on the calibration rows.
double epsOf(const UqMethod& base, const Evidence& calibration, const ScoringChoice& choice) {
    const auto split = base.splitScores(calibration, choice.alpha, choice.trainedAlpha, *choice.options);
    std::vector<double> distances;
    for (std::size_t i = 0; i < split->lower.size(); ++i)
        if (const double distance = std::abs(split->upper[i] - split->lower[i]);
            std::isfinite(distance) && distance > 0.0)
            distances.push_back(distance);
    if (distances.empty())
        return 1e-6 * calibration.heldOut->residualFloor;
    const auto middle = distances.begin() + static_cast<std::ptrdiff_t>(distances.size() / 2);
    std::nth_element(distances.begin(), middle, distances.end());
    return 1e-6 * *middle;
}

} // namespace

RowScores rowScores(const RepairedId& id, const UqMethod& base, const Evidence& evidence,
                    const ScoringChoice& choice) {
    const Evidence calibration = withTestRows(evidence, evidence.calibrationIndex);
    const auto both = [&](auto scored) { return RowScores{scored(calibration), scored(evidence)}; };
    if (id.kind == RepairKind::Split)
        return both([&](const Evidence& rows) { return fromIntervals(base, rows, choice); });
    if (id.kind == RepairKind::Ratio || id.kind == RepairKind::Median) {
        const auto kind = id.kind == RepairKind::Ratio ? QuantileScore::Ratio : QuantileScore::Median;
        const double eps = epsOf(base, calibration, choice);
        return both([&](const Evidence& rows) { return fromQuantiles(kind, base, rows, eps, choice); });
    }
    return both([&](const Evidence& rows) { return fromSplit(base, rows, choice); });
}

} // namespace penumbra::uq
