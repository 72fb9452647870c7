// Labels that are distributions: what may be said of truths.

#include "core/base/statistics.h"
#include "core/eval/joint_resampling.h"
#include "core/eval/label_posteriors.h"
#include "tests/golden/diagnostics_support.h"

#include <cmath>

namespace penumbra {
namespace {

using namespace penumbra::golden;

constexpr double alpha = 0.1; ///< of all simulated cases
constexpr std::size_t calibrationRows = 400;

TEST(DiagnosticsLabels, GaussianWorlds) {
    forDiagnosticsFiles("labels", [](const io::Hdf5File& file) {
        for (const std::string& name : groupsIn(file, "/gaussian")) {
            const std::string group = "/gaussian/" + name + "/";
            const double level = std::stod(name.substr(std::string("alpha_").size()));
            std::vector<double> noise, posterior;
            for (const double ratio : file.readReals(group + "ratio")) {
                noise.push_back(truthCoverageIfNoise(level, ratio));
                posterior.push_back(truthCoverageIfPosterior(level, ratio));
            }
            expectClose(noise, file.readReals(group + "true_coverage_classical"), ofProbabilities, "noise");
            expectClose(posterior, file.readReals(group + "true_coverage_berkson"), ofProbabilities,
                        "posteriors");
        }
    });
}

/// Finite-sample quantile of the scores of the calibration rows.
double quantileOf(const std::vector<double>& scores) {
    SplitScores split;
    split.calibration.assign(scores.begin(), scores.begin() + calibrationRows);
    return ScoreOrder(split).quantile(alpha);
}

TEST(DiagnosticsLabels, IntervalsWithoutTheLabelsNoise) {
    forDiagnosticsFiles("labels", [](const io::Hdf5File& file) {
        for (const std::string& name : groupsIn(file, "/simulated")) {
            const std::string group = "/simulated/" + name + "/";
            SCOPED_TRACE(group);
            const auto error = file.readReals(group + "label_error"),
                       ofLabel = file.readReals(group + "residual_label"),
                       ofTruth = file.readReals(group + "residual_truth");
            std::vector<double> plain, scaled;
            double squares = 0.0;
            for (std::size_t i = 0; i < error.size(); ++i) {
                plain.push_back(std::abs(ofLabel[i]));
                scaled.push_back(std::abs(ofLabel[i]) / std::sqrt(1.0 + error[i] * error[i]));
                squares += i < calibrationRows ? error[i] * error[i] / calibrationRows : 0.0;
            }
            const double q = quantileOf(plain), quadrature = quantileOf(scaled);
            expectClose(q, scalar(file, group + "q"), closedForm, "quantile");
            expectClose(quadrature, scalar(file, group + "q_quadrature"), closedForm, "quantile, scaled");
            const double global = halfWidthWithoutNoise(q, std::sqrt(squares), alpha);
            expectClose(global, scalar(file, group + "half_width_global"), closedForm, "global");
            std::vector<double> own, label, truth;
            double labels = 0.0, truths = 0.0, byOwn = 0.0, byGlobal = 0.0;
            const auto tests = static_cast<double>(error.size() - calibrationRows);
            for (std::size_t i = calibrationRows; i < error.size(); ++i) {
                own.push_back(halfWidthWithoutNoise(q, error[i], alpha));
                label.push_back(quadrature * std::sqrt(1.0 + error[i] * error[i]));
                truth.push_back(quadrature);
                labels += std::abs(ofLabel[i]) <= q ? 1.0 / tests : 0.0;
                truths += std::abs(ofTruth[i]) <= q ? 1.0 / tests : 0.0;
                byOwn += std::abs(ofTruth[i]) <= own.back() ? 1.0 / tests : 0.0;
                byGlobal += std::abs(ofTruth[i]) <= global ? 1.0 / tests : 0.0;
            }
            expectClose(own, file.readReals(group + "half_width_deconvolved"), closedForm, "own");
            expectClose(label, file.readReals(group + "half_width_label"), closedForm, "label");
            expectClose(truth, file.readReals(group + "half_width_truth"), closedForm, "truth");
            expectClose(labels, scalar(file, group + "label_coverage"), closedForm, "labels covered");
            expectClose(truths, scalar(file, group + "truth_coverage"), closedForm, "truths covered");
            expectClose(byOwn, scalar(file, group + "truth_coverage_deconvolved"), closedForm,
                        "by own errors");
            expectClose(byGlobal, scalar(file, group + "truth_coverage_global"), closedForm, "by the rms");
        }
    });
}

} // namespace
} // namespace penumbra
