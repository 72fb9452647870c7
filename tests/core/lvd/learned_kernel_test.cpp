#include "core/lvd/learned_kernel.h"
#include "tests/core/lvd/synthetic.h"

#include "core/base/error.h"

#include <limits>

namespace penumbra::lvd {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

MatrixD threeColumns() {
    MatrixD x(4, 3);
    x << 1, 5, 10, //
        2, 5, 20,  //
        3, 5, 20,  //
        6, 5, 30;
    return x;
}

TEST(LvdKernelInput, standardisesByThePopulationDeviation) {
    const KernelInput input = fitKernelInput(threeColumns(), Normalisation::Standardise, 1e-3);
    EXPECT_EQ(input.kept, (std::vector<std::uint8_t>{1, 0, 1}));
    ASSERT_EQ(input.keptColumns(), 2U);
    EXPECT_DOUBLE_EQ(input.mean[0], 3.0);
    EXPECT_DOUBLE_EQ(input.scale[0], std::sqrt((4.0 + 1.0 + 0.0 + 9.0) / 4.0));
    EXPECT_DOUBLE_EQ(input.mean[1], 20.0);
    EXPECT_DOUBLE_EQ(input.scale[1], std::sqrt(200.0 / 4.0));
    double row[] = {5.0, -7.0, 20.0}, z[2];
    input.apply(row, z);
    EXPECT_DOUBLE_EQ(z[0], 2.0 / input.scale[0]);
    EXPECT_DOUBLE_EQ(z[1], 0.0);
}

TEST(LvdKernelInput, theThresholdIsInTheInputsUnitUnlessRelative) {
    MatrixD x = threeColumns();
    x.col(0) *= 1e-4;
    EXPECT_EQ(fitKernelInput(x, Normalisation::Standardise, 1e-3).kept, (std::vector<std::uint8_t>{0, 0, 1}));
    // In units of the median deviation nothing depends on the inputs' unit.
    for (const double unit : {1.0, 1e-17, 1e10})
        EXPECT_EQ(fitKernelInput(MatrixD(unit * x), Normalisation::Standardise, 1e-3, true).kept,
                  fitKernelInput(x, Normalisation::Standardise, 1e-3, true).kept);
    EXPECT_EQ(fitKernelInput(x, Normalisation::Standardise, 1e-5).kept, (std::vector<std::uint8_t>{1, 0, 1}));
    EXPECT_EQ(fitKernelInput(x, Normalisation::UnitOutput, 1e-3).kept, (std::vector<std::uint8_t>{0, 0, 1}));
    EXPECT_EQ(fitKernelInput(x, Normalisation::None, 1e-3).kept, (std::vector<std::uint8_t>{1, 1, 1}));
}

TEST(LvdKernelInput, aConstantColumnIsLeftOutDespiteRounding) {
    MatrixD x = normalMatrix<MatrixD>(1000, 2, 1);
    x.col(1).setConstant(0.1);
    EXPECT_EQ(fitKernelInput(x, Normalisation::Standardise, 0.0).kept, (std::vector<std::uint8_t>{1, 0}));
}

TEST(LvdKernelInput, unitRowsForgetLengthAndUseThresholdZero) {
    const MatrixD x = threeColumns() * 1e-5;
    MatrixD longer = x;
    longer.row(1) *= 7.0;
    const KernelInput a = fitKernelInput(x, Normalisation::UnitRows, 1e-3),
                      b = fitKernelInput(longer, Normalisation::UnitRows, 1e-3);
    EXPECT_EQ(a.keptColumns(), 3U);
    for (std::size_t f = 0; f < 3; ++f) {
        EXPECT_NEAR(a.mean[f], b.mean[f], 1e-14);
        EXPECT_NEAR(a.scale[f], b.scale[f], 1e-14);
    }
    double row[] = {1.0, 2.0, 2.0}, z[3];
    a.apply(row, z);
    EXPECT_NEAR(z[0], (1.0 / 3.0 - a.mean[0]) / a.scale[0], 1e-12);
}

TEST(LvdKernelInput, rowsOfAListAndFloatsAreTheSame) {
    const MatrixD x = threeColumns();
    const MatrixF f = x.cast<float>();
    const std::vector<std::size_t> rows = {3, 1};
    const KernelInput some = fitKernelInput(InputRows(f, rows), Normalisation::Standardise, 1e-3);
    EXPECT_DOUBLE_EQ(some.mean[0], 4.0);
    EXPECT_DOUBLE_EQ(some.scale[0], 2.0);
}

TEST(LvdKernelInput, badInputsAreNamed) {
    MatrixD x = threeColumns();
    x(2, 1) = nan;
    EXPECT_TRUE(says(messageOf([&] { fitKernelInput(x, Normalisation::Standardise, 1e-3); }),
                     {"NaN", "row 2", "column 1"}));
    const MatrixD flat = MatrixD::Ones(5, 2);
    EXPECT_TRUE(says(messageOf([&] { fitKernelInput(flat, Normalisation::Standardise, 1e-3); }),
                     {"2 columns", "0.001", "threshold"}));
    EXPECT_THROW(fitKernelInput(MatrixD(0, 3), Normalisation::None, 0.0), Error);
}

LearnedKernel someKernel(Normalisation normalisation) {
    LearnedKernel kernel;
    kernel.input = fitKernelInput(normalMatrix<MatrixD>(50, 40, 3), normalisation, 1e-3);
    kernel.A = normalMatrix<MatrixD>(5, 40, 4);
    return kernel;
}

TEST(LvdLearnedKernel, projectsEveryRow) {
    const MatrixD x = normalMatrix<MatrixD>(150, 40, 5);
    for (const auto normalisation : {Normalisation::None, Normalisation::Standardise, Normalisation::UnitRows,
                                     Normalisation::UnitOutput}) {
        LearnedKernel kernel = someKernel(normalisation);
        kernel.scale = 0.25;
        const MatrixD p = kernel.project(x, {});
        ASSERT_EQ(p.rows(), 150);
        ASSERT_EQ(p.cols(), 5);
        for (Eigen::Index r = 0; r < x.rows(); ++r) {
            Eigen::VectorXd row = x.row(r), z(40);
            kernel.input.apply(row.data(), z.data());
            Eigen::VectorXd want = kernel.A * z;
            if (normalisation == Normalisation::UnitOutput)
                want.normalize();
            EXPECT_LT((p.row(r).transpose() - 0.25 * want).norm(), 1e-12);
        }
    }
}

TEST(LvdLearnedKernel, isTheMeanOfSquares) {
    const double p[] = {1.0, 2.0}, q[] = {2.0, 4.0};
    EXPECT_DOUBLE_EQ(kernelValue(p, q, 2), std::exp(-2.5));
    EXPECT_EQ(kernelValue(p, p, 2), 1.0);
}

TEST(LvdLearnedKernel, goesThroughArrays) {
    LearnedKernel kernel = someKernel(Normalisation::UnitOutput);
    kernel.scale = 0.5;
    auto arrays = kernel.arrays("kernel/z/");
    const LearnedKernel back = LearnedKernel::fromArrays(arrays, "kernel/z/");
    const MatrixD x = normalMatrix<MatrixD>(20, 40, 6);
    EXPECT_EQ(kernel.project(x, {}), back.project(x, {}));

    EXPECT_TRUE(says(messageOf([&] { LearnedKernel::fromArrays(arrays, "other/"); }), {"other/", "missing"}));
    for (std::size_t i = 0; i < arrays.size(); ++i) {
        auto damaged = arrays;
        damaged[i].values.push_back(1.0);
        EXPECT_TRUE(
            says(messageOf([&] { LearnedKernel::fromArrays(damaged, "kernel/z/"); }), {arrays[i].name}));
        damaged.erase(damaged.begin() + static_cast<std::ptrdiff_t>(i));
        EXPECT_TRUE(
            says(messageOf([&] { LearnedKernel::fromArrays(damaged, "kernel/z/"); }), {arrays[i].name}));
    }
    arrays[0].values[0] = 17.0;
    EXPECT_THROW(LearnedKernel::fromArrays(arrays, "kernel/z/"), Error);
}

TEST(LvdLearnedKernel, badRowsAreNamed) {
    const LearnedKernel kernel = someKernel(Normalisation::Standardise);
    MatrixF x = normalMatrix<MatrixF>(100, 40, 7);
    x(77, 3) = std::numeric_limits<float>::quiet_NaN();
    EXPECT_TRUE(says(messageOf([&] { kernel.project(x, {}); }), {"row 77", "NaN"}));
    EXPECT_TRUE(says(messageOf([&] { kernel.project(normalMatrix<MatrixF>(3, 39, 1), {}); }), {"40", "39"}));
}

} // namespace
} // namespace penumbra::lvd
