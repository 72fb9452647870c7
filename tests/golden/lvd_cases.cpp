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

void checkIntervals(const io::Hdf5File& file, const std::string& group, const MatrixD& calibration,
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
    const std::string kinds[] = {"LC", "LCMAD"};
    for (std::size_t kind = 0; kind < 2; ++kind) {
        const std::string what =
            group + "/" + kinds[kind] + (precision == lvd::Precision::Double ? " in double" : " in float32");
        const MatrixD q = matrix(file, group + "/" + kinds[kind] + "/q"),
                      low = matrix(file, group + "/" + kinds[kind] + "/lo"),
                      high = matrix(file, group + "/" + kinds[kind] + "/hi");
        ASSERT_EQ(q.rows(), static_cast<Eigen::Index>(alphas.size())) << what;
        ASSERT_EQ(q.cols(), test.rows()) << what;
        for (Eigen::Index a = 0; a < q.rows(); ++a)
            for (Eigen::Index t = 0; t < q.cols(); ++t) {
                const double got = answer.quantiles[kind](t, a);
                // The same element of the scores, which are computed as the reference computes them.
                expectClose(got, q(a, t), 1e-12, what + " q");
                const auto row = static_cast<std::size_t>(t);
                const double width = kind == 0 ? got : got * (eps + std::abs(testResidual[row]));
                expectClose(testMean[row] - width, low(a, t), 1e-12, what + " lo");
                expectClose(testMean[row] + width, high(a, t), 1e-12, what + " hi");
            }
    }
}

} // namespace penumbra::golden
