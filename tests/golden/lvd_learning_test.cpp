// Metric learning, and the whole way from training rows to intervals and metrics, against the LVD reference.

#include "tests/golden/lvd_cases.h"
#include "tests/golden/lvd_metric_checks.h"

#include <cmath>
#include <gtest/gtest.h>

namespace penumbra::lvd {
namespace {

using namespace penumbra::golden;

double relativeDistance(const MatrixD& got, const MatrixD& want) {
    return (got - want).norm() / want.norm();
}

MetricOptions optionsOf(const io::Hdf5File& file, const std::string& group, Precision precision) {
    const auto integer = [&](const char* name) {
        return static_cast<int>(file.integerAttribute(group, name).value());
    };
    MetricOptions options;
    options.outputs = integer("d");
    options.iterations = integer("n_iters");
    options.learningRate = file.realAttribute(group, "lr").value();
    options.batch = std::max(0, integer("batch_size"));
    options.maxNeighbours = std::max(0, integer("max_n_requested"));
    options.patience = integer("stop_iters");
    options.ownMean = integer("ybar_bias") != 0;
    options.normalisation = integer("norm") != 0 ? Normalisation::Standardise : Normalisation::None;
    options.precision = precision;
    return options;
}

MetricTarget targetOf(const io::Hdf5File& file, const std::string& prefix, const std::string& y,
                      std::size_t iterations) {
    MetricTarget target;
    target.values = file.readReals(prefix + y);
    target.startA = matrix(file, prefix + "A0");
    if (!file.exists(prefix + "batch_indices"))
        return target;
    const MatrixD batches = matrix(file, prefix + "batch_indices");
    for (Eigen::Index t = 0; t < batches.rows(); ++t) {
        target.batches.emplace_back();
        for (Eigen::Index i = 0; i < batches.cols(); ++i)
            target.batches.back().push_back(static_cast<std::size_t>(batches(t, i)));
    }
    // The reference drew no more than it ran; a learner that does not stop there fails by the loss's length.
    while (target.batches.size() < iterations)
        target.batches.push_back(target.batches.back());
    return target;
}

/// Kernel regression of a query from all training rows (spec/lvd.md a.8).
double kernelRegression(const MatrixD& projected, const double* query, const std::vector<double>& y,
                        bool ownMean) {
    double mass = 0.0, sum = 0.0, mean = 0.0;
    for (std::size_t j = 0; j < y.size(); ++j) {
        const double k = kernelValue(query, projected.row(static_cast<Eigen::Index>(j)).data(),
                                     static_cast<std::size_t>(projected.cols()));
        mass += k;
        sum += k * y[j];
        mean += y[j] / static_cast<double>(y.size());
    }
    return ownMean ? (sum + mean) / (mass + 1.0) : sum / mass;
}

void checkCase(const io::Hdf5File& file, const std::string& group, Precision precision) {
    const bool exact = precision == Precision::Double;
    const std::string what = group + (exact ? " in double" : " in float32");
    const MetricOptions options = optionsOf(file, group, precision);
    const MatrixD X = matrix(file, group + "/X");
    const MetricTarget target =
        targetOf(file, group + "/", "y", static_cast<std::size_t>(options.iterations));
    MetricLearner learner(X, {target}, options, {});
    const std::vector<double> loss = file.readReals(group + "/loss");
    const MatrixD steps = matrix(file, group + "/A_first_steps");
    for (int t = 0; t < static_cast<int>(steps.rows()); ++t) {
        learner.runUntil(t + 1, {});
        if (t == 0) {
            EXPECT_LT(relativeDistance(learner.gradient(0), matrix(file, group + "/grad_first")),
                      exact ? 1e-12 : 1e-5)
                << what;
        }
        const auto at = static_cast<std::size_t>(t);
        EXPECT_NEAR(learner.losses(0).at(at), loss.at(at), (exact ? 1e-10 : 1e-5) * loss[at]) << what;
        const MatrixD want =
            Eigen::Map<const MatrixD>(steps.row(t).data(), learner.last(0).rows(), learner.last(0).cols());
        EXPECT_LT((learner.last(0) - want).cwiseAbs().maxCoeff(), exact ? 1e-8 : 1e-4) << what;
    }
    learner.runUntil(options.iterations, {});
    EXPECT_TRUE(learner.done()) << what;
    EXPECT_EQ(learner.bestIteration(0), file.integerAttribute(group, "best_iteration")) << what;
    ASSERT_EQ(learner.losses(0).size(), loss.size()) << what;
    for (std::size_t t = 0; t < loss.size(); ++t)
        EXPECT_NEAR(learner.losses(0)[t], loss[t], (exact ? 1e-8 : 1e-5) * loss[t]) << what << ", step " << t;
    if (!exact)
        return;
    EXPECT_LT((learner.last(0) - matrix(file, group + "/A_last")).cwiseAbs().maxCoeff(), 1e-8) << what;
    EXPECT_LT((learner.best(0) - matrix(file, group + "/A_best")).cwiseAbs().maxCoeff(), 1e-8) << what;
    if (options.normalisation == Normalisation::Standardise) {
        expectClose(learner.input().mean, file.readReals(group + "/x_mean"), 1e-12, what + " x_mean");
        expectClose(learner.input().scale, file.readReals(group + "/x_std"), 1e-12, what + " x_std");
    }
    LearnedKernel kernel = learner.kernel(0);
    kernel.A = learner.last(0);
    const MatrixD projected = kernel.project(X, {}),
                  queries = kernel.project(matrix(file, group + "/X_query"), {});
    const auto wanted = file.readReals(group + "/yhat_query");
    for (std::size_t i = 0; i < wanted.size(); ++i)
        expectClose(kernelRegression(projected, queries.row(static_cast<Eigen::Index>(i)).data(),
                                     target.values, options.ownMean),
                    wanted[i], 1e-8, what + " yhat_query");
}

TEST(LvdMetricLearning, everyCase) {
    const io::Hdf5File file = openGolden("lvd/metric_learning.h5");
    const auto cases = groupsIn(file, "/");
    ASSERT_FALSE(cases.empty());
    for (const std::string& name : cases) {
        checkCase(file, name, Precision::Double);
        checkCase(file, name, Precision::Float32);
    }
}

TEST(LvdEndToEnd, everyNumber) {
    const io::Hdf5File file = openGolden("lvd/end_to_end.h5");
    const auto alphas = realsAttribute(file, "/", "alphas");
    ASSERT_FALSE(alphas.empty());
    for (const Precision precision : {Precision::Double, Precision::Float32}) {
        const MetricOptions options = optionsOf(file, "/", precision);
        MetricLearner learner(matrix(file, "/X_train"),
                              {targetOf(file, "/", "y_train", static_cast<std::size_t>(options.iterations))},
                              options, {});
        learner.runUntil(options.iterations, {});
        const LearnedKernel kernel = learner.kernel(0);
        const auto loss = file.readReals("/loss");
        const bool exact = precision == Precision::Double;
        ASSERT_EQ(learner.losses(0).size(), loss.size());
        for (std::size_t t = 0; t < loss.size(); ++t)
            EXPECT_NEAR(learner.losses(0)[t], loss[t], (exact ? 1e-8 : 1e-5) * loss[t]);
        EXPECT_EQ(learner.bestIteration(0), file.integerAttribute("/", "best_iteration"));
        if (exact) {
            EXPECT_LT((learner.best(0) - matrix(file, "/A_best")).cwiseAbs().maxCoeff(), 1e-8);
            EXPECT_LT((learner.last(0) - matrix(file, "/A_last")).cwiseAbs().maxCoeff(), 1e-8);
        }
        const auto predictions =
            checkIntervals(file, "", kernel.project(matrix(file, "/X_cal"), {}),
                           kernel.project(matrix(file, "/X_test"), {}), alphas, precision);
        ASSERT_EQ(predictions.size(), 2U);
        const auto truth = file.readReals("/y_test");
        for (const auto& [kind, perAlpha] : predictions)
            for (const Prediction& prediction : perAlpha)
                if (prediction.alpha == 0.1) // the alpha whose metrics the file holds
                    checkMetrics(file, "/" + kind, prediction, truth);
    }
}

} // namespace
} // namespace penumbra::lvd
