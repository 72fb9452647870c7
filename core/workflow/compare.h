#pragma once

#include "core/workflow/command.h"

namespace penumbra::workflow {

/// All pairs of a study's methods on the same galaxies.
void describeCompareOptions(OptionSet& options);
CommandResult runCompare(const OptionSet& options, const Services& services, RunContext& context);

} // namespace penumbra::workflow
