#pragma once

// Internal: where the search for neighbours starts.
#include "core/manifold/screen.h"

namespace penumbra::manifold {

/// All rows, those of one leaf side by side.
struct Leaves {
    std::vector<std::uint32_t> rows;  ///< [N]
    std::vector<std::size_t> offsets; ///< [leaves + 1]
};

/// Parts rows by planes halfway between two random ones of them until at most `leafSize` are left (Dasgupta &
/// Freund 2008).
Leaves growProjectionTree(const Screen& screen, std::size_t rows, std::size_t leafSize, std::uint64_t seed,
                          std::uint64_t tree);

} // namespace penumbra::manifold
