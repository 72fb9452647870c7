#pragma once

#include "core/base/option_set.h"
#include "core/base/run_context.h"
#include "core/catalogue/catalogue.h"

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace penumbra::workflow {

/// Per target the feature matrix with its posterior, from the option posterior; empty without one.
/// @throws UsageError for forms that cannot be read, or that name other than the chosen targets
std::map<std::string, std::string> posteriorFeatures(const OptionSet& options,
                                                     std::span<const std::string> targets);

/// The posteriors of some rows as quantiles, [rows, posteriorLevels()], in the target's own units; rows that
/// have none are unknown (catalogue/posterior_table.h), which is told in `notes`.
/// @param features matrix of probabilities whose attributes tell the bins, as generate writes them
/// @throws Error where it is none
MatrixD posteriorTable(const Catalogue& catalogue, const std::string& target, const std::string& features,
                       std::span<const std::int64_t> rows, std::vector<std::string>& notes,
                       const RunContext& context);

} // namespace penumbra::workflow
