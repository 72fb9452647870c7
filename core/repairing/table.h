#pragma once

#include "core/repairing/report.h"
#include "core/report/table_spec.h"

#include <span>

namespace penumbra::workflow {

/// Before and after, a line a group: coverage and mean width of both, and what a perfect method would cover.
report::TableSpec repairTable(std::span<const RepairComparison> comparisons);

} // namespace penumbra::workflow
