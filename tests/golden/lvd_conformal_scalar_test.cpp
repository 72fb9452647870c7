// Split conformal, MADSplit, CQR, the pinball loss and Gaussian intervals against the LVD reference.

#include "core/eval/evaluate.h"
#include "core/uq/uq_method.h"
#include "tests/golden/golden_file.h"

#include <cmath>
#include <gtest/gtest.h>

namespace penumbra::uq {
namespace {

using namespace penumbra::golden;

constexpr double tolerance = 1e-12; // spec g
constexpr const char* fileName = "lvd/conformal_scalar.h5";
constexpr double trainedAlpha = 0.1; // only names the signals

OptionSet optionsWith(const std::string& rule) {
    OptionSet options;
    describeMethodOptions(options);
    options.set("quantile-rule", rule);
    return options;
}

std::vector<double> joined(std::vector<double> first, const std::vector<double>& second) {
    first.insert(first.end(), second.begin(), second.end());
    return first;
}

MatrixD column(const std::vector<double>& values) {
    return Eigen::Map<const MatrixD>(values.data(), static_cast<Eigen::Index>(values.size()), 1);
}

/// Calibration rows first, then test rows, whose truth the file does not hold.
HeldOut heldOutOf(const io::Hdf5File& file, const std::string& group) {
    const auto both = [&](const std::string& name) {
        return joined(file.readReals(group + "/" + name + "_cal"),
                      file.readReals(group + "/" + name + "_test"));
    };
    HeldOut heldOut;
    heldOut.truth = file.readReals(group + "/y_cal");
    const std::size_t nCalibration = heldOut.truth.size();
    const std::vector<double> mean = both("yhat");
    heldOut.truth.resize(mean.size(), std::nan(""));
    for (std::size_t i = 0; i < mean.size(); ++i) {
        heldOut.rows.push_back(static_cast<std::int64_t>(i));
        heldOut.isTest.push_back(i < nCalibration ? 0 : 1);
    }
    heldOut.signals[Signal::mean().name()] = column(mean);
    heldOut.signals[Signal::residual(Signal::Space::Net).name()] = column(both("rhat"));
    heldOut.signals[Signal::quantile(0.5 * trainedAlpha).name()] = column(both("qlo"));
    heldOut.signals[Signal::quantile(1 - 0.5 * trainedAlpha).name()] = column(both("qhi"));
    return heldOut;
}

std::vector<Prediction> run(const std::string& id, const HeldOut& heldOut, const std::vector<double>& alphas,
                            const OptionSet& options) {
    return findMethod(id).intervals(makeEvidence("y", "", heldOut), alphas, trainedAlpha, options,
                                    RunContext{});
}

/// The bounds stored in the file, per alpha.
void checkStoredBounds(const io::Hdf5File& file, const std::string& group,
                       const std::vector<Prediction>& predictions) {
    const std::vector<double> low = file.readReals(group + "/lo");
    const std::vector<double> high = file.readReals(group + "/hi");
    const std::size_t width = predictions.at(0).mean.size();
    ASSERT_EQ(low.size(), predictions.size() * width) << group;
    for (std::size_t a = 0; a < predictions.size(); ++a) {
        expectClose(predictions[a].lower, rowOf(low, width, a), tolerance, group + "/lo");
        expectClose(predictions[a].upper, rowOf(high, width, a), tolerance, group + "/hi");
    }
}

/// Bounds that follow from a stored quantile: lower = a - q s, upper = b + q s.
void checkBoundsFromQuantile(const std::vector<double>& quantiles, const std::vector<Prediction>& predictions,
                             const std::vector<double>& a, const std::vector<double>& b,
                             const std::vector<double>& scale, const std::string& what) {
    ASSERT_EQ(quantiles.size(), predictions.size()) << what;
    for (std::size_t p = 0; p < predictions.size(); ++p) {
        std::vector<double> low, high;
        for (std::size_t i = 0; i < a.size(); ++i) {
            low.push_back(a[i] - quantiles[p] * scale[i]);
            high.push_back(b[i] + quantiles[p] * scale[i]);
        }
        expectClose(predictions[p].lower, low, tolerance, what + " lower");
        expectClose(predictions[p].upper, high, tolerance, what + " upper");
    }
}

void checkQuantiles(const std::vector<double>& scores, const std::vector<double>& alphas, QuantileRule rule,
                    const std::vector<double>& want, const std::string& what) {
    std::vector<double> got;
    for (const double alpha : alphas)
        got.push_back(conformalQuantile(scores, alpha, rule));
    expectClose(got, want, tolerance, what);
}

struct Scores {
    std::vector<double> split, mad, cqr;
};
Scores scoresOf(const io::Hdf5File& file, const std::string& group) {
    const auto y = file.readReals(group + "/y_cal"), yhat = file.readReals(group + "/yhat_cal"),
               rhat = file.readReals(group + "/rhat_cal"), low = file.readReals(group + "/qlo_cal"),
               high = file.readReals(group + "/qhi_cal");
    Scores scores;
    for (std::size_t i = 0; i < y.size(); ++i) {
        scores.split.push_back(std::abs(y[i] - yhat[i]));
        scores.mad.push_back(std::abs(y[i] - yhat[i]) / (referenceResidualFloor + std::abs(rhat[i])));
        scores.cqr.push_back(std::max(low[i] - y[i], y[i] - high[i]));
    }
    return scores;
}

void checkCase(const io::Hdf5File& file, const std::string& group, const std::vector<double>& alphas) {
    const Scores scores = scoresOf(file, group);
    const auto stored = [&](const std::string& name) { return file.readReals(group + "/" + name); };
    const auto finite = QuantileRule::FiniteSample, interpolated = QuantileRule::Interpolated;
    checkQuantiles(scores.split, alphas, interpolated, stored("split/q"), group + "/split/q");
    checkQuantiles(scores.split, alphas, finite, stored("split/q_finite"), group + "/split/q_finite");
    checkQuantiles(scores.mad, alphas, interpolated, stored("madsplit/q"), group + "/madsplit/q");
    checkQuantiles(scores.mad, alphas, finite, stored("madsplit/q_finite"), group + "/madsplit/q_finite");
    checkQuantiles(scores.cqr, alphas, interpolated, stored("cqr/correction"), group + "/cqr/correction");
    checkQuantiles(scores.cqr, alphas, finite, stored("cqr/correction_finite"),
                   group + "/cqr/correction_finite");

    const HeldOut heldOut = heldOutOf(file, group);
    const OptionSet reference = optionsWith("interpolated");
    checkStoredBounds(file, group + "/split", run("VanillaSplit", heldOut, alphas, reference));
    checkStoredBounds(file, group + "/madsplit", run("MADSplit", heldOut, alphas, reference));
    const auto cqr = run("CQR", heldOut, alphas, reference);
    checkStoredBounds(file, group + "/cqr", cqr);
    for (const Prediction& p : cqr)
        expectClose(p.mean, stored("cqr/yhat"), tolerance, group + "/cqr/yhat");

    const OptionSet finiteSample = optionsWith("finite-sample");
    const std::vector<double> mean = stored("yhat_test");
    const std::vector<double> ones(mean.size(), 1.0);
    std::vector<double> scale = stored("rhat_test");
    for (double& r : scale)
        r = referenceResidualFloor + std::abs(r);
    checkBoundsFromQuantile(stored("split/q_finite"), run("VanillaSplit", heldOut, alphas, finiteSample),
                            mean, mean, ones, group + " split, finite-sample");
    checkBoundsFromQuantile(stored("madsplit/q_finite"), run("MADSplit", heldOut, alphas, finiteSample), mean,
                            mean, scale, group + " madsplit, finite-sample");
    checkBoundsFromQuantile(stored("cqr/correction_finite"), run("CQR", heldOut, alphas, finiteSample),
                            stored("qlo_test"), stored("qhi_test"), ones, group + " cqr, finite-sample");
}

void checkPinball(const io::Hdf5File& file, const std::string& group, const std::vector<double>& alphas) {
    const auto y = file.readReals(group + "/y"), pred = file.readReals(group + "/pred");
    ASSERT_EQ(pred.size(), 2 * y.size());
    std::vector<double> losses;
    for (const double alpha : alphas) {
        double sum = 0.0;
        for (std::size_t i = 0; i < y.size(); ++i)
            sum += pinballLoss(0.5 * alpha, y[i], pred[2 * i]) +
                   pinballLoss(1 - 0.5 * alpha, y[i], pred[2 * i + 1]);
        losses.push_back(sum / static_cast<double>(y.size()));
    }
    expectClose(losses, file.readReals(group + "/loss"), tolerance, group + "/loss");
}

/// Members or passes to mean, population spread and Gaussian interval, through both methods that do it.
void checkSamples(const io::Hdf5File& file, const std::string& group, const std::vector<double>& alphas) {
    const auto samples = file.readReals(group + "/samples"), mean = file.readReals(group + "/mean"),
               spread = file.readReals(group + "/std"), low = file.readReals(group + "/lo"),
               z = file.readReals(group + "/z");
    const std::size_t width = mean.size();
    ASSERT_GT(width, 0u);
    const std::size_t members = samples.size() / width;
    OptionSet options = optionsWith("finite-sample");
    options.set("ensemble-members", static_cast<std::int64_t>(members));
    HeldOut heldOut;
    for (std::size_t i = 0; i < width; ++i)
        heldOut.rows.push_back(static_cast<std::int64_t>(i));
    heldOut.isTest.assign(width, 1);
    heldOut.truth.assign(width, std::nan(""));
    for (std::size_t m = 0; m < members; ++m)
        heldOut.signals[Signal::member(static_cast<int>(m)).name()] = column(rowOf(samples, width, m));
    const auto dropout = findMethod("MCDropout").needs(options, trainedAlpha);
    heldOut.signals[dropout.at(0).name()] = column(mean);
    heldOut.signals[dropout.at(1).name()] = column(spread);
    for (const std::string id : {"DeepEnsembles", "MCDropout"}) {
        const auto predictions = run(id, heldOut, alphas, options);
        for (std::size_t a = 0; a < alphas.size(); ++a) {
            const std::string what = group + " by " + id;
            expectClose(predictions[a].mean, mean, tolerance, what + ", mean");
            expectClose(predictions[a].spread, spread, tolerance, what + ", std");
            expectClose(predictions[a].lower, rowOf(low, width, a), tolerance, what + ", lo");
            std::vector<double> high;
            for (std::size_t i = 0; i < width; ++i)
                high.push_back(mean[i] + z.at(a) * spread[i]);
            expectClose(predictions[a].upper, high, tolerance, what + ", hi");
        }
    }
    for (std::size_t a = 0; a < alphas.size(); ++a)
        expectClose(normalQuantile(1 - 0.5 * alphas[a]), z.at(a), tolerance, group + "/z");
}

TEST(LvdConformalScalar, EveryCaseAgrees) {
    const io::Hdf5File file = openGolden(fileName);
    const std::vector<double> alphas = realsAttribute(file, "/", "alphas");
    ASSERT_FALSE(alphas.empty());
    std::size_t cases = 0;
    for (const std::string& name : groupsIn(file, "/")) {
        SCOPED_TRACE(name);
        if (file.exists("/" + name + "/y_cal")) {
            checkCase(file, "/" + name, alphas);
            ++cases;
        } else if (file.exists("/" + name + "/pred")) {
            checkPinball(file, "/" + name, alphas);
        } else {
            ASSERT_EQ(name, "gaussian") << "a group of unknown kind";
        }
    }
    EXPECT_GT(cases, 0u) << "no case in " << file.path();
}

TEST(LvdConformalScalar, EveryGaussianGroupAgrees) {
    const io::Hdf5File file = openGolden(fileName);
    const std::vector<double> alphas = realsAttribute(file, "/", "alphas");
    std::size_t groups = 0;
    for (const std::string& name : groupsIn(file, "/gaussian")) {
        SCOPED_TRACE(name);
        // Members that predict their own variance: none of our methods has such.
        if (file.exists("/gaussian/" + name + "/raw_sigma2"))
            continue;
        checkSamples(file, "/gaussian/" + name, alphas);
        ++groups;
    }
    EXPECT_GT(groups, 0u) << "no Gaussian samples in " << file.path();
}

} // namespace
} // namespace penumbra::uq
