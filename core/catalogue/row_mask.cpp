#include "core/catalogue/row_mask.h"

#include "core/base/error.h"

#include <algorithm>
#include <bit>
#include <string>

namespace penumbra {

namespace {

constexpr std::size_t wordBits = 64;

std::size_t wordsFor(std::size_t size) {
    return (size + wordBits - 1) / wordBits;
}

} // namespace

RowMask::RowMask(std::size_t size, Words words)
    : size_(size), words_(std::make_shared<const Words>(std::move(words))) {}

RowMask RowMask::none(std::size_t size) {
    return {size, Words(wordsFor(size), 0)};
}

RowMask RowMask::all(std::size_t size) {
    Words words(wordsFor(size), ~std::uint64_t{0});
    if (size % wordBits != 0)
        words.back() >>= wordBits - size % wordBits;
    return {size, std::move(words)};
}

RowMask RowMask::of(std::size_t size, std::span<const std::int64_t> rows) {
    Words words(wordsFor(size), 0);
    for (const std::int64_t row : rows) {
        if (row < 0 || static_cast<std::size_t>(row) >= size)
            throw Error("Row " + std::to_string(row) + " is none of the catalogue's " + std::to_string(size) +
                        ".");
        const auto at = static_cast<std::size_t>(row);
        words[at / wordBits] |= std::uint64_t{1} << at % wordBits;
    }
    return {size, std::move(words)};
}

std::size_t RowMask::count() const {
    std::size_t sum = 0;
    for (const std::uint64_t word : *words_)
        sum += static_cast<std::size_t>(std::popcount(word));
    return sum;
}

bool RowMask::any() const {
    return std::any_of(words_->begin(), words_->end(), [](std::uint64_t word) { return word != 0; });
}

bool RowMask::contains(std::int64_t row) const {
    if (row < 0 || static_cast<std::size_t>(row) >= size_)
        return false;
    const auto at = static_cast<std::size_t>(row);
    return ((*words_)[at / wordBits] >> at % wordBits & 1U) != 0;
}

std::vector<std::int64_t> RowMask::rows() const {
    std::vector<std::int64_t> out;
    out.reserve(count());
    for (std::size_t w = 0; w < words_->size(); ++w)
        for (std::uint64_t word = (*words_)[w]; word != 0; word &= word - 1)
            out.push_back(
                static_cast<std::int64_t>(w * wordBits + static_cast<std::size_t>(std::countr_zero(word))));
    return out;
}

template <typename Join>
RowMask RowMask::joined(const RowMask& a, const RowMask& b, Join join) {
    if (a.size_ != b.size_)
        throw Error("Sets of rows of different catalogues (" + std::to_string(a.size_) + " and " +
                    std::to_string(b.size_) + " rows) cannot be joined.");
    Words words(a.words_->size());
    for (std::size_t w = 0; w < words.size(); ++w)
        words[w] = join((*a.words_)[w], (*b.words_)[w]);
    return {a.size_, std::move(words)};
}

RowMask operator&(const RowMask& a, const RowMask& b) {
    return RowMask::joined(a, b, [](std::uint64_t x, std::uint64_t y) { return x & y; });
}

RowMask operator|(const RowMask& a, const RowMask& b) {
    return RowMask::joined(a, b, [](std::uint64_t x, std::uint64_t y) { return x | y; });
}

RowMask operator^(const RowMask& a, const RowMask& b) {
    return RowMask::joined(a, b, [](std::uint64_t x, std::uint64_t y) { return x ^ y; });
}

RowMask operator-(const RowMask& a, const RowMask& b) {
    return RowMask::joined(a, b, [](std::uint64_t x, std::uint64_t y) { return x & ~y; });
}

RowMask RowMask::operator~() const {
    return all(size_) - *this;
}

bool RowMask::operator==(const RowMask& other) const {
    return size_ == other.size_ && (words_ == other.words_ || *words_ == *other.words_);
}

RowMask combined(const RowMask& present, const RowMask& added, Combine how) {
    switch (how) {
    case Combine::Add:
        return present | added;
    case Combine::Remove:
        return present - added;
    case Combine::Toggle:
        return present ^ added;
    case Combine::Intersect:
        return present & added;
    default:
        return added;
    }
}

} // namespace penumbra
