#pragma once

#include "core/base/run_context.h"
#include "core/catalogue/row_mask.h"
#include "core/eval/study.h"

#include <string>
#include <vector>

namespace penumbra {

/// How often one method covers the galaxies of a selection.
struct SelectionCoverage {
    std::string method;
    std::size_t covered = 0; ///< of the labelled ones
    Interval bracket;        ///< 95 %, Wilson 1927
    /// Central 95 % of what an exact split-conformal method has on as many test galaxies, picked without a
    /// look at their truth: Beta-Binomial law. NaN where the study holds no calibration rows.
    Interval perfect;
};
struct SelectionSummary {
    std::size_t selected = 0; ///< test galaxies of the target in the selection
    std::size_t labelled = 0; ///< those of them with a true value
    std::vector<SelectionCoverage> methods;
};

/// Methods that the target lacks are left out. Infinite intervals cover.
SelectionSummary summariseSelection(const TargetStudy& target, const std::vector<std::string>& methods,
                                    const RowMask& rows, double alpha, const RunContext& context);

} // namespace penumbra
