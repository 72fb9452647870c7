#include "core/eval/metric_roles.h"

#include "core/base/error.h"

namespace penumbra {

namespace {

template <typename Fits>
const Metric& mainMetric(const char* what, Fits fits) {
    for (const Metric& metric : allMetrics())
        if (metric.isMain && fits(metric))
            return metric;
    throw Error(std::string("the table of metrics has no main ") + what);
}

} // namespace

const Metric& mainCoverage(Stratum stratum) {
    return mainMetric("coverage", [stratum](const Metric& metric) {
        return metric.isCoverage && metric.stratum == stratum;
    });
}

const Metric& mainWidth() {
    return mainMetric("width", [](const Metric& metric) { return metric.isWidth; });
}

bool isOverallCoverage(const Score& score) {
    return score.metric == mainCoverage(Stratum::All).id;
}

} // namespace penumbra
