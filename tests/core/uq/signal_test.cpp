#include "core/uq/signal.h"

#include <gtest/gtest.h>
#include <set>

namespace penumbra::uq {
namespace {

TEST(Signal, NamesAreThoseOfStudyFiles) {
    EXPECT_EQ(Signal::mean().name(), "mean");
    EXPECT_EQ(Signal::quantile(0.05).name(), "q0.05");
    EXPECT_EQ(Signal::dropoutMean(0.1, 100).name(), "dropout_mean_p0.1_t100");
    EXPECT_EQ(Signal::dropoutSpread(0.1, 100).name(), "dropout_spread_p0.1_t100");
    EXPECT_EQ(Signal::residual(Signal::Space::Net).name(), "residual_net");
    EXPECT_EQ(Signal::residual(Signal::Space::Aion).name(), "residual_aion");
    EXPECT_EQ(Signal::embedding(Signal::Space::Net).name(), "embedding_net");
    EXPECT_EQ(Signal::kernel(Signal::Space::Aion).name(), "kernel_aion");
}

TEST(Signal, FirstMemberIsTheBaseHead) {
    EXPECT_TRUE(Signal::member(0) == Signal::mean());
    EXPECT_EQ(Signal::member(1).name(), "member1");
}

TEST(Signal, LevelsReachedByArithmeticAndByHandAgree) {
    for (int percent = 1; percent <= 99; ++percent) {
        const double alpha = percent / 100.0;
        EXPECT_TRUE(Signal::quantile(1.0 - 0.5 * alpha) == Signal::quantile((200 - percent) / 200.0))
            << alpha;
        EXPECT_TRUE(Signal::quantile(0.5 * alpha) == Signal::quantile(percent / 200.0)) << alpha;
    }
}

TEST(Signal, DifferentSignalsHaveDifferentNames) {
    const std::set<std::string> names = {
        Signal::mean().name(),
        Signal::quantile(0.05).name(),
        Signal::quantile(0.95).name(),
        Signal::member(1).name(),
        Signal::member(11).name(),
        Signal::dropoutMean(0.1, 100).name(),
        Signal::dropoutMean(0.1, 10).name(),
        Signal::dropoutSpread(0.1, 100).name(),
        Signal::residual(Signal::Space::Net).name(),
        Signal::residual(Signal::Space::Aion).name(),
        Signal::embedding(Signal::Space::Net).name(),
        Signal::kernel(Signal::Space::Net).name(),
    };
    EXPECT_EQ(names.size(), 12u);
}

} // namespace
} // namespace penumbra::uq
