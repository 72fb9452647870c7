#include "core/eval/coverage_risk.h"

#include "core/base/parallel_for.h"
#include "core/base/rng.h"
#include "core/eval/boosted_trees.h"
#include "core/eval/bootstrap.h"
#include "core/eval/logistic.h"

#include <algorithm>
#include <cmath>

namespace penumbra {

namespace {

double logLoss(double p, double covered) {
    constexpr double edge = 1e-6;
    const double q = std::clamp(p, edge, 1.0 - edge);
    return -(covered * std::log(q) + (1.0 - covered) * std::log(1.0 - q));
}

double onSide(double p, double level, RiskSide side) {
    return side == RiskSide::Under ? std::min(p, level) : side == RiskSide::Over ? std::max(p, level) : p;
}

/// Gain of one row: loss(promise) - loss(predicted).
CoverageRisk gainOf(double p, double covered, double level) {
    CoverageRisk gain;
    gain.l1 = p == level ? 0.0 : (p > level ? covered - level : level - covered);
    gain.brier = (level - covered) * (level - covered) - (p - covered) * (p - covered);
    gain.log = logLoss(level, covered) - logLoss(p, covered);
    return gain;
}

/// Rows that a fold learns from (false) or judges (true).
std::vector<Eigen::Index> rowsWhere(std::span<const int> fold, int which, bool inside) {
    std::vector<Eigen::Index> rows;
    for (std::size_t i = 0; i < fold.size(); ++i)
        if ((fold[i] == which) == inside)
            rows.push_back(static_cast<Eigen::Index>(i));
    return rows;
}

/// Takes mean and population deviation of some rows; columns without scatter stay at 0.
struct Standard {
    Eigen::RowVectorXd mean, deviation;
    explicit Standard(const Eigen::MatrixXd& x) : mean(x.colwise().mean()) {
        deviation = ((x.rowwise() - mean).array().square().colwise().mean()).sqrt();
        for (Eigen::Index c = 0; c < deviation.size(); ++c)
            if (!(deviation[c] > 0.0))
                deviation[c] = 1.0;
    }
    Eigen::MatrixXd of(const Eigen::MatrixXd& x) const {
        return (x.rowwise() - mean).array().rowwise() / deviation.array();
    }
};

bool hasBoth(const std::vector<std::uint8_t>& labels) {
    return std::find(labels.begin(), labels.end(), 0) != labels.end() &&
           std::find(labels.begin(), labels.end(), 1) != labels.end();
}

} // namespace

CoverageRisk coverageRisk(std::span<const double> predicted, std::span<const std::uint8_t> covered,
                          std::span<const int> fold, double alpha, RiskSide side) {
    const double level = 1.0 - alpha;
    const int folds = fold.empty() ? 0 : *std::max_element(fold.begin(), fold.end()) + 1;
    CoverageRisk out;
    double used = 0.0;
    for (int f = 0; f < folds; ++f) {
        CoverageRisk sum;
        double n = 0.0;
        for (std::size_t i = 0; i < fold.size(); ++i) {
            if (fold[i] != f)
                continue;
            const CoverageRisk gain =
                gainOf(onSide(predicted[i], level, side), covered[i] != 0 ? 1.0 : 0.0, level);
            sum.l1 += gain.l1;
            sum.brier += gain.brier;
            sum.log += gain.log;
            n += 1.0;
        }
        if (n == 0.0)
            continue;
        out.l1 += sum.l1 / n;
        out.brier += sum.brier / n;
        out.log += sum.log / n;
        used += 1.0;
    }
    if (used > 0.0) {
        out.l1 /= used;
        out.brier /= used;
        out.log /= used;
    }
    return out;
}

std::vector<double> crossFittedCoverage(const Eigen::MatrixXd& x, std::span<const std::uint8_t> covered,
                                        std::span<const int> fold, RiskLearner learner) {
    std::vector<double> predicted(covered.size());
    const int folds = fold.empty() ? 0 : *std::max_element(fold.begin(), fold.end()) + 1;
    for (int f = 0; f < folds; ++f) {
        const auto learns = rowsWhere(fold, f, false), judges = rowsWhere(fold, f, true);
        std::vector<std::uint8_t> labels;
        for (const Eigen::Index row : learns)
            labels.push_back(covered[static_cast<std::size_t>(row)] != 0 ? 1 : 0);
        std::vector<double> p(judges.size(), labels.empty() ? 0.5 : labels.front());
        if (hasBoth(labels)) {
            const Eigen::MatrixXd own = x(learns, Eigen::all), other = x(judges, Eigen::all);
            if (learner == RiskLearner::Boosting) {
                p = BoostedTrees(own, labels).probabilities(other);
            } else {
                const Standard standard(own);
                p = fitLogistic(standard.of(own), labels).probabilities(standard.of(other));
            }
        }
        for (std::size_t i = 0; i < judges.size(); ++i)
            predicted[static_cast<std::size_t>(judges[i])] = p[i];
    }
    return predicted;
}

RiskFinding measureCoverageRisk(const Eigen::MatrixXd& x, std::span<const std::uint8_t> covered, double alpha,
                                const RiskOptions& options, const RunContext& context) {
    RiskFinding out;
    auto order = Rng(options.seed).permutation(covered.size());
    order.resize(std::min(order.size(), options.mostRows));
    std::vector<std::uint8_t> labels;
    std::vector<int> fold;
    Eigen::MatrixXd design(static_cast<Eigen::Index>(order.size()), 2 * x.cols());
    for (std::size_t i = 0; i < order.size(); ++i) {
        labels.push_back(covered[order[i]] != 0 ? 1 : 0);
        fold.push_back(static_cast<int>(i % options.folds));
        const auto row = static_cast<Eigen::Index>(i);
        design.row(row).head(x.cols()) = x.row(static_cast<Eigen::Index>(order[i]));
        design.row(row).tail(x.cols()) = x.row(static_cast<Eigen::Index>(order[i])).array().square();
    }
    if (!hasBoth(labels) || labels.size() < 10 * options.folds || x.cols() == 0)
        return out;
    out.n = labels.size();
    out.columns = static_cast<std::size_t>(x.cols());
    /// Of the learner that finds more.
    const auto best = [&](const std::vector<std::uint8_t>& outcome, RiskLearner& learner) {
        auto p = crossFittedCoverage(design, outcome, fold);
        learner = RiskLearner::Logistic;
        if (!options.boosting)
            return p;
        auto other = crossFittedCoverage(design.leftCols(x.cols()), outcome, fold, RiskLearner::Boosting);
        if (coverageRisk(other, outcome, fold, alpha).l1 > coverageRisk(p, outcome, fold, alpha).l1) {
            learner = RiskLearner::Boosting;
            p = std::move(other);
        }
        return p;
    };
    const auto predicted = best(labels, out.learner);
    out.risk = coverageRisk(predicted, labels, fold, alpha);
    out.under = coverageRisk(predicted, labels, fold, alpha, RiskSide::Under);
    out.over = coverageRisk(predicted, labels, fold, alpha, RiskSide::Over);
    std::vector<double> gains;
    for (std::size_t i = 0; i < labels.size(); ++i)
        gains.push_back(gainOf(predicted[i], labels[i], 1.0 - alpha).l1);
    EvaluateOptions bootstrap;
    bootstrap.seed = options.seed;
    out.bracket = bootstrapMean(gains, bootstrap);
    std::vector<double> drawn(options.permutations);
    parallelFor(drawn.size(), context.threads, [&](std::size_t begin, std::size_t end) {
        for (std::size_t r = begin; r < end; ++r) {
            context.checkStop();
            const auto shuffled = Rng(options.seed, r + 1).permutation(labels.size());
            std::vector<std::uint8_t> other;
            for (const std::size_t i : shuffled)
                other.push_back(labels[i]);
            RiskLearner learner;
            drawn[r] = coverageRisk(best(other, learner), other, fold, alpha).l1;
        }
    });
    if (drawn.empty())
        return out;
    std::sort(drawn.begin(), drawn.end());
    out.nullMean = 0.0;
    for (const double value : drawn)
        out.nullMean += value / static_cast<double>(drawn.size());
    out.byChance = {quantileOfSorted(drawn, 0.025), quantileOfSorted(drawn, 0.975)};
    const auto asLarge = drawn.end() - std::lower_bound(drawn.begin(), drawn.end(), out.risk.l1 - 1e-12);
    out.p = (1.0 + static_cast<double>(asLarge)) / (1.0 + static_cast<double>(drawn.size()));
    return out;
}

} // namespace penumbra
