#pragma once

#include "core/workflow/command.h"
#include "core/workflow/stability.h"

namespace penumbra::workflow {

/// A figure of a study, drawn (by what the application lends) or as data.
void describeFigureOptions(OptionSet& options);
CommandResult runFigure(const OptionSet& options, const Services& services, RunContext& context);

/// What the stability figure's own options ask of repeatSplits.
StabilityOptions splitsForFigure(const OptionSet& options, const Study& study);

/// Adds an option as described elsewhere, with its present value; does nothing if the name is known already.
void addOption(OptionSet& options, const Option& option);

} // namespace penumbra::workflow
