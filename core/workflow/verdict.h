#pragma once

#include "core/workflow/command.h"

namespace penumbra::workflow {

/// penumbra-cli verdict: which error bar to trust, in a few sentences a target.
Command verdictCommand();
void describeVerdictOptions(OptionSet& options);
CommandResult runVerdict(const OptionSet& options, const Services& services, RunContext& context);

} // namespace penumbra::workflow
