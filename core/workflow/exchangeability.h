#pragma once

#include "core/workflow/command.h"

namespace penumbra::workflow {

/// penumbra-cli exchangeability
void describeExchangeabilityOptions(OptionSet& options);
CommandResult runExchangeability(const OptionSet& options, const Services& services, RunContext& context);

} // namespace penumbra::workflow
