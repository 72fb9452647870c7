#pragma once

#include <cstddef>
#include <string>
#include <utility>

namespace penumbra::workflow {

/// One of several parts of long work, for as many machines.
struct Shard {
    std::size_t number = 1, count = 1; ///< number is one of 1..count
    std::string text() const { return std::to_string(number) + "/" + std::to_string(count); }
    /// [first, last) of so many rows.
    std::pair<std::size_t, std::size_t> range(std::size_t rows) const {
        return {rows * (number - 1) / count, rows * number / count};
    }
};

/// From "3/16"; all of it from "". @throws UsageError for other texts
Shard shardFrom(const std::string& text);

} // namespace penumbra::workflow
