// The verbs map, ood and similar on a catalogue of their own.

#include "core/base/error.h"
#include "core/catalogue/samples.h"
#include "core/io/hdf5_file.h"
#include "core/workflow/map.h"
#include "core/workflow/ood.h"
#include "core/workflow/similar.h"
#include "tests/core/workflow/study_support.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <gtest/gtest.h>

namespace penumbra::workflow {
namespace {

class MapVerbs : public testing::Test {
protected:
    /// Row 7 is in quarantine; the file also holds images, which no writer of ours rewrites.
    void SetUp() override {
        SyntheticCatalogue made(400);
        made.catalogue.features.push_back({"x", 3, {}});
        made.features(7, 1) = std::numeric_limits<float>::quiet_NaN();
        writeCatalogue(made.catalogue, {made.features}, in());
        auto file = io::Hdf5File::openForUpdate(in());
        const std::vector<float> pixels(2 * 1 * 3 * 3, 0.5F);
        file.writeFloats("/images/flux", pixels, {2, 1, 3, 3});
        file.writeIntegers("/images/rows", std::vector<std::int64_t>{0, 5});
        file.close();
    }
    std::string in() const { return folder_.path("in.h5"); }
    std::string out() const { return folder_.path("out.h5"); }

    template <typename Describe, typename Run>
    CommandResult run(const Describe& describe, const Run& verb,
                      const std::vector<std::pair<std::string, std::string>>& given) {
        OptionSet options;
        describe(options);
        options.setFromText("catalogue", in());
        for (const auto& [name, value] : given)
            options.setFromText(name, value);
        RunContext context;
        return verb(options, Services{}, context);
    }
    CommandResult map(std::vector<std::pair<std::string, std::string>> given) {
        given.emplace_back("out", out());
        return run(describeMapOptions, runMap, given);
    }
    StudyFolder folder_;
};

TEST_F(MapVerbs, umapAddsItsMapToAWholeCopy) {
    const CommandResult result = map({{"epochs", "50"}, {"seed", "3"}});
    const Catalogue mapped = readCatalogue(out());
    EXPECT_EQ(mapped.rowCount, 400U);
    EXPECT_EQ(mapped.images.count, 2U);
    std::vector<std::string> notes;
    const auto stored = listSamples(mapped, notes);
    ASSERT_EQ(stored.size(), 1U);
    const std::string name = "/maps/" + mapped.features.front().name + "_umap_2d";
    EXPECT_EQ(stored[0].dataset, name);
    EXPECT_EQ(result.json["map"], name);
    EXPECT_TRUE(stored[0].isMap());
    EXPECT_EQ(stored[0].shape, std::vector<std::size_t>{2});
    EXPECT_EQ(stored[0].attributes.at("algorithm"), "umap");
    EXPECT_EQ(stored[0].attributes.at("metric"), "euclidean");
    EXPECT_EQ(stored[0].attributes.at("neighbours"), "15");
    EXPECT_EQ(stored[0].attributes.at("seed"), "3");
    const auto file = io::Hdf5File::openForReading(out());
    EXPECT_NEAR(file.realAttribute(name, "trustworthiness").value(),
                result.json["quality"]["trustworthiness"].get<double>(), 1e-12);
    const auto places = loadSamples(mapped, name);
    ASSERT_EQ(places.size(), 800U);
    for (std::size_t i = 0; i < places.size(); ++i)
        EXPECT_EQ(std::isnan(places[i]), i / 2 == 7) << i;
    EXPECT_EQ(result.json["quarantined"], 1);
    EXPECT_GT(result.json["quality"]["trustworthiness"].get<double>(), 0.8);
    EXPECT_TRUE(result.json["pca_quality"].contains("spearman"));
    EXPECT_NE(result.text.find("PCA"), std::string::npos);
}

TEST_F(MapVerbs, reliabilityIsAColumn) {
    map({{"epochs", "30"}, {"reliability", "true"}});
    const Catalogue mapped = readCatalogue(out());
    const auto jumps = mapped.columns.at("x_umap_2d_jump").asReals();
    std::size_t below = 0;
    for (std::size_t i = 0; i < jumps.size(); ++i) {
        EXPECT_EQ(std::isnan(jumps[i]), i == 7);
        below += jumps[i] <= 1.0 ? 1 : 0;
    }
    EXPECT_NEAR(static_cast<double>(below), 200.0, 2.0); // 1 is the median
}

TEST_F(MapVerbs, mapsOfOneCatalogueStandBesideEachOther) {
    map({{"algorithm", "pca"}, {"dims", "3"}});
    OptionSet options;
    describeMapOptions(options);
    options.setFromText("catalogue", out());
    options.setFromText("epochs", "20");
    options.setFromText("metric", "cosine");
    options.setFromText("out", folder_.path("both.h5"));
    RunContext context;
    runMap(options, Services{}, context);
    const Catalogue both = readCatalogue(folder_.path("both.h5"));
    std::vector<std::string> notes;
    const auto stored = listSamples(both, notes);
    ASSERT_EQ(stored.size(), 2U);
    EXPECT_EQ(stored[0].shape, std::vector<std::size_t>{3}); // pca before umap by name
    EXPECT_EQ(stored[1].attributes.at("metric"), "cosine");
    // They go along when a catalogue is written anew.
    std::vector<Samples> copied = stored;
    for (Samples& one : copied)
        one.values = loadSamples(both, one.dataset);
    const Features features = loadFeatures(both, "");
    writeCatalogue(both, {features.values}, copied, folder_.path("again.h5"));
    const Catalogue again = readCatalogue(folder_.path("again.h5"));
    const auto kept = listSamples(again, notes);
    ASSERT_EQ(kept.size(), 2U);
    EXPECT_EQ(kept[1].attributes, stored[1].attributes);
}

TEST_F(MapVerbs, wrongWishesAreRefused) {
    EXPECT_THROW(map({{"features", "none_such"}}), Error);
    EXPECT_THROW(map({{"dims", "4"}}), UsageError);
}

TEST_F(MapVerbs, oodWritesPercentilesAndPValues) {
    const CommandResult result = run(describeOodOptions, runOod, {{"out", out()}});
    const Catalogue judged = readCatalogue(out());
    EXPECT_EQ(judged.images.count, 2U);
    for (const std::string name : {"mahalanobis", "knn", "gmm", "isolation"}) {
        const auto percentile = judged.columns.at("ood_" + name).asReals();
        const auto p = judged.columns.at("ood_p_" + name).asReals();
        ASSERT_EQ(percentile.size(), 400U);
        for (std::size_t i = 0; i < 400; ++i) {
            EXPECT_EQ(std::isnan(percentile[i]), i == 7);
            if (i != 7) {
                EXPECT_GE(percentile[i], 0.0);
                EXPECT_LE(percentile[i], 100.0);
                EXPECT_GT(p[i], 0.0);
                EXPECT_LE(p[i], 1.0);
            }
        }
        // The training galaxies' own percentiles are even: each stands among all of them.
        double sum = 0.0, n = 0.0;
        for (std::size_t i = 0; i < 400; ++i)
            if (judged.split[i] == 0 && i != 7) {
                sum += percentile[i];
                n += 1.0;
            }
        EXPECT_GE(sum / n, 50.0 + 50.0 / n - 1e-9);
        EXPECT_LE(sum / n, 50.5 + 50.0 / n); // ties stand higher
    }
    EXPECT_TRUE(result.json["flagged"].contains("knn"));
}

/// Less the mean and in units of the scatter of the rows that count. @param leftOut a row in quarantine
MatrixD standardised(const MatrixF& values, Eigen::Index leftOut) {
    MatrixD all = values.cast<double>();
    const double n = static_cast<double>(all.rows() - 1);
    for (Eigen::Index k = 0; k < all.cols(); ++k) {
        double sum = 0.0, squares = 0.0;
        for (Eigen::Index i = 0; i < all.rows(); ++i)
            sum += i == leftOut ? 0.0 : all(i, k);
        for (Eigen::Index i = 0; i < all.rows(); ++i)
            squares += i == leftOut ? 0.0 : std::pow(all(i, k) - sum / n, 2);
        all.col(k) = (all.col(k).array() - sum / n) / std::sqrt(squares / n);
    }
    return all;
}

TEST_F(MapVerbs, similarDoesNotMindWhereAndInWhichUnitsFeaturesAre) {
    // Magnitudes near 20, one of them in millimagnitudes: compared from 0, all point the same way.
    Catalogue catalogue = readCatalogue(in());
    MatrixF features = loadFeatures(catalogue, "").values;
    const auto similarTo20 = [&](const std::string& file) {
        return run(describeSimilarOptions, runSimilar,
                   {{"catalogue", file}, {"like", catalogue.idText(20)}, {"n", "5"}});
    };
    const CommandResult before = similarTo20(in());
    features.array() += 20.0F;
    features.col(0) *= 1000.0F;
    writeCatalogue(catalogue, {features}, folder_.path("magnitudes.h5"));
    const CommandResult after = similarTo20(folder_.path("magnitudes.h5"));
    EXPECT_NE(after.text.find("in units of its scatter"), std::string::npos) << after.text;
    for (std::size_t i = 0; i < 5; ++i) {
        EXPECT_EQ(after.json["similar"][i]["row"], before.json["similar"][i]["row"]);
        EXPECT_NEAR(after.json["similar"][i]["similarity"].get<double>(),
                    before.json["similar"][i]["similarity"].get<double>(), 1e-4);
    }
    catalogue.features[0].attributes["source"] = "AION-1"; // its embeddings are directions already
    writeCatalogue(catalogue, {features}, folder_.path("embedding.h5"));
    EXPECT_GT(similarTo20(folder_.path("embedding.h5")).json["similar"][0]["similarity"].get<double>(),
              0.999);
}

TEST_F(MapVerbs, similarListsTheNearestDirections) {
    const Catalogue catalogue = readCatalogue(in());
    const MatrixD features = standardised(loadFeatures(catalogue, "").values, 7);
    const CommandResult result =
        run(describeSimilarOptions, runSimilar,
            {{"like", catalogue.idText(20)}, {"n", "5"}, {"target", catalogue.targets[0].name}});
    const auto& list = result.json["similar"];
    ASSERT_EQ(list.size(), 5U);
    std::vector<std::pair<double, std::size_t>> wanted;
    const Eigen::RowVectorXd query = features.row(20);
    for (std::size_t i = 0; i < 400; ++i) {
        const Eigen::RowVectorXd row = features.row(static_cast<Eigen::Index>(i));
        if (i != 20 && i != 7)
            wanted.emplace_back(-row.dot(query) / (row.norm() * query.norm()), i);
    }
    std::sort(wanted.begin(), wanted.end());
    for (std::size_t i = 0; i < 5; ++i) {
        EXPECT_EQ(list[i]["row"].get<std::size_t>(), wanted[i].second);
        EXPECT_NEAR(list[i]["similarity"].get<double>(), -wanted[i].first, 1e-6);
    }
    EXPECT_GT(result.json["ndcg_10"]["value"].get<double>(), result.json["ndcg_10"]["random"].get<double>());
    EXPECT_THROW(run(describeSimilarOptions, runSimilar, {{"like", catalogue.idText(7)}}), UsageError);
    EXPECT_THROW(run(describeSimilarOptions, runSimilar, {{"like", "nobody"}}), UsageError);
}

TEST_F(MapVerbs, similarFindsGalaxiesInWords) {
    const Catalogue catalogue = readCatalogue(in());
    const MatrixD features = standardised(loadFeatures(catalogue, "").values, 7);
    const std::string captions = folder_.path("captions.csv");
    {
        std::ofstream file(captions);
        file << "object_id,caption\n";
        file << catalogue.idText(20) << ",\"A merging pair, with tidal tails\"\n";
        file << catalogue.idText(31) << ",merging galaxies\n";
        file << catalogue.idText(40) << ",smooth and round\n";
        file << "999999,merging elsewhere\n";
    }
    const CommandResult result = run(describeSimilarOptions, runSimilar,
                                     {{"words", "Merging tails"}, {"captions", captions}, {"n", "6"}});
    const auto& said = result.json["captions"];
    ASSERT_EQ(said.size(), 2U); // neither the smooth one nor one that is not here
    EXPECT_EQ(said[0]["row"], 20);
    EXPECT_EQ(said[1]["row"], 31);
    // The direction is the mean of the two galaxies' own; they count themselves.
    const Eigen::RowVectorXd a = features.row(20).normalized(), b = features.row(31).normalized(),
                             query = (a + b).normalized();
    std::vector<std::pair<double, std::size_t>> wanted;
    for (std::size_t i = 0; i < 400; ++i)
        if (i != 7) // in quarantine
            wanted.emplace_back(-features.row(static_cast<Eigen::Index>(i)).normalized().dot(query), i);
    std::sort(wanted.begin(), wanted.end());
    const auto& list = result.json["similar"];
    ASSERT_EQ(list.size(), 6U);
    for (std::size_t i = 0; i < 6; ++i)
        EXPECT_NEAR(list[i]["similarity"].get<double>(), -wanted[i].first, 1e-6);
    const auto refused = [&](const std::vector<std::pair<std::string, std::string>>& given) {
        EXPECT_THROW(run(describeSimilarOptions, runSimilar, given), UsageError);
    };
    refused({});
    refused({{"words", "merging"}}); // no captions in the catalogue
    refused({{"words", "lens"}, {"captions", captions}});
    refused({{"words", "!"}, {"captions", captions}});
    refused({{"words", "merging"}, {"captions", captions}, {"like", catalogue.idText(20)}});
    refused({{"words", "merging"}, {"captions", captions}, {"caption-column", "text"}});
}

} // namespace
} // namespace penumbra::workflow
