#include "core/eval/coverage_curve.h"

#include "core/base/statistics.h"
#include "core/eval/joint_resampling.h"
#include "core/eval/local_scores.h"

#include <algorithm>
#include <cmath>

namespace penumbra {

namespace {

/// Rows with a label.
std::vector<std::size_t> labelledRows(const std::vector<double>& truth) {
    std::vector<std::size_t> rows;
    for (std::size_t i = 0; i < truth.size(); ++i)
        if (!std::isnan(truth[i]))
            rows.push_back(i);
    return rows;
}

std::vector<double> takenFrom(const std::vector<double>& values, const std::vector<std::size_t>& rows) {
    std::vector<double> taken;
    for (const std::size_t row : rows)
        taken.push_back(values[row]);
    return taken;
}

/// At the study's own level by the intervals themselves, at others by the scores.
std::vector<double> localCoverages(const LocalScores& scores, const Prediction& prediction,
                                   const std::vector<double>& truth, const std::vector<std::size_t>& rows,
                                   std::span<const double> levels) {
    const std::size_t own = scores.column(prediction.alpha);
    std::vector<double> covered;
    for (const double level : levels) {
        const std::size_t column = scores.column(1.0 - level);
        double count = 0.0;
        for (const std::size_t row : rows) {
            const double q = scores.quantile(row, column);
            count += (column == own ? covers(prediction, row, truth[row])
                                    : covers(-q, scores.score[row], q, prediction.ends))
                         ? 1.0
                         : 0.0;
        }
        covered.push_back(count / static_cast<double>(rows.size()));
    }
    return covered;
}

bool holdsAll(const LocalScores& scores, std::span<const double> levels) {
    return std::all_of(levels.begin(), levels.end(),
                       [&](double level) { return scores.column(1.0 - level) < scores.grid->alphas.size(); });
}

void oneLevel(CoverageCurve& curve, const Prediction& prediction, const std::vector<double>& truth,
              const std::vector<std::size_t>& rows) {
    curve.levels = curve.expected = {1.0 - prediction.alpha};
    double covered = 0.0;
    for (const std::size_t row : rows)
        covered += covers(prediction, row, truth[row]) ? 1.0 : 0.0;
    curve.observed = {covered / static_cast<double>(rows.size())};
}

/// SplitScores of the rows with a label.
SplitScores labelledScores(const SplitScores& split, const std::vector<std::size_t>& rows) {
    SplitScores out;
    for (const double score : split.calibration)
        if (!std::isnan(score))
            out.calibration.push_back(score);
    for (const std::size_t row : rows) // nothing bounds the interval of a row with an infinite scale
        out.score.push_back(std::isfinite(split.scale[row]) ? split.score[row]
                                                            : -std::numeric_limits<double>::infinity());
    out.interpolated = split.interpolated;
    return out;
}

} // namespace

std::vector<double> gaussianCoverages(std::span<const double> truth, std::span<const double> mean,
                                      std::span<const double> spread, std::span<const double> levels,
                                      Ends ends) {
    std::vector<double> covered(levels.size(), 0.0);
    for (std::size_t l = 0; l < levels.size(); ++l) {
        const double z = -normalQuantile(0.5 * (1.0 - levels[l]));
        for (std::size_t i = 0; i < truth.size(); ++i)
            covered[l] += covers(-z * spread[i], truth[i] - mean[i], z * spread[i], ends) ? 1.0 : 0.0;
        covered[l] /= static_cast<double>(truth.size());
    }
    return covered;
}

std::vector<double> splitCoverages(const SplitScores& split, std::span<const double> levels, bool closed) {
    const ScoreOrder order(split);
    std::vector<double> sorted = split.score, covered;
    std::sort(sorted.begin(), sorted.end());
    for (const double level : levels) {
        const double q = order.quantile(1.0 - level);
        const auto end = std::isinf(q) && q > 0.0 ? sorted.end()
                         : closed                 ? std::upper_bound(sorted.begin(), sorted.end(), q)
                                                  : std::lower_bound(sorted.begin(), sorted.end(), q);
        covered.push_back(static_cast<double>(end - sorted.begin()) / static_cast<double>(sorted.size()));
    }
    return covered;
}

double miscalibrationArea(std::span<const double> levels, std::span<const double> observed, bool split) {
    double area = 0.0;
    for (std::size_t j = 1; j < levels.size(); ++j) {
        const double step = levels[j] - levels[j - 1];
        const double a = observed[j - 1] - levels[j - 1], b = observed[j] - levels[j];
        if (split && a * b < 0.0) // two triangles
            area += 0.5 * step * (a * a + b * b) / (std::abs(a) + std::abs(b));
        else
            area += 0.5 * step * (std::abs(a) + std::abs(b));
    }
    return area;
}

double areaByChance(std::size_t nTest, std::size_t nCalibration) {
    if (nTest == 0)
        return std::numeric_limits<double>::quiet_NaN();
    const double ofCalibration = nCalibration == 0 ? 0.0 : 1.0 / static_cast<double>(nCalibration);
    return 0.31 * std::sqrt(1.0 / static_cast<double>(nTest) + ofCalibration); // E of |Brownian bridge|
}

CoverageCurve coverageCurve(const TargetStudy& target, const Prediction& prediction) {
    CoverageCurve curve;
    curve.method = prediction.method;
    const std::vector<double> truth = target.testTruth();
    const std::vector<std::size_t> rows = labelledRows(truth);
    curve.n = rows.size();
    if (rows.empty())
        return curve;
    curve.levels = curve.expected = coverageLevels();
    const CalibrationPart* part = target.calibrationPart(prediction.method);
    const auto local = localScores(target, prediction);
    curve.bandHolds = "the test galaxies alone";
    if (part != nullptr && part->split) {
        curve.kind = CoverageCurve::Kind::Split;
        const SplitScores scores = labelledScores(*part->split, rows);
        curve.nCalibration = scores.calibration.size();
        curve.observed = splitCoverages(scores, curve.levels, prediction.ends == Ends::Closed);
        curve.bandHolds = "test galaxies and one calibration set that all levels share";
        for (double& expected : curve.expected)
            expected = std::min(1.0, static_cast<double>(conformalRank(curve.nCalibration, 1.0 - expected)) /
                                         (static_cast<double>(curve.nCalibration) + 1.0));
    } else if (!prediction.spread.empty()) {
        curve.kind = CoverageCurve::Kind::Fixed;
        curve.observed = gaussianCoverages(takenFrom(truth, rows), takenFrom(prediction.mean, rows),
                                           takenFrom(prediction.spread, rows), curve.levels, prediction.ends);
    } else if (local && holdsAll(*local, curve.levels)) {
        curve.kind = CoverageCurve::Kind::Local;
        curve.observed = localCoverages(*local, prediction, truth, rows, curve.levels);
    } else {
        oneLevel(curve, prediction, truth, rows);
    }
    curve.band = simultaneousBand({curve.n, curve.nCalibration}, curve.levels);
    curve.area = miscalibrationArea(curve.levels, curve.observed);
    curve.areaByChance = areaByChance(curve.n, curve.nCalibration);
    return curve;
}

} // namespace penumbra
