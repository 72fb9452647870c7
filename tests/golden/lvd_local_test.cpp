// Weighted quantiles, and locally valid intervals from given kernels, against the LVD reference.

#include "core/base/error.h"
#include "core/lvd/local_conditional.h"
#include "tests/golden/lvd_cases.h"

#include <cmath>
#include <gtest/gtest.h>

namespace penumbra::lvd {
namespace {

using namespace penumbra::golden;

TEST(LvdWeightedQuantile, everyCase) {
    const io::Hdf5File file = openGolden("lvd/weighted_quantile.h5");
    const auto cases = groupsIn(file, "/");
    ASSERT_FALSE(cases.empty());
    for (const std::string& name : cases) {
        const auto level = file.realAttribute(name, "level");
        ASSERT_TRUE(level) << name;
        EXPECT_EQ(
            weightedQuantile(file.readReals(name + "/values"), file.readReals(name + "/weights"), *level),
            scalar(file, name + "/result"))
            << name;
    }
}

/// The kernel of a case; the naive one, exp(-sum of squares of raw columns), as A = sqrt(D) 1.
LearnedKernel kernelOf(const io::Hdf5File& file, const std::string& group, std::size_t columns) {
    LearnedKernel kernel;
    kernel.input.normalisation = Normalisation::None;
    kernel.input.kept.assign(columns, 1);
    kernel.input.mean.assign(columns, 0.0);
    kernel.input.scale.assign(columns, 1.0);
    if (file.textAttribute(group, "kernel") == "naive") {
        const auto d = static_cast<Eigen::Index>(columns);
        kernel.A = MatrixD::Identity(d, d) * std::sqrt(static_cast<double>(columns));
        return kernel;
    }
    kernel.A = matrix(file, group + "/A");
    if (!file.exists(group + "/x_std"))
        return kernel;
    const auto mean = file.readReals(group + "/x_mean"), deviation = file.readReals(group + "/x_std");
    kernel.input.normalisation = Normalisation::Standardise;
    kernel.input.mean.clear();
    kernel.input.scale.clear();
    for (std::size_t f = 0; f < columns; ++f) {
        kernel.input.kept[f] = deviation[f] > 1e-3 ? 1 : 0;
        if (kernel.input.kept[f]) {
            kernel.input.mean.push_back(mean[f]);
            kernel.input.scale.push_back(deviation[f]);
        }
    }
    return kernel;
}

TEST(LvdLocalConditional, everyCase) {
    const io::Hdf5File file = openGolden("lvd/local_conditional.h5");
    const auto alphas = realsAttribute(file, "/", "alphas");
    const auto cases = groupsIn(file, "/");
    ASSERT_FALSE(cases.empty());
    ASSERT_FALSE(alphas.empty());
    for (const std::string& name : cases) {
        const MatrixD calibration = matrix(file, name + "/X_cal"), test = matrix(file, name + "/X_test");
        const LearnedKernel kernel = kernelOf(file, name, static_cast<std::size_t>(calibration.cols()));
        const MatrixD p = kernel.project(calibration, {}), q = kernel.project(test, {});
        // Stored for small cases only.
        const MatrixD want = file.exists(name + "/kernel") ? matrix(file, name + "/kernel") : MatrixD();
        for (Eigen::Index t = 0; t < want.rows(); ++t)
            for (Eigen::Index c = 0; c < want.cols(); ++c)
                expectClose(kernelValue(q.row(t).data(), p.row(c).data(), kernel.outputs()), want(t, c),
                            1e-12, name + "/kernel");
        checkIntervals(file, name, p, q, alphas, Precision::Double);
        checkIntervals(file, name, p, q, alphas, Precision::Float32);
    }
}

} // namespace
} // namespace penumbra::lvd
