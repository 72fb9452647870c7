#pragma once

#include "core/eval/score.h"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace penumbra {

/// What is measured in every repeat.
struct RepeatMetrics {
    double coverage = std::numeric_limits<double>::quiet_NaN();
    double tailCoverage = std::numeric_limits<double>::quiet_NaN();
    double worstBinCoverage = std::numeric_limits<double>::quiet_NaN();
    double meanWidth = std::numeric_limits<double>::quiet_NaN(); ///< of the finite intervals
    double infiniteShare = std::numeric_limits<double>::quiet_NaN();
};

/// Galaxies sorted once, so that each repeat costs O(n): the strata of a repeat are those of its own test
/// galaxies. Definitions as in the table of metrics; all infinite intervals cover.
class GalaxyOrder {
public:
    /// `error` is |truth - base prediction|; ties keep their order.
    GalaxyOrder(std::span<const double> truth, std::span<const double> error);
    /// `weight`: how often each galaxy is in the test set of this repeat (0: not). `width` may be infinite.
    RepeatMetrics measure(std::span<const std::uint8_t> covered, std::span<const double> width,
                          std::span<const std::uint32_t> weight) const;
    std::size_t size() const { return byTruth_.size(); }

private:
    std::vector<std::uint32_t> byTruth_, byError_;
};

/// The random stream of the r-th resample of test galaxies is this + r, in table and figure; re-splits use
/// the streams below.
inline constexpr std::uint64_t resampleStream = 1ULL << 40;

/// Median, quartiles and the central 95 % of repeated values; NaN values are left out.
struct RepeatSummary {
    double median = std::numeric_limits<double>::quiet_NaN();
    Interval quartiles, central95;
    std::size_t repeats = 0;
};
RepeatSummary summarise(std::span<const double> values);

/// How one metric of one method on one target varies.
struct StabilityLine {
    std::string target, method, metric;                      ///< metric: id in the table of metrics
    double value = std::numeric_limits<double>::quiet_NaN(); ///< on the split of the study itself
    std::vector<double> resplits;  ///< over random calibration/test splits of the held-out galaxies
    std::vector<double> resamples; ///< over bootstrap samples of the test galaxies
    Interval guarantee; ///< marginal coverage of conformal methods: central 95 % of the Beta-Binomial law
};
struct Stability {
    double alpha = 0.1;
    std::vector<StabilityLine> lines;
    std::vector<std::string> notes; ///< what was left out, and why
    const StabilityLine* find(const std::string& target, const std::string& method,
                              const std::string& metric) const;
};

} // namespace penumbra
