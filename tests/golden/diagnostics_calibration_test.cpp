// Coverage over all levels, and the bands around it.

#include "core/base/statistics.h"
#include "core/eval/coverage_curve.h"
#include "core/eval/distributions.h"
#include "core/eval/uniformity.h"
#include "tests/golden/diagnostics_support.h"

#include <cmath>

namespace penumbra {
namespace {

using namespace penumbra::golden;

constexpr double simultaneous = 1e-6;

std::vector<double> levelsOf(const io::Hdf5File& file) {
    return file.readReals("/levels");
}

std::size_t sizeAttribute(const io::Hdf5File& file, const std::string& group, const std::string& name) {
    return static_cast<std::size_t>(file.realAttribute(group, name).value());
}

void checkBands(const io::Hdf5File& file, const std::string& group, const CoverageLaw& law) {
    SCOPED_TRACE(group);
    const auto levels = levelsOf(file);
    const double confidence = file.realAttribute(group, "confidence").value();
    const auto stored = [&](const std::string& name) { return file.readReals(group + "/" + name); };
    const CoverageBand each = pointwiseBand(law, levels, confidence);
    expectClose(each.low, stored("pointwise_lo"), closedForm, "pointwise, lower");
    expectClose(each.high, stored("pointwise_hi"), closedForm, "pointwise, upper");
    const CoverageBand all = simultaneousBand(law, levels, confidence);
    expectClose(all.localLevel, scalar(file, group + "/simultaneous_eta"), simultaneous, "local level");
    expectClose(all.probability, scalar(file, group + "/simultaneous_probability"), simultaneous,
                "probability");
    expectClose(all.low, stored("simultaneous_lo"), closedForm, "simultaneous, lower");
    expectClose(all.high, stored("simultaneous_hi"), closedForm, "simultaneous, upper");
}

TEST(DiagnosticsCalibration, BandsOfFixedIntervals) {
    forDiagnosticsFiles("calibration", [](const io::Hdf5File& file) {
        for (const std::string& name : groupsIn(file, "/bands")) {
            const std::string group = "/bands/" + name;
            const std::size_t n = sizeAttribute(file, group, "n");
            checkBands(file, group, {n, 0});
            const double tail = 1.0 - file.realAttribute(group, "confidence").value();
            expectClose(kolmogorovQuantile(tail, n), scalar(file, group + "/ks_exact"), ofProbabilities,
                        "KS");
            std::vector<double> low, high; // of the j-th smallest transform
            for (std::size_t j = 1; j <= n; ++j) {
                const double a = static_cast<double>(j), b = static_cast<double>(n + 1 - j);
                low.push_back(betaQuantile(0.5 * tail, a, b));
                high.push_back(betaQuantile(1.0 - 0.5 * tail, a, b));
            }
            expectClose(low, file.readReals(group + "/order_lo"), ofProbabilities, "order, lower");
            expectClose(high, file.readReals(group + "/order_hi"), ofProbabilities, "order, upper");
        }
    });
}

TEST(DiagnosticsCalibration, BandsOfSplitConformalMethods) {
    forDiagnosticsFiles("calibration", [](const io::Hdf5File& file) {
        for (const std::string& name : groupsIn(file, "/conformal_bands")) {
            const std::string group = "/conformal_bands/" + name;
            const std::size_t n = sizeAttribute(file, group, "n_calibration");
            checkBands(file, group, {sizeAttribute(file, group, "n_test"), n});
            std::vector<double> ranks, expected;
            for (const double level : levelsOf(file)) {
                ranks.push_back(static_cast<double>(conformalRank(n, 1.0 - level)));
                expected.push_back(ranks.back() / static_cast<double>(n + 1));
            }
            expectClose(ranks, file.readReals(group + "/rank"), 0.0, "rank");
            expectClose(expected, file.readReals(group + "/expected"), closedForm, "expected");
        }
    });
}

TEST(DiagnosticsCalibration, CurvesOfSplitConformalMethods) {
    forDiagnosticsFiles("calibration", [](const io::Hdf5File& file) {
        for (const std::string& name : groupsIn(file, "/curve_conformal")) {
            const std::string group = "/curve_conformal/" + name;
            SCOPED_TRACE(group);
            const auto levels = levelsOf(file);
            SplitScores split;
            split.calibration = file.readReals(group + "/calibration_scores");
            split.score = file.readReals(group + "/test_scores");
            const auto closed = splitCoverages(split, levels, true);
            expectClose(closed, file.readReals(group + "/coverage"), closedForm, "coverage");
            expectClose(splitCoverages(split, levels, false), file.readReals(group + "/coverage_strict"),
                        closedForm, "coverage, open ends");
            expectClose(miscalibrationArea(levels, closed), scalar(file, group + "/area"), closedForm,
                        "area");
        }
    });
}

void checkToolbox(const io::Hdf5File& file, const std::string& prefix, const std::vector<double>& levels,
                  const std::vector<double>& observed) {
    expectClose(observed, file.readReals(prefix + "observed"), closedForm, prefix + "observed");
    double absolute = 0.0, squares = 0.0;
    for (std::size_t i = 0; i < levels.size(); ++i) {
        absolute += std::abs(observed[i] - levels[i]) / static_cast<double>(levels.size());
        squares += std::pow(observed[i] - levels[i], 2.0) / static_cast<double>(levels.size());
    }
    expectClose(absolute, scalar(file, prefix + "mace"), closedForm, prefix + "mace");
    expectClose(std::sqrt(squares), scalar(file, prefix + "rmsce"), closedForm, prefix + "rmsce");
    expectClose(miscalibrationArea(levels, observed, true), scalar(file, prefix + "area"), closedForm,
                prefix + "area");
}

TEST(DiagnosticsCalibration, CurvesOfGaussianMethods) {
    forDiagnosticsFiles("calibration", [](const io::Hdf5File& file) {
        for (const std::string& name : groupsIn(file, "/curve_gaussian")) {
            const std::string group = "/curve_gaussian/" + name;
            SCOPED_TRACE(group);
            const auto mean = file.readReals(group + "/mean"), sigma = file.readReals(group + "/sigma"),
                       y = file.readReals(group + "/y");
            expectClose(gaussianCoverages(y, mean, sigma, levelsOf(file), Ends::Closed),
                        file.readReals(group + "/coverage"), closedForm, "coverage");
            const auto even = file.readReals(group + "/uct_interval_expected");
            checkToolbox(file, group + "/uct_interval_", even,
                         gaussianCoverages(y, mean, sigma, even, Ends::Closed));
            // The toolbox's quantiles are those of mean - y: ours of everything mirrored.
            const auto levels = file.readReals(group + "/uct_quantile_expected");
            std::vector<double> mirrored, observed;
            for (const double centre : mean)
                mirrored.push_back(-centre);
            const auto distributions = Distributions::gaussian(mirrored, sigma);
            for (const double level : levels) {
                double below = 0.0;
                for (std::size_t i = 0; i < y.size(); ++i)
                    below += distributions.pit(i, -y[i], 0.5) <= level ? 1.0 : 0.0;
                observed.push_back(below / static_cast<double>(y.size()));
            }
            checkToolbox(file, group + "/uct_quantile_", levels, observed);
        }
    });
}

} // namespace
} // namespace penumbra
