#pragma once

#include "core/base/option_set.h"
#include "core/base/run_context.h"
#include "core/catalogue/catalogue.h"
#include "core/uq/uq_method.h"

#include <span>
#include <string>
#include <vector>

namespace penumbra::workflow {

/// What the work of a study grows with.
struct StudySize {
    double trainRows = 0.0; ///< 0: nothing is trained
    double heldOutRows = 0.0;
    double targets = 0.0;
    int inputs = 0; ///< features
};
/// As far as the catalogue says it without being read: labels that are missing count as there.
/// @param options preset resolved
StudySize studySize(const Catalogue& catalogue, const OptionSet& options, std::size_t targets);

/// Rough floating-point operations of the parts of training.
struct TrainingCosts {
    double heads = 0.0, fill = 0.0, folds = 0.0, residuals = 0.0, kernels = 0.0;
    double total() const { return heads + fill + folds + residuals + kernels; }
};
/// @param signals each once, of all methods
TrainingCosts trainingCosts(const StudySize& size, const OptionSet& options,
                            std::span<const uq::Signal> signals);
/// The signals that methods need, each once, the base head's first.
std::vector<uq::Signal> signalsNeeded(std::span<const uq::UqMethod* const> methods, const OptionSet& options,
                                      double alpha);

/// Seconds that a study would take where training runs at `speed`, operations a second: training, then
/// calibration and scores, which take the longer the slower the processor is.
struct StudyTime {
    double training = 0.0, scoring = 0.0;
    double total() const { return training + scoring; }
};
StudyTime studyTime(const TrainingCosts& costs, const StudySize& size, std::size_t methods, double speed);

/// Operations a second of training networks of this size, measured by a tenth of a second of it, or so.
double measureSpeed(const StudySize& size, const OptionSet& options, const RunContext& context);
/// What the runs before say: the speed that would have predicted how long one took.
/// @param seconds that it took. @returns 0 where it was too short to tell
double speedOf(const TrainingCosts& costs, const StudySize& size, std::size_t methods, double seconds);

/// "less than 10 s", "about 40 s", "about 3 min", "about 2 h": no more digits than it is worth.
std::string aboutSeconds(double seconds);

} // namespace penumbra::workflow
