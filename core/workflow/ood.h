#pragma once

#include "core/workflow/command.h"

namespace penumbra::workflow {

/// penumbra-cli ood: how strange each galaxy is beside the training and calibration galaxies.
Command oodCommand();
void describeOodOptions(OptionSet& options);
CommandResult runOod(const OptionSet& options, const Services& services, RunContext& context);

} // namespace penumbra::workflow
