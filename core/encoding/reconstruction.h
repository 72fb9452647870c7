#pragma once

#include "core/base/option_set.h"
#include "core/base/run_context.h"
#include "core/report/figure_spec.h"

namespace penumbra::workflow {

/// The figure kind "reconstruction": what AION's tokenizers keep of a galaxy. It needs a model folder and
/// pixels, so it lives here and not among the figures of report.
inline constexpr const char* reconstructionKind = "reconstruction";
inline constexpr const char* reconstructionHelp = "cutouts and spectra beside what AION-1's tokenizers make "
                                                  "of them, with the residuals (needs --weights; takes a "
                                                  "catalogue or a folder of the Multimodal Universe)";
void describeReconstructionOptions(OptionSet& options);

/// A row of panels a galaxy: cutout, its reconstruction, residual, spectrum with reconstruction, residual.
/// @throws UsageError without --weights, Error for inputs or weights that cannot be read
report::FigureSpec makeReconstruction(const std::string& input, const OptionSet& options,
                                      const RunContext& context);

} // namespace penumbra::workflow
