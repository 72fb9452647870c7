#include "core/eval/logistic.h"

#include "core/base/error.h"
#include "core/base/rng.h"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>

namespace penumbra {

namespace {

double logistic(double x) {
    return x >= 0.0 ? 1.0 / (1.0 + std::exp(-x)) : std::exp(x) / (1.0 + std::exp(x));
}

/// log(1 + exp(x)) without overflow.
double softplus(double x) {
    return std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x)));
}

/// The last parameter is the intercept.
double lossOf(const Eigen::MatrixXd& design, std::span<const std::uint8_t> label, double c,
              const Eigen::VectorXd& parameters) {
    const Eigen::VectorXd f = design * parameters;
    double loss = 0.5 * parameters.head(parameters.size() - 1).squaredNorm();
    for (Eigen::Index i = 0; i < f.size(); ++i)
        loss += c * (softplus(f[i]) - (label[static_cast<std::size_t>(i)] ? f[i] : 0.0));
    return loss;
}

void checkInput(const Eigen::MatrixXd& x, std::span<const std::uint8_t> label) {
    if (static_cast<std::size_t>(x.rows()) != label.size())
        throw Error("There are " + std::to_string(x.rows()) + " rows, but " + std::to_string(label.size()) +
                    " labels");
    if (!x.allFinite())
        throw Error("A classifier was given a value that is not finite");
    const auto ones = std::count_if(label.begin(), label.end(), [](std::uint8_t l) { return l != 0; });
    if (ones == 0 || ones == static_cast<std::ptrdiff_t>(label.size()))
        throw Error("A classifier needs rows of both kinds");
}

} // namespace

std::vector<double> LogisticModel::probabilities(const Eigen::MatrixXd& x) const {
    std::vector<double> p;
    const Eigen::VectorXd f = x * weights;
    for (Eigen::Index i = 0; i < f.size(); ++i)
        p.push_back(logistic(intercept + f[i]));
    return p;
}

LogisticModel fitLogistic(const Eigen::MatrixXd& x, std::span<const std::uint8_t> label, double c) {
    checkInput(x, label);
    const Eigen::Index n = x.rows(), d = x.cols();
    Eigen::MatrixXd design(n, d + 1);
    design << x, Eigen::VectorXd::Ones(n);
    Eigen::VectorXd parameters = Eigen::VectorXd::Zero(d + 1);
    double loss = lossOf(design, label, c, parameters);
    constexpr int mostSteps = 100;
    for (int step = 0; step < mostSteps; ++step) {
        const Eigen::VectorXd f = design * parameters;
        Eigen::VectorXd residual(n), weight(n);
        for (Eigen::Index i = 0; i < n; ++i) {
            const double p = logistic(f[i]);
            residual[i] = c * (p - (label[static_cast<std::size_t>(i)] ? 1.0 : 0.0));
            weight[i] = c * std::max(p * (1.0 - p), 1e-12);
        }
        Eigen::VectorXd gradient = design.transpose() * residual;
        gradient.head(d) += parameters.head(d);
        Eigen::MatrixXd curvature = design.transpose() * (weight.asDiagonal() * design);
        curvature.diagonal().head(d).array() += 1.0;
        const Eigen::VectorXd move = curvature.ldlt().solve(gradient);
        if (0.5 * gradient.dot(move) <= 1e-15 * loss) { // no loss can tell this step from none
            parameters -= move;
            break;
        }
        double length = 1.0, next = loss;
        for (; length > 1e-10; length *= 0.5) {
            next = lossOf(design, label, c, parameters - length * move);
            if (next <= loss)
                break;
        }
        if (next > loss) // rounding alone
            break;
        parameters -= length * move;
        loss = next;
        if (move.cwiseAbs().maxCoeff() <= 1e-12 * std::max(1.0, parameters.cwiseAbs().maxCoeff()))
            break;
    }
    return {parameters.head(d), parameters[d]};
}

ColumnScale columnScale(std::span<const double> column) {
    double sum = 0.0, squares = 0.0, known = 0.0;
    for (const double value : column)
        if (std::isfinite(value)) {
            sum += value;
            known += 1.0;
        }
    const double mean = sum / std::max(known, 1.0);
    for (const double value : column)
        squares += std::isfinite(value) ? (value - mean) * (value - mean) : 0.0;
    const double deviation = std::sqrt(squares / std::max(known, 1.0));
    return {mean, deviation > 1e-12 * std::abs(mean) ? deviation : 0.0};
}

Eigen::MatrixXd standardisedColumns(const std::vector<std::vector<double>>& columns) {
    std::vector<Eigen::VectorXd> kept;
    for (const std::vector<double>& column : columns) {
        const auto [mean, deviation] = columnScale(column);
        if (deviation == 0.0)
            continue;
        Eigen::VectorXd standard(static_cast<Eigen::Index>(column.size()));
        for (std::size_t i = 0; i < column.size(); ++i)
            standard[static_cast<Eigen::Index>(i)] =
                std::isfinite(column[i]) ? (column[i] - mean) / deviation : 0.0;
        kept.push_back(std::move(standard));
    }
    const auto rows = static_cast<Eigen::Index>(columns.empty() ? 0 : columns.front().size());
    Eigen::MatrixXd out(rows, static_cast<Eigen::Index>(kept.size()));
    for (std::size_t c = 0; c < kept.size(); ++c)
        out.col(static_cast<Eigen::Index>(c)) = kept[c];
    return out;
}

std::vector<double> crossFittedProbabilities(const Eigen::MatrixXd& x, std::span<const std::uint8_t> label,
                                             std::size_t folds, std::uint64_t seed) {
    const std::size_t n = label.size();
    const auto order = Rng(seed).permutation(n);
    std::vector<double> out(n);
    for (std::size_t fold = 0; fold < folds; ++fold) {
        std::vector<Eigen::Index> inside, outside;
        for (std::size_t i = 0; i < n; ++i)
            (i % folds == fold ? inside : outside).push_back(static_cast<Eigen::Index>(order[i]));
        std::vector<std::uint8_t> known;
        for (const Eigen::Index row : outside)
            known.push_back(label[static_cast<std::size_t>(row)]);
        const auto p = fitLogistic(x(outside, Eigen::all), known).probabilities(x(inside, Eigen::all));
        for (std::size_t i = 0; i < inside.size(); ++i)
            out[static_cast<std::size_t>(inside[i])] = p[i];
    }
    return out;
}

} // namespace penumbra
