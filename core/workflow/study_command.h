#pragma once

#include "core/workflow/command.h"

namespace penumbra::workflow {

void describeStudyCommandOptions(OptionSet& options);
CommandResult runStudyCommand(const OptionSet& options, const Services& services, RunContext& context);

/// What --json says of a study: options, row counts, metrics, notes.
nlohmann::json summaryJson(const Study& study);

} // namespace penumbra::workflow
