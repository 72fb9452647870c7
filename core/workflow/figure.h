#pragma once

#include "core/workflow/command.h"
#include "core/workflow/stability.h"

namespace penumbra::workflow {

/// A figure of a study, drawn (by what the application lends) or as data.
void describeFigureOptions(OptionSet& options);
CommandResult runFigure(const OptionSet& options, const Services& services, RunContext& context);

/// "pdf", "csv", ... by a path's ending; empty: none that can be written.
std::string figureFormat(const std::string& path);
/// @throws UsageError for a format that this build cannot draw
void checkCanWrite(const std::string& format, const Services& services);
/// Drawn, or its numbers.
void writeFigure(const report::FigureSpec& figure, const std::string& path, const std::string& format,
                 const Services& services, const RunContext& context);

/// What the stability figure's own options ask of repeatSplits.
StabilityOptions splitsForFigure(const OptionSet& options, const Study& study);

/// Adds an option as described elsewhere, with its present value; does nothing if the name is known already.
void addOption(OptionSet& options, const Option& option);

} // namespace penumbra::workflow
