#pragma once

#include "core/workflow/command.h"

namespace penumbra::workflow {

/// A study's comparison table for a paper, a README or a spreadsheet.
void describeTableOptions(OptionSet& options);
CommandResult runTable(const OptionSet& options, const Services& services, RunContext& context);

} // namespace penumbra::workflow
