#pragma once

#include "core/catalogue/prediction.h"
#include "core/eval/score.h"

#include <map>
#include <string>
#include <vector>

namespace penumbra {

/// What is known about one target of a study.
struct TargetStudy {
    std::string name;
    std::string unit;
    std::string label;
    HeldOut heldOut;
    std::vector<Prediction>
        predictions; ///< on heldOut's test rows, in their order; one per method, in the order asked for
    std::size_t trainCount = 0;
    std::string axisLabel() const;
    std::vector<double> testTruth() const;
    std::vector<std::int64_t> testRows() const;
    /// The base head's mean on the test rows (signal "mean"), which ranks the worst bin for every method;
    /// empty where the study holds no signals.
    std::vector<double> basePrediction() const;
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
    std::vector<std::string> methods;
    std::vector<TargetStudy> targets;
    std::vector<Score> scores;
    std::vector<TrainingPoint> training;
    std::vector<std::string> notes;                           ///< findings in words
    const TargetStudy& target(const std::string& name) const; ///< @throws Error listing the targets
};

} // namespace penumbra
