// What every method in the table must do, whatever it computes.

#include "core/eval/evaluate.h"
#include "core/uq/repairs/repaired_method.h"
#include "tests/core/uq/synthetic_held_out.h"

#include <gtest/gtest.h>
#include <set>

namespace penumbra::uq {
namespace {

constexpr double trainedAlpha = 0.1;
const std::vector<double> alphaGrid = {0.01, 0.05, 0.1, 0.2, 0.32, 0.5, 0.9};

class MethodContract : public testing::TestWithParam<const UqMethod*> {
protected:
    const UqMethod& method() const { return *GetParam(); }

    SyntheticHeldOut dataFor(std::size_t nCalibration, std::size_t nTest) const {
        SyntheticHeldOut data(nCalibration, nTest, 42);
        data.addNeedsOf(method(), options, trainedAlpha);
        return data;
    }

    std::vector<Prediction> run(const HeldOut& heldOut, const std::vector<double>& alphas) const {
        return method().intervals(makeEvidence("z", "dex", heldOut), alphas, trainedAlpha, options,
                                  RunContext{});
    }

    /// Weighs calibration galaxies about a point of its own for each galaxy: promises on average over draws.
    bool isLocalised() const {
        const auto repaired = parseRepairedId(method().info().id);
        return repaired && repaired->kind == RepairKind::Localised;
    }

