#pragma once

#include "core/repairing/groups.h"

namespace penumbra::workflow {

/// Effective calibration galaxies below which weights are refused unless asked for.
inline constexpr double fewEffectiveRows = 100.0;

struct ShiftOptions {
    std::vector<std::string>
        columns; ///< that the classifier sees; empty: the study's features, else all columns
    bool acceptFew = false;
};
/// Weights of the held-out rows towards the galaxies aimed at (the study's test galaxies, or another
/// catalogue's): odds of a cross-fitted classifier, cut at the 99.5 % quantile of the calibration rows.
/// @param aim null: the test galaxies
/// @throws Error in words where too few calibration galaxies would count
RepairSignal shiftSignal(const Study& study, const TargetStudy& target, const Catalogue& catalogue,
                         const Catalogue* aim, const ShiftOptions& options, const RunContext& context);

} // namespace penumbra::workflow
