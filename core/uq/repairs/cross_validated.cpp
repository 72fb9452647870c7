#include "core/uq/repairs/cross_validated.h"

#include "core/base/error.h"
#include "core/base/statistics.h"

#include <algorithm>
#include <limits>
#include <string>

namespace penumbra::uq {

namespace {

constexpr double infinite = std::numeric_limits<double>::infinity();

/// The k-th smallest, 1-based; beyond the ends infinite.
double ranked(std::vector<double> values, std::size_t k) {
    if (k < 1 || k > values.size())
        return k < 1 ? -infinite : infinite;
    const auto place = values.begin() + static_cast<std::ptrdiff_t>(k - 1);
    std::nth_element(values.begin(), place, values.end());
    return *place;
}

} // namespace

std::vector<EndPair> crossValidatedIntervals(CrossValidated kind, const MatrixD& foldPredictions,
                                             std::span<const double> residuals, std::span<const double> full,
                                             double alpha) {
    const std::size_t n = residuals.size();
    if (static_cast<std::size_t>(foldPredictions.rows()) != n ||
        (kind == CrossValidated::Base && static_cast<Eigen::Index>(full.size()) != foldPredictions.cols()))
        throw Error("There are " + std::to_string(n) + " residuals, but " +
                    std::to_string(foldPredictions.rows()) + " x " + std::to_string(foldPredictions.cols()) +
                    " predictions by the folds' models and " + std::to_string(full.size()) +
                    " by the full one");
    const std::size_t k = conformalRank(n, alpha);
    const double q = ranked({residuals.begin(), residuals.end()}, k);
    std::vector<EndPair> out;
    for (Eigen::Index row = 0; row < foldPredictions.cols(); ++row) {
        if (kind == CrossValidated::Base) {
            const double centre = full[static_cast<std::size_t>(row)];
            out.push_back({centre - q, centre + q});
            continue;
        }
        const auto own = foldPredictions.col(row);
        if (kind == CrossValidated::MinMax) {
            out.push_back({own.minCoeff() - q, own.maxCoeff() + q});
            continue;
        }
        std::vector<double> below, above;
        for (std::size_t i = 0; i < n; ++i) {
            below.push_back(own[static_cast<Eigen::Index>(i)] - residuals[i]);
            above.push_back(own[static_cast<Eigen::Index>(i)] + residuals[i]);
        }
        out.push_back({k > n ? -infinite : ranked(std::move(below), n + 1 - k), ranked(std::move(above), k)});
    }
    return out;
}

} // namespace penumbra::uq
