#pragma once

#include "core/workflow/command.h"

namespace penumbra::workflow {

/// penumbra-cli merge: the parts of an encode run, made with --shard, become one catalogue.
Command mergeCommand();
void describeMergeOptions(OptionSet& options);
CommandResult runMerge(const OptionSet& options, const Services& services, RunContext& context);

} // namespace penumbra::workflow
