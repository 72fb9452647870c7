#include "core/base/error.h"
#include "core/base/parallel_for.h"

#include <atomic>
#include <gtest/gtest.h>
#include <vector>

using namespace penumbra;

TEST(ParallelFor, VisitsEveryIndexOnce) {
    for (const std::size_t n : {0UL, 1UL, 2UL, 7UL, 1000UL})
        for (const int threads : {0, 1, 3, 16}) {
            std::vector<std::atomic<int>> visits(n);
            parallelFor(n, threads, [&](std::size_t begin, std::size_t end) {
                for (std::size_t i = begin; i < end; ++i)
                    ++visits[i];
            });
            for (const auto& count : visits)
                ASSERT_EQ(count, 1) << n << " items, " << threads << " threads";
        }
}

TEST(ParallelFor, RethrowsWhatAPieceThrew) {
    EXPECT_THROW(parallelFor(100, 4,
                             [](std::size_t begin, std::size_t) {
                                 if (begin >= 25)
                                     throw Error("row 25");
                             }),
                 Error);
}
