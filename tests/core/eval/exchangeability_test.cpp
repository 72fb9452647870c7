#include "core/base/error.h"
#include "core/base/rng.h"
#include "core/eval/exchangeability.h"
#include "core/eval/score_exchangeability.h"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>

namespace penumbra {
namespace {

TEST(KolmogorovSmirnov, DistanceCountsTiesOnce) {
    EXPECT_DOUBLE_EQ(kolmogorovSmirnovDistance({1, 2, 3, 4}, {3, 4, 5, 6}), 0.5);
    EXPECT_DOUBLE_EQ(kolmogorovSmirnovDistance({1, 1, 1}, {1, 1}), 0.0);
    EXPECT_DOUBLE_EQ(kolmogorovSmirnovDistance({1, std::nan(""), 1}, {2, 2}), 1.0);
    EXPECT_TRUE(std::isnan(kolmogorovSmirnovDistance({}, {1.0})));
}

TEST(KolmogorovSmirnov, CriticalValuesOfTheLimit) {
    // Kolmogorov's distribution: 1.2238, 1.3581, 1.6276 at 10, 5 and 1 % (e.g. Stephens 1974)
    const std::size_t n = 2000000;
    const double root = std::sqrt(n / 2.0);
    EXPECT_NEAR(kolmogorovSmirnovP(1.2238 / root, n, n), 0.10, 1e-4);
    EXPECT_NEAR(kolmogorovSmirnovP(1.3581 / root, n, n), 0.05, 1e-4);
    EXPECT_NEAR(kolmogorovSmirnovP(1.6276 / root, n, n), 0.01, 1e-4);
    EXPECT_EQ(kolmogorovSmirnovP(0.0, 50, 50), 1.0);
}

TEST(BenjaminiHochberg, TextbookExample) {
    const auto adjusted = benjaminiHochberg(std::vector<double>{0.01, 0.02, 0.03, 0.5, std::nan("")});
    EXPECT_NEAR(adjusted[0], 0.04, 1e-15);
    EXPECT_NEAR(adjusted[1], 0.04, 1e-15);
    EXPECT_NEAR(adjusted[2], 0.04, 1e-15);
    EXPECT_NEAR(adjusted[3], 0.5, 1e-15);
    EXPECT_TRUE(std::isnan(adjusted[4]));
}

struct Sample {
    std::vector<NamedColumn> columns;
    std::vector<std::uint8_t> group;
};

/// Correlated columns; those of the second group scaled and shifted in one of them.
Sample sampleOf(std::size_t rows, double scale, double shift, std::uint64_t seed) {
    Rng rng(seed);
    Sample sample;
    sample.columns = {{"g", {}}, {"r", {}}, {"r_err", {}}, {"flag", {}}};
    for (std::size_t i = 0; i < rows; ++i) {
        const bool second = rng.uniform() < 0.4;
        const double common = rng.normal();
        sample.group.push_back(second ? 1 : 0);
        sample.columns[0].values.push_back(common + 0.3 * rng.normal());
        sample.columns[1].values.push_back(common + 0.3 * rng.normal());
        sample.columns[2].values.push_back(second ? scale * rng.normal() + shift : rng.normal());
        sample.columns[3].values.push_back(rng.uniform() < 0.1 ? std::nan("")
                                                               : std::floor(3.0 * rng.uniform()));
    }
    return sample;
}

ExchangeabilityTest run(const Sample& sample, const ExchangeabilityOptions& options) {
    return testExchangeability(sample.columns, MatrixF(), sample.group, "calibration", "test", options, {});
}

TEST(Exchangeability, HonestSplitsPassAtTheStatedRate) {
    // Whatever finds a difference, 400 random splits are called different in at most 5 %: Binomial(400, 0.05)
    // is 20, standard deviation 4.4; at most 2.5 of these above (1 seed set in 160). Permutation p-values are
    // uniform, so a mean far from 1/2 would be wrong as well.
    int different = 0;
    double meanP = 0.0;
    for (std::uint64_t seed = 0; seed < 400; ++seed) {
        const auto test =
            run(sampleOf(160, 1.0, 0.0, seed), {.permutations = 99, .level = 0.05, .seed = seed});
        different += test.differ() ? 1 : 0;
        meanP += test.p / 400.0;
    }
    EXPECT_LE(different, 31);
    EXPECT_NEAR(meanP, 0.5, 4.0 * 0.29 / std::sqrt(400.0));
}

TEST(Exchangeability, FindsAShiftAndNamesTheColumn) {
    const auto test = run(sampleOf(1500, 1.0, 0.4, 7), {.permutations = 199});
    EXPECT_TRUE(test.differ());
    EXPECT_LE(test.familyP(), 0.01);
    EXPECT_GT(test.auc, 0.55);
    EXPECT_NEAR(test.p, 0.005, 1e-9) << "the smallest of 199 permutations";
    EXPECT_EQ(test.columns.front().name, "r_err");
    const std::string words = inWords(test);
    EXPECT_NE(words.find("r_err"), std::string::npos) << words;
    EXPECT_NE(words.find("do not carry over"), std::string::npos) << words;
}

TEST(Exchangeability, FindsAWiderColumnOfTheSameCentre) {
    const auto test = run(sampleOf(1500, 1.8, 0.0, 8), {.permutations = 199});
    EXPECT_LT(test.p, 0.01) << "the squares see it";
    EXPECT_EQ(test.columns.front().name, "r_err");
}

TEST(Exchangeability, SubsamplesAndSaysSo) {
    const auto test = run(sampleOf(3000, 1.0, 0.0, 9), {.rowsPerGroup = 400, .permutations = 99});
    EXPECT_EQ(test.firstRows, 400u);
    EXPECT_EQ(test.secondRows, 400u);
    EXPECT_NE(inWords(test).find("400 and 400 galaxies"), std::string::npos);
    EXPECT_NE(inWords(test).find("no difference found by a linear classifier"), std::string::npos)
        << inWords(test);
}

TEST(Exchangeability, FewRowsAndWrongLengths) {
    const auto few = run(sampleOf(20, 1.0, 0.0, 10), {});
    EXPECT_FALSE(few.differ());
    EXPECT_NE(inWords(few).find("too few"), std::string::npos);
    Sample bad = sampleOf(50, 1.0, 0.0, 11);
    bad.columns[1].values.pop_back();
    EXPECT_THROW(run(bad, {}), Error);
}

/// One target, two methods with scores of their own; those of test rows larger by a factor.
Study studyOfScores(std::size_t calibrationRows, std::size_t testRows, double factor, std::uint64_t seed) {
    Rng rng(seed);
    Study study;
    TargetStudy& target = study.targets.emplace_back();
    target.name = "z";
    for (const char* method : {"A", "B"}) {
        auto part = std::make_shared<CalibrationPart>();
        SplitScores& split = part->split.emplace();
        for (std::size_t i = 0; i < calibrationRows; ++i)
            split.calibration.push_back(std::abs(rng.normal()));
        for (std::size_t i = 0; i < testRows; ++i)
            split.score.push_back(factor * std::abs(rng.normal()));
        split.lower = split.upper = std::vector<double>(testRows, 0.0);
        split.scale = std::vector<double>(testRows, 1.0);
        target.calibrationParts[method] = part;
        target.predictions.emplace_back().method = method;
    }
    return study;
}

TEST(ScoreExchangeability, AlikeScoresPassAtTheStatedRate) {
    // Binomial(400, 0.05): 20, standard deviation 4.4; 2.5 of these above.
    int different = 0;
    for (std::uint64_t seed = 0; seed < 400; ++seed)
        different += testScores(studyOfScores(200, 300, 1.0, seed), 0.05).differ() ? 1 : 0;
    EXPECT_LE(different, 31);
}

TEST(ScoreExchangeability, FindsErrorsThatGrewAndTheCoverageTheyCost) {
    const auto test = testScores(studyOfScores(500, 500, 1.6, 3), 0.01);
    ASSERT_EQ(test.methods.size(), 2u);
    EXPECT_TRUE(test.methods[0].scoresDiffer);
    EXPECT_TRUE(test.methods[1].belowBand);
    EXPECT_LT(test.methods[0].lowestCoverage, 0.9);
    const std::string words = inWords(test);
    EXPECT_NE(words.find("z, A: scores differ"), std::string::npos) << words;
    EXPECT_NE(inWords(testScores(studyOfScores(500, 500, 1.0, 3), 0.01)).find("no difference found"),
              std::string::npos);
    EXPECT_TRUE(inWords(testScores(Study(), 0.01)).empty());
}

TEST(ScoreExchangeability, TiedScoresAreNoFinding) {
    Study study = studyOfScores(300, 300, 1.0, 4);
    for (const char* method : {"A", "B"}) { // exact predictions: every score is 0, coverage is 1
        auto part = std::make_shared<CalibrationPart>(*study.targets[0].calibrationParts.at(method));
        std::fill(part->split->calibration.begin(), part->split->calibration.end(), 0.0);
        std::fill(part->split->score.begin(), part->split->score.end(), 0.0);
        study.targets[0].calibrationParts[method] = part;
    }
    EXPECT_FALSE(testScores(study, 0.05).differ());
}

TEST(Exchangeability, ConstantAndMissingColumnsDoNoHarm) {
    Sample sample = sampleOf(400, 1.0, 0.0, 12);
    sample.columns.push_back({"constant", std::vector<double>(400, 3.0)});
    sample.columns.push_back({"missing", std::vector<double>(400, std::nan(""))});
    const auto test = run(sample, {.permutations = 99});
    EXPECT_TRUE(std::isfinite(test.auc));
    EXPECT_FALSE(test.differ());
}

} // namespace
} // namespace penumbra
