#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace penumbra {

/// How a new set of rows meets the one there is.
enum class Combine {
    Replace,   ///< the new one alone
    Add,       ///< both
    Remove,    ///< what is not in the new one
    Toggle,    ///< what is in one of them only
    Intersect, ///< what is in both
};

/// A set of rows of one catalogue, a bit a row. A value: copies share their bits, which never change.
class RowMask {
public:
    RowMask() = default; ///< of a catalogue without rows
    static RowMask none(std::size_t size);
    static RowMask all(std::size_t size);
    /// @throws Error for a row below 0 or not below size
    static RowMask of(std::size_t size, std::span<const std::int64_t> rows);

    std::size_t size() const { return size_; } ///< rows that may be in it
    std::size_t count() const;                 ///< rows that are
    bool any() const;
    bool contains(std::int64_t row) const;  ///< false for rows beyond its size
    std::vector<std::int64_t> rows() const; ///< ascending

    /// Of two of the same size. @throws Error for others
    friend RowMask operator&(const RowMask& a, const RowMask& b);
    friend RowMask operator|(const RowMask& a, const RowMask& b);
    friend RowMask operator^(const RowMask& a, const RowMask& b);
    friend RowMask operator-(const RowMask& a, const RowMask& b); ///< in a and not in b
    RowMask operator~() const;
    bool operator==(const RowMask& other) const; ///< same size, same rows

private:
    using Words = std::vector<std::uint64_t>;
    RowMask(std::size_t size, Words words);
    template <typename Join>
    static RowMask joined(const RowMask& a, const RowMask& b, Join join);
    std::size_t size_ = 0;
    std::shared_ptr<const Words> words_ = std::make_shared<const Words>(); ///< bits beyond size_ are 0
};

RowMask combined(const RowMask& present, const RowMask& added, Combine how);

} // namespace penumbra
