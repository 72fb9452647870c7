// What is made of embeddings and of heads' outputs: retrieval, conformal sets for classes.

#include "core/eval/class_sets.h"
#include "core/manifold/retrieval.h"
#include "tests/golden/aion2_support.h"

#include <cmath>
#include <gtest/gtest.h>

namespace penumbra {
namespace {

using namespace penumbra::golden;

MatrixF matrixOf(const io::SafetensorsFile& file, const std::string& key) {
    const auto shape = shapeOf(file, key);
    const auto values = floatsOf(file, key);
    MatrixF rows(shape.at(0), shape.at(1));
    std::copy(values.begin(), values.end(), rows.data());
    return rows;
}

void checkRetrieval(const io::SafetensorsFile& file, const std::string& set) {
    const MatrixF rows = matrixOf(file, set + ".embedding");
    const auto relevance = realsOf(file, set + ".relevance");
    const auto top = idsOf(file, set + ".top10");
    const auto queries = idsOf(file, set + ".queries");
    const auto similar = realsOf(file, set + ".similarity");
    const auto ndcg = realsOf(file, set + ".ndcg");
    double sum = 0.0;
    std::int32_t counted = 0;
    for (std::size_t i = 0; i < queries.size(); ++i) {
        const auto query = static_cast<std::size_t>(queries[i]);
        const auto all = manifold::cosineSimilarities(
            rows, rows.row(static_cast<Eigen::Index>(query)).cast<double>().transpose());
        std::vector<std::uint8_t> leftOut(all.size(), 0);
        leftOut[query] = 1; // the query is no answer to itself
        const auto best = manifold::mostSimilar(all, 10, leftOut);
        for (std::size_t k = 0; k < 10; ++k) {
            if (top[i * 10 + k] < 0) {
                EXPECT_LE(best.row.size(), k) << set;
                continue;
            }
            ASSERT_LT(k, best.row.size()) << set;
            EXPECT_EQ(static_cast<std::int32_t>(best.row[k]), top[i * 10 + k]) << set << " query " << i;
            EXPECT_NEAR(best.similarity[k], similar[i * 10 + k], 1e-6) << set; // embeddings are float32
        }
        std::vector<double> near, relevant;
        for (std::size_t r = 0; r < all.size(); ++r)
            if (r != query) {
                near.push_back(all[r]);
                relevant.push_back(relevance[r]);
            }
        const double got =
            manifold::ndcg(near, relevant, 10, manifold::Gains::Exponential, manifold::Ties::Order);
        if (std::isnan(ndcg[i])) { // nothing is relevant: not counted
            EXPECT_EQ(got, 0.0) << set;
            continue;
        }
        EXPECT_NEAR(got, ndcg[i], 1e-9) << set << " query " << i;
        sum += got;
        ++counted;
    }
    EXPECT_EQ(counted, idsOf(file, set + ".counted").at(0)) << set;
    EXPECT_NEAR(sum / counted, realsOf(file, set + ".mean_ndcg").at(0), 1e-9) << set;
}

TEST(Aion2Retrieval, reproducesTheReference) {
    const auto files = aion2Files("retrieval");
    if (files.empty())
        GTEST_SKIP() << "no such file in this folder of goldens";
    for (const auto& path : files) {
        const io::SafetensorsFile file(path);
        for (const std::string& set : textListOf(file, "sets"))
            checkRetrieval(file, set);
    }
}

ClassScoreOptions optionsOf(const io::SafetensorsFile& file, const std::string& tag) {
    ClassScoreOptions options;
    options.score = tag.starts_with("lac")    ? ClassScore::Lac
                    : tag.starts_with("raps") ? ClassScore::Raps
                                              : ClassScore::Aps;
    if (options.score == ClassScore::Raps) {
        const auto settings = jsonOf(file, tag);
        options.penalty = settings.at("penalty").get<double>();
        options.freeRanks = settings.at("kreg").get<std::size_t>();
    }
    return options;
}

void checkSets(const io::SafetensorsFile& file, const nlohmann::json& one) {
    const std::string tag = one.at("tag").get<std::string>();
    const auto options = optionsOf(file, tag);
    const auto classes = static_cast<std::size_t>(shapeOf(file, "test_logits").at(1));
    const auto calibration = realsOf(file, "calibration_logits"), test = realsOf(file, "test_logits");
    const auto labels = idsOf(file, "calibration_labels"), truth = idsOf(file, "test_labels");
    const bool random = file.find(tag + ".u_calibration") != nullptr;
    const auto uCalibration = random ? realsOf(file, tag + ".u_calibration") : std::vector<double>{};
    const auto uTest = random ? realsOf(file, tag + ".u_test") : std::vector<double>{};
    const std::vector<double> none{0.0};
    // TorchCP multiplies penalty and rank in float32: half a unit in the last place of up to 0.8.
    const double tolerance = options.score == ClassScore::Raps ? 5e-8 : 1e-9;
    std::vector<double> scores;
    for (std::size_t r = 0; r < one.at("n_calibration").get<std::size_t>(); ++r) {
        const auto p = classProbabilities(std::span(calibration).subspan(r * classes, classes));
        const auto u = random ? std::span(uCalibration).subspan(r, 1) : std::span(none);
        scores.push_back(classScores(p, options, u)[static_cast<std::size_t>(labels[r])]);
    }
    expectReals(scores, realsOf(file, tag + ".calibration_scores"), tolerance, tag + ".calibration_scores");
    const double threshold = classThreshold(scores, one.at("alpha").get<double>());
    expectReals({threshold}, realsOf(file, tag + ".threshold"), tolerance, tag + ".threshold");
    std::vector<double> all;
    std::vector<std::uint8_t> sets;
    std::vector<std::size_t> rightLabels(truth.begin(), truth.end());
    for (std::size_t r = 0; r < truth.size(); ++r) {
        const auto p = classProbabilities(std::span(test).subspan(r * classes, classes));
        const auto u = random ? std::span(uTest).subspan(r * classes, classes) : std::span(none);
        const auto row = classScores(p, options, u);
        const auto set = classSet(row, threshold, p);
        all.insert(all.end(), row.begin(), row.end());
        sets.insert(sets.end(), set.begin(), set.end());
        const auto never = classSet(row, -INFINITY, p, true);
        EXPECT_EQ(std::count(never.begin(), never.end(), 1), 1); // the most probable class stays
    }
    expectReals(all, realsOf(file, tag + ".scores"), tolerance, tag + ".scores");
    EXPECT_EQ(std::vector<std::int32_t>(sets.begin(), sets.end()), idsOf(file, tag + ".sets")) << tag;
    const auto summary = summarise(sets, rightLabels, classes);
    double size = 0.0, covered = 0.0;
    const auto sizes = idsOf(file, tag + ".size"), hits = idsOf(file, tag + ".covered");
    for (std::size_t r = 0; r < sizes.size(); ++r) {
        size += sizes[r];
        covered += hits[r];
    }
    EXPECT_NEAR(summary.meanSize, size / static_cast<double>(sizes.size()), 1e-12) << tag;
    EXPECT_NEAR(summary.coverage, covered / static_cast<double>(sizes.size()), 1e-12) << tag;
}

TEST(Aion2ClassSets, reproduceTheReference) {
    const auto files = aion2Files("conformal_classes");
    if (files.empty())
        GTEST_SKIP() << "no such file in this folder of goldens";
    for (const auto& path : files) {
        const io::SafetensorsFile file(path);
        const auto cases = jsonOf(file, "cases");
        for (const auto& one : cases)
            checkSets(file, one);
        // A class whose score is the threshold belongs to the set.
        const auto logits = realsOf(file, "tie_logits");
        const auto p = classProbabilities(logits);
        const auto scores = classScores(p, {ClassScore::Lac}, {});
        expectReals(scores, realsOf(file, "lac_tie.scores"), 1e-9, "lac_tie.scores");
        const auto set = classSet(scores, realsOf(file, "lac.threshold").at(0), p);
        EXPECT_EQ(std::vector<std::int32_t>(set.begin(), set.end()), idsOf(file, "lac_tie.sets"));
    }
}

} // namespace
} // namespace penumbra
