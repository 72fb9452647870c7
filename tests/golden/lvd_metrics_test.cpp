// Metrics against the LVD reference and against the paper's conventions.

#include "tests/golden/lvd_metric_checks.h"

#include <gtest/gtest.h>

namespace penumbra {
namespace {

using namespace penumbra::golden;

TEST(LvdMetrics, EveryCaseAgrees) {
    const io::Hdf5File file = openGolden("lvd/metrics.h5");
    const auto alpha = file.realAttribute("/", "alpha");
    ASSERT_TRUE(alpha.has_value());
    std::size_t cases = 0;
    for (const std::string& name : groupsIn(file, "/")) {
        SCOPED_TRACE(name);
        const std::string group = "/" + name;
        const std::vector<double> truth = file.readReals(group + "/y");
        Prediction prediction;
        prediction.ends = Ends::Open; // the reference's rule
        prediction.alpha = *alpha;
        prediction.mean = file.readReals(group + "/yhat");
        prediction.lower = file.readReals(group + "/lo");
        prediction.upper = file.readReals(group + "/hi");
        checkMetrics(file, group, prediction, truth);
        ++cases;
    }
    EXPECT_GT(cases, 0u) << "no case in " << file.path();
}

} // namespace
} // namespace penumbra
