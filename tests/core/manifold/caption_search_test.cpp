#include "core/manifold/caption_search.h"

#include <cmath>
#include <gtest/gtest.h>

using namespace penumbra::manifold;

namespace {

const std::vector<std::string> captions{"A spiral galaxy with two spiral arms",
                                        "An elliptical galaxy, smooth", "Two merging galaxies", "", "spiral"};

} // namespace

TEST(CaptionSearch, wordsAreRunsOfLettersAndDigitsInLowerCase) {
    EXPECT_EQ(wordsOf("Two-armed SPIRAL, z=0.5"),
              (std::vector<std::string>{"two", "armed", "spiral", "z", "0", "5"}));
    EXPECT_TRUE(wordsOf(" ,;- ").empty());
}

/// By hand from the formula: N = 5, mean length (7 + 4 + 3 + 0 + 1) / 5 = 3.
TEST(CaptionSearch, scoresAreThoseOfTheFormula) {
    const CaptionIndex index(captions);
    const auto idf = [](double n) { return std::log(1.0 + (5.0 - n + 0.5) / (n + 0.5)); };
    const auto part = [](double times, double length) {
        return times * 2.2 / (times + 1.2 * (0.25 + 0.75 * length / 3.0));
    };
    const auto hits = index.best("Spiral two", 10);
    ASSERT_EQ(hits.size(), 3U);
    const double first = idf(2) * part(2, 7) + idf(2) * part(1, 7), second = idf(2) * part(1, 1),
                 third = idf(2) * part(1, 3);
    ASSERT_GT(first, second); // what the order below rests on
    EXPECT_EQ(hits[0].caption, 0U);
    EXPECT_NEAR(hits[0].score, first, 1e-12);
    EXPECT_EQ(hits[1].caption, 4U);
    EXPECT_NEAR(hits[1].score, second, 1e-12);
    EXPECT_EQ(hits[2].caption, 2U);
    EXPECT_NEAR(hits[2].score, third, 1e-12);
    EXPECT_EQ(index.best("Spiral two", 1).size(), 1U);
}

TEST(CaptionSearch, whatNoCaptionSaysIsTold) {
    const CaptionIndex index(captions);
    EXPECT_TRUE(index.best("lens", 3).empty());
    EXPECT_EQ(index.unknown("gravitational lens spiral lens"),
              (std::vector<std::string>{"gravitational", "lens"}));
    EXPECT_TRUE(CaptionIndex({}).best("spiral", 3).empty());
}
