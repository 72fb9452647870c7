#pragma once

#include "core/catalogue/calibration_part.h"
#include "core/catalogue/prediction.h"
#include "core/eval/score.h"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace penumbra {

/// Quantiles of one local method (LC, LCMAD) on a grid of alpha, made in one pass over the kernel: any of
/// these alphas is then instant. In scores of the method: LCMAD's are in units of its residual net.
struct LocalGrid {
    std::vector<double> alphas;    ///< ascending: 0.01 ... 0.99 and the study's own
    std::vector<double> quantiles; ///< [test rows, alphas]; +inf where the kernel mass is too small
    std::vector<double> effective; ///< [test rows] effective number of calibration rows
};

/// A metric learned for the local methods of one target and space.
struct KernelFacts {
    std::string target;
    std::string space; ///< "net": hidden layer of the head; "aion": input features
    std::int64_t iterations = 0;
    std::int64_t bestIteration = 0;                       ///< 1-based; the one whose metric is used
    double r2 = std::numeric_limits<double>::quiet_NaN(); ///< of its kernel regression, left-out or ybar
    double scale =
        1.0; ///< the guard's: projected rows are multiplied with it; 0.5 makes the kernel twice as wide
    double infiniteBefore = std::numeric_limits<double>::quiet_NaN(); ///< share of the guard's rows
    double infiniteAfter = std::numeric_limits<double>::quiet_NaN();
    std::int64_t guardRows = 0; ///< training rows kept from metric learning; 0: no guard
    bool guardReached = true;   ///< false: too few calibration rows whatever the width
};

/// How far the fast path strays from the reference path (double) for one target and space: study --check.
struct PrecisionCheck {
    struct Quantiles {
        std::int64_t compared = 0;          ///< test rows x alphas
        std::int64_t different = 0;         ///< where another calibration score was taken
        std::int64_t infiniteInOneOnly = 0; ///< of the compared
        double largest = 0.0;               ///< |difference| / reference, where both are finite
    };
    std::string target, space;
    double loss = 0.0;       ///< of metric learning: largest |difference| / reference of any step
    double projection = 0.0; ///< largest |difference| of the metric's entries / largest entry
    double mass = 0.0;       ///< kernel mass on the same metric: largest |difference| / reference
    Quantiles sameMetric;    ///< local quantiles fast and in double, both on the fast metric
    Quantiles endToEnd;      ///< everything fast, and everything in double
};

/// What is known about one target of a study.
struct TargetStudy {
    std::string name;
    std::string unit;
    std::string label;
    HeldOut heldOut;
    std::vector<Prediction>
        predictions; ///< on heldOut's test rows, in their order; one per method, in the order asked for
    std::size_t trainCount = 0;
    std::map<std::string, std::shared_ptr<const LocalGrid>> local; ///< by method
    /// By method, made by whoever knows the methods; one that is missing is taken as calibrated once and for
    /// all: what is said of it holds for this calibration set.
    std::map<std::string, std::shared_ptr<const CalibrationPart>> calibrationParts;
    std::string axisLabel() const;
    std::vector<double> testTruth() const;
    std::vector<std::int64_t> testRows() const;
    /// The base head's mean on the test rows (signal "mean"), which ranks the worst bin for every method;
    /// empty where the study holds no signals.
    std::vector<double> basePrediction() const;
    /// Null: unknown what the calibration rows do to this method.
    const CalibrationPart* calibrationPart(const std::string& method) const;
    /// Whether this method's calibration rows can be drawn anew.
    bool canDrawCalibration(const std::string& method) const;
    const Prediction* prediction(const std::string& method) const; ///< null if that method was not run
};

/// One training curve point.
struct TrainingPoint {
    std::string network; ///< "z: head", "z: q0.05"
    std::int64_t epoch = 0;
    double trainLoss = 0.0;
    double validationLoss = std::numeric_limits<double>::quiet_NaN();
    double r2 = std::numeric_limits<double>::quiet_NaN();
};

/// A study: data, choices, predictions and their scores. Immutable once finished; written by
/// session/study_file.
struct Study {
    std::string cataloguePath;
    std::string catalogueHash;
    std::string featuresName;
    std::string optionsJson; ///< full options with defaults
    std::string version;
    double alpha = 0.1;
    std::uint64_t seed = 0;
    Ends ends = Ends::Closed; ///< of all its intervals
    std::vector<std::string> methods;
    std::vector<TargetStudy> targets;
    std::vector<Score> scores;
    std::vector<TrainingPoint> training;
    std::vector<KernelFacts> kernels;
    std::vector<PrecisionCheck> checks;                       ///< of this run; its words are among the notes
    std::vector<std::string> notes;                           ///< findings in words
    const TargetStudy& target(const std::string& name) const; ///< @throws Error listing the targets
    /// The score in the wanted convention, else in the only one that the metric has; null: none.
    const Score* score(const std::string& target, const std::string& method, const std::string& metric,
                       const std::string& convention = "all") const;
};

} // namespace penumbra
