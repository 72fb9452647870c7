#include "tests/golden/lvd_cases.h"

#include <cmath>
#include <gtest/gtest.h>

namespace penumbra::golden {

MatrixD matrix(const io::Hdf5File& file, const std::string& dataset) {
    const io::Hdf5Entry entry = file.describe(dataset);
    const std::vector<double> values = file.readReals(dataset);
    return Eigen::Map<const MatrixD>(values.data(), static_cast<Eigen::Index>(entry.rows()),
                                     static_cast<Eigen::Index>(entry.rowWidth()));
}

std::map<std::string, std::vector<Prediction>>
checkIntervals(const io::Hdf5File& file, const std::string& group, const MatrixD& calibration,
               const MatrixD& test, const std::vector<double>& alphas, lvd::Precision precision) {
    const auto stored = [&](const std::string& name) { return file.readReals(group + "/" + name); };
    const auto y = stored("y_cal"), mean = stored("yhat_cal"), residual = stored("rhat_cal"),
               testMean = stored("yhat_test"), testResidual = stored("rhat_test");
    const double eps = file.realAttribute("/", "eps_mad").value();
    std::vector<double> plain, scaled;
    for (std::size_t i = 0; i < y.size(); ++i) {
        plain.push_back(std::abs(y[i] - mean[i]));
        scaled.push_back(std::abs(y[i] - mean[i]) / (eps + std::abs(residual[i])));
    }
    const lvd::LocalConditional local(calibration, {plain, scaled}, precision);
    const lvd::LocalQuantiles answer = local.quantiles(test, alphas, {});
    std::map<std::string, std::vector<Prediction>> predictions;
    const std::string kinds[] = {"LC", "LCMAD"};
    for (std::size_t kind = 0; kind < 2; ++kind) {
        const std::string what =
            group + "/" + kinds[kind] + (precision == lvd::Precision::Double ? " in double" : " in float32");
        const MatrixD q = matrix(file, group + "/" + kinds[kind] + "/q"),
                      low = matrix(file, group + "/" + kinds[kind] + "/lo"),
                      high = matrix(file, group + "/" + kinds[kind] + "/hi");
        EXPECT_EQ(q.rows(), static_cast<Eigen::Index>(alphas.size())) << what;
        EXPECT_EQ(q.cols(), test.rows()) << what;
        if (testing::Test::HasFailure())
            return predictions;
        for (std::size_t a = 0; a < alphas.size(); ++a) {
            Prediction prediction;
            prediction.ends = Ends::Open; // the reference's rule
            prediction.alpha = alphas[a];
            prediction.mean = testMean;
            for (std::size_t t = 0; t < testMean.size(); ++t) {
                const double got =
                    answer.quantiles[kind](static_cast<Eigen::Index>(t), static_cast<Eigen::Index>(a));
                const double width = kind == 0 ? got : got * (eps + std::abs(testResidual[t]));
                prediction.lower.push_back(testMean[t] - width);
                prediction.upper.push_back(testMean[t] + width);
                // One of the scores, which are computed as the reference computes them.
                expectClose(got, q(static_cast<Eigen::Index>(a), static_cast<Eigen::Index>(t)), 1e-12,
                            what + " q");
            }
            const auto row = [&](const MatrixD& m) {
                const double* first = m.row(static_cast<Eigen::Index>(a)).data();
                return std::vector<double>(first, first + m.cols());
            };
            expectClose(prediction.lower, row(low), 1e-12, what + " lo");
            expectClose(prediction.upper, row(high), 1e-12, what + " hi");
            predictions[kinds[kind]].push_back(std::move(prediction));
        }
    }
    return predictions;
}

} // namespace penumbra::golden
