#include "core/base/bounded_queue.h"

#include <atomic>
#include <gtest/gtest.h>
#include <thread>

using namespace penumbra;

TEST(BoundedQueue, KeepsOrderAndIsNeverMoreThanItsCapacityAhead) {
    BoundedQueue<int> queue(3);
    std::atomic<int> made = 0;
    std::jthread maker([&] {
        for (int i = 0; i < 1000 && queue.push(i); ++i)
            made = i + 1;
        queue.close();
    });
    int taken = 0;
    while (const auto value = queue.pop()) {
        EXPECT_EQ(*value, taken++);
        EXPECT_LE(made.load(), taken + 3 + 1); // one more may be on its way in
    }
    EXPECT_EQ(taken, 1000);
}

TEST(BoundedQueue, ClosingFreesAWaitingMaker) {
    BoundedQueue<int> queue(1);
    std::atomic<bool> ended = false;
    std::jthread maker([&] {
        while (queue.push(1)) {
        }
        ended = true;
    });
    EXPECT_EQ(queue.pop(), 1);
    queue.close();
    maker.join();
    EXPECT_TRUE(ended);
    while (queue.pop()) {
    }
    EXPECT_FALSE(queue.push(2));
}
