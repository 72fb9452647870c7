// PCA, quality of maps and retrieval against scikit-learn and SciPy; UMAP from end to end against umap-learn.

#include "core/manifold/pca.h"
#include "core/manifold/quality.h"
#include "core/manifold/retrieval.h"
#include "core/manifold/umap.h"
#include "tests/golden/golden_file.h"
#include "tests/golden/maps_support.h"

#include <cstdlib>
#include <gtest/gtest.h>
#include <set>

namespace penumbra::manifold {
namespace {

using namespace penumbra::golden;

constexpr double tolerance = 1e-9;

std::vector<Pair> pairsIn(const io::Hdf5File& file, const std::string& dataset) {
    std::vector<Pair> pairs;
    const auto values = file.readIntegers(dataset);
    for (std::size_t i = 0; i + 1 < values.size(); i += 2)
        pairs.emplace_back(static_cast<std::uint32_t>(values[i]), static_cast<std::uint32_t>(values[i + 1]));
    return pairs;
}

std::vector<Triplet> tripletsIn(const io::Hdf5File& file, const std::string& dataset) {
    std::vector<Triplet> triplets;
    const auto values = file.readIntegers(dataset);
    for (std::size_t i = 0; i + 2 < values.size(); i += 3)
        triplets.push_back({static_cast<std::uint32_t>(values[i]), static_cast<std::uint32_t>(values[i + 1]),
                            static_cast<std::uint32_t>(values[i + 2])});
    return triplets;
}

TEST(MapsPca, components) {
    forEachMapFile("pca", [](const io::Hdf5File& file) {
        for (const std::string& name : groupsIn(file, "/")) {
            const std::string group = "/" + name;
            SCOPED_TRACE(group);
            const MatrixD x = matrixIn(file, group + "/x");
            const MatrixD wanted = matrixIn(file, group + "/components");
            const Pca pca = fitPca(x, static_cast<std::size_t>(wanted.rows()), PcaSolver::Exact);
            const auto rank = static_cast<Eigen::Index>(file.integerAttribute(group, "rank").value());
            const Eigen::Index p = std::min(rank, wanted.rows());
            EXPECT_EQ(static_cast<Eigen::Index>(pca.rank), p); // null components are flagged
            expectMatrix(pca.components.topRows(p), wanted.topRows(p), tolerance, "components");
            const auto variance = file.readReals(group + "/explained_variance"),
                       ratio = file.readReals(group + "/explained_variance_ratio");
            for (Eigen::Index c = 0; c < p; ++c) {
                expectClose(pca.explainedVariance(c), variance[static_cast<std::size_t>(c)], tolerance,
                            "variance");
                expectClose(pca.explainedRatio(c), ratio[static_cast<std::size_t>(c)], tolerance, "ratio");
            }
            expectClose(std::vector<double>(pca.mean.begin(), pca.mean.end()),
                        file.readReals(group + "/mean"), tolerance, "mean");
            expectMatrix(pca.transform(x).leftCols(p), matrixIn(file, group + "/scores").leftCols(p),
                         tolerance, "scores");
            expectMatrix(pca.transform(matrixIn(file, group + "/new")).leftCols(p),
                         matrixIn(file, group + "/new_scores").leftCols(p), tolerance, "new_scores");
        }
    });
}

TEST(MapsQuality, numbers) {
    forEachMapFile("quality", [](const io::Hdf5File& file) {
        for (const std::string& name : groupsIn(file, "/")) {
            const std::string group = "/" + name;
            SCOPED_TRACE(group);
            const MatrixD x = matrixIn(file, group + "/x"), y = matrixIn(file, group + "/y");
            const auto k = static_cast<std::size_t>(file.integerAttribute(group, "k").value());
            MapQuality quality;
            neighbourQuality(x, y, k, Metric::Euclidean, quality);
            expectClose(quality.trustworthiness, scalar(file, group + "/trustworthiness"), tolerance,
                        "trustworthiness");
            expectClose(quality.continuity, scalar(file, group + "/continuity"), tolerance, "continuity");
            expectClose(quality.recall, scalar(file, group + "/knn_recall"), tolerance, "knn_recall");
            neighbourQuality(x, y, k, Metric::Cosine, quality);
            expectClose(quality.trustworthiness, scalar(file, group + "/trustworthiness_cosine"), tolerance,
                        "trustworthiness_cosine");
            expectClose(pairSpearman(x, y, pairsIn(file, group + "/pairs"), Metric::Euclidean),
                        scalar(file, group + "/spearman"), tolerance, "spearman");
            expectClose(tripletAccuracy(x, y, tripletsIn(file, group + "/triplets"), Metric::Euclidean),
                        scalar(file, group + "/triplet_accuracy"), tolerance, "triplet_accuracy");
        }
    });
}

TEST(MapsRetrieval, gainsAndOrder) {
    forEachMapFile("retrieval", [](const io::Hdf5File& file) {
        for (const std::string& name : groupsIn(file, "/")) {
            const std::string group = "/" + name;
            SCOPED_TRACE(group);
            const MatrixF x = floatsIn(file, group + "/x");
            const MatrixD queries = matrixIn(file, group + "/queries"),
                          relevance = matrixIn(file, group + "/relevance"),
                          similarity = matrixIn(file, group + "/similarity"),
                          top = matrixIn(file, group + "/top");
            const auto wanted = file.readReals(group + "/ndcg_10"),
                       byIndex = file.readReals(group + "/ndcg_10_index_ties");
            for (Eigen::Index q = 0; q < queries.rows(); ++q) {
                const std::vector<double> stored(similarity.row(q).begin(), similarity.row(q).end());
                const std::vector<double> gains(relevance.row(q).begin(), relevance.row(q).end());
                const auto i = static_cast<std::size_t>(q);
                expectClose(ndcg(stored, gains), wanted[i], tolerance, "ndcg_10");
                if (std::set<double>(stored.begin(), stored.end()).size() == stored.size())
                    expectClose(ndcg(stored, gains, 10, Gains::Linear, Ties::Order), byIndex[i], tolerance,
                                "ndcg_10_index_ties");
                const Similar best = mostSimilar(stored, static_cast<std::size_t>(top.cols()));
                for (std::size_t j = 0; j < best.row.size(); ++j)
                    EXPECT_EQ(best.row[j], static_cast<std::uint32_t>(top(q, static_cast<Eigen::Index>(j))));
                // Rows of the product are float32: similarities to that.
                expectClose(cosineSimilarities(x, queries.row(q).transpose()), stored, 1e-6, "similarity");
            }
        }
    });
}

/// Thresholds over 12 seeds of the reference: one run for the first three numbers, the mean of five for the
/// others.
TEST(MapsUmapEnd, reachesTheReference) {
    forEachMapFile("umap_end", [](const io::Hdf5File& file) {
        for (const std::string& name : groupsIn(file, "/")) {
            const std::string group = "/" + name;
            SCOPED_TRACE(group + ", " + kindOf(file, group));
            const MatrixF x = floatsIn(file, group + "/x");
            const auto threshold = file.readReals(group + "/threshold");
            const auto pairs = pairsIn(file, group + "/pairs");
            const auto triplets = tripletsIn(file, group + "/triplets");
            UmapOptions options;
            options.neighbours =
                static_cast<std::size_t>(file.integerAttribute(group, "n_neighbors").value());
            options.minDistance = file.realAttribute(group, "min_dist").value();
            options.epochs = static_cast<int>(file.integerAttribute(group, "epochs").value());
            double spearman = 0.0, kept = 0.0;
            constexpr int seeds = 5;
            for (int seed = 0; seed < seeds; ++seed) {
                options.seed = static_cast<std::uint64_t>(seed);
                const MatrixF map = fitUmap(x, options).positions;
                MapQuality quality;
                neighbourQuality(x, map, options.neighbours, Metric::Euclidean, quality);
                EXPECT_GE(quality.trustworthiness, threshold[0]) << "seed " << seed;
                EXPECT_GE(quality.continuity, threshold[1]) << "seed " << seed;
                EXPECT_GE(quality.recall, threshold[2]) << "seed " << seed;
                spearman += pairSpearman(x, map, pairs, Metric::Euclidean) / seeds;
                kept += tripletAccuracy(x, map, triplets, Metric::Euclidean) / seeds;
            }
            EXPECT_GE(spearman, threshold[3]);
            EXPECT_GE(kept, threshold[4]);
            const Pca pca = fitPca(x, 2, PcaSolver::Exact);
            MapQuality plain;
            const MatrixF scores = pca.transform(x).cast<float>();
            neighbourQuality(x, scores, options.neighbours, Metric::Euclidean, plain);
            EXPECT_NEAR(plain.trustworthiness, scalar(file, group + "/pca_trustworthiness"), 1e-4);
        }
    });
}

TEST(MapsFiles, everyFileHasASuite) {
    if (std::getenv("PENUMBRA_GOLDEN_FILE"))
        GTEST_SKIP() << "one file was asked for";
    const auto all = mapFiles("");
    EXPECT_FALSE(all.empty()) << "the folder of golden maps is empty";
    std::size_t known = 0;
    for (const char* kind :
         {"ood", "pca", "quality", "retrieval", "spectral", "umap_end", "umap_graph", "umap_layout"})
        known += mapFiles(kind).size();
    EXPECT_EQ(known, all.size()) << "a file of a kind that no suite reads";
}

} // namespace
} // namespace penumbra::manifold
