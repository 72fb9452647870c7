#include "core/base/error.h"
#include "core/lvd/guard.h"
#include "core/lvd/local_conditional.h"
#include "tests/core/lvd/synthetic.h"

#include <limits>

namespace penumbra::lvd {
namespace {

/// Share of rows whose kernel mass among the others, scaled to n calibration rows, is short; plainly.
double shortShare(const MatrixD& rows, double scale, const GuardOptions& options) {
    const auto h = static_cast<std::size_t>(rows.rows());
    const MatrixD p = scale * rows;
    std::size_t count = 0;
    for (Eigen::Index i = 0; i < p.rows(); ++i) {
        double mass = 0.0;
        for (Eigen::Index j = 0; j < p.rows(); ++j)
            mass += i == j
                        ? 0.0
                        : kernelValue(p.row(i).data(), p.row(j).data(), static_cast<std::size_t>(p.cols()));
        mass *= static_cast<double>(options.calibrationRows) / static_cast<double>(h - 1);
        count += mass < (1 - options.alpha) / options.alpha ? 1 : 0;
    }
    return static_cast<double>(count) / static_cast<double>(h);
}

GuardOptions someOptions() {
    GuardOptions options;
    options.alpha = 0.1;
    options.share = 0.02;
    options.calibrationRows = 500;
    return options;
}

TEST(LvdGuard, widensNoMoreThanNeeded) {
    const MatrixD rows = 12.0 * normalMatrix<MatrixD>(300, 4, 1);
    const GuardOptions options = someOptions();
    const GuardReport report = guardScale(rows, options, {});
    EXPECT_TRUE(report.reached);
    EXPECT_EQ(report.heldOutRows, 300U);
    EXPECT_GT(report.shareBefore, 0.5) << "the kernel must be too narrow at first";
    EXPECT_NEAR(report.shareBefore, shortShare(rows, 1.0, options), 1e-12);
    EXPECT_LT(report.scale, 1.0);
    EXPECT_LE(report.shareAfter, options.share);
    EXPECT_NEAR(report.shareAfter, shortShare(rows, report.scale, options), 1e-12);
    EXPECT_GT(shortShare(rows, 1.01 * report.scale, options), options.share);
}

TEST(LvdGuard, leavesAWideKernelAlone) {
    const GuardReport report = guardScale(0.1 * normalMatrix<MatrixD>(300, 4, 1), someOptions(), {});
    EXPECT_EQ(report.scale, 1.0);
    EXPECT_EQ(report.shareBefore, report.shareAfter);
    EXPECT_TRUE(report.reached);
}

TEST(LvdGuard, keepsItsPromiseOnOtherRows) {
    // Held-out, calibration and test rows alike: the share of infinite test intervals is about the chosen
    // one.
    const MatrixD heldOut = 12.0 * normalMatrix<MatrixD>(2000, 4, 1);
    GuardOptions options = someOptions();
    options.calibrationRows = 1500;
    const double scale = guardScale(heldOut, options, {}).scale;
    const MatrixD calibration = scale * 12.0 * normalMatrix<MatrixD>(1500, 4, 2),
                  test = scale * 12.0 * normalMatrix<MatrixD>(2000, 4, 3);
    const LocalConditional local(calibration, {std::vector<double>(1500, 1.0)});
    const double alphas[] = {options.alpha};
    const double share = local.quantiles(test, alphas, {}).infiniteShare(options.alpha);
    // Two binomial shares of 0.02 among 2000, standard deviation 0.0031 each.
    EXPECT_NEAR(share, options.share, 4 * std::sqrt(2.0) * 0.0031);
}

TEST(LvdGuard, threadsChangeNothing) {
    const MatrixD rows = 12.0 * normalMatrix<MatrixD>(300, 4, 1);
    RunContext one, three;
    one.threads = 1;
    three.threads = 3;
    EXPECT_EQ(guardScale(rows, someOptions(), one).scale, guardScale(rows, someOptions(), three).scale);
}

TEST(LvdGuard, saysWhenNoWidthWouldDo) {
    GuardOptions options = someOptions();
    options.calibrationRows = 8; // mass at most 8, below 9
    const GuardReport report = guardScale(normalMatrix<MatrixD>(50, 3, 1), options, {});
    EXPECT_FALSE(report.reached);
    EXPECT_EQ(report.scale, 1.0);
    EXPECT_EQ(report.shareAfter, 1.0);
}

TEST(LvdGuard, badInputsAreRefused) {
    EXPECT_THROW(guardScale(MatrixD::Zero(1, 3), someOptions(), {}), Error);
    MatrixD rows = normalMatrix<MatrixD>(10, 3, 1);
    rows(3, 1) = std::numeric_limits<double>::quiet_NaN();
    EXPECT_TRUE(says(messageOf([&] { guardScale(rows, someOptions(), {}); }), {"NaN"}));
    GuardOptions options = someOptions();
    options.alpha = 0.0;
    EXPECT_THROW(guardScale(normalMatrix<MatrixD>(10, 3, 1), options, {}), UsageError);
}

} // namespace
} // namespace penumbra::lvd
