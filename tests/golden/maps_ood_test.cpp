// Scores of strangeness against scikit-learn.

#include "core/manifold/isolation_forest.h"
#include "core/manifold/mahalanobis.h"
#include "core/manifold/mixture.h"
#include "core/manifold/ood.h"
#include "tests/golden/golden_file.h"
#include "tests/golden/maps_support.h"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <numeric>

namespace penumbra::manifold {
namespace {

using namespace penumbra::golden;

constexpr double tolerance = 1e-8;

void checkNeighbourDistances(const io::Hdf5File& file, const std::string& group) {
    // Distances of the product come from float32 rows.
    const MatrixF x = floatsIn(file, group + "/x"), y = floatsIn(file, group + "/y");
    const Neighbours among = exactNeighboursAmong(y, x, 5, Metric::Euclidean);
    const Neighbours own = exactNeighbours(x, 6, Metric::Euclidean);
    const auto fifth = file.readReals(group + "/knn_5"), mean = file.readReals(group + "/knn_5_mean"),
               reference = file.readReals(group + "/knn_5_reference");
    for (std::size_t i = 0; i < fifth.size(); ++i) {
        EXPECT_NEAR(among.distanceRow(i)[4], fifth[i], 2e-6 * fifth[i]);
        const double sum = std::accumulate(among.distanceRow(i), among.distanceRow(i) + 5, 0.0);
        EXPECT_NEAR(sum / 5.0, mean[i], 2e-6 * mean[i]);
    }
    for (std::size_t i = 0; i < reference.size(); ++i)
        EXPECT_NEAR(own.distanceRow(i)[5], reference[i], 2e-6 * reference[i]);
}

TEST(MapsOod, mahalanobisAndNeighbours) {
    forEachMapFile("ood", [](const io::Hdf5File& file) {
        for (const std::string& name : groupsIn(file, "/mahalanobis")) {
            const std::string group = "/mahalanobis/" + name;
            SCOPED_TRACE(group);
            const MatrixD x = matrixIn(file, group + "/x"), y = matrixIn(file, group + "/y");
            const auto fitted = Mahalanobis::fit(x, Shrinkage::LedoitWolf);
            expectClose(fitted.shrinkage(), scalar(file, group + "/shrinkage"), tolerance, "shrinkage");
            expectClose(fitted.squared(y), file.readReals(group + "/d2"), tolerance, "d2");
            expectClose(fitted.squared(x), file.readReals(group + "/d2_reference"), tolerance,
                        "d2_reference");
            const Eigen::VectorXd diagonal = fitted.covariance().diagonal();
            expectClose(std::vector<double>(diagonal.begin(), diagonal.end()),
                        file.readReals(group + "/covariance_diagonal"), tolerance, "covariance_diagonal");
            if (file.exists(group + "/d2_empirical")) {
                const auto plain = Mahalanobis::fit(x, Shrinkage::None);
                expectClose(plain.squared(y), file.readReals(group + "/d2_empirical"), tolerance,
                            "d2_empirical");
                expectClose(plain.squared(x), file.readReals(group + "/d2_empirical_reference"), tolerance,
                            "d2_empirical_reference");
                expectClose(plain.leaveOneOut(plain.squared(x)),
                            file.readReals(group + "/d2_empirical_leave_one_out"), tolerance,
                            "leave one out");
            }
            checkNeighbourDistances(file, group);
        }
    });
}

Mixture startOf(const io::Hdf5File& file, const std::string& group, const MatrixD& x, double floor) {
    Mixture start;
    start.diagonal = file.textAttribute(group, "covariance").value() == "diag";
    start.means = matrixIn(file, group + "/means_init");
    const auto components = start.means.rows();
    start.weights = VectorD::Constant(components, 1.0 / static_cast<double>(components));
    const Eigen::RowVectorXd mean = x.colwise().mean();
    const Eigen::RowVectorXd variance = (x.rowwise() - mean).cwiseAbs2().colwise().mean().array() + floor;
    for (Eigen::Index k = 0; k < components; ++k)
        start.covariances.push_back(start.diagonal ? MatrixD(variance) : MatrixD(variance.asDiagonal()));
    return start;
}

void checkMixture(const io::Hdf5File& file, const std::string& group, const Mixture& mixture,
                  const MatrixD& x, const MatrixD& y, double allowed) {
    expectClose(std::vector<double>(mixture.weights.begin(), mixture.weights.end()),
                file.readReals(group + "/weights"), allowed, group + "/weights");
    expectMatrix(mixture.means, matrixIn(file, group + "/means"), allowed, group + "/means");
    const auto covariances = file.readReals(group + "/covariances");
    std::vector<double> own;
    for (const MatrixD& covariance : mixture.covariances)
        own.insert(own.end(), covariance.data(), covariance.data() + covariance.size());
    expectClose(own, covariances, allowed, group + "/covariances");
    expectClose(mixture.logDensity(x), file.readReals(group + "/log_likelihood_reference"), allowed,
                group + "/log_likelihood_reference");
    expectClose(mixture.logDensity(y), file.readReals(group + "/log_likelihood_new"), allowed,
                group + "/log_likelihood_new");
}

TEST(MapsOod, mixture) {
    forEachMapFile("ood", [](const io::Hdf5File& file) {
        for (const std::string& name : groupsIn(file, "/mixture")) {
            const std::string group = "/mixture/" + name;
            SCOPED_TRACE(group);
            const MatrixD x = matrixIn(file, group + "/x"), y = matrixIn(file, group + "/y");
            const double floor = file.realAttribute(group, "reg_covar").value();
            const bool collapses = kindOf(file, group) == "duplicates";
            Mixture mixture = startOf(file, group, x, floor);
            const MatrixD densities = matrixIn(file, group + "/mean_log_likelihood");
            int done = 0;
            for (Eigen::Index i = 0; i < densities.rows(); ++i) {
                const int steps = static_cast<int>(densities(i, 0));
                for (; done < steps; ++done)
                    mixture = expectationMaximisationStep(mixture, x, floor);
                const auto density = mixture.logDensity(x);
                const double mean = std::accumulate(density.begin(), density.end(), 0.0) /
                                    static_cast<double>(density.size());
                const double allowed = steps == 1 ? 1e-9 : (collapses && steps > 20 ? 1e-3 : 1e-6);
                expectClose(mean, densities(i, 1), allowed,
                            "mean log likelihood after " + std::to_string(steps));
                if (const std::string stored = group + "/after_" + std::to_string(steps); file.exists(stored))
                    checkMixture(file, stored, mixture, x, y, allowed);
            }
            EXPECT_GE(done, 60);
        }
    });
}

IsolationForest storedForest(const io::Hdf5File& file, const std::string& group) {
    const auto offset = file.readIntegers(group + "/offset"), column = file.readIntegers(group + "/feature"),
               left = file.readIntegers(group + "/left"), right = file.readIntegers(group + "/right"),
               rows = file.readIntegers(group + "/n_node");
    const auto threshold = file.readReals(group + "/threshold");
    std::vector<IsolationForest::Tree> trees;
    for (std::size_t t = 0; t + 1 < offset.size(); ++t) {
        IsolationForest::Tree tree;
        for (auto i = static_cast<std::size_t>(offset[t]); i < static_cast<std::size_t>(offset[t + 1]); ++i)
            tree.push_back({left[i] < 0 ? -1 : static_cast<std::int32_t>(column[i]),
                            static_cast<std::int32_t>(left[i]), static_cast<std::int32_t>(right[i]),
                            static_cast<std::int32_t>(rows[i]), threshold[i]});
        trees.push_back(std::move(tree));
    }
    return IsolationForest::fromTrees(
        std::move(trees), static_cast<std::size_t>(file.integerAttribute(group, "max_samples").value()));
}

std::vector<double> ranksOf(const std::vector<double>& values) {
    std::vector<std::size_t> order(values.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(),
              [&](std::size_t a, std::size_t b) { return values[a] < values[b]; });
    std::vector<double> ranks(values.size());
    for (std::size_t i = 0; i < order.size(); ++i)
        ranks[order[i]] = static_cast<double>(i);
    return ranks;
}

TEST(MapsOod, isolationForest) {
    forEachMapFile("ood", [](const io::Hdf5File& file) {
        const auto n = file.readIntegers("/forest/c_n");
        const auto c = file.readReals("/forest/c");
        for (std::size_t i = 0; i < n.size(); ++i)
            expectClose(meanPathLength(static_cast<std::size_t>(n[i])), c[i], tolerance, "c(n)");
        for (const std::string& name : groupsIn(file, "/forest")) {
            const std::string group = "/forest/" + name;
            if (!name.starts_with("case"))
                continue;
            const auto scores = storedForest(file, group).score(floatsIn(file, group + "/y"));
            expectClose(scores, file.readReals(group + "/score"), 1e-7, group + "/score");
        }
        if (!file.exists("/forest/end"))
            return;
        const MatrixF x = floatsIn(file, "/forest/end/x"); // 960 ordinary rows, then 40 strange ones
        const auto scores = IsolationForest::fit(x, {}, 100, 256, 5).score(x);
        double above = 0.0;
        for (std::size_t strange = 960; strange < 1000; ++strange)
            for (std::size_t ordinary = 0; ordinary < 960; ++ordinary)
                above += scores[strange] > scores[ordinary]
                             ? 1.0
                             : (scores[strange] == scores[ordinary] ? 0.5 : 0.0);
        EXPECT_GE(above / (960.0 * 40.0), scalar(file, "/forest/end/threshold_auroc"));
        const auto mine = ranksOf(scores), reference = ranksOf(file.readReals("/forest/end/mean_score"));
        double squares = 0.0;
        for (std::size_t i = 0; i < mine.size(); ++i)
            squares += (mine[i] - reference[i]) * (mine[i] - reference[i]);
        const double rows = 1000.0, spearman = 1.0 - 6.0 * squares / (rows * (rows * rows - 1.0));
        EXPECT_GE(spearman, scalar(file, "/forest/end/threshold_spearman"));
    });
}

} // namespace
} // namespace penumbra::manifold
