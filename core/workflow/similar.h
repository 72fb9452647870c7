#pragma once

#include "core/workflow/command.h"

namespace penumbra::workflow {

/// penumbra-cli similar: the galaxies most like some others.
Command similarCommand();
void describeSimilarOptions(OptionSet& options);
CommandResult runSimilar(const OptionSet& options, const Services& services, RunContext& context);

} // namespace penumbra::workflow
