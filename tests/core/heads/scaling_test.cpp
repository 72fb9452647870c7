#include "core/base/error.h"
#include "core/heads/scaling.h"
#include "tests/core/heads/synthetic.h"

#include <gtest/gtest.h>
#include <limits>
#include <numeric>

namespace penumbra::heads {
namespace {

std::vector<std::int32_t> firstRows(std::int32_t count) {
    std::vector<std::int32_t> rows(static_cast<std::size_t>(count));
    std::iota(rows.begin(), rows.end(), 0);
    return rows;
}

TEST(Scaling, ColumnsGetMeanZeroAndPopulationDeviationOne) {
    MatrixF inputs = normalInputs(20000, 5, 3); // several blocks
    inputs.col(2).array() += 1e4F;              // a large offset must not eat the digits
    const auto rows = firstRows(20000);
    const InputScaling scaling = fitInputScaling(inputs, rows, threads(2));
    MatrixF scaled(inputs.rows(), inputs.cols());
    scaling.applyRows(inputs, 0, inputs.rows(), scaled.data());
    const MatrixD values = scaled.cast<double>();
    for (Eigen::Index j = 0; j < values.cols(); ++j) {
        const double mean = values.col(j).mean();
        EXPECT_NEAR(mean, 0.0, 1e-3);
        EXPECT_NEAR((values.col(j).array() - mean).square().mean(), 1.0, 1e-4);
    }
}

TEST(Scaling, OnlyTheGivenRowsCountAndConstantColumnsBecomeZero) {
    MatrixF inputs(4, 2);
    inputs << 1, 0.1F, 3, 0.1F, 100, 5, 200, 6;
    const InputScaling scaling = fitInputScaling(inputs, firstRows(2), threads(1));
    EXPECT_FLOAT_EQ(scaling.mean[0], 2.0F);
    EXPECT_FLOAT_EQ(scaling.inverseStd[0], 1.0F); // population: sqrt(((1-2)^2 + (3-2)^2) / 2)
    EXPECT_EQ(scaling.inverseStd[1], 0.0F);
    std::vector<float> scaled(4);
    scaling.applyRows(inputs, 2, 2, scaled.data());
    EXPECT_EQ(scaled[1], 0.0F);
    EXPECT_EQ(scaled[3], 0.0F);
}

TEST(Scaling, ThreadsDoNotChangeTheResult) {
    const MatrixF inputs = normalInputs(30000, 3, 4);
    const auto rows = firstRows(30000);
    const InputScaling one = fitInputScaling(inputs, rows, threads(1));
    const InputScaling three = fitInputScaling(inputs, rows, threads(3));
    EXPECT_EQ(one.mean, three.mean);
    EXPECT_EQ(one.inverseStd, three.inverseStd);
}

TEST(Scaling, NotFiniteInputsAreNamed) {
    for (const float bad :
         {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
        MatrixF inputs = normalInputs(10, 3, 5);
        inputs(7, 2) = bad;
        try {
            checkFinite(inputs, threads(1));
            FAIL() << "no error";
        } catch (const Error& error) {
            const std::string message = error.what();
            EXPECT_NE(message.find("row 7"), std::string::npos) << message;
            EXPECT_NE(message.find("column 2"), std::string::npos) << message;
        }
    }
}

TEST(Scaling, Labels) {
    NetworkSpec spec;
    spec.name = "z";
    spec.labels = {1.0, std::nan(""), 5.0, 1000.0};
    const auto rows = firstRows(3);
    const LabelScaling plain = fitLabelScaling(spec, rows);
    EXPECT_EQ(plain.shift, 3.0);
    EXPECT_EQ(plain.scale, 2.0);
    spec.shape.output = OutputActivation::Softplus;
    const LabelScaling positive = fitLabelScaling(spec, rows);
    EXPECT_EQ(positive.shift, 0.0);
    EXPECT_EQ(positive.scale, 3.0);
    spec.labels = {-1.0, -2.0, 1.0};
    EXPECT_THROW(fitLabelScaling(spec, rows), Error);
    spec.labels = {1.0, std::numeric_limits<double>::infinity(), 2.0};
    EXPECT_THROW(fitLabelScaling(spec, rows), Error);
    spec.labels.assign(3, std::nan(""));
    EXPECT_THROW(fitLabelScaling(spec, rows), Error);
    spec.shape.output = OutputActivation::None;
    spec.labels.assign(3, 4.0); // constant: predicted, not divided by 0
    EXPECT_EQ(fitLabelScaling(spec, rows).scale, 1.0);
    // Neither a float's range nor its digits bound labels.
    spec.labels = {59000.0001, 59000.0003, 59000.0005};
    EXPECT_NEAR(fitLabelScaling(spec, rows).shift, 59000.0003, 1e-10);
    EXPECT_NEAR(fitLabelScaling(spec, rows).scale, std::sqrt(8.0 / 3.0) * 1e-4, 1e-10);
    spec.labels = {1e-50, 3e-50, 5e-50};
    EXPECT_NEAR(fitLabelScaling(spec, rows).scale / 1e-50, std::sqrt(8.0 / 3.0), 1e-12);
}

} // namespace
} // namespace penumbra::heads
