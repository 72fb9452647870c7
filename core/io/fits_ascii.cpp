// Decoding the columns of ASCII tables (FITS standard 4.0, section 7.2.5).

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/io/fits_columns.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

namespace penumbra::io::fits {

namespace {

/// Shared: the cells as texts, and which are missing.
class CellDecoder : public Decoder {
public:
    CellDecoder(const Field& field, std::string source)
        : field_(field), source_(std::move(source)), nullText_(trimmed(field.nullText)) {}
    void take(const unsigned char* rows, std::size_t count, std::size_t stride) override {
        for (std::size_t row = 0; row < count; ++row) {
            const auto* cell = reinterpret_cast<const char*>(rows + row * stride + field_.offset);
            std::string_view whole(cell, field_.bytes);
            whole = whole.substr(0, whole.find('\0'));
            const std::string_view text = trimmed(whole);
            // TNULL is compared without its blanks: writers put it on either side of the field.
            const bool absent = !nullText_.empty() && text == nullText_;
            takeCell(whole, absent ? std::string_view() : text);
            missing_.push_back(absent || (text.empty() && blankIsMissing()) ? 1 : 0);
            ++row_;
        }
    }
    Column finish() override {
        field_.column.values = settle();
        markMissing(field_.column, missing_);
        return std::move(field_.column);
    }

protected:
    virtual bool blankIsMissing() const { return true; }
    virtual void takeCell(std::string_view whole, std::string_view text) = 0;
    virtual Column::Values settle() = 0;
    [[noreturn]] void refuse(std::string_view text, const char* wanted) const {
        throw Error(source_ + ": row " + std::to_string(row_) + ", column " + field_.column.name + ": '" +
                    std::string(text) + "' is not " + wanted);
    }
    bool isScaled() const { return field_.scale != 1.0 || field_.zero != 0.0; }

    Field field_;
    std::string source_;
    std::string nullText_;
    std::vector<std::uint8_t> missing_;
    std::size_t row_ = 0;
};

class AsciiText : public CellDecoder {
public:
    using CellDecoder::CellDecoder;

private:
    bool blankIsMissing() const override { return false; }
    void takeCell(std::string_view whole, std::string_view text) override {
        std::string kept(text.empty() ? text : whole);
        kept.erase(kept.find_last_not_of(' ') + 1);
        texts_.push_back(std::move(kept));
    }
    Column::Values settle() override { return std::move(texts_); }
    std::vector<std::string> texts_;
};

class AsciiReal : public CellDecoder {
public:
    using CellDecoder::CellDecoder;

private:
    void takeCell(std::string_view, std::string_view text) override {
        if (text.empty()) {
            values_.push_back(std::numeric_limits<double>::quiet_NaN());
            return;
        }
        std::string plain(text.starts_with('+') ? text.substr(1) : text);
        std::replace_if(
            plain.begin(), plain.end(), [](char c) { return c == 'D' || c == 'd'; }, 'E');
        const auto value = parseReal(plain);
        if (!value) {
            refuse(text, "a number");
        }
        const bool whole = plain.find_first_of(".EeNnIi") == std::string::npos;
        const double real = whole ? *value / std::pow(10.0, field_.decimals) : *value;
        values_.push_back(isScaled() ? real * field_.scale + field_.zero : real);
    }
    Column::Values settle() override { return std::move(values_); }
    std::vector<double> values_;
};

class AsciiInteger : public CellDecoder {
public:
    using CellDecoder::CellDecoder;

private:
    /// Digits, until all cells have told which type holds them.
    void takeCell(std::string_view, std::string_view text) override {
        const std::string_view digits = text.starts_with('+') ? text.substr(1) : text;
        if (!text.empty() && !parsed<std::int64_t>(digits)) {
            if (!parsed<std::uint64_t>(digits)) {
                refuse(text, "an integer of 64 bits");
            }
            beyond_ = true;
        }
        negative_ = negative_ || digits.starts_with('-');
        if (beyond_ && negative_) {
            refuse(text, "in one type with the integers above it: some are negative, some beyond 2^63");
        }
        texts_.emplace_back(digits);
    }
    template <typename T>
    static std::optional<T> parsed(std::string_view digits) {
        T value = 0;
        const auto result = std::from_chars(digits.data(), digits.data() + digits.size(), value);
        const bool whole = result.ec == std::errc() && result.ptr == digits.data() + digits.size();
        return whole ? std::optional(value) : std::nullopt;
    }
    template <typename T>
    std::vector<T> all() const {
        std::vector<T> values;
        values.reserve(texts_.size());
        for (const std::string& text : texts_) {
            values.push_back(parsed<T>(text).value_or(0));
        }
        return values;
    }
    Column::Values settle() override {
        if (isScaled()) {
            std::vector<double> reals;
            for (const std::string& text : texts_) {
                reals.push_back(parseReal(text).value_or(0) * field_.scale + field_.zero);
            }
            return reals;
        }
        return beyond_ ? Column::Values(all<std::uint64_t>()) : Column::Values(all<std::int64_t>());
    }
    std::vector<std::string> texts_;
    bool beyond_ = false, negative_ = false;
};

} // namespace

std::unique_ptr<Decoder> asciiDecoder(const Field& field, const std::string& source) {
    switch (field.code) {
    case 'A':
        return std::make_unique<AsciiText>(field, source);
    case 'I':
        return std::make_unique<AsciiInteger>(field, source);
    default:
        return std::make_unique<AsciiReal>(field, source);
    }
}

} // namespace penumbra::io::fits
