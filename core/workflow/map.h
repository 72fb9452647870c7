#pragma once

#include "core/workflow/command.h"

namespace penumbra::workflow {

/// penumbra-cli map: a map of the galaxies of a catalogue, added to a copy of it.
Command mapCommand();
void describeMapOptions(OptionSet& options);
CommandResult runMap(const OptionSet& options, const Services& services, RunContext& context);

} // namespace penumbra::workflow
