#include "core/uq/repairs/quantile_scores.h"

#include <algorithm>

namespace penumbra::uq {

QuantileRow QuantileRow::sorted(double a, double b, double c) {
    double values[] = {a, b, c};
    std::sort(std::begin(values), std::end(values));
    return {values[0], values[1], values[2]};
}

QuantileScales scalesOf(QuantileScore kind, const QuantileRow& row, double eps) {
    switch (kind) {
    case QuantileScore::Plain:
        return {};
    case QuantileScore::Ratio:
        return {row.upper - row.lower + eps, row.upper - row.lower + eps};
    case QuantileScore::Median:
        return {row.middle - row.lower + eps, row.upper - row.middle + eps};
    }
    return {};
}

double scoreOf(const QuantileRow& row, const QuantileScales& scales, double truth) {
    return std::max((row.lower - truth) / scales.low, (truth - row.upper) / scales.high);
}

} // namespace penumbra::uq
