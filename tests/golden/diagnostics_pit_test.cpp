// Probability integral transforms and how far from uniform they are.

#include "core/eval/distributions.h"
#include "core/eval/uniformity.h"
#include "tests/golden/diagnostics_support.h"

#include <cmath>

namespace penumbra {
namespace {

using namespace penumbra::golden;

constexpr double ofSeries = 1e-5; ///< p of Cramer-von Mises and Anderson-Darling

TEST(DiagnosticsPit, GaussianMethods) {
    forDiagnosticsFiles("pit", [](const io::Hdf5File& file) {
        const auto read = [&](const char* name) { return file.readReals(std::string("/gaussian/") + name); };
        const auto y = read("y"), theta = read("theta");
        const auto plain = Distributions::gaussian(read("mean"), read("sigma"));
        const auto widened = plain.withLabelErrors(read("label_error"));
        std::vector<double> without, with;
        for (std::size_t i = 0; i < y.size(); ++i) {
            without.push_back(plain.pit(i, y[i], theta[i]));
            with.push_back(widened.pit(i, y[i], theta[i]));
        }
        expectClose(without, read("pit_without_label_error"), closedForm, "without errors of labels");
        expectClose(with, read("pit"), closedForm, "with errors of labels");
    });
}

/// Rows of one group, all of them where there are no groups.
std::vector<std::size_t> rowsOf(const std::vector<double>& groups, std::size_t rows, double group) {
    std::vector<std::size_t> chosen;
    for (std::size_t i = 0; i < rows; ++i)
        if (groups.empty() || groups[i] == group)
            chosen.push_back(i);
    return chosen;
}

void checkConformal(const io::Hdf5File& file, const std::string& group) {
    SCOPED_TRACE(group);
    const auto read = [&](const std::string& name, double otherwise = 1.0, std::size_t rows = 0) {
        return file.isDataset(group + "/" + name) ? file.readReals(group + "/" + name)
                                                  : std::vector<double>(rows, otherwise);
    };
    const auto mean = read("mean"), y = read("y"), theta = read("theta"), residuals = read("residuals"),
               pit = read("pit"), unsmoothed = read("pit_unsmoothed"), ends = read("percentiles_5_95");
    const auto ofCalibration = read("sigma_calibration", 1.0, residuals.size()),
               ofTest = read("sigma_test", 1.0, mean.size());
    const auto calibrationGroups = read("group_calibration"), testGroups = read("group_test");
    for (std::size_t i = 0; i < y.size(); ++i) {
        std::vector<double> own;
        for (const std::size_t j :
             rowsOf(calibrationGroups, residuals.size(), testGroups.empty() ? 0.0 : testGroups[i]))
            own.push_back(residuals[j] / ofCalibration[j]);
        const auto one = Distributions::conformal({mean[i]}, {ofTest[i]}, own);
        expectClose(one.pit(0, y[i], theta[i]), pit[i], closedForm, "pit");
        expectClose(one.pit(0, y[i], 1.0), unsmoothed[i], closedForm, "pit, theta 1");
        const Interval interval = one.centralInterval(0, 0.1);
        expectClose(interval.low, ends[2 * i], closedForm, "5 %");
        expectClose(interval.high, ends[2 * i + 1], closedForm, "95 %");
    }
}

TEST(DiagnosticsPit, ConformalMethods) {
    forDiagnosticsFiles("pit", [](const io::Hdf5File& file) {
        for (const std::string& name : groupsIn(file, "/conformal"))
            checkConformal(file, "/conformal/" + name);
    });
}

TEST(DiagnosticsPit, UniformityOfIndependentValues) {
    forDiagnosticsFiles("pit", [](const io::Hdf5File& file) {
        for (const std::string& name : groupsIn(file, "/tests")) {
            const std::string group = "/tests/" + name + "/";
            SCOPED_TRACE(group);
            const auto values = file.readReals(group + "u");
            const UniformityTests tests = testUniformity(values);
            expectClose(tests.ks, scalar(file, group + "ks"), closedForm, "KS");
            expectClose(tests.ksPlus, scalar(file, group + "ks_plus"), closedForm, "KS+");
            expectClose(tests.ksMinus, scalar(file, group + "ks_minus"), closedForm, "KS-");
            expectClose(tests.ksP, scalar(file, group + "ks_p"), ofProbabilities, "p of KS");
            expectClose(tests.ad, scalar(file, group + "ad"), closedForm, "AD");
            expectClose(tests.adP, scalar(file, group + "ad_p"), ofSeries, "p of AD");
            expectClose(tests.cvmP, scalar(file, group + "cvm_p_goftest"), ofSeries, "p of CvM");
            if (file.isDataset(group + "cvm"))
                expectClose(tests.cvm, scalar(file, group + "cvm"), closedForm, "CvM");
            const auto counts = file.readReals(group + "histogram");
            const UniformHistogram histogram = uniformHistogram(values, counts.size());
            expectClose({histogram.counts.begin(), histogram.counts.end()}, counts, 0.0, "histogram");
            expectClose(static_cast<double>(histogram.low), scalar(file, group + "histogram_lo"), 0.0, "lo");
            expectClose(static_cast<double>(histogram.high), scalar(file, group + "histogram_hi"), 0.0, "hi");
            expectClose(static_cast<double>(histogram.lowAll), scalar(file, group + "histogram_lo_all"), 0.0,
                        "lo, all bins");
            expectClose(static_cast<double>(histogram.highAll), scalar(file, group + "histogram_hi_all"), 0.0,
                        "hi, all bins");
            expectClose(histogram.chiSquare, scalar(file, group + "chi2"), closedForm, "chi-square");
            expectClose(histogram.chiSquareP, scalar(file, group + "chi2_p"), ofProbabilities, "its p");
        }
    });
}

TEST(DiagnosticsPit, ASharedCalibrationSet) {
    forDiagnosticsFiles("pit", [](const io::Hdf5File& file) {
        for (const std::string& name : groupsIn(file, "/conformal_ks")) {
            const std::string group = "/conformal_ks/" + name + "/";
            SCOPED_TRACE(group);
            const SharedUniformity shared = testSharedUniformity(file.readReals(group + "calibration_scores"),
                                                                 file.readReals(group + "test_scores"));
            expectClose(shared.distance, scalar(file, group + "distance"), closedForm, "distance");
            expectClose(shared.p, scalar(file, group + "p"), 1e-6, "p");
        }
    });
}

} // namespace
} // namespace penumbra
