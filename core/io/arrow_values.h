#pragma once

// Values of Arrow's leaf arrays as those of a Column; internal to core/io/arrow_*.

#include "core/io/table.h"

#include <arrow/api.h>

#include <memory>
#include <string>
#include <vector>

namespace penumbra::io {

/// Why a column cannot be taken over; caught by ArrowColumn.
struct Unfit {
    std::string reason;
};

/// Elements in the order they come, with their missing ones.
class ArrowValues {
public:
    void reserve(std::size_t elements, std::size_t bytes);
    /// Elements begin .. begin + count of an array without lists or structs. @throws Unfit for types and
    /// bytes that no column holds.
    void append(const arrow::Array& array, std::int64_t begin, std::int64_t count);
    void appendMissing(std::size_t count);
    std::size_t size() const;

    bool started = false;             ///< the type is known
    Column::Values values;            ///< reals: NaN where missing
    std::vector<std::uint8_t> blanks; ///< other types: 1 where missing; empty: none
    std::string unit;                 ///< of durations: "s", "ms" ...

    /// Sets the type of `values`. @throws Unfit
    void start(const arrow::DataType& type);

private:
    void appendDictionary(const arrow::DictionaryArray& array, std::int64_t begin, std::int64_t count);
    void blank(std::size_t element);
    template <typename ArrowType, typename Value>
    void appendNumbers(const arrow::Array& array, std::int64_t begin, std::int64_t count);
    template <typename Value, typename Make>
    void appendMade(const arrow::Array& array, std::int64_t begin, std::int64_t count, Make make);
    template <typename Array>
    void appendTexts(const arrow::Array& array, std::int64_t begin, std::int64_t count, bool binary);

    std::shared_ptr<arrow::Array> dictionary_; ///< whose values dictionaryValues_ are
    std::unique_ptr<ArrowValues> dictionaryValues_;
};

} // namespace penumbra::io
