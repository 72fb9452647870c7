#pragma once

#include "core/base/option_set.h"
#include "core/base/run_context.h"
#include "core/catalogue/catalogue.h"
#include "core/eval/study.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace penumbra::session {
struct StoredArray;
}

namespace penumbra::workflow {

/// The study's knobs, for the CLI, study files (TOML) and the window's form. Excludes input and output files.
void describeStudyOptions(OptionSet& options);

/// Called as parts finish, from the worker's thread: the study so far (methods appear one by one).
using StudyListener = std::function<void(std::shared_ptr<const Study> partial)>;

/// Trains what the methods need, calibrates, predicts, scores; writes `outPath` if not empty. `kept`: gets
/// what the file keeps beside the study, so that it can predict new galaxies; for who writes it later.
std::shared_ptr<const Study> runStudy(const Catalogue& catalogue, const OptionSet& options,
                                      const std::string& outPath, RunContext& context,
                                      const StudyListener& listener = {},
                                      std::vector<session::StoredArray>* kept = nullptr);

/// The same study at another alpha: recalibrated only, instant. Bins and metric options are the study's own.
/// @throws Error when the study file has no /state signals to recalibrate from.
/// A listener is told the intervals before any score is worked out, and then the scores of `first`, if it is
/// one of several targets, before those of the others.
std::shared_ptr<const Study> recalibrate(const Study& study, double alpha, const RunContext& context,
                                         const std::string& first = {}, const StudyListener& listener = {});
/// Intervals only, no scores.
Study recalibrateIntervals(const Study& study, double alpha, const RunContext& context);
bool canRecalibrate(const Study& study);
/// The options a study was run with, as its file records them. @throws Error if it does not.
OptionSet recordedOptions(const Study& study);

/// One line instead of every note, for commands that are called again and again on one study.
void tellThatThereAreNotes(const Study& study, const RunContext& context);

} // namespace penumbra::workflow
