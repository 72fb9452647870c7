#include "core/base/parallel_for.h"
#include "core/uq/methods/common.h"
#include "core/uq/repairs/cross_validated.h"

#include <cmath>

namespace penumbra::uq {

namespace {

/// Predictions by the networks of the folds, of calibration or test rows.
struct FoldPredictions {
    MatrixD mean;          ///< [rows, folds]
    std::vector<int> fold; ///< [rows] the fold of a calibration row
};

FoldPredictions predictionsOf(const std::vector<double>& base, const MatrixD& signal) {
    const Eigen::Index folds = signal.cols() - 1;
    FoldPredictions out{signal.leftCols(folds), {}};
    for (Eigen::Index row = 0; row < signal.rows(); ++row) {
        out.mean.row(row).array() += base[static_cast<std::size_t>(row)];
        out.fold.push_back(static_cast<int>(signal(row, folds)));
    }
    return out;
}

/// CV+ on the calibration galaxies (Barber, Candes, Ramdas & Tibshirani 2021, eq. 11): networks learn from
/// the training galaxies and all folds of the calibration galaxies but one; that one gives the errors.
class CvPlus final : public UqMethod {
public:
    const MethodInfo& info() const override {
        static const MethodInfo info{
            .id = "CVPlus",
            .title = "CV+",
            .oneLine = "One width from networks that learn from the calibration galaxies, too, all folds but "
                       "one: for samples too small to be split. Needs cv-folds.",
            .reference = "Barber, Candes, Ramdas & Tibshirani 2021",
            .conformal = false,
            .calibrated = true,
            .promise =
                "of galaxies like the calibration galaxies at least 1 - 2 alpha - sqrt(2/n) are "
                "covered, on average over sets of n calibration galaxies (with alpha = 0.1 and n = 800: "
                "75 %); in practice about 1 - alpha. Nothing is promised for parts of the sample.",
        };
        return info;
    }

    void describeOptions(OptionSet& options) const override {
        options
            .integer("cv-folds", 0,
                     "Folds of CVPlus, for samples of some hundred galaxies: as many more networks a target, "
                     "each without a fold of the calibration galaxies. 10 are usual; more learn from more "
                     "galaxies each, and as many as there are calibration galaxies make jackknife+. 0: no "
                     "CVPlus.")
            .range(0, 1000)
            .in("Methods");
    }

    std::vector<Signal> needs(const OptionSet& options, double) const override {
        return {Signal::mean(), Signal::foldMeans(static_cast<int>(options.getInteger("cv-folds")))};
    }

    std::vector<Prediction> intervals(const Evidence& evidence, std::span<const double> alphas,
                                      double trainedAlpha, const OptionSet& options,
                                      const RunContext& context) const override {
        const Signal signal = needs(options, trainedAlpha).back();
        const auto calibration =
            predictionsOf(evidence.calibration(Signal::mean()), evidence.calibrationMatrix(signal));
        const auto test = predictionsOf(evidence.test(Signal::mean()), evidence.testMatrix(signal));
        const std::vector<double> errors = leftOutErrors(evidence, calibration);
        std::vector<double> centre;
        for (Eigen::Index row = 0; row < test.mean.rows(); ++row)
            centre.push_back(test.mean.row(row).mean());
        std::vector<Prediction> predictions;
        for (const double alpha : alphas) {
            context.checkStop();
            checkAlpha(alpha);
            Prediction prediction = startPrediction(*this, evidence, alpha, centre);
            prediction.lower.resize(centre.size());
            prediction.upper.resize(centre.size());
            parallelFor(centre.size(), context.threads, [&](std::size_t begin, std::size_t end) {
                for (std::size_t i = begin; i < end; ++i) {
                    context.checkStop();
                    const EndPair ends = endsOf(test, i, calibration.fold, errors, alpha);
                    prediction.lower[i] = ends.lower;
                    prediction.upper[i] = ends.upper;
                }
            });
            predictions.push_back(std::move(prediction));
        }
        return predictions;
    }

private:
    /// |truth - prediction| of each calibration row by the network that has not seen it.
    static std::vector<double> leftOutErrors(const Evidence& evidence, const FoldPredictions& calibration) {
        std::vector<double> errors;
        for (std::size_t i = 0; i < calibration.fold.size(); ++i) {
            const int fold = calibration.fold[i];
            if (fold < 0 || fold >= calibration.mean.cols())
                throw Error("Target '" + evidence.target +
                            "': a calibration galaxy was left out by no network of CVPlus: galaxies cannot "
                            "be split anew for it. Run the study again.");
            errors.push_back(std::abs(evidence.calibrationTruth[i] -
                                      calibration.mean(static_cast<Eigen::Index>(i), fold)));
        }
        return errors;
    }

    static EndPair endsOf(const FoldPredictions& test, std::size_t row, const std::vector<int>& fold,
                          const std::vector<double>& errors, double alpha) {
        MatrixD own(static_cast<Eigen::Index>(fold.size()), 1);
        for (std::size_t i = 0; i < fold.size(); ++i)
            own(static_cast<Eigen::Index>(i), 0) = test.mean(static_cast<Eigen::Index>(row), fold[i]);
        return crossValidatedIntervals(CrossValidated::Plus, own, errors, {}, alpha).front();
    }
};

} // namespace

const UqMethod& cvPlus() {
    static const CvPlus method;
    return method;
}

} // namespace penumbra::uq