    OptionSet options = defaultMethodOptions();
};

void expectNoNaN(const Prediction& prediction) {
    for (std::size_t i = 0; i < prediction.mean.size(); ++i) {
        EXPECT_TRUE(std::isfinite(prediction.mean[i])) << i;
        EXPECT_FALSE(std::isnan(prediction.lower[i])) << i;
        EXPECT_FALSE(std::isnan(prediction.upper[i])) << i;
    }
}

TEST_P(MethodContract, SaysWhatItIs) {
    const MethodInfo& info = method().info();
    EXPECT_FALSE(info.id.empty());
    EXPECT_EQ(std::count_if(allMethods().begin(), allMethods().end(),
                            [&](const UqMethod* other) { return other->info().id == info.id; }),
              isRepaired(info.id) ? 0 : 1)
        << info.id;
    EXPECT_FALSE(info.title.empty());
    EXPECT_FALSE(info.oneLine.empty());
    EXPECT_FALSE(info.reference.empty());
    EXPECT_EQ(&findMethod(info.id), &method());
}

TEST_P(MethodContract, LabelsOnePredictionPerAlpha) {
    const auto predictions = run(dataFor(60, 25).heldOut, alphaGrid);
    ASSERT_EQ(predictions.size(), alphaGrid.size());
    for (std::size_t a = 0; a < alphaGrid.size(); ++a) {
        const Prediction& p = predictions[a];
        EXPECT_EQ(p.method, method().info().id);
        EXPECT_EQ(p.target, "z");
        EXPECT_EQ(p.unit, "dex");
        EXPECT_EQ(p.alpha, alphaGrid[a]);
        EXPECT_EQ(p.mean.size(), 25u);
        EXPECT_EQ(p.lower.size(), 25u);
        EXPECT_EQ(p.upper.size(), 25u);
        EXPECT_TRUE(p.spread.empty() || p.spread.size() == 25u);
        expectNoNaN(p);
    }
}

TEST_P(MethodContract, SameInputSameOutput) {
    const SyntheticHeldOut data = dataFor(100, 50);
    const auto first = run(data.heldOut, alphaGrid);
    const auto second = run(data.heldOut, alphaGrid);
    // An alpha's intervals do not depend on which others are asked for.
    const auto alone = run(data.heldOut, {alphaGrid[3]});
    for (std::size_t a = 0; a < alphaGrid.size(); ++a) {
        EXPECT_EQ(first[a].lower, second[a].lower);
        EXPECT_EQ(first[a].upper, second[a].upper);
        EXPECT_EQ(first[a].mean, second[a].mean);
    }
    EXPECT_EQ(first[3].lower, alone[0].lower);
    EXPECT_EQ(first[3].upper, alone[0].upper);
}

TEST_P(MethodContract, UsesEverySignalItAsksFor) {
    const SyntheticHeldOut complete = dataFor(60, 10);
    EXPECT_NO_THROW(run(complete.heldOut, {0.1}));
    const auto needs = method().needs(options, trainedAlpha);
    ASSERT_FALSE(needs.empty());
    std::set<std::string> names;
    for (const Signal& signal : needs) {
        EXPECT_TRUE(names.insert(signal.name()).second) << "asked for twice: " << signal.name();
        HeldOut heldOut = complete.heldOut;
        heldOut.signals.erase(signal.name());
        try {
            run(heldOut, {0.1});
            ADD_FAILURE() << "ran without " << signal.name();
        } catch (const Error& error) {
            EXPECT_NE(std::string(error.what()).find(signal.name()), std::string::npos) << error.what();
        }
    }
}

TEST_P(MethodContract, NeverLooksAtTheTruthOfTestRows) {
    SyntheticHeldOut data = dataFor(80, 30);
    const auto before = run(data.heldOut, {0.1});
    for (std::size_t i = 0; i < data.heldOut.truth.size(); ++i)
        if (data.heldOut.isTest[i])
            data.heldOut.truth[i] = std::nan("");
    const auto after = run(data.heldOut, {0.1});
    EXPECT_EQ(before[0].lower, after[0].lower);
    EXPECT_EQ(before[0].upper, after[0].upper);
}

TEST_P(MethodContract, HigherConfidenceIsNeverNarrower) {
    const auto predictions = run(dataFor(300, 100).heldOut, alphaGrid);
    for (std::size_t a = 1; a < predictions.size(); ++a)
        for (std::size_t i = 0; i < predictions[a].mean.size(); ++i)
            ASSERT_GE(predictions[a - 1].upper[i] - predictions[a - 1].lower[i],
                      predictions[a].upper[i] - predictions[a].lower[i])
                << "alpha " << alphaGrid[a] << ", row " << i;
}

TEST_P(MethodContract, ConformalCoverageIsNominal) {
    if (!method().info().conformal)
        return; // claims nothing
    // Each alpha may fail with probability 1e-4, were the seed not fixed.
    const SyntheticHeldOut data = dataFor(2000, 2000);
    for (const Prediction& p : run(data.heldOut, alphaGrid)) {
        const auto covered = coveredRows(p, data.testTruth());
        const double coverage = static_cast<double>(std::count(covered.begin(), covered.end(), 1)) /
                                static_cast<double>(covered.size());
        const Interval band = splitConformalBand(2000, 2000, p.alpha, 1.0 - 1e-4);
        EXPECT_GE(coverage, band.low) << p.alpha;
        const auto repaired = parseRepairedId(p.method);
        if (!repaired || repaired->kind != RepairKind::Asymmetric) { // whose two tails may overlap
            EXPECT_LE(coverage, band.high) << p.alpha;
        }
    }
}

TEST_P(MethodContract, ConformalIsInfiniteWhereCalibrationIsTooSmall) {
    if (!method().info().calibrated || isLocalised())
        return;
    // k = ceil(9 * 0.9) = 9 > 8; with one more row k = 9 is the largest score.
    for (const Prediction& p : run(dataFor(8, 5).heldOut, {0.1}))
        for (std::size_t i = 0; i < p.mean.size(); ++i) {
            EXPECT_EQ(p.lower[i], -std::numeric_limits<double>::infinity());
            EXPECT_EQ(p.upper[i], std::numeric_limits<double>::infinity());
        }
    const auto repaired = parseRepairedId(method().info().id);
    if (repaired && repaired->kind == RepairKind::Asymmetric)
        return; // two ends at half alpha: 19 galaxies
    if (!method().info().conformal)
        return; // nine galaxies in all are seldom nine alike
    for (const Prediction& p : run(dataFor(9, 5).heldOut, {0.1}))
        for (std::size_t i = 0; i < p.mean.size(); ++i)
            EXPECT_TRUE(std::isfinite(p.lower[i]) && std::isfinite(p.upper[i]));
}

TEST_P(MethodContract, SmallestInputsGiveAnErrorOrNoNaN) {
    for (const std::size_t nCalibration : {0u, 1u, 2u})
        for (const std::size_t nTest : {0u, 1u}) {
            const SyntheticHeldOut data = dataFor(nCalibration, nTest);
            try {
                for (const Prediction& p : run(data.heldOut, alphaGrid)) {
                    EXPECT_EQ(p.mean.size(), nTest);
                    expectNoNaN(p);
                }
            } catch (const Error& error) {
                EXPECT_EQ(nCalibration, 0u) << error.what();
                EXPECT_NE(std::string(error.what()).find("calibration"), std::string::npos) << error.what();
            }
        }
}

// A column may lack a size of error or a quantile here and there: those galaxies' intervals are infinite, the
// others' are as if they had never been there.
TEST_P(MethodContract, RowsThatAreUnknownAreInfiniteAndChangeNothingElse) {
    const auto needs = method().needs(options, trainedAlpha);
    const bool canLack =
        std::any_of(needs.begin(), needs.end(), [](const Signal& signal) { return signal.mayBeInfinite(); });
    const bool calibratesAlike = !method().info().calibrated || method().info().conformal;
    if (!canLack || !calibratesAlike || isLocalised())
        return; // LC and LCMAD are made from networks alone; rlcp's kernel is as wide as all rows ask for
    SyntheticHeldOut data = dataFor(100, 60);
    data.add(Signal::mean());
    HeldOut without = data.heldOut, &with = data.heldOut;
    const auto isLacking = [](std::size_t i) { return i % 7 == 3; };
    std::vector<Eigen::Index> kept;
    without.rows.clear(), without.isTest.clear(), without.truth.clear();
    for (std::size_t i = 0; i < with.rows.size(); ++i) {
        if (!isLacking(i)) {
            kept.push_back(static_cast<Eigen::Index>(i));
            without.rows.push_back(with.rows[i]);
            without.isTest.push_back(with.isTest[i]);
            without.truth.push_back(with.truth[i]);
            continue;
        }
        for (const Signal& signal : needs)
            if (signal.mayBeInfinite()) {
                const bool lower = signal.kind == Signal::Kind::DeliveredLower ||
                                   (signal.kind == Signal::Kind::Quantile && signal.level < 0.5);
                with.signals[signal.name()](static_cast<Eigen::Index>(i), 0) =
                    lower ? -std::numeric_limits<double>::infinity()
                          : std::numeric_limits<double>::infinity();
            }
    }
    for (auto& [name, values] : without.signals.edit())
        values = MatrixD(values(kept, Eigen::all));
    const Prediction all = run(with, {0.2}).front(), fewer = run(without, {0.2}).front();
    expectNoNaN(all);
    std::size_t test = 0, known = 0;
    for (std::size_t i = 0; i < with.rows.size(); ++i) {
        if (!with.isTest[i])
            continue;
        if (isLacking(i)) {
            EXPECT_EQ(all.upper[test], std::numeric_limits<double>::infinity());
            EXPECT_EQ(all.lower[test], -std::numeric_limits<double>::infinity());
        } else {
            EXPECT_EQ(all.lower[test], fewer.lower[known]);
            EXPECT_EQ(all.upper[test], fewer.upper[known]);
            ++known;
        }
        ++test;
    }
}

TEST_P(MethodContract, RefusesImpossibleAlphas) {
    const SyntheticHeldOut data = dataFor(50, 5);
    for (const double alpha : {0.0, 1.0, -0.1, std::nan("")})
        EXPECT_THROW(run(data.heldOut, {alpha}), Error) << alpha;
}

TEST_P(MethodContract, StopsWhenAsked) {
    const SyntheticHeldOut data = dataFor(50, 5);
    std::stop_source source;
    RunContext context;
    context.stop = source.get_token();
    const Evidence evidence = makeEvidence("z", "", data.heldOut);
    EXPECT_NO_THROW(method().intervals(evidence, alphaGrid, trainedAlpha, options, context));
    source.request_stop();
    EXPECT_THROW(method().intervals(evidence, alphaGrid, trainedAlpha, options, context), Cancelled);
}

INSTANTIATE_TEST_SUITE_P(AllMethods, MethodContract,
                         testing::ValuesIn(allMethods().begin(), allMethods().end()),
                         [](const auto& entry) { return entry.param->info().id; });

/// Every repair on every method that it can mend.
std::vector<const UqMethod*> repairedMethods() {
    std::vector<const UqMethod*> methods;
    std::vector<const UqMethod*> bases(allMethods().begin(), allMethods().end());
    bases.push_back(&findMethod("MCDropout+split"));
    for (const UqMethod* base : bases)
        for (const RepairInfo& repair : allRepairs())
            if (whyNotRepairable(*base, repair.kind).empty())
                methods.push_back(&findMethod(
                    RepairedId{base->info().id, repair.kind, *repair.argument == '\0' ? "" : "x"}.text()));
    return methods;
}

INSTANTIATE_TEST_SUITE_P(RepairedMethods, MethodContract, testing::ValuesIn(repairedMethods()),
                         [](const auto& entry) {
                             std::string name = entry.param->info().id;
                             for (char& c : name)
                                 c = std::isalnum(static_cast<unsigned char>(c)) ? c : '_';
                             return name;
                         });

TEST(MethodTable, BeginsWithThePapersColumnsInTheirOrder) {
    std::vector<std::string> ids;
    for (const UqMethod* entry : allMethods().first(9))
        ids.push_back(entry->info().id);
    const std::vector<std::string> columns = {"LCNet",     "LCAion",        "LCMADNet",
                                              "LCMADAion", "VanillaSplit",  "MADSplit",
                                              "CQR",       "DeepEnsembles", "MCDropout"};
    EXPECT_EQ(ids, columns);
}

TEST(MethodTable, EveryOptionIsExplainedAndGrouped) {
    const OptionSet options = defaultMethodOptions();
    for (const Option& option : options.all()) {
        EXPECT_FALSE(option.help.empty()) << option.name;
        EXPECT_FALSE(option.group.empty()) << option.name;
    }
}

} // namespace
} // namespace penumbra::uq
