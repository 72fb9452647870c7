#pragma once

#include "core/encoding/generate_options.h"
#include "core/workflow/command.h"

namespace penumbra::workflow {

/// penumbra-cli generate: what AION-1 itself says of a quantity, galaxy by galaxy.
Command generateCommand();
CommandResult runGenerate(const OptionSet& options, const Services& services, RunContext& context);

} // namespace penumbra::workflow
