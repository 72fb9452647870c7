#pragma once

#include "core/workflow/command.h"

namespace penumbra::workflow {

void describeSimulateOptions(OptionSet& options);
CommandResult runSimulate(const OptionSet& options, const Services& services, RunContext& context);

} // namespace penumbra::workflow
