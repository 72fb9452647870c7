#pragma once

#include "core/eval/study.h"
#include "core/workflow/command.h"

namespace penumbra::workflow {

/// All pairs of a study's methods on the same galaxies.
void describeCompareOptions(OptionSet& options);
/// Whether the study ranked its worst bin by each method's own centre: its pairs are then ranked so, too.
bool ranksByOwnCentre(const Study& study);
CommandResult runCompare(const OptionSet& options, const Services& services, RunContext& context);

} // namespace penumbra::workflow
