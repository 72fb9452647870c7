#include "core/base/text.h"
#include "core/catalogue/posterior_table.h"
#include "core/uq/methods/common.h"

#include <algorithm>
#include <cmath>

namespace penumbra::uq {

namespace {

constexpr const char* paper = "AION-1 (Polymathic AI 2025)";

/// Quantiles of the posteriors of the calibration or test rows.
class Posteriors {
public:
    Posteriors(const Evidence& evidence, const std::vector<std::size_t>& rows) : rows_(rows) {
        const auto found = evidence.heldOut->signals.find(posteriorSignal);
        if (found == evidence.heldOut->signals.end())
            throw Error("Target '" + evidence.target + "' has no signal '" + posteriorSignal +
                        "': the study was run without a posterior made by generate");
        table_ = &found->second;
        if (table_->rows() != static_cast<Eigen::Index>(evidence.heldOut->rows.size()) ||
            table_->cols() != static_cast<Eigen::Index>(posteriorLevels().size()))
            throw Error(std::string("Signal '") + posteriorSignal + "' of target '" + evidence.target +
                        "' does not fit the held-out rows; run the study again");
    }
    std::vector<double> at(double level) const {
        std::vector<double> values;
        for (const std::size_t row : rows_)
            values.push_back(posteriorQuantile(
                {table_->row(static_cast<Eigen::Index>(row)).data(), posteriorLevels().size()}, level));
        return values;
    }

private:
    const MatrixD* table_ = nullptr;
    const std::vector<std::size_t>& rows_;
};

/// The middle of each posterior; of galaxies without one the base prediction.
std::vector<double> centres(const Evidence& evidence, const Posteriors& posteriors) {
    const std::vector<double> median = posteriors.at(0.5);
    return middles(evidence, median, median);
}

/// The central interval of a posterior that a model gives by itself.
class PosteriorInterval final : public UqMethod {
public:
    const MethodInfo& info() const override {
        static const MethodInfo info{
            .id = "AIONPosterior",
            .title = "AION's own posterior, as it is",
            .oneLine =
                "The central interval of the posterior that AION-1 itself gives (generate, --posterior); "
                "not calibrated.",
            .reference = paper,
            .conformal = false,
            .calibrated = false,
            .delivered = true,
        };
        return info;
    }

    std::vector<Signal> needs(const OptionSet&, double) const override {
        return {Signal::storedAs(posteriorSignal)};
    }

    std::vector<Prediction> intervals(const Evidence& evidence, std::span<const double> alphas, double,
                                      const OptionSet&, const RunContext& context) const override {
        const Posteriors posteriors(evidence, evidence.testIndex);
        const std::vector<double> centre = centres(evidence, posteriors);
        std::vector<Prediction> predictions;
        for (const double alpha : alphas) {
            context.checkStop();
            checkAlpha(alpha);
            predictions.push_back(startPrediction(*this, evidence, alpha, centre));
            predictions.back().lower = posteriors.at(0.5 * alpha);
            predictions.back().upper = posteriors.at(1.0 - 0.5 * alpha);
        }
        return predictions;
    }
};

/// The posterior's interval at the study's alpha, its ends moved out (or in) by one multiple of its length:
/// CQR-r of Sesia & Candes 2020 on the posterior's quantiles. Another alpha is another multiple.
class StretchedPosterior final : public UqMethod {
public:
    const MethodInfo& info() const override {
        static const MethodInfo info{
            .id = "AIONPosteriorCQR",
            .title = "AION's own posterior, conformalised",
            .oneLine =
                "The interval of AION-1's posterior, stretched by one factor for all galaxies until it "
                "covers.",
            .reference = "AION-1 (Polymathic AI 2025); Sesia & Candes 2020",
            .conformal = true,
            .calibrated = true,
            .delivered = true,
        };
        return info;
    }

    std::vector<Signal> needs(const OptionSet&, double) const override {
        return {Signal::storedAs(posteriorSignal)};
    }

    std::vector<Prediction> intervals(const Evidence& evidence, std::span<const double> alphas,
                                      double trainedAlpha, const OptionSet& options,
                                      const RunContext& context) const override {
        const SplitScores split = *splitScores(evidence, trainedAlpha, trainedAlpha, options);
        const std::vector<double> centre = centres(evidence, {evidence, evidence.testIndex});
        std::vector<Prediction> predictions;
        for (const double alpha : alphas) {
            context.checkStop();
            checkAlpha(alpha);
            const double stretch =
                conformalQuantile(knownScores(split.calibration), alpha, quantileRule(options));
            Prediction prediction = startPrediction(*this, evidence, alpha, centre);
            for (std::size_t i = 0; i < centre.size(); ++i) {
                const bool known = std::isfinite(split.scale[i]);
                prediction.lower.push_back(known ? split.lower[i] - stretch * split.scale[i] : -INFINITY);
                prediction.upper.push_back(known ? split.upper[i] + stretch * split.scale[i] : INFINITY);
            }
            predictions.push_back(std::move(prediction));
        }
        return predictions;
    }

    std::optional<SplitScores> splitScores(const Evidence& evidence, double, double trainedAlpha,
                                           const OptionSet& options) const override {
        const Ends calibration = endsOf(evidence, evidence.calibrationIndex, trainedAlpha);
        const Ends test = endsOf(evidence, evidence.testIndex, trainedAlpha);
        const double floor = smallestScale(calibration);
        SplitScores split;
        split.lower = test.lower;
        split.upper = test.upper;
        split.scale = lengths(test, floor);
        split.calibration = scores(calibration, evidence.calibrationTruth, lengths(calibration, floor));
        split.score = scores(test, evidence.testTruth(), split.scale);
        split.interpolated = quantileRule(options) == QuantileRule::Interpolated;
        return split;
    }

private:
    struct Ends {
        std::vector<double> lower, upper;
    };
    static Ends endsOf(const Evidence& evidence, const std::vector<std::size_t>& rows, double alpha) {
        const Posteriors posteriors(evidence, rows);
        return {posteriors.at(0.5 * alpha), posteriors.at(1.0 - 0.5 * alpha)};
    }
    /// A millionth of the longest: a posterior on one point can be stretched, too.
    static double smallestScale(const Ends& ends) {
        double longest = 0.0;
        for (std::size_t i = 0; i < ends.lower.size(); ++i)
            if (const double length = ends.upper[i] - ends.lower[i]; std::isfinite(length))
                longest = std::max(longest, length);
        return longest > 0.0 ? 1e-6 * longest : std::numeric_limits<double>::min();
    }
    static std::vector<double> lengths(const Ends& ends, double floor) {
        std::vector<double> values(ends.lower.size());
        for (std::size_t i = 0; i < values.size(); ++i)
            values[i] = std::max(ends.upper[i] - ends.lower[i], floor);
        return values;
    }
    /// NaN: no label, or nothing is known of the galaxy.
    static std::vector<double> scores(const Ends& ends, const std::vector<double>& truth,
                                      const std::vector<double>& scale) {
        std::vector<double> values(truth.size(), std::nan(""));
        for (std::size_t i = 0; i < truth.size(); ++i)
            if (std::isfinite(scale[i]) && !std::isnan(truth[i]))
                values[i] = std::max(ends.lower[i] - truth[i], truth[i] - ends.upper[i]) / scale[i];
        return values;
    }
};

} // namespace

const UqMethod& posteriorInterval() {
    static const PosteriorInterval method;
    return method;
}

const UqMethod& stretchedPosterior() {
    static const StretchedPosterior method;
    return method;
}

} // namespace penumbra::uq
