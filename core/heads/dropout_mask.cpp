#include "core/heads/dropout_mask.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/empty.h>
#include <algorithm>
#include <cmath>

namespace penumbra::heads {

namespace {
constexpr std::uint64_t golden = 0x9e3779b97f4a7c15ULL;
constexpr std::uint64_t firstFactor = 0xbf58476d1ce4e5b9ULL;
constexpr std::uint64_t secondFactor = 0x94d049bb133111ebULL;

std::uint64_t mixed(std::uint64_t z) { // SplitMix64's finaliser
    z += golden;
    z = (z ^ (z >> 30)) * firstFactor;
    z = (z ^ (z >> 27)) * secondFactor;
    return z ^ (z >> 31);
}

/// Tensors know signed integers only; their sums and products wrap to the same bits.
constexpr std::int64_t bitsOf(std::uint64_t value) {
    return static_cast<std::int64_t>(value);
}

void xorShifted(at::Tensor& z, int places) {
    at::Tensor shifted = z.bitwise_right_shift(places);
    shifted.bitwise_and_((std::int64_t{1} << (64 - places)) - 1); // the copies of the sign
    z.bitwise_xor_(shifted);
}

/// As `mixed` above, in place.
void mix(at::Tensor& z) {
    z.add_(bitsOf(golden));
    xorShifted(z, 30);
    z.mul_(bitsOf(firstFactor));
    xorShifted(z, 27);
    z.mul_(bitsOf(secondFactor));
    xorShifted(z, 31);
}
} // namespace

DropoutMask DropoutMask::of(double rate, std::uint64_t seed) {
    const auto dropBelow =
        std::min<std::uint32_t>(65535, static_cast<std::uint32_t>(std::lround(rate * 65536.0)));
    return {seed, dropBelow, 65536.0F / static_cast<float>(65536 - dropBelow)};
}

void DropoutMask::fill(std::span<const std::uint64_t> keys, std::int64_t units, std::uint64_t pass,
                       std::uint64_t layer, float* to) const {
    for (const std::uint64_t row : keys) {
        const std::uint64_t key = mixed(mixed(mixed(seed) ^ row) ^ ((pass << 8) | layer));
        const auto decide = [this](std::uint64_t bits) {
            return static_cast<float>(static_cast<std::uint32_t>(bits & 0xffffU) >= dropBelow) * scale;
        };
        const auto hash = [key](std::int64_t unit) {
            return mixed(key + static_cast<std::uint64_t>(unit) * golden);
        };
        std::int64_t unit = 0;
        for (; unit + 4 <= units; unit += 4, to += 4) { // unrolled: this is the costly part of a pass
            const std::uint64_t bits = hash(unit);
            to[0] = decide(bits);
            to[1] = decide(bits >> 16);
            to[2] = decide(bits >> 32);
            to[3] = decide(bits >> 48);
        }
        for (std::uint64_t bits = hash(unit); unit < units; ++unit, bits >>= 16)
            *to++ = decide(bits);
    }
}

DropoutMaskTensors::DropoutMaskTensors(const DropoutMask& mask, const std::vector<int>& units,
                                       at::Device device)
    : mask_(mask), units_(units) {
    const auto integers = at::TensorOptions().dtype(at::kLong).device(device);
    for (const int count : units)
        unitSteps_.push_back(at::arange((count + 3) / 4, integers).mul_(bitsOf(4 * golden)).unsqueeze(0));
    rowKeys_ = at::arange(0, integers).unsqueeze(1);
}

void DropoutMaskTensors::begin(std::span<const std::uint64_t> keys) {
    at::Tensor onHost = at::empty({static_cast<std::int64_t>(keys.size()), 1}, at::kLong);
    std::copy(keys.begin(), keys.end(), onHost.mutable_data_ptr<std::int64_t>());
    rowKeys_ = onHost.to(rowKeys_.device());
    rowKeys_.bitwise_xor_(bitsOf(mixed(mask_.seed)));
    mix(rowKeys_);
}

at::Tensor DropoutMaskTensors::mask(std::int64_t pass, std::size_t layer) const {
    at::Tensor key = rowKeys_.bitwise_xor((pass << 8) | static_cast<std::int64_t>(layer));
    mix(key);
    at::Tensor bits = key.add(unitSteps_[layer]); // [rows, quadruples]
    mix(bits);
    // Read as signed numbers of 16 bits, lowest first; so the upper half is moved below the lower.
    bits.bitwise_xor_(bitsOf(0x8000800080008000ULL));
    const std::int64_t threshold = static_cast<std::int64_t>(mask_.dropBelow) - 0x8000;
    return bits.view(at::kShort)
        .narrow(1, 0, units_[layer])
        .ge(threshold)
        .mul(static_cast<double>(mask_.scale));
}

} // namespace penumbra::heads
