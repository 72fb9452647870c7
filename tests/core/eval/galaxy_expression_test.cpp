#include "core/eval/galaxy_expression.h"

#include "core/base/error.h"

#include <cmath>
#include <gtest/gtest.h>
#include <limits>

namespace penumbra {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

/// Eight catalogue rows; 2, 3 calibrate, 4 to 7 are test galaxies, the last without a label.
struct Galaxies {
    Galaxies() {
        target.name = "z";
        target.heldOut.rows = {2, 3, 4, 5, 6, 7};
        target.heldOut.isTest = {0, 0, 1, 1, 1, 1};
        target.heldOut.truth = {0.0, 0.0, 1.0, 2.0, 3.0, nan};
        MatrixD mean(6, 1);
        mean << 0.0, 0.0, 1.5, 2.0, 1.0, 4.0;
        target.heldOut.signals["mean"] = mean;
        add("CQR", {1.5, 2.1, 2.0, 4.0}, {0.0, 2.2, 1.0, 3.0}, {2.0, 3.0, 2.5, 5.0});
        add("MADSplit+mondrian(r)", {1.5, 2.0, 1.0, 4.0}, {0.5, 1.5, 0.5, 3.5}, {2.5, 2.5, 1.5, 4.5});
        io::Column r;
        r.name = "r";
        r.values = std::vector<double>{20, 21, 22, 23, 24, 25, 26, 27};
        io::Column kind;
        kind.name = "kind";
        kind.values = std::vector<std::string>{"a", "b", "a", "b", "a", "b", "a", "b"};
        io::Column z;
        z.name = "z";
        z.values = std::vector<double>{0, 0, 0, 0, 1, 2, 3, nan};
        columns.columns = {r, kind, z};
        sky.columns = &columns;
        sky.target = &target;
    }
    void add(const std::string& method, std::vector<double> mean, std::vector<double> lower,
             std::vector<double> upper) {
        Prediction prediction;
        prediction.method = method;
        prediction.mean = std::move(mean);
        prediction.lower = std::move(lower);
        prediction.upper = std::move(upper);
        target.predictions.push_back(prediction);
    }
    std::vector<std::int64_t> rows(const std::string& text) const {
        return GalaxyExpression(text).rows(sky).rows();
    }
    bool byOutcome(const std::string& text) const { return GalaxyExpression(text).usesOutcome(sky); }
    TargetStudy target;
    io::Table columns;
    GalaxyExpression::Sky sky;
};

using Rows = std::vector<std::int64_t>;

TEST(GalaxyExpression, MeansMethodsTruthAndColumnsAlike) {
    const Galaxies g;
    EXPECT_EQ(g.rows("missed(CQR)"), Rows({5, 6}));
    EXPECT_EQ(g.rows("covered(CQR)"), Rows({4}));
    EXPECT_EQ(g.rows("not covered(CQR)"), Rows({5, 6})) << "what has no truth is neither";
    EXPECT_EQ(g.rows("missed( 'CQR' ) and r > 25"), Rows({6}));
    EXPECT_EQ(g.rows("missed(MADSplit+mondrian(r))"), Rows({6}));
    EXPECT_EQ(g.rows("missed(CQR) and not missed(MADSplit+mondrian(r)) and kind == 'b'"), Rows({5}));
    EXPECT_EQ(g.rows("truth >= 2"), Rows({5, 6}));
    EXPECT_EQ(g.rows("error < 0"), Rows({4}));
    EXPECT_EQ(g.rows("|error| >= 0.5 && prediction < 1.2"), Rows({6}));
    EXPECT_EQ(g.rows("width(CQR) > 1.6"), Rows({4, 7}));
    EXPECT_EQ(g.rows("lower(CQR) > 2 && upper(CQR) <= 3"), Rows({5}));
    EXPECT_EQ(g.rows("prediction(CQR) == 2.1"), Rows({5}));
    EXPECT_EQ(g.rows("r < 22"), Rows({0, 1}));
    EXPECT_EQ(g.rows("1"), Rows({0, 1, 2, 3, 4, 5, 6, 7}));
}

TEST(GalaxyExpression, WithoutBracketsTheMethodLookedAtIsMeant) {
    Galaxies g;
    EXPECT_EQ(g.rows("width > 1.6"), Rows({4, 7})) << "the first";
    g.sky.method = "MADSplit+mondrian(r)";
    EXPECT_EQ(g.rows("missed"), Rows({6}));
}

TEST(GalaxyExpression, KnowsWhatWasChosenByTheOutcome) {
    Galaxies g;
    g.sky.subset = [&](const std::string& name) -> std::optional<NamedRows> {
        if (name == "worst")
            return NamedRows{RowMask::of(8, Rows{1, 6}), true};
        if (name == "faint ones")
            return NamedRows{RowMask::of(8, Rows{6, 7}), false};
        return std::nullopt;
    };
    for (const char* text :
         {"truth > 1", "|error| > 1", "error > 1 and r > 2", "missed(CQR)", "not covered(CQR)", "z > 1",
          "subset(worst)", "subset(faint ones) and missed(CQR)"})
        EXPECT_TRUE(g.byOutcome(text)) << text;
    for (const char* text :
         {"r > 21", "width(CQR) > 1", "prediction > 1", "subset('faint ones')", "kind == 'a'"})
        EXPECT_FALSE(g.byOutcome(text)) << text;
    EXPECT_EQ(g.rows("subset(worst) and r < 24"), Rows({1}));
    EXPECT_EQ(g.rows("subset(\"faint ones\")"), Rows({6, 7}));
}

TEST(GalaxyExpression, SaysWhatIsNotThere) {
    Galaxies g;
    const auto failure = [&](const std::string& text) {
        try {
            g.rows(text);
        } catch (const Error& error) {
            return std::string(error.what());
        }
        return std::string();
    };
    EXPECT_NE(failure("missed(CRQ)").find("it has CQR, MADSplit+mondrian(r)"), std::string::npos);
    EXPECT_NE(failure("rr > 1").find("near names: r"), std::string::npos) << failure("rr > 1");
    EXPECT_NE(failure("subset(none)").find("no subset 'none'"), std::string::npos);
    EXPECT_NE(failure("missed(CQR").find("never closed"), std::string::npos) << failure("missed(CQR");
    EXPECT_NE(failure("r >").find("^"), std::string::npos);
    g.sky.columns = nullptr;
    EXPECT_NE(failure("r > 1").find("catalogue"), std::string::npos);
    EXPECT_EQ(g.rows("missed(CQR)"), Rows({5, 6})) << "needs no catalogue";
    g.sky.target = nullptr;
    EXPECT_NE(failure("truth > 1").find("study"), std::string::npos);
}

TEST(GalaxyExpression, ACheckFindsTheSameFaultsAsTheValues) {
    Galaxies g;
    const auto told = [](const auto& work) {
        try {
            work();
        } catch (const Error& error) {
            return std::string(error.what());
        }
        return std::string();
    };
    const auto same = [&](const char* text) {
        const GalaxyExpression formula(text);
        const std::string checked = told([&] { formula.check(g.sky); });
        EXPECT_EQ(checked, told([&] { formula.evaluate(g.sky); })) << text;
        return checked;
    };
    for (const char* fine :
         {"r * 2", "truth - prediction", "width(CQR) > 1 && kind == 'a'", "tail(CQR)", "1"})
        EXPECT_EQ(same(fine), "");
    for (const char* wrong : {"missed(CRQ)", "rr > 1", "subset(none)", "kind * 2"})
        EXPECT_NE(same(wrong), "") << wrong;
    EXPECT_NE(told([&] { GalaxyExpression("r[3]").check(g.sky); }), ""); // with a caret beside the words
    g.sky.target = nullptr;
    EXPECT_NE(same("truth > 1"), "");
    g.sky.columns = nullptr;
    EXPECT_NE(same("r > 1"), "");
}

TEST(GalaxyExpression, OffersTheWordsOfATarget) {
    Galaxies g;
    g.target.predictions[0].effective = {1, 2, 3, 4};
    const auto words = galaxyWords(g.target);
    const auto has = [&](const std::string& word) {
        return std::find(words.begin(), words.end(), word) != words.end();
    };
    for (const std::string word :
         {"|error|", "covered(CQR)", "effective(CQR)", "width(MADSplit+mondrian(r))"})
        EXPECT_TRUE(has(word)) << word;
    EXPECT_FALSE(has("effective(MADSplit+mondrian(r))"));
    for (const std::string& word : words)
        EXPECT_NO_THROW(GalaxyExpression(word).evaluate(g.sky)) << word;
}

} // namespace
} // namespace penumbra
