#pragma once

#include "core/workflow/study_plan.h"

namespace penumbra::workflow {

/// Predictions of one target taken from the columns that the plan names: signal name -> value of every
/// catalogue row. Sizes of errors below 0 become NaN; they, sizes of 0 and crossed quantiles among the
/// held-out rows are told in `notes`.
/// @param split of every catalogue row
std::map<std::string, std::vector<double>> sourceSignals(const Catalogue& catalogue, const StudyPlan& plan,
                                                         const std::string& target,
                                                         const std::vector<std::uint8_t>& split,
                                                         std::vector<std::string>& notes);

} // namespace penumbra::workflow
