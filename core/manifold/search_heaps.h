#pragma once

// Internal: what searches for neighbours share.
#include "core/manifold/nn_descent.h"
#include "core/manifold/screen.h"

#include <algorithm>
#include <limits>

namespace penumbra::manifold {

/// The nearest found so far of every row, each row written by one thread at a time.
class Heaps {
public:
    Heaps(std::size_t rows, std::size_t size)
        : size_(size), index_(rows * size, none), squared_(rows * size, infinite), fresh_(rows * size, 0) {}
    static constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();
    static constexpr float infinite = std::numeric_limits<float>::infinity();

    std::size_t size() const { return size_; }
    float worst(std::size_t row) const { return squared_[row * size_ + size_ - 1]; }
    const std::uint32_t* index(std::size_t row) const { return index_.data() + row * size_; }
    float squared(std::size_t row, std::size_t j) const { return squared_[row * size_ + j]; }
    std::uint8_t& fresh(std::size_t row, std::size_t j) { return fresh_[row * size_ + j]; }
    void freshen() { std::fill(fresh_.begin(), fresh_.end(), std::uint8_t{1}); }

    /// Ties by index, so that the order of offers does not matter. Whether it was taken.
    bool offer(std::size_t row, std::uint32_t other, float squared) {
        const std::size_t base = row * size_;
        const auto before = [&](std::size_t at) {
            return squared < squared_[at] || (squared == squared_[at] && other < index_[at]);
        };
        if (!before(base + size_ - 1))
            return false;
        std::size_t place = size_;
        while (place > 0 && before(base + place - 1))
            --place;
        for (std::size_t j = 0; j < place; ++j) // further ones would differ in distance
            if (index_[base + j] == other)
                return false;
        for (std::size_t j = size_ - 1; j > place; --j) {
            index_[base + j] = index_[base + j - 1];
            squared_[base + j] = squared_[base + j - 1];
            fresh_[base + j] = fresh_[base + j - 1];
        }
        index_[base + place] = other;
        squared_[base + place] = squared;
        fresh_[base + place] = 1;
        return true;
    }
    Heaps widened(std::size_t size) const {
        const std::size_t rows = index_.size() / size_;
        Heaps wide(rows, size);
        for (std::size_t row = 0; row < rows; ++row)
            for (std::size_t j = 0; j < std::min(size, size_) && index(row)[j] != none; ++j)
                wide.offer(row, index(row)[j], squared(row, j));
        return wide;
    }

private:
    std::size_t size_;
    std::vector<std::uint32_t> index_;
    std::vector<float> squared_;
    std::vector<std::uint8_t> fresh_;
};

struct Work {
    const SearchRows& rows;
    const Screen& screen;
    const SearchOptions& options;
    const RunContext& context;
};

/// What images leave out of squared distances, judged by the neighbours so far: a mean less its scatter. A
/// guess, which the recall that is measured at the end answers for.
float leftOut(const Work& work, const Heaps& heaps, std::size_t row);

} // namespace penumbra::manifold
