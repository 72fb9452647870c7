#pragma once

#include "core/eval/paired.h"
#include "core/report/figure_spec.h"
#include "core/report/table_spec.h"

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace penumbra::benchmark {

/// What a protocol finds out.
struct Report {
    std::vector<report::TableSpec> tables; ///< the results, then pairs of input sets
    report::FigureSpec figure;
    nlohmann::json json;
};

/// A number with its 95 % interval.
struct Estimate {
    double value = std::numeric_limits<double>::quiet_NaN();
    double low = std::numeric_limits<double>::quiet_NaN(), high = std::numeric_limits<double>::quiet_NaN();
};
nlohmann::json toJson(const Estimate& estimate);
report::Cell cellOf(const Estimate& estimate, bool percent);

/// What a test of two input sets says: first, second, difference, low, high, p, adjusted_p.
nlohmann::json toJson(const PairedTest& test);

/// Points with error bars, an input set each, side by side along x.
report::Panel panelOfSets(const std::vector<std::string>& sets, const std::vector<Estimate>& values,
                          const std::string& heading, const std::string& yLabel, bool percent);
/// Letters, columns and height for so many panels.
report::FigureSpec figureOf(const std::string& protocol, const std::string& caption,
                            std::vector<report::Panel> panels);
/// Of test galaxies drawn anew: the percentiles of a statistic. Replicate r draws from stream r of the seed.
inline constexpr int replicates = 2000;

} // namespace penumbra::benchmark
