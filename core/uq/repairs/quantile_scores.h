#pragma once

#include "core/catalogue/prediction.h"

namespace penumbra::uq {

/// Lower quantile, median (or another centre) and upper quantile of one row, sorted: quantile networks may
/// cross.
struct QuantileRow {
    double lower = 0.0, middle = 0.0, upper = 0.0;
    static QuantileRow sorted(double a, double b, double c);
};

/// Scores of conformalised quantile regression and the interval they give: [lower - Q scaleLow, upper + Q
/// scaleHigh]. Plain: Romano, Patterson & Candes 2019. Ratio (CQR-r): both scales are the distance of the
/// quantiles (Sesia & Candes 2020). Median (CQR-m): the distances to the centre (Kivaranovic, Johnson & Leeb
/// 2020).
enum class QuantileScore { Plain, Ratio, Median };

struct QuantileScales {
    double low = 1.0, high = 1.0;
};
/// @param eps beside the distances, in units of the target
QuantileScales scalesOf(QuantileScore kind, const QuantileRow& row, double eps);

/// max((lower - y) / low, (y - upper) / high).
double scoreOf(const QuantileRow& row, const QuantileScales& scales, double truth);

} // namespace penumbra::uq
