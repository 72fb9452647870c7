#include "core/eval/local_scores.h"

#include "core/catalogue/lower_bound.h"

#include <cmath>

namespace penumbra {

namespace {

/// What a local method may divide its errors by: nothing (LC), or the residual net of one of the spaces.
std::vector<std::vector<double>> possibleScales(const TargetStudy& target) {
    std::vector<std::vector<double>> scales{std::vector<double>(target.heldOut.testCount(), 1.0)};
    for (const char* name : {"residual_net", "residual_aion"}) {
        const auto signal = target.heldOut.signals.find(name);
        if (signal == target.heldOut.signals.end())
            continue;
        std::vector<double>& scale = scales.emplace_back();
        for (std::size_t i = 0; i < target.heldOut.rows.size(); ++i)
            if (target.heldOut.isTest[i] != 0)
                scale.push_back(target.heldOut.residualFloor +
                                std::abs(signal->second(static_cast<Eigen::Index>(i), 0)));
    }
    return scales;
}

/// Whether half widths are quantile times scale wherever the quantile is finite, but for the step outwards
/// that closed ends take.
bool explains(const std::vector<double>& scale, const LocalScores& scores, const Prediction& prediction,
              std::size_t column, double bound) {
    std::size_t seen = 0;
    for (std::size_t i = 0; i < scale.size(); ++i) {
        const double half = scores.quantile(i, column) * scale[i];
        if (!std::isfinite(half))
            continue;
        const double size = half + std::abs(prediction.mean[i]);
        const double upper = prediction.mean[i] + half, lower = prediction.mean[i] - half;
        if (std::abs(prediction.upper[i] - std::max(bound, upper)) > 1e-9 * size ||
            std::abs(prediction.lower[i] - std::max(bound, lower)) > 1e-9 * size)
            return false;
        ++seen;
    }
    return seen > 0;
}

} // namespace

std::size_t LocalScores::column(double alpha) const {
    std::size_t column = 0;
    while (column < grid->alphas.size() && std::abs(grid->alphas[column] - alpha) > 1e-9)
        ++column;
    return column;
}

std::optional<LocalScores> localScores(const TargetStudy& target, const Prediction& prediction) {
    const auto found = target.local.find(prediction.method);
    if (found == target.local.end() || found->second == nullptr)
        return {};
    LocalScores out;
    out.grid = found->second.get();
    const std::size_t own = out.column(prediction.alpha), rows = prediction.mean.size();
    if (own == out.grid->alphas.size() || out.grid->quantiles.size() != rows * out.grid->alphas.size())
        return {};
    const std::vector<double> truth = target.testTruth();
    for (const std::vector<double>& scale : possibleScales(target)) {
        if (scale.size() != rows || !explains(scale, out, prediction, own, lowerBoundOf(target.heldOut)))
            continue;
        for (std::size_t i = 0; i < rows; ++i)
            out.score.push_back(std::abs(truth[i] - prediction.mean[i]) / scale[i]);
        return out;
    }
    return {};
}

} // namespace penumbra
