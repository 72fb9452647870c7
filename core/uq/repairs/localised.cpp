#include "core/uq/repairs/localised.h"

#include "core/base/derived_seed.h"
#include "core/base/error.h"
#include "core/base/parallel_for.h"
#include "core/base/rng.h"
#include "core/uq/repairs/thresholds.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>

namespace penumbra::uq {

namespace {

constexpr Eigen::Index probes = 50;  ///< rows that a bandwidth is tried on,
constexpr Eigen::Index about = 2000; ///< among so many

MatrixD evenlyPicked(const MatrixD& rows, Eigen::Index most) {
    const Eigen::Index count = std::min(rows.rows(), most);
    MatrixD picked(count, rows.cols());
    for (Eigen::Index i = 0; i < count; ++i)
        picked.row(i) = rows.row(i * rows.rows() / count);
    return picked;
}

std::span<const double> rowOf(const MatrixD& rows, Eigen::Index i) {
    return {rows.row(i).data(), static_cast<std::size_t>(rows.cols())};
}

} // namespace

LocalisedThresholds localisedThresholds(const MatrixD& calibration, const MatrixD& test,
                                        std::span<const std::int64_t> ids, std::span<const double> scores,
                                        double h, double alpha, const RunContext& context) {
    if (static_cast<std::size_t>(calibration.rows()) != scores.size() ||
        static_cast<std::size_t>(test.rows()) != ids.size() || calibration.cols() != test.cols())
        throw Error("There are " + std::to_string(scores.size()) + " scores of " +
                    std::to_string(calibration.rows()) + " calibration rows, and " +
                    std::to_string(ids.size()) + " galaxies of " + std::to_string(test.rows()) +
                    " test rows");
    std::vector<Eigen::Index> order; // known scores, descending
    for (std::size_t i = 0; i < scores.size(); ++i)
        if (!std::isnan(scores[i]))
            order.push_back(static_cast<Eigen::Index>(i));
    const auto scoreOf = [&](Eigen::Index i) { return scores[static_cast<std::size_t>(i)]; };
    std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return scoreOf(a) > scoreOf(b); });
    const MatrixD points = calibration(order, Eigen::all);
    std::vector<double> descending;
    for (const Eigen::Index i : order)
        descending.push_back(scoreOf(i));
    const std::uint64_t seed = derivedSeed(0, "rlcp");
    LocalisedThresholds out{std::vector<double>(ids.size()), std::vector<double>(ids.size())};
    parallelFor(ids.size(), context.threads, [&](std::size_t begin, std::size_t end) {
        for (std::size_t i = begin; i < end; ++i) {
            context.checkStop();
            Rng rng(seed, static_cast<std::uint64_t>(ids[i]));
            MatrixD drawn = test.row(static_cast<Eigen::Index>(i));
            for (Eigen::Index k = 0; k < drawn.cols(); ++k)
                drawn(0, k) += h * rng.normal();
            const auto weights = gaussianWeights(points, rowOf(drawn, 0), h);
            const double own =
                gaussianWeights(test.row(static_cast<Eigen::Index>(i)), rowOf(drawn, 0), h).front();
            out.threshold[i] = thresholdOfDescending(descending, weights, own, 1.0, alpha);
            out.effective[i] = effectiveRows(weights);
        }
    });
    return out;
}

MatrixD localisedSignal(std::span<const std::uint64_t> keys, double h) {
    constexpr int keptBits = 24;
    MatrixD signal(static_cast<Eigen::Index>(keys.size()), 2);
    for (std::size_t i = 0; i < keys.size(); ++i)
        signal.row(static_cast<Eigen::Index>(i)) << static_cast<double>(keys[i] >> (64 - keptBits)),
            static_cast<double>(static_cast<float>(h));
    return signal;
}

double bandwidthFor(const MatrixD& calibration, const MatrixD& test, double wanted) {
    MatrixD all(calibration.rows() + test.rows(), calibration.cols());
    all << calibration, test;
    all = evenlyPicked(all, about); // of all rows alike: the choice does not tell calibration from test rows
    const MatrixD tried = evenlyPicked(all, probes);
    const auto count = static_cast<double>(all.rows());
    const double rows = std::max(1.0, static_cast<double>(calibration.rows()));
    const double aim = std::min(wanted, rows / 3.0) * count / rows;
    const auto median = [&](double h) {
        std::vector<double> effective;
        for (Eigen::Index i = 0; i < tried.rows(); ++i)
            effective.push_back(effectiveRows(gaussianWeights(all, rowOf(tried, i), h)));
        const auto middle = effective.begin() + static_cast<std::ptrdiff_t>(effective.size() / 2);
        std::nth_element(effective.begin(), middle, effective.end());
        return *middle;
    };
    const double spread =
        std::sqrt((all.rowwise() - all.colwise().mean()).squaredNorm() / std::max(1.0, count));
    if (!(spread > 0.0) || tried.rows() == 0)
        return 1.0; // all in one place
    double low = 1e-4 * spread, high = 1e2 * spread;
    for (int step = 0; step < 25; ++step) { // to 0.1 %
        const double middle = std::sqrt(low * high);
        (median(middle) < aim ? low : high) = middle;
    }
    return high;
}

} // namespace penumbra::uq
