#include "core/catalogue/sky_match.h"

#include "core/base/error.h"
#include "core/base/rng.h"

#include <chrono>
#include <cmath>
#include <gtest/gtest.h>
#include <numbers>
#include <optional>

using namespace penumbra;

namespace {

struct Sky {
    std::vector<double> ra, dec;
    void add(double raDeg, double decDeg) {
        ra.push_back(raDeg);
        dec.push_back(decDeg);
    }
    Positions positions() const { return {ra, dec}; }
};

/// Vincenty's formula: another road to the angle than the chord.
double separationArcsec(double ra1, double dec1, double ra2, double dec2) {
    const double d = std::numbers::pi / 180.0;
    const double dl = (ra1 - ra2) * d, s1 = std::sin(dec1 * d), c1 = std::cos(dec1 * d),
                 s2 = std::sin(dec2 * d), c2 = std::cos(dec2 * d);
    const double y = std::hypot(c2 * std::sin(dl), c1 * s2 - s1 * c2 * std::cos(dl));
    return std::atan2(y, s1 * s2 + c1 * c2 * std::cos(dl)) / d * 3600.0;
}

std::optional<std::size_t> nearestByForce(const Sky& among, double ra, double dec, double tolerance) {
    std::optional<std::size_t> best;
    double smallest = tolerance;
    for (std::size_t i = 0; i < among.ra.size(); ++i) {
        const double s = separationArcsec(among.ra[i], among.dec[i], ra, dec);
        if (s <= smallest && (s < smallest || !best)) {
            smallest = s;
            best = i;
        }
    }
    return best;
}

/// Uniform in a cap around a pole (or anywhere for radius 180).
Sky randomSky(std::size_t n, double radiusDeg, bool south, Rng& rng) {
    Sky sky;
    const double lowest = std::cos(radiusDeg * std::numbers::pi / 180.0);
    for (std::size_t i = 0; i < n; ++i) {
        const double z = 1.0 - rng.uniform() * (1.0 - lowest);
        const double dec = std::asin(z) / std::numbers::pi * 180.0;
        sky.add(rng.uniform() * 360.0, south ? -dec : dec);
    }
    return sky;
}

io::Column ids(io::Column::Values values) {
    io::Column column;
    column.name = "object_id";
    column.values = std::move(values);
    return column;
}

} // namespace

TEST(SkyMatch, EqualsMatchByForceEverywhereOnTheSphere) {
    Rng rng(3);
    struct Case {
        double radius;
        bool south;
        double toleranceArcsec;
    };
    for (const Case& c : {Case{180.0, false, 20000.0}, {0.05, false, 20.0}, {0.05, true, 20.0}}) {
        const Sky a = randomSky(300, c.radius, c.south, rng), b = randomSky(250, c.radius, c.south, rng);
        const Match match = matchPositions(a.positions(), b.positions(), c.toleranceArcsec);
        std::size_t expected = 0, at = 0;
        for (std::size_t i = 0; i < a.ra.size(); ++i) {
            const auto there = nearestByForce(b, a.ra[i], a.dec[i], c.toleranceArcsec);
            if (!there || nearestByForce(a, b.ra[*there], b.dec[*there], c.toleranceArcsec) != i)
                continue;
            ++expected;
            ASSERT_LT(at, match.pairs.size());
            EXPECT_EQ(match.pairs[at].first, i);
            EXPECT_EQ(match.pairs[at].second, *there);
            EXPECT_NEAR(match.pairs[at].separationArcsec,
                        separationArcsec(a.ra[i], a.dec[i], b.ra[*there], b.dec[*there]), 1e-6);
            ++at;
        }
        EXPECT_EQ(match.pairs.size(), expected);
        EXPECT_GT(expected, 50U); // the case says something
        EXPECT_EQ(match.unmatchedFirst.size(), a.ra.size() - expected);
        EXPECT_EQ(match.unmatchedSecond.size(), b.ra.size() - expected);
    }
}

TEST(SkyMatch, GoesAcrossRightAscensionZeroAndOverThePole) {
    Sky a, b;
    a.add(359.99999, 10.0);
    a.add(10.0, 89.99999);
    a.add(-0.00001, -30.0); // some files count from -180
    b.add(190.0, 89.99999); // 0.072 arcsec over the pole
    b.add(0.00001, 10.0);
    b.add(359.99999, -30.0);
    const Match match = matchPositions(a.positions(), b.positions(), 0.1);
    ASSERT_EQ(match.pairs.size(), 3U);
    EXPECT_EQ(match.pairs[0].second, 1U);
    EXPECT_EQ(match.pairs[1].second, 0U);
    EXPECT_EQ(match.pairs[2].second, 2U);
    EXPECT_NEAR(match.pairs[0].separationArcsec, 0.072 * std::cos(10.0 * std::numbers::pi / 180.0), 1e-6);
    EXPECT_NEAR(match.pairs[1].separationArcsec, 0.072, 1e-6);
    EXPECT_NEAR(match.pairs[2].separationArcsec, 0.0, 1e-8);
}

