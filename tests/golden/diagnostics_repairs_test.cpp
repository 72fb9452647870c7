// Repairs of intervals against reference programs and definitions.

#include "core/base/statistics.h"
#include "core/eval/logistic.h"
#include "tests/golden/diagnostics_support.h"

namespace penumbra {
namespace {

using namespace penumbra::golden;

TEST(DiagnosticsRepairs, RanksAreExact) {
    forDiagnosticsFiles("repairs", [](const io::Hdf5File& file) {
        const auto n = file.readIntegers("/ranks/n"), percent = file.readIntegers("/ranks/alpha_percent"),
                   k = file.readIntegers("/ranks/k");
        ASSERT_EQ(k.size(), n.size() * percent.size());
        for (std::size_t i = 0; i < n.size(); ++i)
            for (std::size_t a = 0; a < percent.size(); ++a)
                EXPECT_EQ(
                    conformalRank(static_cast<std::size_t>(n[i]), static_cast<double>(percent[a]) / 100.0),
                    static_cast<std::size_t>(k[i * percent.size() + a]))
                    << n[i] << " rows, alpha " << percent[a] << " %";
    });
}

TEST(DiagnosticsRepairs, ClassifierOfAShift) {
    forDiagnosticsFiles("repairs", [](const io::Hdf5File& file) {
        const std::string group = "/weighted/classifier";
        const auto flat = file.readReals(group + "/x");
        const std::size_t width = file.describe(group + "/x").rowWidth();
        std::vector<std::vector<double>> columns(width);
        for (std::size_t i = 0; i < flat.size(); ++i)
            columns[i % width].push_back(flat[i]);
        const auto x = standardisedColumns(columns);
        const auto p = fitLogistic(x, file.readBytes(group + "/label")).probabilities(x);
        expectClose(p, file.readReals(group + "/probability"), 1e-6, "probability");
    });
}

} // namespace
} // namespace penumbra
