#pragma once

#include "core/eval/evaluate.h"

namespace penumbra {

// Metrics by what the table says of them, for code that judges by coverage and width whatever their ids.

/// The main coverage of these galaxies. @throws Error if the table has none
const Metric& mainCoverage(Stratum stratum);
/// The main width. @throws Error if the table has none
const Metric& mainWidth();
/// Whether a score is the main coverage of all galaxies.
bool isOverallCoverage(const Score& score);

} // namespace penumbra
