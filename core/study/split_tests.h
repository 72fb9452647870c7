#pragma once

#include "core/base/option_set.h"
#include "core/base/run_context.h"
#include "core/catalogue/catalogue.h"
#include "core/eval/exchangeability.h"

#include <cstdint>
#include <vector>

namespace penumbra::workflow {

/// Compares two groups of the split by the catalogue's numeric columns, targets ("target NAME") and, if
/// `features` is not null, these; quarantined rows are left out.
ExchangeabilityTest testSplitPair(const Catalogue& catalogue, const std::vector<std::uint8_t>& split,
                                  const Features* features, Split first, Split second,
                                  const ExchangeabilityOptions& options, const RunContext& context);
/// All pairs of training, calibration and test rows; groups without rows are left out.
std::vector<ExchangeabilityTest> testSplits(const Catalogue& catalogue,
                                            const std::vector<std::uint8_t>& split, const Features* features,
                                            const ExchangeabilityOptions& options, const RunContext& context);

/// A split drawn from a seed is random, so its parts are exchangeable; one that came with the data may not
/// be.
bool splitCameWithData(const Catalogue& catalogue, const OptionSet& studyOptions);
/// How often a study says so of parts that are alike: one half before training, of the inputs, the other half
/// after, of the scores.
inline constexpr double studyExchangeabilityLevel = 0.01;

} // namespace penumbra::workflow
