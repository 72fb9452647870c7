#include "core/base/rng.h"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>

using namespace penumbra;

// Thresholds: each statistic below exceeds its bound with probability under 1e-6 for a correct generator.

TEST(Rng, SameSeedSameNumbersOtherStreamOtherNumbers) {
    Rng a(5), b(5), c(6), d(5, 1);
    int sameAsC = 0, sameAsD = 0;
    for (int i = 0; i < 100; ++i) {
        const auto x = a.next();
        EXPECT_EQ(x, b.next());
        sameAsC += x == c.next();
        sameAsD += x == d.next();
    }
    EXPECT_EQ(sameAsC, 0);
    EXPECT_EQ(sameAsD, 0);
}

TEST(Rng, UniformPassesChiSquare) {
    Rng rng(11);
    constexpr int bins = 64, n = 640'000;
    std::vector<double> count(bins, 0.0);
    for (int i = 0; i < n; ++i) {
        const double u = rng.uniform();
        ASSERT_GE(u, 0.0);
        ASSERT_LT(u, 1.0);
        count[static_cast<std::size_t>(u * bins)] += 1.0;
    }
    double chi2 = 0.0;
    for (const double c : count)
        chi2 += (c - n / bins) * (c - n / bins) / (n / bins);
    EXPECT_LT(chi2, 63 + 5.5 * std::sqrt(2.0 * 63));
}

TEST(Rng, NormalHasTheRightMomentsAndTails) {
    Rng rng(12);
    constexpr int n = 400'000;
    double sum = 0, square = 0, fourth = 0;
    int beyond = 0;
    for (int i = 0; i < n; ++i) {
        const double x = rng.normal();
        sum += x;
        square += x * x;
        fourth += x * x * x * x;
        beyond += std::abs(x) > 1.959963984540054;
    }
    EXPECT_NEAR(sum / n, 0.0, 5.0 / std::sqrt(n));
    EXPECT_NEAR(square / n, 1.0, 5.0 * std::sqrt(2.0 / n));
    EXPECT_NEAR(fourth / n, 3.0, 5.0 * std::sqrt(96.0 / n));
    EXPECT_NEAR(beyond / double(n), 0.05, 5.0 * std::sqrt(0.05 * 0.95 / n));
}

TEST(Rng, BelowIsUnbiased) {
    Rng rng(13);
    constexpr int n = 300'000;
    std::vector<double> count(3, 0.0);
    for (int i = 0; i < n; ++i)
        count[rng.below(3)] += 1.0;
    for (const double c : count)
        EXPECT_NEAR(c / n, 1.0 / 3.0, 5.0 * std::sqrt(2.0 / 9.0 / n));
}

TEST(Rng, PermutationIsOneAndVisitsEveryPlace) {
    Rng rng(14);
    auto order = rng.permutation(1000);
    auto sorted = order;
    std::sort(sorted.begin(), sorted.end());
    for (std::size_t i = 0; i < sorted.size(); ++i)
        ASSERT_EQ(sorted[i], i);
    EXPECT_NE(order, sorted);
    constexpr int n = 60'000;
    std::vector<double> firstPlace(4, 0.0);
    for (int i = 0; i < n; ++i)
        firstPlace[rng.permutation(4).front()] += 1.0;
    for (const double c : firstPlace)
        EXPECT_NEAR(c / n, 0.25, 5.0 * std::sqrt(0.1875 / n));
}
