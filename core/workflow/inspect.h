#pragma once

#include "core/workflow/command.h"

namespace penumbra::workflow {

/// penumbra-cli inspect: what is in a file, and what is wrong with it.
Command inspectCommand();

void describeInspectOptions(OptionSet& options);
CommandResult runInspect(const OptionSet& options, const Services& services, RunContext& context);

} // namespace penumbra::workflow
