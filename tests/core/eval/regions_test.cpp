#include "core/eval/regions.h"

#include "core/base/error.h"
#include "core/base/rng.h"
#include "core/eval/evaluate.h"
#include "core/eval/miss_tails.h"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <limits>
#include <numeric>

namespace penumbra {
namespace {

constexpr double inf = std::numeric_limits<double>::infinity();

double choose(int n, int k) {
    return std::round(std::exp(std::lgamma(n + 1.0) - std::lgamma(k + 1.0) - std::lgamma(n - k + 1.0)));
}

/// Test rows alone: intervals [-1, 1] about 0 and truths that are 0 (covered) or 5 (missed).
struct Sample {
    TargetStudy target;
    Prediction prediction;
    std::vector<RegionColumn> columns;
};

Sample sampleOf(const std::vector<std::uint8_t>& missed, std::vector<RegionColumn> columns) {
    Sample sample;
    sample.target.name = "z";
    for (std::size_t i = 0; i < missed.size(); ++i) {
        sample.target.heldOut.rows.push_back(static_cast<std::int64_t>(i));
        sample.target.heldOut.isTest.push_back(1);
        sample.target.heldOut.truth.push_back(missed[i] ? 5.0 : 0.0);
    }
    sample.prediction.method = "CQR";
    sample.prediction.mean.assign(missed.size(), 0.0);
    sample.prediction.lower.assign(missed.size(), -1.0);
    sample.prediction.upper.assign(missed.size(), 1.0);
    sample.columns = std::move(columns);
    return sample;
}

RegionFinding find(const Sample& sample) {
    return findRegions(sample.target, sample.prediction, sample.columns, {}, {});
}

/// 4,000 galaxies, a tenth missed; where x > 0.8 and flag is 1, half.
Sample corner(std::uint64_t seed) {
    Rng rng(seed);
    RegionColumn x{"x", "mag", {}, {}}, noise{"noise", "", {}, {}},
        survey{"survey", "", {}, {"DESI", "SDSS"}};
    std::vector<std::uint8_t> missed;
    for (int i = 0; i < 4000; ++i) {
        x.values.push_back(rng.uniform());
        noise.values.push_back(rng.normal());
        survey.values.push_back(rng.uniform() < 0.5 ? 1.0 : 0.0);
        const bool bad = x.values.back() > 0.8 && survey.values.back() == 1.0;
        missed.push_back(rng.uniform() < (bad ? 0.5 : 0.1) ? 1 : 0);
    }
    return sampleOf(missed, {noise, x, survey});
}

TEST(MissTail, IsTheBinomialAndBetaBinomialTail) {
    double tail = 0.0;
    for (int k = 3; k <= 12; ++k)
        tail += choose(12, k) * std::pow(0.2, k) * std::pow(0.8, 12 - k);
    EXPECT_NEAR(missTail(3, 12, 0.2, 0), tail, 1e-12);
    EXPECT_EQ(missTail(0, 12, 0.2, 0), 1.0);
    // One galaxy beside n scores: it is missed where it ranks above the k-th of n + 1.
    EXPECT_NEAR(missTail(1, 1, 0.1, 19), 2.0 / 20.0, 1e-12);
    // All of two are missed: both among the largest of n + 2, urn by urn: (n + 1 - k)(n + 2 - k) /
    // (n+1)(n+2).
    EXPECT_NEAR(missTail(2, 2, 0.1, 19), 2.0 * 3.0 / (20.0 * 21.0), 1e-12);
    EXPECT_EQ(missTail(1, 5, 0.1, 4), 0.0) << "infinite intervals miss nothing";
    EXPECT_GT(missTail(30, 200, 0.1, 50), 3.0 * missTail(30, 200, 0.1, 0)) << "few calibration rows scatter";
    EXPECT_THROW(missTail(3, 2, 0.1, 0), Error);
    EXPECT_THROW(missTail(1, 2, 1.0, 0), Error);
}

TEST(SearchedHalf, IsHalfOfTheLabelledRowsAndBelongsToTheSeed) {
    std::vector<double> truth(1001, 1.0);
    truth[3] = std::nan("");
    const auto half = searchedHalf(truth, 7);
    EXPECT_EQ(std::accumulate(half.begin(), half.end(), 0), 500);
    EXPECT_EQ(half[3], 0);
    EXPECT_EQ(half, searchedHalf(truth, 7));
    EXPECT_NE(half, searchedHalf(truth, 8));
}

TEST(Regions, NamesTheCornerThatWasPlanted) {
    const Sample sample = corner(1);
    const RegionFinding finding = find(sample);
    EXPECT_EQ(finding.searched, 2000u);
    EXPECT_EQ(finding.heldBack, 2000u);
    ASSERT_FALSE(finding.regions.empty());
    const Region& worst = finding.regions.front();
    EXPECT_TRUE(worst.confirmed);
    EXPECT_LT(worst.bracket.low, 0.5);
    EXPECT_GT(worst.bracket.high, 0.5);
    std::vector<std::string> named;
    for (const NamedCondition& condition : worst.conditions) {
        named.push_back(condition.column);
        if (condition.column == "x") { // the cuts are 0.05 apart
            EXPECT_NEAR(condition.value, 0.8, 0.03);
        }
    }
    EXPECT_NE(std::find(named.begin(), named.end(), "x"), named.end());
    EXPECT_NE(std::find(named.begin(), named.end(), "survey"), named.end());
    const std::string words = inWords(finding, finding.regions.size(), 0.05);
    EXPECT_NE(words.find("survey == SDSS"), std::string::npos) << words;
    EXPECT_NE(words.find("x > 0."), std::string::npos) << words;
    EXPECT_NE(words.find("confirmed on the " + std::to_string(worst.n)), std::string::npos) << words;
    // The rows it speaks of, counted again by hand.
    const auto inside = rowsIn(worst, sample.columns);
    const auto searched = searchedHalf(sample.target.heldOut.truth, 0);
    std::size_t n = 0, misses = 0;
    for (std::size_t i = 0; i < inside.size(); ++i)
        if (inside[i] && !searched[i]) {
            ++n;
            misses += sample.target.heldOut.truth[i] > 1.0 ? 1 : 0;
        }
    EXPECT_EQ(n, worst.n);
    EXPECT_EQ(misses, worst.misses);
    EXPECT_NEAR(worst.coverage, 1.0 - static_cast<double>(misses) / static_cast<double>(n), 1e-15);
}

TEST(Regions, ThresholdsAreRoundedSoThatTheRegionGrows) {
    const Sample sample = corner(2);
    const auto searched = searchedHalf(sample.target.heldOut.truth, 0);
    std::vector<std::uint8_t> missed;
    for (const double truth : sample.target.heldOut.truth)
        missed.push_back(truth > 1.0 ? 1 : 0);
    const auto exact = searchRegions(sample.columns, missed, searched, {}, {});
    const RegionFinding finding = find(sample);
    ASSERT_EQ(exact.size(), finding.regions.size());
    for (std::size_t r = 0; r < exact.size(); ++r) {
        EXPECT_GE(finding.regions[r].foundRows, exact[r].rows);
        for (std::size_t c = 0; c < exact[r].conditions.size(); ++c) {
            const double told = finding.regions[r].conditions[c].value, value = exact[r].conditions[c].value;
            if (exact[r].conditions[c].op == RegionCondition::Op::Above) {
                EXPECT_LE(told, value);
            }
            if (exact[r].conditions[c].op == RegionCondition::Op::AtMost) {
                EXPECT_GE(told, value);
            }
            EXPECT_LE(std::abs(told - value), std::max(0.1 * std::abs(value), 1e-12));
        }
    }
}

// Two digits of a date or a coordinate would be the whole column.
TEST(Regions, ThresholdsOfNarrowColumnsKeepTheDigitsTheyNeed) {
    Rng rng(3);
    RegionColumn date{"mjd", "", {}, {}};
    std::vector<std::uint8_t> missed;
    for (int i = 0; i < 3000; ++i) {
        date.values.push_back(57000.0 + 30.0 * rng.uniform());
        missed.push_back(rng.uniform() < (date.values.back() > 57025.0 ? 0.6 : 0.1) ? 1 : 0);
    }
    const RegionFinding finding = find(sampleOf(missed, {date}));
    ASSERT_FALSE(finding.regions.empty());
    EXPECT_TRUE(finding.regions.front().confirmed);
    EXPECT_NEAR(finding.regions.front().conditions.front().value, 57025.0, 1.6);
}

TEST(Regions, NothingIsFoundWhereNothingIsMissedOrKnown) {
    Rng rng(4);
    RegionColumn x{"x", "", {}, {}}, empty{"empty", "", {}, {}}, constant{"constant", "", {}, {}};
    for (int i = 0; i < 500; ++i) {
        x.values.push_back(i % 3 == 0 ? std::nan("") : i % 3 == 1 ? inf : rng.normal());
        empty.values.push_back(std::nan(""));
        constant.values.push_back(2.0);
    }
    const Sample good = sampleOf(std::vector<std::uint8_t>(500, 0), {x, empty, constant});
    EXPECT_TRUE(find(good).regions.empty());
    EXPECT_NE(inWords(find(good), 0, 0.05).find("no region"), std::string::npos);
    const Sample bad = sampleOf(std::vector<std::uint8_t>(500, 1), {empty, constant});
    EXPECT_TRUE(find(bad).regions.empty()) << "no condition parts these galaxies";
    EXPECT_TRUE(find(sampleOf({}, {})).regions.empty());
    Sample ragged = good;
    ragged.columns[0].values.pop_back();
    EXPECT_THROW(find(ragged), Error);
}

TEST(Regions, CandidatesOfSeveralMethodsAreCorrectedTogether) {
    const RegionFinding one = find(corner(5));
    std::vector<RegionFinding> both = {one, one};
    judgeTogether(both, 0.05);
    const auto smallest = [](const RegionFinding& finding) {
        double p = 1.0;
        for (const Region& region : finding.regions)
            p = std::min(p, region.adjustedP);
        return p;
    };
    EXPECT_NEAR(smallest(both.front()), 2.0 * smallest(one), 1e-12 * smallest(one));
}

// Galaxies that few calibration galaxies stand behind scatter more; infinite intervals among them do not.
TEST(Regions, FewCalibrationGalaxiesBehindAnIntervalCount) {
    Sample sample = corner(1);
    for (std::size_t i = 0; i < 1000; ++i) { // calibration rows, so that the study knows some
        sample.target.heldOut.rows.push_back(static_cast<std::int64_t>(4000 + i));
        sample.target.heldOut.isTest.push_back(0);
        sample.target.heldOut.truth.push_back(0.0);
    }
    const double alone = find(sample).regions.front().p;
    sample.prediction.effective.assign(4000, 40.0);
    const double few = find(sample).regions.front().p;
    EXPECT_GT(few, 1e3 * alone);
    sample.prediction.effective[0] = 2.0;
    sample.prediction.lower[0] = -inf;
    sample.prediction.upper[0] = inf;
    const double withInfinite = find(sample).regions.front().p;
    EXPECT_GT(withInfinite, 0.1 * few);
    EXPECT_LT(withInfinite, 10.0 * few);
    sample.prediction.effective.assign(4000, 3.0);
    EXPECT_GT(find(sample).regions.front().p, few) << "and never certain of a fault for lack of a law";
}

TEST(Regions, PowerGrowsWithTheGalaxiesAndTheFault) {
    RegionFinding finding;
    finding.calibrationRows = 1000;
    const auto at = [&](std::size_t rows, double coverage) {
        finding.heldBack = rows;
        return regionPower(finding, 0.06, coverage, 5, 0.05);
    };
    EXPECT_LT(at(500, 0.75), at(2500, 0.75));
    EXPECT_LT(at(1000, 0.85), at(1000, 0.7));
    EXPECT_LT(at(1000, 0.9), 0.05);
    EXPECT_GT(at(5681, 0.75), 0.99);
}

TEST(Regions, StopWhenAsked) {
    std::stop_source source;
    source.request_stop();
    RunContext context;
    context.stop = source.get_token();
    const Sample sample = corner(6);
    EXPECT_THROW(findRegions(sample.target, sample.prediction, sample.columns, {}, context), Cancelled);
}

} // namespace
} // namespace penumbra
