#pragma once

#include "core/report/table_spec.h"
#include "core/workflow/command.h"

namespace penumbra::workflow {

/// A study's comparison table for a paper, a README or a spreadsheet.
void describeTableOptions(OptionSet& options);
/// The options format and out, and what they ask for: the text, or the file.
void describeTableOutput(OptionSet& options);
void deliverTable(const report::TableSpec& table, const OptionSet& options, CommandResult& result,
                  const RunContext& context);

CommandResult runTable(const OptionSet& options, const Services& services, RunContext& context);

} // namespace penumbra::workflow
