#include "core/base/rng.h"

#include <cmath>
#include <numbers>
#include <numeric>

namespace penumbra {

namespace {
std::uint64_t splitMix(std::uint64_t& state) {
    std::uint64_t z = (state += 0x9e3779b97f4a7c15ULL);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
}
std::uint64_t rotateLeft(std::uint64_t x, int k) {
    return (x << k) | (x >> (64 - k));
}
} // namespace

Rng::Rng(std::uint64_t seed, std::uint64_t stream) {
    // Hash the stream first: neighbouring (seed, stream) pairs must not give shifted copies of one sequence.
    std::uint64_t mixed = stream;
    std::uint64_t state = seed ^ splitMix(mixed);
    for (auto& word : state_)
        word = splitMix(state);
}

std::uint64_t Rng::next() {
    const std::uint64_t result = rotateLeft(state_[0] + state_[3], 23) + state_[0];
    const std::uint64_t t = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= t;
    state_[3] = rotateLeft(state_[3], 45);
    return result;
}

double Rng::uniform() {
    return static_cast<double>(next() >> 11) * 0x1.0p-53;
}

double Rng::normal() {
    if (hasSpare_) {
        hasSpare_ = false;
        return spare_;
    }
    const double radius = std::sqrt(-2.0 * std::log(1.0 - uniform())); // 1 - u is never 0
    const double angle = 2.0 * std::numbers::pi * uniform();
    spare_ = radius * std::sin(angle);
    hasSpare_ = true;
    return radius * std::cos(angle);
}

std::uint64_t Rng::below(std::uint64_t n) {
    const std::uint64_t limit = -n % n; // 2^64 mod n: values under it would make small results likelier
    std::uint64_t x = next();
    while (x < limit)
        x = next();
    return x % n;
}

std::vector<std::size_t> Rng::permutation(std::size_t n) {
    std::vector<std::size_t> order(n);
    std::iota(order.begin(), order.end(), std::size_t{0});
    for (std::size_t i = n; i > 1; --i)
        std::swap(order[i - 1], order[below(i)]);
    return order;
}

} // namespace penumbra
