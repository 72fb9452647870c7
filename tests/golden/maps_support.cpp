#include "tests/golden/maps_support.h"

#include "tests/golden/golden_file.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <gtest/gtest.h>

namespace penumbra::golden {

std::vector<std::string> mapFiles(const std::string& kind) {
    const char* folder = std::getenv("PENUMBRA_GOLDENS");
    const char* only = std::getenv("PENUMBRA_GOLDEN_FILE");
    const auto maps = std::filesystem::path(folder ? folder : PENUMBRA_DEFAULT_GOLDENS) / "maps";
    std::vector<std::string> names;
    if (!std::filesystem::is_directory(maps))
        return names;
    for (const auto& entry : std::filesystem::directory_iterator(maps)) {
        const std::string name = entry.path().stem().string();
        if (entry.path().extension() == ".h5" && name.starts_with(kind) && (!only || name == only))
            names.push_back("maps/" + name + ".h5");
    }
    std::sort(names.begin(), names.end());
    return names;
}

void forEachMapFile(const std::string& kind, const std::function<void(const io::Hdf5File&)>& check) {
    const auto names = mapFiles(kind);
    if (names.empty())
        GTEST_SKIP() << "no golden file of this kind: " << kind;
    for (const auto& name : names) {
        SCOPED_TRACE(name);
        check(openGolden(name));
    }
}

MatrixD matrixIn(const io::Hdf5File& file, const std::string& dataset) {
    const io::Hdf5Entry entry = file.describe(dataset);
    const std::vector<double> values = file.readReals(dataset);
    return Eigen::Map<const MatrixD>(values.data(), static_cast<Eigen::Index>(entry.rows()),
                                     static_cast<Eigen::Index>(entry.rowWidth()));
}

MatrixF floatsIn(const io::Hdf5File& file, const std::string& dataset) {
    return matrixIn(file, dataset).cast<float>();
}

manifold::Neighbours neighboursIn(const io::Hdf5File& file, const std::string& group) {
    manifold::Neighbours neighbours;
    const auto entry = file.describe(group + "/knn_index");
    neighbours.resize(entry.rows(), entry.rowWidth());
    const auto index = file.readIntegers(group + "/knn_index");
    std::transform(index.begin(), index.end(), neighbours.index.begin(),
                   [](std::int64_t i) { return static_cast<std::uint32_t>(i); });
    neighbours.distance = file.readFloats(group + "/knn_distance");
    return neighbours;
}

manifold::Graph graphIn(const io::Hdf5File& file, const std::string& group) {
    manifold::Graph graph;
    for (const auto offset : file.readIntegers(group + "/indptr"))
        graph.offsets.push_back(static_cast<std::size_t>(offset));
    for (const auto column : file.readIntegers(group + "/indices"))
        graph.column.push_back(static_cast<std::uint32_t>(column));
    graph.weight = file.readFloats(group + "/data");
    return graph;
}

manifold::Metric metricIn(const io::Hdf5File& file, const std::string& group) {
    return manifold::metricFromName(file.textAttribute(group, "metric").value());
}

std::string kindOf(const io::Hdf5File& file, const std::string& group) {
    return file.textAttribute(group, "kind").value();
}

void expectMatrix(const MatrixD& got, const MatrixD& want, double tolerance, const std::string& what) {
    ASSERT_EQ(got.rows(), want.rows()) << what;
    ASSERT_EQ(got.cols(), want.cols()) << what;
    for (Eigen::Index i = 0; i < got.rows(); ++i)
        for (Eigen::Index j = 0; j < got.cols(); ++j)
            ASSERT_NEAR(got(i, j), want(i, j), tolerance * std::max(1.0, std::abs(want(i, j))))
                << what << " [" << i << ", " << j << "]";
}

void expectRelative(const std::vector<double>& got, const std::vector<double>& want, double tolerance,
                    const std::string& what) {
    ASSERT_EQ(got.size(), want.size()) << what;
    for (std::size_t i = 0; i < got.size(); ++i)
        ASSERT_LE(std::abs(got[i] - want[i]), tolerance * std::abs(want[i]))
            << what << " [" << i << "]: " << got[i] << ", not " << want[i];
}

std::vector<double> columnOf(const MatrixD& matrix) {
    return {matrix.data(), matrix.data() + matrix.size()};
}

} // namespace penumbra::golden
