#include "core/uq/repairs/repaired_method.h"

#include "core/base/error.h"
#include "core/uq/repairs/conditional_cutoff.h"
#include "core/uq/repairs/localised.h"
#include "core/uq/repairs/thresholds.h"
#include "tests/core/uq/synthetic_held_out.h"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <limits>

namespace penumbra::uq {
namespace {

constexpr double inf = std::numeric_limits<double>::infinity();

Prediction at(const std::string& id, const HeldOut& heldOut, double alpha) {
    const double alphas[] = {alpha};
    return findMethod(id)
        .intervals(makeEvidence("z", "", heldOut), alphas, 0.1, defaultMethodOptions(), {})
        .front();
}

SyntheticHeldOut dataFor(const std::string& id, std::size_t calibration, std::size_t test) {
    SyntheticHeldOut data(calibration, test, 7);
    data.addNeedsOf(findMethod(id), defaultMethodOptions(), 0.1);
    return data;
}

/// Calibration rows of `heldOut` whose group is g, with the test rows of all.
HeldOut groupAlone(const HeldOut& heldOut, const std::string& signal, double g) {
    HeldOut out;
    out.residualFloor = heldOut.residualFloor;
    std::vector<Eigen::Index> kept;
    for (std::size_t i = 0; i < heldOut.rows.size(); ++i) {
        if (!heldOut.isTest[i] && heldOut.signals.at(signal)(static_cast<Eigen::Index>(i), 0) != g)
            continue;
        kept.push_back(static_cast<Eigen::Index>(i));
        out.rows.push_back(heldOut.rows[i]);
        out.isTest.push_back(heldOut.isTest[i]);
        out.truth.push_back(heldOut.truth[i]);
    }
    for (const auto& [name, values] : heldOut.signals)
        out.signals[name] = values(kept, Eigen::all);
    return out;
}

TEST(RepairedId, ReadsBackWhatItWrites) {
    for (const RepairInfo& repair : allRepairs())
        for (const char* base : {"CQR", "MCDropout+split"}) {
            const RepairedId id{base, repair.kind, *repair.argument == '\0' ? "" : "mag+split (r)&z"};
            const auto read = parseRepairedId(id.text());
            ASSERT_TRUE(read.has_value()) << id.text();
            EXPECT_EQ(read->base, id.base) << id.text();
            EXPECT_EQ(read->kind, id.kind);
            EXPECT_EQ(read->argument, id.argument);
        }
    for (const char* id : {"CQR", "CQR+", "+split", "CQR@split", "CQR+mondriaan(z)", "CQR+mondrian(z"})
        EXPECT_FALSE(parseRepairedId(id).has_value()) << id;
}

TEST(RepairedMethod, RefusesWhatCannotBeMended) {
    for (const char* id : {"LCNet+mondrian(z)", "VanillaSplit+ratio", "CQR+split",
                           "DeepEnsembles+mondrian(z)", "CQR+mondrian(z)+subset(faint)", "CPR+mondrian(z)"})
        EXPECT_THROW(findMethod(id), UsageError) << id;
    EXPECT_NO_THROW(findMethod("DeepEnsembles+split+mondrian(z)"));
    EXPECT_EQ(&findMethod("CQR+mondrian(z)"), &findMethod("CQR+mondrian(z)")) << "made once";
}

// One group, or weights that are all alike, is the method as it was.
TEST(RepairedMethod, WithoutGroupsChangesNothing) {
    for (const char* base : {"VanillaSplit", "MADSplit", "CQR"})
        for (const char* repair : {"+mondrian(x)", "+subset(x)", "+conditional(x)", "+region", "+shift"}) {
            const std::string id = std::string(base).append(repair);
            const SyntheticHeldOut data = dataFor(id, 211, 60);
            for (const double alpha : {0.05, 0.1, 0.32}) {
                const Prediction was = at(base, data.heldOut, alpha), is = at(id, data.heldOut, alpha);
                EXPECT_EQ(is.method, id);
                for (std::size_t i = 0; i < was.lower.size(); ++i) {
                    ASSERT_NEAR(is.lower[i], was.lower[i], 1e-12) << id;
                    ASSERT_NEAR(is.upper[i], was.upper[i], 1e-12) << id;
                    ASSERT_NEAR(is.mean[i], was.mean[i], 1e-12) << id;
                }
            }
        }
}

TEST(RepairedMethod, GroupsAreCalibratedByThemselves) {
    SyntheticHeldOut data = dataFor("MADSplit+mondrian(x)", 300, 90);
    MatrixD& groups = data.heldOut.signals.edit().at("repair_mondrian(x)");
    for (Eigen::Index i = 0; i < groups.rows(); ++i)
        groups(i, 0) = static_cast<double>(i % 3);
    const Prediction repaired = at("MADSplit+mondrian(x)", data.heldOut, 0.1);
    for (const double g : {0.0, 1.0, 2.0}) {
        const Prediction alone = at("MADSplit", groupAlone(data.heldOut, "repair_mondrian(x)", g), 0.1);
        std::size_t test = 0, seen = 0;
        for (std::size_t i = 0; i < data.heldOut.rows.size(); ++i) {
            if (!data.heldOut.isTest[i])
                continue;
            if (groups(static_cast<Eigen::Index>(i), 0) == g) {
                EXPECT_NEAR(repaired.upper[test], alone.upper[test], 1e-12);
                EXPECT_EQ(repaired.effective[test], 100.0);
                ++seen;
            }
            ++test;
        }
        EXPECT_GT(seen, 0u);
    }
}

TEST(RepairedMethod, GroupsWithoutCalibrationGalaxiesAreInfinite) {
    for (const char* id : {"CQR+mondrian(x)", "CQR+conditional(x)"}) {
        SyntheticHeldOut data = dataFor(id, 100, 20);
        MatrixD& groups = data.heldOut.signals.edit().at(repairSignal(*parseRepairedId(id)).name());
        for (std::size_t i = 0; i < data.heldOut.rows.size(); ++i)
            if (data.heldOut.isTest[i])
                groups(static_cast<Eigen::Index>(i), 0) = id == std::string("CQR+mondrian(x)") ? 5.0 : 0.0;
        const Prediction p = at(id, data.heldOut, 0.1);
        for (std::size_t i = 0; i < p.lower.size(); ++i) {
            EXPECT_EQ(p.lower[i], -inf) << id;
            EXPECT_EQ(p.upper[i], inf) << id;
        }
    }
}

TEST(RepairedMethod, AsymmetricEndsMissAlikeOnBothSides) {
    SyntheticHeldOut data = dataFor("VanillaSplit+asymmetric", 4000, 4000);
    MatrixD& mean = data.heldOut.signals.edit().at("mean");
    mean.array() -= 0.4; // predictions too low: truths lie above
    const auto sides = [&](const std::string& id) {
        const Prediction p = at(id, data.heldOut, 0.1);
        const auto truth = data.testTruth();
        std::pair<double, double> share = {0.0, 0.0};
        for (std::size_t i = 0; i < truth.size(); ++i) {
            share.first += truth[i] < p.lower[i] ? 1.0 / 4000.0 : 0.0;
            share.second += truth[i] > p.upper[i] ? 1.0 / 4000.0 : 0.0;
        }
        return share;
    };
    const auto plain = sides("VanillaSplit"), mended = sides("VanillaSplit+asymmetric");
    EXPECT_LT(plain.first, 0.3 * plain.second);
    // 5 % each; sd of calibration and test together 0.5 points
    EXPECT_NEAR(mended.first, 0.05, 0.02);
    EXPECT_NEAR(mended.second, 0.05, 0.02);
}

TEST(RepairedMethod, CqrVariantsScaleWithTheDistanceOfTheQuantiles) {
    const SyntheticHeldOut data = dataFor("CQR+median", 500, 50);
    const Prediction raw = at("CQR", data.heldOut, 0.1), ratio = at("CQR+ratio", data.heldOut, 0.1);
    std::vector<double> factor;
    const auto evidence = makeEvidence("z", "", data.heldOut);
    const auto split = findMethod("CQR").splitScores(evidence, 0.1, 0.1, defaultMethodOptions());
    for (std::size_t i = 0; i < raw.lower.size(); ++i)
        factor.push_back((split->lower[i] - ratio.lower[i]) / (split->upper[i] - split->lower[i]));
    for (const double f : factor)
        EXPECT_NEAR(f, factor.front(), 1e-5) << "one factor for all galaxies";
    EXPECT_TRUE(findMethod("CQR+ratio").splitScores(evidence, 0.1, 0.1, defaultMethodOptions()).has_value());
    EXPECT_FALSE(
        findMethod("CQR+median").splitScores(evidence, 0.1, 0.1, defaultMethodOptions()).has_value());
}

TEST(RepairedMethod, ConformalisedEnsemblesKeepTheirShape) {
    const SyntheticHeldOut data = dataFor("DeepEnsembles+split", 400, 60);
    const Prediction raw = at("DeepEnsembles", data.heldOut, 0.1),
                     mended = at("DeepEnsembles+split", data.heldOut, 0.1);
    const double factor = (mended.upper[0] - mended.lower[0]) / (raw.upper[0] - raw.lower[0]);
    EXPECT_GT(factor, 2.0) << "the scatter of members says too little";
    for (std::size_t i = 0; i < raw.lower.size(); ++i) {
        EXPECT_NEAR(mended.mean[i], raw.mean[i], 1e-12);
        EXPECT_NEAR((mended.upper[i] - mended.lower[i]) / (raw.upper[i] - raw.lower[i]), factor,
                    0.01 * factor);
    }
}

/// The regression by brute force: the imputed score S is covered where the multiplier of its own row, found
/// by trying every S between neighbouring scores, is below the level. For one group it is the rank rule.
TEST(ConditionalCutoffs, IsTheRankRuleForEachOfDisjointGroups) {
    Rng rng(3);
    for (const std::size_t n : {5u, 9u, 10u, 19u, 40u, 99u}) {
        MatrixD basis = MatrixD::Zero(static_cast<Eigen::Index>(2 * n), 2);
        std::vector<double> scores, first;
        for (Eigen::Index i = 0; i < basis.rows(); ++i) {
            basis(i, i % 2) = 1.0;
            scores.push_back(std::floor(8.0 * rng.uniform())); // ties
            if (i % 2 == 0)
                first.push_back(scores.back());
        }
        for (const double alpha : {0.05, 0.1, 0.2}) {
            const double phi[] = {1.0, 0.0};
            const auto q =
                groupThresholds(first, std::vector<double>(n, 0.0), std::vector<double>{0.0}, alpha);
            const double cutoff = ConditionalCutoffs(basis, scores, alpha).cutoff(phi);
            if (std::isinf(q.threshold[0]))
                EXPECT_EQ(cutoff, inf) << n << " " << alpha;
            else
                EXPECT_NEAR(cutoff, q.threshold[0], 1e-9) << n << " " << alpha;
        }
    }
}

TEST(ConditionalCutoffs, DoesNotDependOnTheUnitOrOnRepeatedColumns) {
    Rng rng(4);
    MatrixD basis(200, 3), wide(200, 5);
    std::vector<double> scores, small;
    for (Eigen::Index i = 0; i < 200; ++i) {
        const double a = rng.uniform() < 0.4 ? 1.0 : 0.0, b = rng.uniform() < 0.3 ? 1.0 : 0.0;
        basis.row(i) << 1.0, a, b;
        wide.row(i) << 1.0, a, b, 1.0 - a, a;
        scores.push_back(std::abs(rng.normal()) * (1.0 + a + 2.0 * b));
        small.push_back(1e-6 * scores.back());
    }
    const ConditionalCutoffs plain(basis, scores, 0.1), repeated(wide, scores, 0.1), tiny(basis, small, 0.1);
    for (const double a : {0.0, 1.0})
        for (const double b : {0.0, 1.0}) {
            const double phi[] = {1.0, a, b}, more[] = {1.0, a, b, 1.0 - a, a};
            EXPECT_NEAR(repeated.cutoff(more), plain.cutoff(phi), 1e-9);
            EXPECT_NEAR(1e6 * tiny.cutoff(phi), plain.cutoff(phi), 1e-9);
        }
    const double nothing[] = {0.0, 0.0, 0.0}, contradiction[] = {1.0, 1.0, 0.0, 1.0, 1.0};
    EXPECT_EQ(plain.cutoff(nothing), inf);
    EXPECT_EQ(repeated.cutoff(contradiction), inf) << "no calibration galaxy is in both of two halves";
}

TEST(ConditionalCutoffs, RefusesWhatItCannotUse) {
    const MatrixD basis = MatrixD::Ones(3, 1);
    EXPECT_THROW(ConditionalCutoffs(basis, std::vector<double>{1.0, 2.0}, 0.1), Error);
    EXPECT_THROW(ConditionalCutoffs(MatrixD(0, 1), {}, 0.1), Error);
    EXPECT_THROW(ConditionalCutoffs(basis, std::vector<double>{1.0, 2.0, inf}, 0.1), Error);
    EXPECT_THROW(ConditionalCutoffs(basis, std::vector<double>{1.0, 2.0, 3.0}, 1.0), Error);
    const double two[] = {1.0, 2.0};
    EXPECT_THROW(ConditionalCutoffs(basis, std::vector<double>{1.0, 2.0, 3.0}, 0.2).cutoff(two), Error);
}

TEST(Localised, IsTheRankRuleUnderAWideKernelAndTheGalaxysOwnDraw) {
    const std::string id = "MADSplit+rlcp(net)";
    const SyntheticHeldOut data = dataFor(id, 300, 40);
    const Prediction once = at(id, data.heldOut, 0.1), again = at(id, data.heldOut, 0.1);
    EXPECT_EQ(once.upper, again.upper) << "never another interval on another day";
    for (const double effective : once.effective)
        EXPECT_GT(effective, 1.0);
    MatrixD rows(50, 2), test(3, 2);
    std::vector<double> scores;
    Rng rng(2);
    for (Eigen::Index i = 0; i < 50; ++i) {
        rows.row(i) << rng.normal(), rng.normal();
        scores.push_back(rng.uniform());
    }
    test << 0.0, 0.0, 1.0, 1.0, -1.0, 2.0;
    const std::int64_t ids[] = {1, 2, 3};
    const auto wide = localisedThresholds(rows, test, ids, scores, 1e6, 0.1, {});
    std::vector<double> sorted = scores;
    std::sort(sorted.begin(), sorted.end());
    for (const double threshold : wide.threshold)
        EXPECT_EQ(threshold, sorted[45]) << "ceil(51 * 0.9) = 46";
    for (const double effective : wide.effective)
        EXPECT_NEAR(effective, 50.0, 1e-6);
    const auto narrow = localisedThresholds(rows, test, ids, scores, 1e-6, 0.1, {});
    for (const double threshold : narrow.threshold)
        EXPECT_EQ(threshold, inf) << "no calibration galaxy is near";
    EXPECT_THROW(localisedThresholds(rows, test, std::span(ids, 2), scores, 1.0, 0.1, {}), Error);
}

TEST(Localised, TheBandwidthGivesAsManyEffectiveRowsAsAskedFor) {
    Rng rng(5);
    MatrixD calibration(1500, 3), test(500, 3);
    for (auto* rows : {&calibration, &test})
        for (Eigen::Index i = 0; i < rows->size(); ++i)
            rows->data()[i] = rng.normal();
    const double h = bandwidthFor(calibration, test, 150.0);
    std::vector<double> effective;
    for (Eigen::Index i = 0; i < test.rows(); ++i)
        effective.push_back(effectiveRows(
            gaussianWeights(calibration, std::span(test.row(i).data(), static_cast<std::size_t>(3)), h)));
    std::sort(effective.begin(), effective.end());
    EXPECT_GT(effective[250], 110.0);
    EXPECT_LT(effective[250], 200.0);
}

TEST(Thresholds, RefuseLengthsThatDisagree) {
    const std::vector<double> two = {1.0, 2.0}, three = {1.0, 2.0, 3.0};
    EXPECT_THROW(groupThresholds(two, three, three, 0.1), Error);
    EXPECT_THROW(weightedThresholds(two, three, three, 0.1), Error);
    EXPECT_THROW(smoothedThreshold(two, three, 1.0, 1.0, 0.1), Error);
    EXPECT_EQ(effectiveRows(std::vector<double>{2.0, 2.0, 2.0, 0.0}), 3.0);
    EXPECT_EQ(effectiveRows({}), 0.0);
}

} // namespace
} // namespace penumbra::uq