TEST(SkyMatch, ToleranceIsAnAngleAndMatchesAreMutual) {
    Sky a, b;
    a.add(150.0, 60.0);
    a.add(150.0 + 0.8 / 3600.0 / std::cos(60.0 * std::numbers::pi / 180.0), 60.0); // 0.8 arcsec east
    b.add(150.0, 60.0 + 0.9 / 3600.0);
    b.add(150.0, 60.0 - 0.2 / 3600.0);
    b.add(200.0, 60.0);
    const Match match = matchPositions(a.positions(), b.positions(), 1.0);
    ASSERT_EQ(match.pairs.size(), 1U); // a0-b1; a1 and b0 find nearer ones that are taken
    EXPECT_EQ(match.pairs[0].first, 0U);
    EXPECT_EQ(match.pairs[0].second, 1U);
    EXPECT_EQ(match.unmatchedFirst, std::vector<std::size_t>{1});
    EXPECT_EQ(match.unmatchedSecond, (std::vector<std::size_t>{0, 2}));
    EXPECT_TRUE(matchPositions(a.positions(), b.positions(), 0.19).pairs.empty());
    EXPECT_EQ(matchPositions(a.positions(), a.positions(), 0.0).pairs.size(), 2U);
}

TEST(SkyMatch, UnknownAndImpossiblePositions) {
    Sky a, b;
    a.add(10.0, std::nan(""));
    a.add(10.0, 20.0);
    b.add(10.0, 20.0);
    const Match match = matchPositions(a.positions(), b.positions(), 1.0);
    ASSERT_EQ(match.pairs.size(), 1U);
    EXPECT_EQ(match.pairs[0].first, 1U);
    EXPECT_EQ(match.unmatchedFirst, std::vector<std::size_t>{0});
    EXPECT_TRUE(matchPositions({}, b.positions(), 1.0).pairs.empty());
    b.add(20.0, 91.0);
    EXPECT_THROW(matchPositions(a.positions(), b.positions(), 1.0), Error);
    EXPECT_THROW(matchPositions(a.positions(), a.positions(), -1.0), Error);
}

TEST(SkyMatch, IdentifiersBeyondDoublesAndAsText) {
    const std::int64_t large = (std::int64_t{1} << 60) + 1;
    const auto integers = ids(std::vector<std::int64_t>{large, large + 1, 7, 7});
    const auto others = ids(std::vector<std::int64_t>{7, large, 9});
    const Match match = matchIds(integers, others);
    ASSERT_EQ(match.pairs.size(), 2U);
    EXPECT_EQ(match.pairs[0].second, 1U);
    EXPECT_EQ(match.pairs[1].first, 2U); // the first of the repeated
    EXPECT_EQ(match.unmatchedFirst, (std::vector<std::size_t>{1, 3}));
    EXPECT_EQ(match.unmatchedSecond, std::vector<std::size_t>{2});
    const auto texts = ids(std::vector<std::string>{"B-1", std::to_string(large), "007"});
    EXPECT_EQ(matchIds(integers, texts).pairs.size(), 2U);
    EXPECT_EQ(matchIds(texts, ids(std::vector<std::string>{"7", "B-1"})).pairs.size(), 1U) << "007 is not 7";
    constexpr std::uint64_t top = 18446744073709551615U;
    const auto wide = ids(std::vector<std::uint64_t>{top, top - 1, static_cast<std::uint64_t>(large)});
    EXPECT_EQ(matchIds(wide, ids(std::vector<std::string>{"18446744073709551614"})).pairs.at(0).first, 1U);
    EXPECT_EQ(matchIds(integers, wide).pairs.at(0).second, 2U);
    EXPECT_EQ(matchIds(integers, wide).pairs.size(), 1U);
}

TEST(SkyMatch, AHundredThousandInAMoment) {
    Rng rng(8);
    Sky a, b;
    constexpr std::size_t n = 100'000;
    for (std::size_t i = 0; i < n; ++i) {
        const double ra = rng.uniform() * 360.0, dec = std::asin(2.0 * rng.uniform() - 1.0) * 57.29577951;
        a.add(ra, dec);
        b.add(ra + 0.3 / 3600.0, dec); // at most 0.3 arcsec
    }
    const auto begin = std::chrono::steady_clock::now();
    const Match match = matchPositions(a.positions(), b.positions(), 0.5);
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    RecordProperty("seconds", std::to_string(seconds));
    EXPECT_GT(match.pairs.size(), n - 5);
    std::size_t right = 0;
    for (const auto& pair : match.pairs)
        right += pair.first == pair.second;
    EXPECT_GT(right, n - 5);
}
