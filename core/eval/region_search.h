#pragma once

#include "core/base/run_context.h"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace penumbra {

/// Something known of every row before its truth is: a column of the catalogue, the prediction, the width.
struct RegionColumn {
    std::string name;
    std::string unit;
    std::vector<double> values;          ///< [rows]; NaN satisfies no condition
    std::vector<std::string> categories; ///< not empty: values are positions in here
};

/// "column > value", "column <= value" or, of categories, "column == value".
struct RegionCondition {
    enum class Op { Above, AtMost, Equals };
    std::size_t column = 0;
    Op op = Op::Above;
    double value = 0.0;
    bool operator==(const RegionCondition&) const = default;
};
bool satisfies(const RegionCondition& condition, double value);

struct RegionSearchOptions {
    double alpha = 0.1;
    std::size_t beam = 20;       ///< regions that are extended on each level
    std::size_t depth = 3;       ///< conditions at most
    int cuts = 19;               ///< thresholds a column: inner quantiles at equal steps
    std::size_t keep = 5;        ///< candidates at most
    std::size_t fewestRows = 50; ///< of the searched rows in a region,
    double fewestShare = 0.02;   ///< and as a share of them
    double mostJaccard = 0.5;    ///< with any region kept before
};

/// A region as the search saw it: its numbers are those of the rows it was chosen on, hence optimistic.
struct RegionCandidate {
    std::vector<RegionCondition> conditions;
    double score = 0.0; ///< (misses - n alpha) / sqrt(n alpha (1 - alpha))
    std::size_t rows = 0, misses = 0;
};

/// Conjunctions of at most `depth` conditions in which more rows are missed than promised, worst first, by a
/// beam search over the conditions of all columns; a column may appear with both directions (a range), not
/// twice with one. Deterministic. Empty: none is worse than promised.
/// @param missed [rows] 1 = not covered @param searched [rows] 1 = take part; others are not looked at
/// @throws Error for lengths that disagree; Cancelled
std::vector<RegionCandidate> searchRegions(const std::vector<RegionColumn>& columns,
                                           std::span<const std::uint8_t> missed,
                                           std::span<const std::uint8_t> searched,
                                           const RegionSearchOptions& options, const RunContext& context);

/// [rows] 1 = satisfies all conditions.
std::vector<std::uint8_t> rowsInRegion(const std::vector<RegionColumn>& columns,
                                       std::span<const RegionCondition> conditions);

} // namespace penumbra
