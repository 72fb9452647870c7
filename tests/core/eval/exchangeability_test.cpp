#include "core/base/error.h"
#include "core/base/rng.h"
#include "core/eval/exchangeability.h"

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
    // 100 random splits at level 0.05 for each of the two tests: Binomial(100, 0.05) is 5, standard
    // deviation 2.2; four of these. Permutation p-values are uniform, so a mean far from 1/2 would be wrong
    // as well.
    int classifier = 0, columns = 0;
    double meanP = 0.0;
    for (std::uint64_t seed = 0; seed < 100; ++seed) {
        const auto test =
            run(sampleOf(160, 1.0, 0.0, seed), {.permutations = 99, .level = 0.05, .seed = seed});
        classifier += test.p <= 0.05 ? 1 : 0;
        columns += test.columns.front().adjustedP < 0.05 ? 1 : 0;
        meanP += test.p / 100.0;
    }
    EXPECT_LE(classifier, 13);
    EXPECT_LE(columns, 13);
    EXPECT_NEAR(meanP, 0.5, 4.0 * 0.29 / std::sqrt(100.0));
}

TEST(Exchangeability, FindsAShiftAndNamesTheColumn) {
    const auto test = run(sampleOf(1500, 1.0, 0.4, 7), {.permutations = 199});
    EXPECT_TRUE(test.differ());
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
    EXPECT_NE(inWords(test).find("look exchangeable"), std::string::npos) << inWords(test);
}

TEST(Exchangeability, FewRowsAndWrongLengths) {
    const auto few = run(sampleOf(20, 1.0, 0.0, 10), {});
    EXPECT_FALSE(few.differ());
    EXPECT_NE(inWords(few).find("too few"), std::string::npos);
    Sample bad = sampleOf(50, 1.0, 0.0, 11);
    bad.columns[1].values.pop_back();
    EXPECT_THROW(run(bad, {}), Error);
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
