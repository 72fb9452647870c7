// The parts of UMAP against umap-learn.

#include "core/manifold/layout.h"
#include "core/manifold/spectral.h"
#include "core/manifold/umap.h"
#include "tests/golden/golden_file.h"
#include "tests/golden/maps_support.h"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <limits>
#include <numeric>
#include <set>

namespace penumbra::manifold {
namespace {

using namespace penumbra::golden;

double attributeIn(const io::Hdf5File& file, const std::string& object, const std::string& name) {
    return file.realAttribute(object, name).value();
}

/// "lc2.5_mix1.0" -> 2.5, 1.0
std::pair<double, double> settingsOf(const std::string& name) {
    const auto mix = name.find("_mix");
    return {std::stod(name.substr(2, mix - 2)), std::stod(name.substr(mix + 4))};
}

void checkNeighbours(const io::Hdf5File& file, const std::string& group, const Neighbours& stored) {
    const std::string kind = kindOf(file, group);
    const Neighbours own = exactNeighbours(floatsIn(file, group + "/x"), stored.k, metricIn(file, group));
    const bool tied = kind == "line" || kind == "duplicates";
    for (std::size_t i = 0; i < stored.rows; ++i) {
        if (!tied) {
            EXPECT_EQ(std::set(own.indexRow(i), own.indexRow(i) + own.k),
                      std::set(stored.indexRow(i), stored.indexRow(i) + stored.k))
                << group << " row " << i;
        }
        for (std::size_t j = 0; j < stored.k; ++j) {
            const double want = stored.distanceRow(i)[j];
            EXPECT_NEAR(own.distanceRow(i)[j], want, 1e-6 * want) << group << " row " << i << ", " << j;
        }
    }
}

void checkGraph(const Graph& got, const Graph& want, const std::string& what) {
    ASSERT_EQ(got.offsets, want.offsets) << what;
    ASSERT_EQ(got.column, want.column) << what;
    for (std::size_t e = 0; e < want.edges(); ++e)
        ASSERT_NEAR(got.weight[e], want.weight[e], 2e-4) << what << " edge " << e;
}

void checkTransform(const io::Hdf5File& file, const std::string& group, Metric metric) {
    const Neighbours stored = neighboursIn(file, group + "/transform");
    SmoothDistances smooth;
    const auto strength = newRowStrengths(stored, 1.0, smooth);
    expectClose(smooth.rho, file.readReals(group + "/transform/rho"), 1e-6, group + " transform rho");
    expectClose(smooth.sigma, file.readReals(group + "/transform/sigma"), 2e-4, group + " transform sigma");
    expectClose(std::vector<double>(strength.begin(), strength.end()),
                file.readReals(group + "/transform/weights"), 2e-4, group + " transform weights");
    const MatrixF map = floatsIn(file, group + "/transform/embedding");
    expectMatrix(startOfNewRows(stored, strength, map), matrixIn(file, group + "/transform/initial"), 2e-4,
                 group + " transform initial");
    const Neighbours own = exactNeighboursAmong(floatsIn(file, group + "/transform/x"),
                                                floatsIn(file, group + "/x"), stored.k, metric);
    for (std::size_t at = 0; at < own.distance.size(); ++at)
        EXPECT_NEAR(own.distance[at], stored.distance[at], 1e-6 * std::max(1.0F, stored.distance[at]))
            << group;
}

TEST(MapsUmapGraph, neighboursGraphAndNewRows) {
    forEachMapFile("umap_graph", [](const io::Hdf5File& file) {
        for (const std::string& name : groupsIn(file, "/")) {
            if (!name.starts_with("case"))
                continue;
            const std::string group = "/" + name;
            SCOPED_TRACE(group);
            const Neighbours stored = neighboursIn(file, group);
            checkNeighbours(file, group, stored);
            for (const std::string& variant : groupsIn(file, group)) {
                if (!variant.starts_with("lc"))
                    continue;
                const std::string where = group + "/" + variant;
                const auto [connectivity, mix] = settingsOf(variant);
                const SmoothDistances smooth = smoothDistances(stored, connectivity);
                expectRelative(smooth.rho, file.readReals(where + "/rho"), 1e-6, where + "/rho");
                expectClose(smooth.sigma, file.readReals(where + "/sigma"), 2e-4, where + "/sigma");
                const Graph graph = fuzzyGraph(stored, smooth, mix);
                checkGraph(graph, graphIn(file, where), where);
                if (file.exists(where + "/components")) {
                    std::size_t count = 0;
                    const auto label = connectedComponents(graph, count);
                    const auto want = file.readIntegers(where + "/components");
                    EXPECT_TRUE(std::equal(label.begin(), label.end(), want.begin(), want.end())) << where;
                }
            }
            checkTransform(file, group, metricIn(file, group));
        }
    });
}

TEST(MapsUmapGraph, curve) {
    forEachMapFile("umap_graph", [](const io::Hdf5File& file) {
        const MatrixD settings = matrixIn(file, "/ab/spread_min_dist"), wanted = matrixIn(file, "/ab/ab");
        for (Eigen::Index i = 0; i < settings.rows(); ++i) {
            const auto [a, b] = fitCurve(settings(i, 0), settings(i, 1));
            EXPECT_NEAR(a, wanted(i, 0), 1e-4 * wanted(i, 0));
            EXPECT_NEAR(b, wanted(i, 1), 1e-4 * wanted(i, 1));
        }
    });
}

void checkVectors(const Graph& graph, const io::Hdf5File& file, const std::string& group) {
    SpectralOptions exact;
    exact.tolerance = 1e-9;
    exact.mostProducts = 20000;
    // Eigenvalues beyond the first few are asked for in their own right; two vectors are what a map starts
    // from.
    const auto values = file.readReals(group + "/eigenvalues");
    const SpectralVectors many = spectralVectors(graph, values.size() - 1, exact);
    ASSERT_TRUE(many.converged);
    for (std::size_t i = 1; i < values.size(); ++i)
        EXPECT_NEAR(many.eigenvalues(static_cast<Eigen::Index>(i - 1)), values[i], 1e-8) << group << " " << i;
    const SpectralVectors two = spectralVectors(graph, 2, exact);
    for (const char* which : {"/vectors", "/umap_vectors"}) {
        const MatrixD wanted = matrixIn(file, group + which);
        for (Eigen::Index c = 0; c < 2; ++c) {
            const double cosine = std::abs(two.vectors.col(c).dot(wanted.col(c))) / wanted.col(c).norm();
            EXPECT_GE(cosine, 1.0 - 1e-6) << group << which << " " << c;
        }
    }
}

/// Rows of a component, in order.
std::vector<std::uint32_t> membersOf(const std::vector<std::uint32_t>& component, std::uint32_t which) {
    std::vector<std::uint32_t> rows;
    for (std::size_t i = 0; i < component.size(); ++i)
        if (component[i] == which)
            rows.push_back(static_cast<std::uint32_t>(i));
    return rows;
}

void checkPieces(const Graph& graph, const MatrixF& x, const io::Hdf5File& file, const std::string& group) {
    SpectralOptions exact;
    exact.tolerance = 1e-9;
    const SpectralStart start = spectralStart(graph, x, 2, exact);
    const auto label = file.readIntegers(group + "/labels");
    ASSERT_TRUE(std::equal(start.component.begin(), start.component.end(), label.begin(), label.end()))
        << group;
    const MatrixD values = matrixIn(file, group + "/eigenvalues");
    for (Eigen::Index piece = 0; piece < values.rows(); ++piece) {
        const auto rows = membersOf(start.component, static_cast<std::uint32_t>(piece));
        const auto own =
            spectralVectors(subgraph(graph, rows), static_cast<std::size_t>(values.cols() - 1), exact);
        for (Eigen::Index i = 1; i < values.cols(); ++i)
            EXPECT_NEAR(own.eigenvalues(i - 1), values(piece, i), 1e-8) << group << " piece " << piece;
    }
    const auto pieces = static_cast<Eigen::Index>(start.components);
    if (pieces > 4)
        return;                                // placement is free
    MatrixD places = MatrixD::Zero(pieces, 2); // rows of [I; -I]
    for (Eigen::Index i = 0; i < pieces; ++i)
        places(i, i % ((pieces + 1) / 2)) = i < (pieces + 1) / 2 ? 1.0 : -1.0;
    for (std::size_t i = 0; i < label.size(); ++i) {
        const auto own = static_cast<Eigen::Index>(label[i]);
        double nearest = std::numeric_limits<double>::infinity();
        for (Eigen::Index other = 0; other < pieces; ++other)
            if (other != own)
                nearest = std::min(nearest, (places.row(own) - places.row(other)).norm());
        for (Eigen::Index c = 0; c < 2; ++c)
            EXPECT_LE(std::abs(start.positions(static_cast<Eigen::Index>(i), c) - places(own, c)),
                      0.5 * nearest + 1e-9);
    }
}

TEST(MapsSpectral, eigenvectorsAndPieces) {
    forEachMapFile("spectral", [](const io::Hdf5File& file) {
        const io::Hdf5File graphs = openGolden("maps/umap_graph.h5");
        for (const std::string kind : {"connected", "disconnected"})
            for (const std::string& name : groupsIn(file, "/" + kind)) {
                const std::string group = "/" + kind + "/" + name;
                SCOPED_TRACE(group);
                const std::string source = "/" + file.textAttribute(group, "graph_case").value();
                const Graph graph = graphIn(graphs, source);
                if (kind == "connected")
                    checkVectors(graph, file, group);
                else
                    checkPieces(graph, floatsIn(graphs, source.substr(0, source.rfind('/')) + "/x"), file,
                                group);
            }
    });
}

LayoutForces forcesIn(const io::Hdf5File& file, const std::string& group) {
    return {attributeIn(file, group, "a"), attributeIn(file, group, "b"), 1.0};
}

/// Bonds as the file lists them, with weights that give its periods.
EdgeSchedule scheduleIn(const io::Hdf5File& file, const std::string& group) {
    const io::Hdf5File graphs = openGolden("maps/umap_graph.h5");
    const Graph graph = graphIn(graphs, "/" + file.textAttribute(group, "graph_case").value());
    return {graph, static_cast<int>(attributeIn(file, group, "epochs")),
            static_cast<int>(attributeIn(file, group, "negative_sample_rate"))};
}

void checkSchedule(const io::Hdf5File& file, const std::string& group) {
    EdgeSchedule schedule = scheduleIn(file, group);
    const auto head = file.readIntegers(group + "/head"), tail = file.readIntegers(group + "/tail");
    const auto period = file.readReals(group + "/epochs_per_sample");
    ASSERT_EQ(schedule.edges(), head.size()) << group;
    for (std::size_t row = 0; row < schedule.rows(); ++row)
        for (std::size_t e = schedule.firstEdge(row); e < schedule.firstEdge(row + 1); ++e) {
            ASSERT_EQ(static_cast<std::int64_t>(row), head[e]) << group << " edge " << e;
            ASSERT_EQ(static_cast<std::int64_t>(schedule.tail(e)), tail[e]) << group << " edge " << e;
            ASSERT_NEAR(schedule.epochsPerSample(e), period[e], 1e-12 * period[e]) << group << " edge " << e;
        }
    const auto rates = file.readReals(group + "/learning_rate");
    const auto draws = file.readIntegers(group + "/draws_before_epoch");
    std::int64_t drawn = 0;
    for (std::size_t epoch = 0; epoch < rates.size(); ++epoch) {
        EXPECT_NEAR(learningRate(static_cast<int>(epoch), static_cast<int>(rates.size())), rates[epoch],
                    1e-12);
        EXPECT_EQ(drawn, draws[epoch]) << group << " epoch " << epoch;
        for (std::size_t e = 0; e < schedule.edges(); ++e)
            drawn += std::max(0, schedule.advance(e, static_cast<int>(epoch)));
    }
    EXPECT_EQ(drawn, draws.back()) << group;
}

void checkEpoch(const io::Hdf5File& file, const std::string& group, const std::string& name) {
    EdgeSchedule schedule = scheduleIn(file, group);
    const std::string where = group + "/" + name;
    const int epoch = static_cast<int>(attributeIn(file, where, "epoch"));
    for (int before = 0; before < epoch; ++before)
        for (std::size_t e = 0; e < schedule.edges(); ++e)
            schedule.advance(e, before);
    const auto negatives = file.readIntegers(group + "/negatives");
    auto next = static_cast<std::size_t>(attributeIn(file, where, "first_draw"));
    MatrixD positions = matrixIn(file, where + "/before");
    sequentialEpoch(
        schedule, epoch, attributeIn(file, where, "learning_rate"), forcesIn(file, group),
        [&](std::size_t, int) { return static_cast<std::uint32_t>(negatives.at(next++)); }, positions);
    EXPECT_EQ(next, static_cast<std::size_t>(attributeIn(file, where, "end_draw"))) << where;
    expectMatrix(positions, matrixIn(file, where + "/after"), 1e-10, where);
}

void checkCoincident(const io::Hdf5File& file) {
    // Bonds of one weight pull in every epoch; the rows that have them are listed one by one.
    const auto head = file.readIntegers("/coincident/head"), tail = file.readIntegers("/coincident/tail"),
               negatives = file.readIntegers("/coincident/negatives");
    MatrixD positions = matrixIn(file, "/coincident/before");
    Graph graph;
    graph.offsets.assign(static_cast<std::size_t>(positions.rows()) + 1, 0);
    for (const auto row : head)
        ++graph.offsets[static_cast<std::size_t>(row) + 1];
    ASSERT_TRUE(std::is_sorted(head.begin(), head.end()));
    std::partial_sum(graph.offsets.begin(), graph.offsets.end(), graph.offsets.begin());
    for (const auto row : tail) {
        graph.column.push_back(static_cast<std::uint32_t>(row));
        graph.weight.push_back(1.0F);
    }
    EdgeSchedule schedule(graph, 20);
    std::size_t next = 0;
    sequentialEpoch(
        schedule, 1, 1.0, forcesIn(file, "/coincident"),
        [&](std::size_t, int) { return static_cast<std::uint32_t>(negatives.at(next++)); }, positions);
    expectMatrix(positions, matrixIn(file, "/coincident/after"), 1e-10, "coincident");
}

TEST(MapsUmapLayout, scheduleAndSingleEpochs) {
    forEachMapFile("umap_layout", [](const io::Hdf5File& file) {
        for (const std::string& name : groupsIn(file, "/")) {
            if (!name.starts_with("case"))
                continue;
            const std::string group = "/" + name;
            SCOPED_TRACE(group);
            checkSchedule(file, group);
            for (const std::string& epoch : groupsIn(file, group))
                checkEpoch(file, group, epoch);
        }
        if (file.exists("/coincident"))
            checkCoincident(file);
    });
}

} // namespace
} // namespace penumbra::manifold
