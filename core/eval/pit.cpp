#include "core/eval/pit.h"

#include "core/base/derived_seed.h"
#include "core/base/rng.h"
#include "core/eval/label_errors.h"
#include "core/eval/local_scores.h"

#include <algorithm>
#include <cmath>

namespace penumbra {

namespace {

/// Labelled test rows and their ties' breakers.
struct Rows {
    std::vector<std::size_t> index; ///< among the test rows
    std::vector<std::int64_t> catalogueRow;
    std::vector<double> truth, theta;
};

Rows labelledRows(const TargetStudy& target, std::uint64_t seed) {
    Rows rows;
    const auto truth = target.testTruth();
    const auto catalogueRows = target.testRows();
    const std::uint64_t thetaSeed = derivedSeed(seed, "theta");
    for (std::size_t i = 0; i < truth.size(); ++i)
        if (!std::isnan(truth[i])) {
            rows.index.push_back(i);
            rows.catalogueRow.push_back(catalogueRows[i]);
            rows.truth.push_back(truth[i]);
            rows.theta.push_back(Rng(thetaSeed, static_cast<std::uint64_t>(catalogueRows[i])).uniform());
        }
    return rows;
}

std::vector<double> testLabelErrors(const TargetStudy& target) {
    std::vector<double> errors(target.heldOut.testCount(), std::nan(""));
    const auto signal = target.heldOut.signals.find(labelErrorSignal);
    if (signal == target.heldOut.signals.end())
        return errors;
    std::size_t at = 0;
    for (std::size_t i = 0; i < target.heldOut.rows.size(); ++i)
        if (target.heldOut.isTest[i] != 0)
            errors[at++] = signal->second(static_cast<Eigen::Index>(i), 0);
    return errors;
}

/// One value of a labelled row, or none (NaN), with the score that it came from.
struct Transform {
    std::vector<double> value, score;
    std::vector<double> calibration; ///< scores that all share
};

Transform signedTransform(const Distributions& distributions, const Rows& rows) {
    Transform out;
    out.calibration = distributions.residuals();
    for (std::size_t i = 0; i < rows.index.size(); ++i) {
        const std::size_t row = rows.index[i];
        out.value.push_back(distributions.pit(row, rows.truth[i], rows.theta[i]));
        out.score.push_back((rows.truth[i] - distributions.centre(row)) / distributions.scale(row));
    }
    return out;
}

Transform twoSidedTransform(const SplitScores& split, const Rows& rows) {
    Transform out;
    for (const double score : split.calibration)
        if (!std::isnan(score))
            out.calibration.push_back(score);
    std::sort(out.calibration.begin(), out.calibration.end());
    const auto n = static_cast<double>(out.calibration.size());
    for (std::size_t i = 0; i < rows.index.size(); ++i) {
        const double score =
            std::isfinite(split.scale[rows.index[i]]) ? split.score[rows.index[i]] : std::nan("");
        const auto [from, to] = std::equal_range(out.calibration.begin(), out.calibration.end(), score);
        const auto ties = static_cast<double>(to - from),
                   above = static_cast<double>(out.calibration.end() - to);
        out.value.push_back(std::isnan(score) ? score : (above + rows.theta[i] * (ties + 1.0)) / (n + 1.0));
        out.score.push_back(score);
    }
    return out;
}

/// Between the largest alpha at which a row is covered and the next one.
Transform localTransform(const LocalScores& scores, const Rows& rows) {
    Transform out;
    const auto& alphas = scores.grid->alphas;
    for (std::size_t i = 0; i < rows.index.size(); ++i) {
        const std::size_t row = rows.index[i];
        std::size_t covered = 0; // alphas[0 .. covered) cover: quantiles fall as alpha grows
        while (covered < alphas.size() && scores.score[row] <= scores.quantile(row, covered))
            ++covered;
        const double from = covered == 0 ? 0.0 : alphas[covered - 1];
        const double to = covered == alphas.size() ? 1.0 : alphas[covered];
        out.value.push_back(from + rows.theta[i] * (to - from));
        out.score.push_back(scores.score[row]);
    }
    return out;
}

/// Cramer-von Mises and Anderson-Darling of transforms made by so many calibration scores.
struct Statistics {
    double cvm = 0.0, ad = 0.0;
};

Statistics statisticsOf(const std::vector<double>& ascending) {
    const auto m = static_cast<double>(ascending.size());
    Statistics out{1.0 / (12.0 * m), 0.0};
    double logs = 0.0;
    for (std::size_t i = 0; i < ascending.size(); ++i) {
        const double odd = 2.0 * static_cast<double>(i) + 1.0;
        const double step = odd / (2.0 * m) - ascending[i];
        out.cvm += step * step;
        logs += odd * (std::log(ascending[i]) + std::log1p(-ascending[ascending.size() - 1 - i]));
    }
    out.ad = -m - logs / m;
    return out;
}

/// Transforms of a random order of n calibration and m test scores, ascending.
std::vector<double> randomTransforms(std::size_t n, std::size_t m, Rng& rng) {
    std::vector<double> values;
    values.reserve(m);
    std::size_t calibrationLeft = n, testLeft = m, gapStart = 0;
    const auto closeGap = [&] {
        std::sort(values.begin() + static_cast<std::ptrdiff_t>(gapStart), values.end());
        gapStart = values.size();
    };
    while (testLeft > 0) {
        if (rng.below(calibrationLeft + testLeft) < testLeft) {
            values.push_back((static_cast<double>(n - calibrationLeft) + rng.uniform()) /
                             static_cast<double>(n + 1));
            --testLeft;
        } else {
            --calibrationLeft;
            closeGap();
        }
    }
    closeGap();
    return values;
}

void testShared(PitResult& result, const Transform& transform, const std::vector<double>& scores,
                const PitOptions& options, const RunContext& context) {
    result.shared = testSharedUniformity(transform.calibration, scores);
    result.ksP = result.shared->p;
    if (options.permutations < 1)
        return;
    const Statistics observed{result.tests.cvm, result.tests.ad};
    std::size_t cvmAbove = 0, adAbove = 0;
    for (int r = 0; r < options.permutations; ++r) {
        context.checkStop();
        Rng rng(derivedSeed(options.seed, "pit orders"), static_cast<std::uint64_t>(r));
        const Statistics drawn =
            statisticsOf(randomTransforms(result.nCalibration, result.values.size(), rng));
        cvmAbove += drawn.cvm >= observed.cvm ? 1 : 0;
        adAbove += drawn.ad >= observed.ad ? 1 : 0;
    }
    const auto of = static_cast<double>(options.permutations + 1);
    result.cvmP = static_cast<double>(cvmAbove + 1) / of;
    result.adP = static_cast<double>(adAbove + 1) / of;
}

/// Mean and variance against those of a uniform, beyond three standard deviations.
std::string shapeInWords(const PitResult& result, PitKind kind) {
    const auto n = static_cast<double>(result.values.size());
    if (result.values.size() < 2)
        return {};
    double mean = 0.0, variance = 0.0;
    for (const double u : result.values)
        mean += u / n;
    for (const double u : result.values)
        variance += (u - mean) * (u - mean) / (n - 1.0);
    const double shared =
        result.nCalibration == 0 ? 1.0 : std::sqrt(1.0 + n / static_cast<double>(result.nCalibration));
    std::string words;
    const bool shifted = std::abs(mean - 0.5) > 3.0 * shared / std::sqrt(12.0 * n);
    if (kind == PitKind::TwoSided) // a large p: far inside the interval
        return shifted ? (mean > 0.5 ? "intervals too wide" : "intervals too narrow") : std::string();
    if (shifted)
        words = mean > 0.5 ? "predictions too low" : "predictions too high";
    if (std::abs(variance - 1.0 / 12.0) > 3.0 * shared / std::sqrt(180.0 * n))
        words += std::string(words.empty() ? "" : "; ") +
                 (variance > 1.0 / 12.0 ? "intervals too narrow" : "intervals too wide");
    return words;
}

std::optional<Transform> transformOf(const TargetStudy& target, const Prediction& prediction,
                                     const Rows& rows, const PitOptions& options, PitResult& result) {
    if (options.kind == PitKind::Signed) {
        auto distributions = distributionsOf(target, prediction);
        if (!distributions)
            return {};
        const bool gaussian = distributions->kind() == Distributions::Kind::Gaussian;
        result.distribution = gaussian                                                  ? "Gaussian"
                              : distributions->kind() == Distributions::Kind::Tabulated ? "posterior"
                                                                                        : "conformal";
        if (!distributions->note().empty())
            result.distribution += ", " + distributions->note();
        if (gaussian && options.labelErrors == LabelErrors::Added) {
            distributions = distributions->withLabelErrors(testLabelErrors(target));
            result.distribution += ", errors of labels added";
        }
        return signedTransform(*distributions, rows);
    }
    const CalibrationPart* part = target.calibrationPart(prediction.method);
    if (part != nullptr && part->split) {
        result.distribution = "conformal";
        return twoSidedTransform(*part->split, rows);
    }
    if (const auto local = localScores(target, prediction)) {
        result.distribution = "local, in steps of 1 %";
        result.testable = false;
        return localTransform(*local, rows);
    }
    return {};
}

} // namespace

std::optional<PitResult> pitOf(const TargetStudy& target, const Prediction& prediction,
                               const PitOptions& options, const RunContext& context) {
    PitResult result;
    result.method = prediction.method;
    const Rows rows = labelledRows(target, options.seed);
    const auto transform = transformOf(target, prediction, rows, options, result);
    if (!transform)
        return {};
    result.nCalibration = transform->calibration.size();
    std::vector<double> scores;
    for (std::size_t i = 0; i < rows.index.size(); ++i) {
        const double u = transform->value[i];
        if (std::isnan(u)) {
            ++result.leftOut;
            continue;
        }
        result.values.push_back(u);
        result.rows.push_back(rows.catalogueRow[i]);
        // A scale of 0 says on which side the truth lies, no more.
        scores.push_back(std::isnan(transform->score[i]) ? 0.0 : transform->score[i]);
        result.lowest += u < 0.001 ? 1 : 0;
        result.highest += u > 0.999 ? 1 : 0;
    }
    if (result.values.empty())
        return result;
    result.tests = testUniformity(result.values);
    if (result.nCalibration > 0) {
        testShared(result, *transform, scores, options, context);
    } else if (result.testable) {
        result.ksP = result.tests.ksP;
        result.cvmP = result.tests.cvmP;
        result.adP = result.tests.adP;
    }
    result.words = shapeInWords(result, options.kind);
    return result;
}

} // namespace penumbra
