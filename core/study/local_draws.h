#pragma once

#include "core/base/option_set.h"
#include "core/base/run_context.h"
#include "core/eval/study.h"

#include <cstdint>
#include <string>
#include <vector>

namespace penumbra::workflow {

/// How often the calibration rows are drawn anew for the local methods: each draw is a pass over the kernel
/// (0.05 s a space for 14,934 x 11,362 rows on two cores). The standard error of 50 is known to 10 %, and
/// Student's t with 49 degrees takes that into account.
inline constexpr std::size_t localDraws = 50;
/// Where a pass takes longer than some seconds no draws are made: these methods then keep their calibration
/// set, and footnotes say so.
inline constexpr double mostKernelCells = 2e9; ///< calibration rows x test rows

/// Draws the calibration rows of LC and LCMAD anew at `alpha` and keeps the half widths that follow; the
/// same draws as for all other methods with that seed.
void addLocalDraws(TargetStudy& target, const std::vector<std::string>& methods, double alpha,
                   std::uint64_t seed, const OptionSet& options, const RunContext& context);

/// For all targets of a study as its file holds it, at its alpha; nothing for a study without signals.
void addLocalDraws(Study& study, const RunContext& context);
/// What it takes to draw the calibration rows of every method anew; `given`: of the split methods alone, so
/// that what is said names those that could be drawn.
void prepareCalibration(Study& study, bool given, const RunContext& context);
/// Whether addLocalDraws would add any.
bool wantsLocalDraws(const Study& study);

} // namespace penumbra::workflow
