// Losses and gradients against a plain reading of spec/lvd.md a.4, and finite differences of it.

#include "tests/core/lvd/synthetic.h"

#include <algorithm>
#include <numeric>

namespace penumbra::lvd {
namespace {

/// Sum over the batch of (yhat_i - y_i)^2, written without any of the tricks.
double plainLoss(const MatrixD& z, const std::vector<double>& y, const MatrixD& A,
                 const MetricOptions& options, const std::vector<std::size_t>& batch) {
    MatrixD p = z * A.transpose();
    if (options.normalisation == Normalisation::UnitOutput)
        p.rowwise().normalize();
    const std::size_t n = y.size();
    const double all = std::accumulate(y.begin(), y.end(), 0.0);
    double loss = 0.0;
    for (const std::size_t i : batch) {
        std::vector<std::pair<double, double>> kv;
        for (std::size_t j = 0; j < n; ++j) {
            double k =
                kernelValue(p.row(static_cast<Eigen::Index>(i)).data(),
                            p.row(static_cast<Eigen::Index>(j)).data(), static_cast<std::size_t>(p.cols()));
            double v = y[j];
            if (i == j) {
                k = options.ownMean ? 1.0 : 0.0;
                v = (all - y[i]) / static_cast<double>(n - 1);
            }
            kv.emplace_back(k, v);
        }
        auto cap = static_cast<std::size_t>(options.maxNeighbours);
        if (cap > 0 && cap != n) {
            if (n < cap)
                cap = n - 1;
            std::sort(kv.begin(), kv.end(), std::greater<>());
            kv.resize(cap);
        }
        double mass = 0.0, sum = 0.0;
        for (const auto& [k, v] : kv) {
            mass += k;
            sum += k * v;
        }
        const double error = sum / std::max(1e-7, mass) - y[i];
        loss += error * error;
    }
    return loss;
}

struct Case {
    Normalisation normalisation;
    bool ownMean;
    int maxNeighbours;
    double spread; ///< of A: large values leave anchors without neighbours
};

class MetricGradient : public testing::TestWithParam<Case> {};

TEST_P(MetricGradient, isTheDerivativeOfTheLoss) {
    const Case& c = GetParam();
    constexpr std::size_t n = 60, columns = 6;
    const MatrixD x = normalMatrix<MatrixD>(n, columns, 1);
    MetricTarget target = targetOn(x, 2);
    target.startA = c.spread * normalMatrix<MatrixD>(3, columns, 3);
    target.batches = {{5, 17, 2, 40, 59, 0}};
    MetricOptions options;
    options.outputs = 3;
    options.iterations = 1;
    options.normalisation = c.normalisation;
    options.ownMean = c.ownMean;
    options.maxNeighbours = c.maxNeighbours;
    options.precision = Precision::Double;
    MetricLearner learner(x, {target}, options, {});
    learner.runUntil(1, {});

    MatrixD z(n, columns);
    for (Eigen::Index i = 0; i < x.rows(); ++i) {
        Eigen::VectorXd row = x.row(i), out(columns);
        learner.input().apply(row.data(), out.data());
        z.row(i) = out.transpose();
    }
    const auto lossAt = [&](const MatrixD& A) {
        return plainLoss(z, target.values, A, options, target.batches[0]);
    };
    const double atStart = lossAt(*target.startA);
    EXPECT_NEAR(learner.losses(0).at(0), atStart / 6.0, 1e-12 * std::max(1.0, atStart));

    const double h = 1e-5;
    const double size = learner.gradient(0).cwiseAbs().maxCoeff();
    EXPECT_GT(size, 1e-4) << "the test is empty";
    for (Eigen::Index i = 0; i < target.startA->size(); ++i) {
        MatrixD up = *target.startA, down = up;
        up.data()[i] += h;
        down.data()[i] -= h;
        EXPECT_NEAR(learner.gradient(0).data()[i], (lossAt(up) - lossAt(down)) / (2 * h),
                    1e-6 * std::max(1.0, size))
            << i;
    }

    // Single precision: the same first step.
    options.precision = Precision::Float32;
    MetricLearner fast(x, {target}, options, {});
    fast.runUntil(1, {});
    EXPECT_NEAR(fast.losses(0).at(0), atStart / 6.0, 1e-5 * std::max(1.0, atStart));
    EXPECT_LT((fast.gradient(0) - learner.gradient(0)).norm(),
              2e-5 * std::max(1.0, learner.gradient(0).norm()));
}

INSTANTIATE_TEST_SUITE_P(All, MetricGradient,
                         testing::Values(Case{Normalisation::Standardise, true, 0, 0.5},
                                         Case{Normalisation::Standardise, false, 0, 0.5},
                                         Case{Normalisation::Standardise, true, 10, 0.5},
                                         Case{Normalisation::Standardise, false, 10, 0.5},
                                         Case{Normalisation::Standardise, true, 1000, 0.5},
                                         Case{Normalisation::Standardise, true, 60, 0.5},
                                         Case{Normalisation::Standardise, false, 0, 3.0},
                                         Case{Normalisation::None, true, 0, 0.5},
                                         Case{Normalisation::UnitRows, true, 0, 0.5},
                                         Case{Normalisation::UnitOutput, true, 0, 0.5},
                                         Case{Normalisation::UnitOutput, false, 20, 0.5}));

TEST(MetricGradientTies, ofEqualNeighboursNoMoreThanTheCapCount) {
    // Pairs of equal rows: every kernel value occurs twice.
    MatrixD x(40, 3);
    x.topRows(20) = normalMatrix<MatrixD>(20, 3, 1);
    x.bottomRows(20) = x.topRows(20);
    MetricTarget target;
    for (int i = 0; i < 40; ++i)
        target.values.push_back(i % 20);
    target.startA = normalMatrix<MatrixD>(2, 3, 2);
    target.batches = {{0, 21}};
    MetricOptions options;
    options.outputs = 2;
    options.iterations = 1;
    options.ownMean = false;
    options.normalisation = Normalisation::None;
    for (const Precision precision : {Precision::Double, Precision::Float32})
        for (const int cap : {4, 5, 6}) { // 1 + 2 + 2: an even cap leaves one of a pair out
            options.precision = precision;
            options.maxNeighbours = cap;
            MetricLearner learner(x, {target}, options, {});
            learner.runUntil(1, {});
            EXPECT_NEAR(learner.losses(0).at(0),
                        plainLoss(x, target.values, *target.startA, options, target.batches[0]) / 2, 2e-4)
                << cap;
        }
}

} // namespace
} // namespace penumbra::lvd
