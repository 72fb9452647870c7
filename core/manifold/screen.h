#pragma once

// Internal: a short image of each row whose distances never exceed the true ones.
#include "core/base/run_context.h"
#include "core/manifold/metric.h"

#include <cstdint>
#include <vector>

namespace penumbra::manifold {

/// Coordinates along the first principal components and, as one more, the length of what these leave out:
/// |s_i - s_j| <= |x_i - x_j|. A row whose image is too far need not be looked at. Narrow rows are their own
/// image.
class Screen {
public:
    Screen(const SearchRows& rows, std::uint64_t seed, const RunContext& context);
    std::size_t width() const { return width_; }
    const float* row(std::size_t i) const { return data_ + i * width_; }
    const float* data() const { return data_; }
    bool isWhole() const { return values_.empty(); } ///< the rows themselves: distances are exact

private:
    std::size_t width_ = 0;
    const float* data_ = nullptr;
    std::vector<float> values_;
};

} // namespace penumbra::manifold
