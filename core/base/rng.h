#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace penumbra {

/// xoshiro256++ (Blackman & Vigna 2019) seeded by SplitMix64. Results do not depend on the standard library,
/// so a seed means the same numbers everywhere.
class Rng {
public:
    explicit Rng(std::uint64_t seed, std::uint64_t stream = 0);
    std::uint64_t next();
    double uniform();                     ///< [0, 1)
    double normal();                      ///< mean 0, variance 1 (Box-Muller)
    std::uint64_t below(std::uint64_t n); ///< 0..n-1, unbiased; n > 0
    std::vector<std::size_t> permutation(std::size_t n);

private:
    std::uint64_t state_[4];
    double spare_ = 0.0;
    bool hasSpare_ = false;
};

} // namespace penumbra
