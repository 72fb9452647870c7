#pragma once

#include "core/workflow/command.h"

namespace penumbra::workflow {

/// penumbra-cli import: a table of any readable format becomes a catalogue, by a mapping file or by flags.
Command importCommand();

void describeImportOptions(OptionSet& options);
CommandResult runImport(const OptionSet& options, const Services& services, RunContext& context);

} // namespace penumbra::workflow
