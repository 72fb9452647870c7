#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace penumbra {

/// One line of /metrics and of every table. NaN = not available. Coverages are fractions, 0..1.
struct Score {
    std::string target;
    std::string method;
    std::string metric; ///< id in the table of metrics: "coverage", "tail_coverage", "worst_bin_coverage",
                        ///< "mean_width", ...
    double alpha = 0.1;
    std::string convention =
        "all";                 ///< "all": infinite intervals count as covered; "finite": they are left out
    std::string conditionedOn; ///< "" | "truth" | "prediction" | "|error|" | "width" | a column's name
    std::string stratum;       ///< "" | "[0.05, 0.10)" | "lowest and highest 10 %" ...
    double value = std::numeric_limits<double>::quiet_NaN();
    double low = std::numeric_limits<double>::quiet_NaN(); ///< 95 % interval
    double high = std::numeric_limits<double>::quiet_NaN();
    /// What low..high holds for: "drawn", any calibration set of this size; "given", the one at hand; "":
    /// calibration has no part in it, or nobody said.
    std::string calibration;
    /// 95 % of what a perfect method that was calibrated on as many galaxies as here would score.
    double oracleLow = std::numeric_limits<double>::quiet_NaN();
    double oracleHigh = std::numeric_limits<double>::quiet_NaN();
    /// 95 % of what the known exact intervals would score: no calibration, so the band is narrower.
    double exactLow = std::numeric_limits<double>::quiet_NaN();
    double exactHigh = std::numeric_limits<double>::quiet_NaN();
    std::int64_t n = 0;
    std::int64_t nInfinite = 0;
    std::int64_t nCrossed = 0; ///< lower > upper: empty intervals, of width 0, that miss
};

/// An interval estimate of a proportion or mean.
struct Interval {
    double low = std::numeric_limits<double>::quiet_NaN();
    double high = std::numeric_limits<double>::quiet_NaN();
};

} // namespace penumbra
