#include "core/base/error.h"
#include "core/base/rng.h"
#include "core/eval/evaluate.h"

#include <gtest/gtest.h>
#include <limits>
#include <numeric>
#include <set>

namespace penumbra {
namespace {

constexpr double inf = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

void expectConsistent(const Bins& bins, std::span<const double> variable) {
    ASSERT_EQ(bins.binOfRow.size(), variable.size());
    ASSERT_EQ(bins.edges.size(), bins.size() == 0 ? 0 : bins.size() + 1);
    ASSERT_EQ(bins.label.size(), bins.size());
    ASSERT_EQ(bins.centre.size(), bins.size());
    std::vector<std::size_t> count(bins.size(), 0);
    for (std::size_t i = 0; i < variable.size(); ++i) {
        if (bins.binOfRow[i] < 0)
            continue;
        const auto b = static_cast<std::size_t>(bins.binOfRow[i]);
        ASSERT_LT(b, bins.size());
        ++count[b];
        EXPECT_GE(variable[i], bins.edges[b]);
        if (b + 1 < bins.size()) {
            EXPECT_LT(variable[i], bins.edges[b + 1]);
        } else {
            EXPECT_LE(variable[i], bins.edges[b + 1]);
        }
    }
    EXPECT_EQ(count, bins.count);
    const std::size_t inside = std::accumulate(count.begin(), count.end(), std::size_t{0});
    EXPECT_EQ(inside + bins.outside + bins.missing, variable.size());
    EXPECT_EQ(std::set<std::string>(bins.label.begin(), bins.label.end()).size(), bins.size());
}

TEST(Bins, EqualCountSharesRowsEvenly) {
    Rng rng(3);
    std::vector<double> variable(1003);
    for (double& v : variable)
        v = rng.normal();
    const Bins bins = makeBins(variable, {.kind = Binning::Kind::EqualCount, .bins = 10, .edges = {}});
    expectConsistent(bins, variable);
    ASSERT_EQ(bins.size(), 10u);
    for (const std::size_t count : bins.count)
        EXPECT_TRUE(count == 100 || count == 101) << count;
    EXPECT_TRUE(std::is_sorted(bins.centre.begin(), bins.centre.end()));
}

TEST(Bins, TiesStayTogether) {
    // Half of the rows share one value: that value fills one bin, and no bin is empty.
    std::vector<double> variable;
    for (int i = 0; i < 50; ++i) {
        variable.push_back(5.0);
        variable.push_back(i / 5.0);
    }
    const Bins bins = makeBins(variable, {.kind = Binning::Kind::EqualCount, .bins = 10, .edges = {}});
    expectConsistent(bins, variable);
    EXPECT_LT(bins.size(), 10u);
    EXPECT_GE(bins.size(), 4u);
    for (const std::size_t count : bins.count)
        EXPECT_GT(count, 0u);
    std::set<int> binsOfTie;
    for (std::size_t i = 0; i < variable.size(); ++i)
        if (variable[i] == 5.0)
            binsOfTie.insert(bins.binOfRow[i]);
    EXPECT_EQ(binsOfTie.size(), 1u);
}

TEST(Bins, ManyTiesInRandomPositionsStayConsistent) {
    Rng rng(11);
    for (int trial = 0; trial < 300; ++trial) {
        std::vector<double> variable(1 + rng.below(40));
        const std::uint64_t values = 1 + rng.below(12);
        for (double& v : variable)
            v = static_cast<double>(rng.below(values));
        for (const auto kind : {Binning::Kind::EqualCount, Binning::Kind::EqualWidth}) {
            const Bins bins = makeBins(variable, {.kind = kind, .bins = 1 + trial % 7, .edges = {}});
            expectConsistent(bins, variable);
            EXPECT_EQ(bins.outside + bins.missing, 0u);
            EXPECT_LE(bins.size(), static_cast<std::size_t>(1 + trial % 7));
            if (kind == Binning::Kind::EqualCount) {
                for (const std::size_t count : bins.count)
                    EXPECT_GT(count, 0u);
            }
        }
    }
}

TEST(Bins, AllEqualValuesMakeOneBin) {
    const std::vector<double> variable(7, 2.5);
    for (const auto kind : {Binning::Kind::EqualCount, Binning::Kind::EqualWidth}) {
        const Bins bins = makeBins(variable, {.kind = kind, .bins = 4, .edges = {}});
        expectConsistent(bins, variable);
        ASSERT_EQ(bins.size(), 1u);
        EXPECT_EQ(bins.count[0], 7u);
        EXPECT_EQ(bins.centre[0], 2.5);
        EXPECT_EQ(bins.label[0], "[2.5, 2.5]");
    }
}

TEST(Bins, EqualWidthLeavesEmptyBinsAndInfiniteRowsOut) {
    const std::vector<double> variable = {0, 1, 10, inf, -inf, nan};
    const Bins bins = makeBins(variable, {.kind = Binning::Kind::EqualWidth, .bins = 5, .edges = {}});
    expectConsistent(bins, variable);
    EXPECT_EQ(bins.edges, (std::vector<double>{0, 2, 4, 6, 8, 10}));
    EXPECT_EQ(bins.count, (std::vector<std::size_t>{2, 0, 0, 0, 1}));
    EXPECT_EQ(bins.centre[1], 3.0);
    EXPECT_EQ(bins.outside, 2u);
    EXPECT_EQ(bins.missing, 1u);
}

TEST(Bins, EqualCountTakesInfiniteWidths) {
    const std::vector<double> variable = {1, 2, inf, inf, inf, 3};
    const Bins bins = makeBins(variable, {.kind = Binning::Kind::EqualCount, .bins = 2, .edges = {}});
    expectConsistent(bins, variable);
    EXPECT_EQ(bins.count, (std::vector<std::size_t>{3, 3}));
    EXPECT_EQ(bins.centre[1], inf);
}

TEST(Bins, UserEdgesCountWhatTheyLeaveOut) {
    const std::vector<double> variable = {-1, 0, 0.5, 1, 2, 3, nan};
    const Bins bins = makeBins(variable, {.kind = Binning::Kind::Edges, .bins = 0, .edges = {0, 1, 2}});
    expectConsistent(bins, variable);
    EXPECT_EQ(bins.binOfRow, (std::vector<int>{-1, 0, 0, 1, 1, -1, -1}));
    EXPECT_EQ(bins.outside, 2u);
    EXPECT_EQ(bins.label, (std::vector<std::string>{"[0, 1)", "[1, 2]"}));
}

TEST(Bins, LabelsTellCloseEdgesApart) {
    const std::vector<double> edges = {1.0000001, 1.0000002, 1.0000003};
    const Bins bins =
        makeBins(std::vector<double>{1.00000015}, {.kind = Binning::Kind::Edges, .bins = 0, .edges = edges});
    EXPECT_EQ(bins.label[0], "[1.0000001, 1.0000002)");
}

TEST(Bins, NothingToBin) {
    const std::vector<double> variable = {nan, nan};
    for (const auto kind : {Binning::Kind::EqualCount, Binning::Kind::EqualWidth}) {
        const Bins bins = makeBins(variable, {.kind = kind, .bins = 3, .edges = {}});
        expectConsistent(bins, variable);
        EXPECT_EQ(bins.size(), 0u);
        EXPECT_EQ(makeBins({}, {.kind = kind, .bins = 3, .edges = {}}).size(), 0u);
    }
}

TEST(Bins, RefusesNonsense) {
    const std::vector<double> variable = {1, 2};
    EXPECT_THROW(makeBins(variable, {.kind = Binning::Kind::EqualCount, .bins = 0, .edges = {}}), UsageError);
    for (const auto& edges : {std::vector<double>{1}, {2, 1}, {1, 1}, {1, nan}})
        EXPECT_THROW(makeBins(variable, {.kind = Binning::Kind::Edges, .bins = 1, .edges = edges}),
                     UsageError);
}

} // namespace
} // namespace penumbra
