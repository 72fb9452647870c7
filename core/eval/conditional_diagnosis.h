#pragma once

#include "core/eval/coverage_risk.h"
#include "core/eval/grouped_coverage.h"
#include "core/eval/region_search.h"
#include "core/eval/study.h"
#include "core/eval/width_dependence.h"
#include "core/eval/worst_slab.h"

#include <optional>
#include <string>
#include <vector>

namespace penumbra {

/// Coverage in groups of one column.
struct ColumnCoverage {
    std::string column;
    GroupedCoverage groups;
    double adjustedP =
        std::numeric_limits<double>::quiet_NaN(); ///< of the lowest group: Holm over the columns
};

/// Whether one method covers equally everywhere, by every measure there is, each with its null.
struct ConditionalDiagnosis {
    std::size_t n = 0; ///< test rows with a label
    CoveragePromise promise;
    std::optional<GroupedCoverage> bySize; ///< tenths by width; nothing where all intervals have one width
    std::vector<ColumnCoverage> byColumn;
    std::optional<WorstSlab> slab; ///< nothing without columns
    std::vector<std::string> slabColumns;
    RiskFinding risk;
    WidthDependence width;
};
struct ConditionalOptions {
    std::size_t bins = 5; ///< of a column of numbers
    WorstSlabOptions slab;
    RiskOptions risk;
    std::size_t permutations = 999; ///< of width and coverage
    std::uint64_t seed = 0;
};
/// Slab and risk look at standardised columns of numbers, the first 32 and 16 that vary; missing values stand
/// at the mean. The slab is searched in the half that region searches take, too.
/// @param columns [test rows of the target], known without the truth
ConditionalDiagnosis diagnoseConditional(const TargetStudy& target, const Prediction& prediction,
                                         const std::vector<RegionColumn>& columns,
                                         const ConditionalOptions& options, const RunContext& context);

} // namespace penumbra
