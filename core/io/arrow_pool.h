#pragma once

#include <arrow/memory_pool.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <filesystem>
#include <memory>

namespace penumbra::io {

/// Memory for reading a file, which refuses what a file of its size cannot need: a damaged page or buffer may
/// claim gigabytes. Held at once at most: 1 GiB and 16 times the file, rounded up to a power of two.
///
/// The pools are never destroyed: Arrow's own threads free a last buffer after the call that it belonged to.
inline arrow::MemoryPool* poolFor(const std::filesystem::path& path) {
    using Pools = std::array<std::unique_ptr<arrow::CappedMemoryPool>, 62>;
    static Pools* const pools = [] {
        auto* made = new Pools;
        for (std::size_t bits = 0; bits < made->size(); ++bits)
            (*made)[bits] = std::make_unique<arrow::CappedMemoryPool>(arrow::default_memory_pool(),
                                                                      std::int64_t{1} << bits);
        return made;
    }();
    const std::uint64_t most = (std::uint64_t{1} << 30) + 16 * std::filesystem::file_size(path);
    return (*pools)[std::min<std::size_t>(pools->size() - 1, static_cast<std::size_t>(std::bit_width(most)))]
        .get();
}

} // namespace penumbra::io
