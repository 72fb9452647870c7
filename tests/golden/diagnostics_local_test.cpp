// Coverage in windows of neighbours against SciPy and statsmodels; HEALPix pixels against astropy-healpix.

#include "core/eval/cell_coverage.h"
#include "core/eval/exchangeability.h"
#include "core/eval/hexagons.h"
#include "core/eval/local_coverage.h"
#include "core/eval/uniformity_map.h"
#include "core/io/healpix.h"
#include "core/manifold/neighbours.h"
#include "tests/golden/diagnostics_support.h"

#include <algorithm>
#include <set>

namespace penumbra {
namespace {

using namespace penumbra::golden;

CoverageWindows windowsIn(const io::Hdf5File& file, const std::string& group) {
    CoverageWindows windows;
    windows.k = file.describe(group + "/neighbours").rowWidth();
    for (const auto row : file.readIntegers(group + "/neighbours"))
        windows.rows.push_back(static_cast<std::uint32_t>(row));
    return windows;
}

std::vector<std::size_t> countsIn(const io::Hdf5File& file, const std::string& dataset) {
    std::vector<std::size_t> counts;
    for (const auto value : file.readIntegers(dataset))
        counts.push_back(static_cast<std::size_t>(value));
    return counts;
}

void checkNeighbours(const io::Hdf5File& file, const std::string& group, const CoverageWindows& windows) {
    const auto entry = file.describe(group + "/x");
    const auto values = file.readReals(group + "/x");
    const MatrixF x = Eigen::Map<const MatrixD>(values.data(), static_cast<Eigen::Index>(entry.rows()),
                                                static_cast<Eigen::Index>(entry.rowWidth()))
                          .cast<float>();
    const auto own = manifold::exactNeighbours(x, windows.k, manifold::Metric::Euclidean);
    for (std::size_t i = 0; i < windows.count(); ++i) {
        const auto window = windows.window(i);
        EXPECT_EQ(std::set(own.indexRow(i), own.indexRow(i) + windows.k),
                  std::set(window.begin(), window.end()))
            << group << " row " << i;
    }
}

TEST(DiagnosticsLocal, Windows) {
    forDiagnosticsFiles("local", [](const io::Hdf5File& file) {
        for (const std::string& name : groupsIn(file, "/knn")) {
            const std::string group = "/knn/" + name;
            SCOPED_TRACE(group);
            const CoverageWindows windows = windowsIn(file, group);
            if (file.integerAttribute(group, "duplicates").value() == 0)
                checkNeighbours(file, group, windows);
            const auto covered = file.readBytes(group + "/covered");
            LocalCoverageOptions options;
            options.alpha = 1.0 - file.realAttribute(group, "level").value();
            const LocalCoverage local = localCoverage(windows, covered, options);
            EXPECT_EQ(local.covered, countsIn(file, group + "/count"));
            const auto check = [&](const std::vector<double>& got, const std::string& dataset) {
                expectClose(got, file.readReals(group + "/" + dataset), ofProbabilities, dataset);
            };
            check(local.pUnder, "p_under");
            check(local.pOver, "p_over");
            check(local.pTwoSided, "p_two_sided");
            check(local.adjustedUnder, "under_bh");
            check(benjaminiYekutieli(local.pUnder), "under_by");
            check(benjaminiHochberg(local.pTwoSided), "two_sided_bh");
            check(benjaminiYekutieli(local.pTwoSided), "two_sided_by");
            expectClose(local.independentWindows, scalar(file, group + "/n_effective"), closedForm,
                        "n_effective");
            EXPECT_EQ(windowsOfRows(windows), countsIn(file, group + "/in_degree"));
            EXPECT_EQ(disjointWindows(windows), countsIn(file, group + "/disjoint_windows"));
            EXPECT_EQ(displayWindows(windows, local.pUnder), countsIn(file, group + "/display_windows"));
        }
    });
}

TEST(DiagnosticsLocal, Hexagons) {
    forDiagnosticsFiles("local", [](const io::Hdf5File& file) {
        for (const std::string& name : groupsIn(file, "/hex")) {
            const std::string group = "/hex/" + name;
            SCOPED_TRACE(group);
            const auto x = file.readReals(group + "/x"), y = file.readReals(group + "/y");
            const auto cell = file.readIntegers(group + "/cell");
            const auto centreX = file.readReals(group + "/cell_x"),
                       centreY = file.readReals(group + "/cell_y");
            const HexagonGrid grid(
                x, y, static_cast<std::size_t>(file.integerAttribute(group, "gridsize").value()));
            std::vector<std::int64_t> own;
            for (std::size_t i = 0; i < x.size(); ++i) {
                own.push_back(grid.cellOf(x[i], y[i]));
                ASSERT_GE(own.back(), 0);
                const auto centre = grid.centreOf(static_cast<std::size_t>(own.back()));
                const auto wanted = static_cast<std::size_t>(cell[i]);
                EXPECT_NEAR(centre.x, centreX.at(wanted), 1e-9 * (1.0 + std::abs(centre.x))) << i;
                EXPECT_NEAR(centre.y, centreY.at(wanted), 1e-9 * (1.0 + std::abs(centre.y))) << i;
            }
            const CellCoverage counted =
                cellCoverage(std::vector<std::uint8_t>(x.size(), 1), own, grid.cells());
            const auto n = countsIn(file, group + "/n");
            for (std::size_t i = 0; i < x.size(); ++i)
                EXPECT_EQ(counted.n[static_cast<std::size_t>(own[i])],
                          n.at(static_cast<std::size_t>(cell[i])))
                    << i;
        }
    });
}

TEST(DiagnosticsLocal, UniformityOfCells) {
    forDiagnosticsFiles("local", [](const io::Hdf5File& file) {
        for (const std::string& name : groupsIn(file, "/hex")) {
            const std::string group = "/hex/" + name;
            SCOPED_TRACE(group);
            std::vector<int> cells;
            for (const auto cell : file.readIntegers(group + "/cell"))
                cells.push_back(static_cast<int>(cell));
            const auto map =
                uniformityMap(file.readReals(group + "/u"), cells, file.describe(group + "/ks").rows());
            std::vector<double> n, distance, excess, p;
            for (const UniformityCell& cell : map) {
                n.push_back(static_cast<double>(cell.n));
                distance.push_back(cell.distance);
                excess.push_back(cell.excess);
                p.push_back(cell.p);
            }
            EXPECT_EQ(n, file.readReals(group + "/n"));
            expectClose(distance, file.readReals(group + "/ks"), closedForm, "ks");
            expectClose(excess, file.readReals(group + "/ln_excess"), ofProbabilities, "ln_excess");
            expectClose(p, file.readReals(group + "/p"), ofProbabilities, "p");
        }
    });
}

/// Directions on the edge of a pixel belong to either side: a hair away they must be in the wanted one.
bool isInPixel(int order, double ra, double dec, std::int64_t wanted) {
    constexpr double hair = 1e-7; // degrees
    for (const double east : {0.0, -hair, hair})
        for (const double north : {0.0, -hair, hair}) {
            const io::healpix::Direction at{ra + east, std::clamp(dec + north, -90.0, 90.0)};
            if (static_cast<std::int64_t>(io::healpix::pixelAt(order, at)) == wanted)
                return true;
        }
    return false;
}

TEST(DiagnosticsLocal, NestedPixels) {
    forDiagnosticsFiles("local", [](const io::Hdf5File& file) {
        const auto ra = file.readReals("/healpix/ra"), dec = file.readReals("/healpix/dec");
        for (const int order : {0, 2, 4, 6}) {
            const auto wanted = file.readIntegers("/healpix/nested_" + std::to_string(1 << order));
            for (std::size_t i = 0; i < ra.size(); ++i)
                EXPECT_TRUE(isInPixel(order, ra[i], dec[i], wanted[i]))
                    << "order " << order << " at " << ra[i] << ", " << dec[i];
        }
    });
}

} // namespace
} // namespace penumbra
