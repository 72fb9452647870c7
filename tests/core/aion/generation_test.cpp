#include "core/aion/generate.h"

#include "core/aion/posterior.h"
#include "core/base/error.h"
#include "tests/core/aion/tiny_model.h"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>

namespace penumbra::aion::test {
namespace {

/// By brute force: the definition of the score on a fine grid.
double scoreByGrid(const TokenPosterior& p, double x) {
    const auto& bins = p.bins();
    const double low = std::min(bins.lower.front(), x) - 0.1, high = std::max(bins.upper.back(), x) + 0.1;
    constexpr int steps = 400000;
    double area = 0.0;
    std::size_t bin = 0;
    double before = 0.0;
    for (int i = 0; i < steps; ++i) {
        const double at = low + (high - low) * (i + 0.5) / steps;
        while (bin < bins.size() && at > bins.upper[bin])
            before += p.probability()[bin++];
        double cumulative = bin == bins.size() ? 1.0 : before;
        if (bin < bins.size() && at > bins.lower[bin])
            cumulative += p.probability()[bin] * (at - bins.lower[bin]) / bins.width(bin);
        area += std::pow(cumulative - (at >= x ? 1.0 : 0.0), 2) * (high - low) / steps;
    }
    return area;
}

TEST(TokenPosterior, scoresTiesAndUnevenBins) {
    const std::vector<float> book{0.0F, 0.5F, 0.5F, 0.7F, 2.0F}; // a tie is a point mass
    const auto bins = std::make_shared<const TokenBins>(binsOf(book, false));
    const TokenPosterior p(bins, std::vector<float>{0.2F, 1.0F, 0.7F, -0.4F, 0.1F});
    for (const double x : {-1.0, 0.2, 0.5, 0.6, 1.3, 3.0})
        EXPECT_NEAR(p.crps(x), scoreByGrid(p, x), 1e-4) << x;
    EXPECT_LE(p.quantile(0.1), p.quantile(0.5));
    EXPECT_DOUBLE_EQ(p.quantile(1.0), 2.0);
    EXPECT_DOUBLE_EQ(p.quantile(0.0), -0.5); // the first bin is as wide as the second
    EXPECT_DOUBLE_EQ(p.unusedMass(), 0.0);
    EXPECT_THROW(TokenPosterior(bins, std::vector<float>{1.0F}), Error);
}

TEST(TokenPosterior, ofLogCodecsIsInTheQuantitysOwnUnits) {
    const std::vector<float> book{0.0F, 1.0F, 2.0F};
    const auto bins = std::make_shared<const TokenBins>(binsOf(book, true));
    const TokenPosterior sure(bins, std::vector<float>{-100.0F, -100.0F, 0.0F});
    EXPECT_NEAR(sure.mean(), std::exp(1.5), 1e-9); // middle of (1, 2] in the logarithm
    EXPECT_NEAR(sure.quantile(0.5), 1.5, 1e-9);
}

TEST(Generation, refusesWhatItCannotDo) {
    TargetPlan plan;
    plan.target = "catalog";
    EXPECT_THROW(planSteps(plan), UsageError);
    LoadOptions options;
    options.tokenizers = false;
    const Model model = loadTiny({"tok_flux_g"}, options);
    plan.target = "tok_z";
    TokenBatch tokens;
    tokens.rowCount = 1;
    tokens.modalities.push_back({"tok_flux_g", 1, {3}, {}});
    EXPECT_THROW(generate(model, tokens, planSteps(plan), seededDraws(0, {0}), {}, {}),
                 UsageError); // no decoder
}

TEST(Generation, drawsOfOneTokenFollowItsPosterior) {
    LoadOptions options;
    options.tokenizers = false;
    options.decoder = true;
    const Model model = loadTiny({"tok_flux_g", "tok_z"}, options);
    TokenBatch tokens;
    tokens.rowCount = 1;
    tokens.modalities.push_back({"tok_flux_g", 1, {300}, {}});
    const std::vector<std::string> target{"tok_z"};
    const Logits logits = model.logits(tokens, target, {}, {}).at(0);
    const auto p = tokenProbabilities(logits.values, 1.0);
    TargetPlan plan;
    plan.target = "tok_z";
    constexpr std::size_t draws = 2000;
    std::vector<std::uint64_t> seeds;
    for (std::size_t d = 0; d < draws; ++d)
        seeds.push_back(seedOfDraw(5, d));
    std::vector<double> counts(16, 0.0), expected(16, 0.0);
    for (const auto& draw : generateDraws(model, tokens, planSteps(plan), seeds, {0}, {}, {}))
        counts[static_cast<std::size_t>(draw.ids[0]) * 16 / p.size()] += 1.0;
    for (std::size_t v = 0; v < p.size(); ++v)
        expected[v * 16 / p.size()] += p[v] * draws;
    double chiSquared = 0.0;
    for (std::size_t b = 0; b < 16; ++b)
        chiSquared += std::pow(counts[b] - expected[b], 2) / expected[b];
    EXPECT_LT(chiSquared, 37.7); // 15 degrees of freedom: once in 1000 seeds above; the seed is fixed
}

TEST(XpCoefficients, fewerLeaveTheOtherTokensOut) {
    const Model model = loadTiny({"tok_xp_bp"});
    GalaxyBatch batch;
    batch.rowCount = 2;
    ListInput input;
    input.name = "bp_coefficients";
    input.width = 32;
    input.values.assign(64, 0.5F);
    input.values[40] = std::nanf("");
    batch.lists.push_back(input);
    const TokenBatch tokens = model.tokenise(batch, {});
    ASSERT_EQ(tokens.modalities.size(), 1U);
    const auto& part = tokens.modalities[0];
    EXPECT_EQ(std::count(part.drop.begin(), part.drop.begin() + 55, 0), 32);
    EXPECT_EQ(std::count(part.drop.begin() + 55, part.drop.end(), 0), 0); // the second has a NaN
    ASSERT_EQ(tokens.problems.size(), 1U);
    EXPECT_EQ(tokens.problems[0].row, 1U);
    // asinh(0.5) on a book of 1024 even steps from -10 to 10: the first entry at or above it.
    const auto expected = static_cast<std::int32_t>(std::ceil((std::asinh(0.5) + 10.0) / 20.0 * 1023.0));
    EXPECT_EQ(part.ids[0], expected);
}

} // namespace
} // namespace penumbra::aion::test
