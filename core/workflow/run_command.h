#pragma once

#include "core/workflow/command.h"
#include "core/workflow/file_uses.h"

namespace penumbra::workflow {

/// Runs a command as its user means it: a FIFO, pipe or terminal among the inputs is first read into a
/// temporary file (its own name stands in all messages), and no output may replace an input or another
/// output. Command line and window start commands by this alone.
/// @param alsoRead further files that the invocation needs, such as one of options
/// @throws UsageError for such an output; what the command throws
CommandResult runCommand(const Command& command, const OptionSet& options, const Services& services,
                         RunContext& context, const std::vector<FileUse>& alsoRead = {});

} // namespace penumbra::workflow
