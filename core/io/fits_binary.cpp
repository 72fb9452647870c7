// Decoding the columns of binary tables: big-endian numbers, bits, logicals, texts.

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/io/fits_columns.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

namespace penumbra::io::fits {

namespace {

template <typename Unsigned>
Unsigned swapped(Unsigned value) {
    if constexpr (sizeof(Unsigned) == 8) {
        return __builtin_bswap64(value);
    } else if constexpr (sizeof(Unsigned) == 4) {
        return __builtin_bswap32(value);
    } else if constexpr (sizeof(Unsigned) == 2) {
        return __builtin_bswap16(value);
    } else {
        return value;
    }
}

/// A number as it stands in the file: big-endian.
template <typename T, typename Unsigned>
T load(const unsigned char* cell) {
    static_assert(sizeof(T) == sizeof(Unsigned));
    Unsigned bits;
    std::memcpy(&bits, cell, sizeof bits);
    bits = swapped(bits);
    T value;
    std::memcpy(&value, &bits, sizeof value);
    return value;
}

/// Makes room for `count` more values; grown by blocks, so that a damaged header claims no memory.
template <typename T>
T* grown(std::vector<T>& values, std::size_t count) {
    const std::size_t before = values.size();
    values.resize(before + count);
    return values.data() + before;
}

/// Reserving costs nothing until it is written to.
template <typename T>
std::vector<T> roomFor(const Field& field, std::size_t rows) {
    std::vector<T> values;
    values.reserve(rows * field.column.width);
    return values;
}

/// Calls `each(index, cell)` for all elements of a block.
template <typename Each>
void forElements(const Field& field, std::size_t elementBytes, const unsigned char* rows, std::size_t count,
                 std::size_t stride, Each each) {
    const unsigned char* cell = rows + field.offset;
    const std::size_t width = field.column.width;
    if (width == 1) {
        for (std::size_t row = 0; row < count; ++row, cell += stride) {
            each(row, cell);
        }
        return;
    }
    std::size_t i = 0;
    for (std::size_t row = 0; row < count; ++row, cell += stride) {
        for (std::size_t k = 0; k < width; ++k) {
            each(i++, cell + k * elementBytes);
        }
    }
}

/// Shared by those whose values are of one type.
template <typename Value>
class ValueDecoder : public Decoder {
public:
    ValueDecoder(const Field& field, std::size_t rows)
        : field_(field), values_(roomFor<Value>(field, rows)) {}
    Column finish() override {
        field_.column.values = std::move(values_);
        markMissing(field_.column, missing_);
        return std::move(field_.column);
    }

protected:
    Field field_;
    std::vector<Value> values_;
    std::vector<std::uint8_t> missing_; ///< as long as the values, or empty
};

/// E and D. Scaled ones become float64.
template <typename Stored, typename Unsigned, typename Out>
class RealDecoder : public ValueDecoder<Out> {
public:
    using ValueDecoder<Out>::ValueDecoder;
    void take(const unsigned char* rows, std::size_t count, std::size_t stride) override {
        const Field& field = this->field_;
        Out* out = grown(this->values_, count * field.column.width);
        if (field.scale == 1.0 && field.zero == 0.0) {
            forElements(field, sizeof(Stored), rows, count, stride,
                        [&](std::size_t i, const unsigned char* cell) {
                            out[i] = static_cast<Out>(load<Stored, Unsigned>(cell));
                        });
            return;
        }
        forElements(field, sizeof(Stored), rows, count, stride,
                    [&](std::size_t i, const unsigned char* cell) {
                        out[i] = static_cast<Out>(
                            static_cast<double>(load<Stored, Unsigned>(cell)) * field.scale + field.zero);
                    });
    }
};

constexpr const char* twoTo63 = "9223372036854775808";

bool isTwoTo63(const Field& field) {
    return field.scale == 1.0 && field.zero == 9223372036854775808.0 && field.zeroText.has_value() &&
           (field.zeroText->starts_with(twoTo63) ||
            field.zeroText->find_first_of("EeDd.") != std::string::npos);
}

/// B, I, J, K: integers where the scale is 1 and the zero an integer, as it is for unsigned ones; else
/// float64.
template <typename Stored, typename Unsigned>
class IntegerDecoder : public Decoder {
public:
    IntegerDecoder(const Field& field, std::size_t rows) : field_(field) {
        constexpr double exact = 9007199254740992.0; // 2^53
        if (sizeof(Stored) == 8 && isTwoTo63(field)) {
            wide_ = roomFor<std::uint64_t>(field, rows);
            mode_ = Mode::Unsigned64;
        } else if (field.scale == 1.0 && std::trunc(field.zero) == field.zero &&
                   std::abs(field.zero) < exact) {
            integers_ = roomFor<std::int64_t>(field, rows);
            mode_ = Mode::Integer;
            shift_ = static_cast<std::int64_t>(field.zero);
        } else {
            reals_ = roomFor<double>(field, rows);
            mode_ = Mode::Real;
        }
    }
    void take(const unsigned char* rows, std::size_t count, std::size_t stride) override {
        const std::size_t elements = count * field_.column.width;
        std::uint8_t* flags = field_.nullInteger ? grown(missing_, elements) : nullptr;
        const auto each = [&](auto convert, auto* out) {
            forElements(field_, sizeof(Stored), rows, count, stride,
                        [&](std::size_t i, const unsigned char* cell) {
                            const auto stored = load<Stored, Unsigned>(cell);
                            if (flags != nullptr) {
                                flags[i] = static_cast<std::int64_t>(stored) == *field_.nullInteger ? 1 : 0;
                            }
                            out[i] = convert(stored);
                        });
        };
        switch (mode_) {
        case Mode::Unsigned64:
            return each(
                [](Stored stored) { return static_cast<std::uint64_t>(stored) ^ (std::uint64_t{1} << 63); },
                grown(wide_, elements));
        case Mode::Integer:
            return each([&](Stored stored) { return shifted(static_cast<std::int64_t>(stored)); },
                        grown(integers_, elements));
        case Mode::Real:
            return each(
                [&](Stored stored) { return static_cast<double>(stored) * field_.scale + field_.zero; },
                grown(reals_, elements));
        }
    }
    Column finish() override {
        Column& column = field_.column;
        if (mode_ == Mode::Unsigned64) {
            for (std::size_t i = 0; i < missing_.size(); ++i) {
                wide_[i] = missing_[i] != 0 ? 0 : wide_[i]; // the code must not decide the type
            }
            column.values = narrowed(std::move(wide_));
        } else if (mode_ == Mode::Integer) {
            column.values = std::move(integers_);
        } else {
            column.values = std::move(reals_);
        }
        markMissing(column, missing_);
        return std::move(column);
    }

private:
    std::int64_t shifted(std::int64_t stored) const {
        std::int64_t value = 0;
        if (__builtin_add_overflow(stored, shift_, &value)) {
            throw Error("column " + field_.column.name + ": " + std::to_string(stored) +
                        " plus TZERO = " + std::to_string(shift_) + " is beyond 64 bits");
        }
        return value;
    }
    enum class Mode { Integer, Unsigned64, Real };
    Field field_;
    Mode mode_ = Mode::Integer;
    std::int64_t shift_ = 0;
    std::vector<std::int64_t> integers_;
    std::vector<std::uint64_t> wide_;
    std::vector<double> reals_;
    std::vector<std::uint8_t> missing_;
};

/// L: 'T', 'F', else missing.
class LogicalDecoder : public ValueDecoder<std::uint8_t> {
public:
    using ValueDecoder::ValueDecoder;
    void take(const unsigned char* rows, std::size_t count, std::size_t stride) override {
        const std::size_t elements = count * field_.column.width;
        std::uint8_t* out = grown(values_, elements);
        std::uint8_t* flags = grown(missing_, elements);
        forElements(field_, 1, rows, count, stride, [&](std::size_t i, const unsigned char* cell) {
            out[i] = *cell == 'T' ? 1 : 0;
            flags[i] = *cell != 'T' && *cell != 'F' ? 1 : 0;
        });
    }
};

/// X: bits from the highest; rows end on whole bytes.
class BitDecoder : public ValueDecoder<std::uint8_t> {
public:
    using ValueDecoder::ValueDecoder;
    void take(const unsigned char* rows, std::size_t count, std::size_t stride) override {
        const std::size_t width = field_.column.width;
        std::uint8_t* out = grown(values_, count * width);
        for (std::size_t row = 0; row < count; ++row) {
            const unsigned char* cell = rows + row * stride + field_.offset;
            for (std::size_t k = 0; k < width; ++k) {
                *out++ = static_cast<std::uint8_t>((cell[k / 8] >> (7 - k % 8)) & 1U);
            }
        }
    }
};

/// A: ends at the first zero; blanks at the end go.
class TextDecoder : public ValueDecoder<std::string> {
public:
    using ValueDecoder::ValueDecoder;
    void take(const unsigned char* rows, std::size_t count, std::size_t stride) override {
        forElements(field_, field_.textBytes, rows, count, stride,
                    [&](std::size_t, const unsigned char* cell) {
                        const auto* end = std::find(cell, cell + field_.textBytes, '\0');
                        std::string text(cell, end);
                        text.erase(text.find_last_not_of(' ') + 1);
                        values_.push_back(std::move(text));
                    });
    }
};

} // namespace

std::unique_ptr<Decoder> binaryDecoder(const Field& field, std::size_t rows) {
    const bool scaled = field.scale != 1.0 || field.zero != 0.0;
    switch (field.code) {
    case 'E':
        if (scaled) {
            return std::make_unique<RealDecoder<float, std::uint32_t, double>>(field, rows);
        }
        return std::make_unique<RealDecoder<float, std::uint32_t, float>>(field, rows);
    case 'D':
        return std::make_unique<RealDecoder<double, std::uint64_t, double>>(field, rows);
    case 'B':
        return std::make_unique<IntegerDecoder<std::uint8_t, std::uint8_t>>(field, rows);
    case 'I':
        return std::make_unique<IntegerDecoder<std::int16_t, std::uint16_t>>(field, rows);
    case 'J':
        return std::make_unique<IntegerDecoder<std::int32_t, std::uint32_t>>(field, rows);
    case 'K':
        return std::make_unique<IntegerDecoder<std::int64_t, std::uint64_t>>(field, rows);
    case 'L':
        return std::make_unique<LogicalDecoder>(field, rows);
    case 'X':
        return std::make_unique<BitDecoder>(field, rows);
    case 'A':
        return std::make_unique<TextDecoder>(field, rows);
    default:
        throw Error("column " + field.column.name + " has a format that FITS does not know");
    }
}

} // namespace penumbra::io::fits
