#include "core/catalogue/row_mask.h"

#include "core/base/error.h"
#include "core/base/rng.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <iterator>
#include <set>

namespace penumbra {
namespace {

using Rows = std::set<std::int64_t>;

Rows drawn(Rng& rng, std::size_t size, double share) {
    Rows rows;
    for (std::size_t i = 0; i < size; ++i)
        if (rng.uniform() < share)
            rows.insert(static_cast<std::int64_t>(i));
    return rows;
}

RowMask maskOf(std::size_t size, const Rows& rows) {
    const std::vector<std::int64_t> list(rows.begin(), rows.end());
    return RowMask::of(size, list);
}

Rows rowsOf(const RowMask& mask) {
    const auto rows = mask.rows();
    EXPECT_TRUE(std::is_sorted(rows.begin(), rows.end()));
    EXPECT_EQ(rows.size(), mask.count());
    EXPECT_EQ(!rows.empty(), mask.any());
    return {rows.begin(), rows.end()};
}

template <typename Algorithm>
Rows bySets(const Rows& a, const Rows& b, Algorithm algorithm) {
    Rows out;
    algorithm(a.begin(), a.end(), b.begin(), b.end(), std::inserter(out, out.end()));
    return out;
}

} // namespace

// Against std::set, at sizes about the words' edges.
TEST(RowMask, DoesWhatSetsDo) {
    Rng rng(4);
    for (const std::size_t size : {0, 1, 5, 63, 64, 65, 127, 128, 129, 1000})
        for (const double share : {0.0, 0.1, 0.5, 1.0}) {
            const Rows a = drawn(rng, size, share), b = drawn(rng, size, 0.4);
            const RowMask x = maskOf(size, a), y = maskOf(size, b);
            const auto cut = [](auto... args) { return std::set_intersection(args...); };
            const auto join = [](auto... args) { return std::set_union(args...); };
            const auto less = [](auto... args) { return std::set_difference(args...); };
            const auto either = [](auto... args) { return std::set_symmetric_difference(args...); };
            EXPECT_EQ(rowsOf(x), a);
            EXPECT_EQ(rowsOf(x & y), bySets(a, b, cut));
            EXPECT_EQ(rowsOf(x | y), bySets(a, b, join));
            EXPECT_EQ(rowsOf(x - y), bySets(a, b, less));
            EXPECT_EQ(rowsOf(x ^ y), bySets(a, b, either));
            EXPECT_EQ(rowsOf(~x), bySets(rowsOf(RowMask::all(size)), a, less));
            EXPECT_EQ(RowMask::all(size).count(), size);
            EXPECT_EQ(RowMask::none(size).count(), 0U);
            EXPECT_EQ(rowsOf(combined(x, y, Combine::Replace)), b);
            EXPECT_EQ(rowsOf(combined(x, y, Combine::Add)), bySets(a, b, join));
            EXPECT_EQ(rowsOf(combined(x, y, Combine::Remove)), bySets(a, b, less));
            EXPECT_EQ(rowsOf(combined(x, y, Combine::Toggle)), bySets(a, b, either));
            EXPECT_EQ(x == y, a == b);
            EXPECT_TRUE(~~x == x);
            for (std::int64_t row = -2; row < static_cast<std::int64_t>(size) + 70; ++row)
                EXPECT_EQ(x.contains(row), a.count(row) == 1) << row;
        }
}

TEST(RowMask, RefusesRowsThatAreNotThere) {
    const std::vector<std::int64_t> beyond = {64}, below = {-1}, twice = {3, 3};
    EXPECT_THROW(RowMask::of(64, beyond), Error);
    EXPECT_THROW(RowMask::of(64, below), Error);
    EXPECT_EQ(RowMask::of(64, twice).count(), 1U);
    EXPECT_THROW(RowMask::all(64) & RowMask::all(65), Error);
    EXPECT_FALSE(RowMask::none(64) == RowMask::none(65));
    EXPECT_EQ(RowMask().count(), 0U);
}

TEST(RowMask, CopiesAreValues) {
    const RowMask a = RowMask::all(100);
    RowMask b = a;
    b = b - a;
    EXPECT_EQ(a.count(), 100U);
    EXPECT_EQ(b.count(), 0U);
}

} // namespace penumbra
