#pragma once

#include "core/base/derived_seed.h"
#include "core/base/option_set.h"
#include "core/eval/evaluate.h"
#include "core/heads/network.h"
#include "core/lvd/metric_learning.h"

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace penumbra::workflow {

/// The options that decide how predictions are scored: part of a study's options, and of `evaluate` on its
/// own.
void describeScoringOptions(OptionSet& options);

/// The flag --given-calibration.
void describeGivenCalibration(OptionSet& options, const std::string& group);
bool givenCalibration(const OptionSet& options);
/// The option ends of describeScoringOptions, where it was given.
std::optional<Ends> endsGiven(const OptionSet& options);

/// Turns a preset into numbers for what the user did not set: quick shortens, reference takes the LVD
/// reference's settings. The result is what the file
/// records.
OptionSet resolvePreset(const OptionSet& options);

heads::NetworkShape headShape(const OptionSet& options, int inputs);
/// @param hidden it sees the head's hidden activations, else the input features
heads::NetworkShape residualShape(const OptionSet& options, bool hidden, int inputs);
heads::TrainingOptions headTraining(const OptionSet& options);
/// Residual nets: full batches of all training rows, Adam without weight decay.
heads::TrainingOptions residualTraining(const OptionSet& options, int trainRows);

/// Learned metrics of the local methods, and their guard.
void describeMetricOptions(OptionSet& options);
/// @param hidden of hidden activations, which share a scale; input features each have a unit of their own.
lvd::MetricOptions metricOptions(const OptionSet& options, bool hidden);

/// How predictions are scored, from the scoring options.
struct Scoring {
    EvaluateOptions evaluate; ///< normaliseByOnePlusTruth is decided per target: see forTarget
    Binning binning;
    std::vector<std::string> redshiftTargets;
    double outlierScatters = 5.0;  ///< of other targets, in units of sigma_nmad; 0: outlierThreshold
    bool givenCalibration = false; ///< brackets hold for this calibration set alone
    EvaluateOptions forTarget(const std::string& target) const;
};
Scoring scoringFrom(const OptionSet& options, std::uint64_t seed);

/// Catalogue columns that stand in for networks.
struct SourceColumns {
    std::string prediction, spread, lower, upper; ///< names; empty: not given
};
/// Per target, from prediction-column, spread-column and quantile-columns; empty without a prediction column.
/// @throws UsageError for forms that cannot be read, or that name none or other than the chosen targets.
std::map<std::string, SourceColumns> sourceColumns(const OptionSet& options,
                                                   std::span<const std::string> targets);

/// Per target, from the option lower-bound; a target without one is absent.
/// @throws UsageError for what is no number, or names other than the chosen targets
std::map<std::string, double> lowerBounds(const OptionSet& options, std::span<const std::string> targets);

} // namespace penumbra::workflow
