#include "core/io/votable_column.h"

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/io/table_readers_internal.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>

namespace penumbra::io::votable {

namespace {

constexpr std::size_t mostRowsNamed = 20;

Column::Values valuesFor(const Field& field) {
    switch (field.datatype) {
    case Datatype::Boolean:
    case Datatype::Bit:
        return std::vector<std::uint8_t>();
    case Datatype::UnsignedByte:
    case Datatype::Short:
    case Datatype::Int:
    case Datatype::Long:
        return std::vector<std::int64_t>();
    case Datatype::Float:
        return std::vector<float>();
    case Datatype::Double:
        return std::vector<double>();
    default:
        return std::vector<std::string>();
    }
}

/// Decimal, or hexadecimal as the standard allows.
std::optional<std::int64_t> integerOf(std::string_view text) {
    text = trimmed(text);
    if (!text.starts_with("0x") && !text.starts_with("0X"))
        return parseInteger(text);
    std::uint64_t bits = 0;
    const auto [end, status] = std::from_chars(text.data() + 2, text.data() + text.size(), bits, 16);
    if (status != std::errc() || end != text.data() + text.size())
        return std::nullopt;
    return static_cast<std::int64_t>(bits);
}

bool isBlank(char c) {
    return c == ' ' || c == ',' || (c >= '\t' && c <= '\r');
}

template <typename Take>
void eachToken(std::string_view text, Take take) {
    for (std::size_t at = 0; at < text.size();) {
        if (isBlank(text[at])) {
            ++at;
            continue;
        }
        std::size_t end = at;
        while (end < text.size() && !isBlank(text[end]))
            ++end;
        take(text.substr(at, end - at));
        at = end;
    }
}

template <typename Number>
Number bigEndian(const unsigned char* bytes) {
    unsigned char turned[sizeof(Number)];
    std::reverse_copy(bytes, bytes + sizeof(Number), turned);
    Number value;
    std::memcpy(&value, turned, sizeof value);
    return value;
}

/// UTF-16, as unicodeChar is written in practice.
std::string fromUtf16(const unsigned char* bytes, std::size_t count) {
    std::string text;
    std::string_view left(reinterpret_cast<const char*>(bytes), 2 * count);
    appendUtf16(text, left, true);
    if (!left.empty())
        appendUtf8(text, 0xfffd); // half a character at the end
    return text;
}

/// The letters before the first zero; blanks that only fill a fixed length go.
std::string cellText(std::string text, bool padded) {
    text.erase(std::min(text.find('\0'), text.size()));
    if (padded)
        text.erase(text.find_last_not_of(' ') + 1);
    return text;
}

/// The place after `letters` characters of UTF-8.
std::size_t afterLetters(std::string_view text, std::size_t letters) {
    std::size_t at = 0;
    while (at < text.size() && letters-- > 0)
        for (++at; at < text.size() && (static_cast<unsigned char>(text[at]) & 0xc0U) == 0x80;)
            ++at;
    return at;
}

std::optional<bool> booleanOf(std::string_view token) {
    const std::string word = lowered(token);
    if (word == "t" || word == "true" || word == "1")
        return true;
    if (word == "f" || word == "false" || word == "0")
        return false;
    return std::nullopt;
}

} // namespace

ColumnBuilder::ColumnBuilder(Field field, std::size_t mostElements)
    : field_(std::move(field)), mostElements_(mostElements), values_(valuesFor(field_)) {
    if (field_.null) {
        nullInteger_ = integerOf(*field_.null);
        nullReal_ = parseReal(*field_.null);
    }
}

std::size_t ColumnBuilder::count() const {
    return std::visit([](const auto& values) { return values.size(); }, values_);
}

template <typename Value>
void ColumnBuilder::push(Value value, bool missing) {
    std::get<std::vector<Value>>(values_).push_back(std::move(value));
    missing_.push_back(missing ? 1 : 0);
}

void ColumnBuilder::pushInteger(std::int64_t value) {
    push(value, nullInteger_ == value);
}

void ColumnBuilder::pushReal(double value) {
    const bool missing = std::isnan(value) || nullReal_ == value;
    if (missing)
        value = std::numeric_limits<double>::quiet_NaN();
    if (field_.datatype == Datatype::Float)
        push(static_cast<float>(value), missing);
    else
        push(value, missing);
}

void ColumnBuilder::addMissing() {
    if (ragged_)
        return;
    endCell(count());
}

void ColumnBuilder::addText(std::string_view cell) {
    if (ragged_)
        return;
    const std::size_t before = count();
    if (field_.isText()) {
        if (!cell.empty() && field_.null != std::string(cell))
            pushTexts(cell);
    } else if (field_.null && trimmed(cell) == trimmed(*field_.null)) {
        // missing, even where it is no number
    } else if (field_.datatype == Datatype::Bit && !field_.variable && field_.elements > 1 &&
               trimmed(cell).size() == field_.elements) {
        for (const char bit : trimmed(cell)) // "0110"
            addNumber(std::string_view(&bit, 1));
    } else {
        eachToken(cell, [&](std::string_view token) { addNumber(token); });
    }
    endCell(before);
}

void ColumnBuilder::pushTexts(std::string_view cell) {
    const bool padded = !field_.variable || field_.textLength > 0;
    if (field_.textLength == 0)
        return push(cellText(std::string(cell), padded), false);
    while (!cell.empty()) {
        const std::size_t end = afterLetters(cell, field_.textLength);
        push(cellText(std::string(cell.substr(0, end)), padded), false);
        cell.remove_prefix(end);
    }
}

void ColumnBuilder::addNumber(std::string_view token) {
    switch (field_.datatype) {
    case Datatype::Boolean:
    case Datatype::Bit: {
        const auto value = booleanOf(token);
        if (!value && token != "?")
            return addWrong(token);
        return push(static_cast<std::uint8_t>(value.value_or(false)), !value);
    }
    case Datatype::Float:
        if (const auto single = parseReal(token)) {
            float value = 0; // not through a double: rounded once
            const auto digits = token.starts_with('+') ? token.substr(1) : token;
            const auto status = std::from_chars(digits.data(), digits.data() + digits.size(), value).ec;
            return pushReal(status == std::errc() ? static_cast<double>(value) : *single);
        }
        return addWrong(token);
    case Datatype::Double:
        if (const auto value = parseReal(token))
            return pushReal(*value);
        return addWrong(token);
    default:
        if (const auto value = integerOf(token))
            return pushInteger(*value);
        return addWrong(token);
    }
}

void ColumnBuilder::addWrong(std::string_view token) {
    if (wrong_++ == 0)
        firstWrong_ = std::string(firstBytes(token, 40));
    if (wrongRows_.size() < mostRowsNamed)
        wrongRows_.push_back(static_cast<std::int64_t>(rows_));
    std::visit(
        [&](auto& values) {
            using Value = typename std::decay_t<decltype(values)>::value_type;
            if constexpr (std::is_floating_point_v<Value>)
                values.push_back(std::numeric_limits<Value>::quiet_NaN());
            else
                values.emplace_back();
        },
        values_);
    missing_.push_back(1);
}

void ColumnBuilder::addBytes(const unsigned char* bytes, std::size_t elements, bool missing) {
    if (ragged_)
        return;
    if (missing)
        return addMissing();
    const std::size_t before = count();
    if (field_.isText()) {
        const bool wide = field_.datatype == Datatype::UnicodeChar;
        const std::size_t length =
            field_.textLength == 0 ? std::max<std::size_t>(1, elements) : field_.textLength;
        const bool padded = !field_.variable || field_.textLength > 0;
        for (std::size_t at = 0; at < elements || (at == 0 && field_.textLength == 0); at += length) {
            const std::size_t letters = std::min(length, elements - at);
            std::string text = wide ? fromUtf16(bytes + 2 * at, letters)
                                    : std::string(reinterpret_cast<const char*>(bytes) + at, letters);
            text = cellText(std::move(text), padded);
            const bool null = field_.null == text;
            push(null ? std::string() : wide ? text : toUtf8(text), null);
        }
        return endCell(before);
    }
    for (std::size_t i = 0; i < elements; ++i) {
        switch (field_.datatype) {
        case Datatype::Boolean: {
            const auto value = booleanOf(std::string_view(reinterpret_cast<const char*>(bytes) + i, 1));
            push(static_cast<std::uint8_t>(value.value_or(false)), !value);
            break;
        }
        case Datatype::Bit:
            push(static_cast<std::uint8_t>((bytes[i / 8] >> (7 - i % 8)) & 1U), false);
            break;
        case Datatype::UnsignedByte:
            pushInteger(bytes[i]);
            break;
        case Datatype::Short:
            pushInteger(bigEndian<std::int16_t>(bytes + 2 * i));
            break;
        case Datatype::Int:
            pushInteger(bigEndian<std::int32_t>(bytes + 4 * i));
            break;
        case Datatype::Long:
            pushInteger(bigEndian<std::int64_t>(bytes + 8 * i));
            break;
        case Datatype::Float:
            pushReal(static_cast<double>(bigEndian<float>(bytes + 4 * i)));
            break;
        default:
            pushReal(bigEndian<double>(bytes + 8 * i));
        }
    }
    endCell(before);
}

/// Makes the cell as wide as the others; missing where it is empty.
void ColumnBuilder::endCell(std::size_t before) {
    const std::size_t added = count() - before;
    const auto fill = [&](std::size_t at, std::size_t elements) {
        if (elements > mostElements_ || count() > mostElements_ - elements)
            throw Error("column '" + field_.name + "' claims more values than the file can hold: damaged");
        std::visit(
            [&](auto& values) {
                using Value = typename std::decay_t<decltype(values)>::value_type;
                Value nothing{};
                if constexpr (std::is_floating_point_v<Value>)
                    nothing = std::numeric_limits<Value>::quiet_NaN();
                values.insert(values.begin() + static_cast<std::ptrdiff_t>(at), elements, nothing);
            },
            values_);
        missing_.insert(missing_.begin() + static_cast<std::ptrdiff_t>(at), elements, 1);
    };
    if (width_ == 0 && added > 0) {
        width_ = added;
        if (rows_ > 0 && width_ > mostElements_ / rows_)
            throw Error("column '" + field_.name + "' claims more values than the file can hold: damaged");
        fill(0, rows_ * width_);
    } else if (added == 0 && width_ > 0) {
        fill(before, width_);
    } else if (added != width_) {
        ragged_ = true;
        std::visit([](auto& values) { values = {}; }, values_);
        missing_ = {};
    }
    ++rows_;
}

/// Digits become the unsigned integers that VOTable has no type for, if all texts are some.
void ColumnBuilder::settleUnsigned() {
    const auto* texts = std::get_if<std::vector<std::string>>(&values_);
    if (field_.xtype != "uint64" || texts == nullptr)
        return;
    std::vector<std::uint64_t> numbers;
    for (std::size_t i = 0; i < texts->size(); ++i) {
        const std::string& text = (*texts)[i];
        std::uint64_t value = 0;
        const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
        if (missing_[i] == 0 && (status != std::errc() || end != text.data() + text.size()))
            return;
        numbers.push_back(missing_[i] == 0 ? value : 0);
    }
    values_ = narrowed(std::move(numbers));
}

std::optional<Column> ColumnBuilder::take(Table& table) {
    if (ragged_) {
        table.tell({"ragged-arrays",
                    field_.name,
                    "column " + field_.name + " was left out: its arrays differ in length",
                    0,
                    {}});
        return std::nullopt;
    }
    if (wrong_ > 0)
        table.tell({"not-numbers", field_.name,
                    "column " + field_.name + ": " + std::to_string(wrong_) + " values are no " +
                        field_.datatypeText + " and became missing (the first: '" + firstWrong_ + "')",
                    wrong_, wrongRows_});
    Column column;
    column.name = field_.name;
    column.unit = field_.unit;
    column.ucd = field_.ucd;
    column.description = field_.description;
    if (width_ == 0) { // nothing but empty cells
        width_ = 1;
        std::visit([&](auto& values) { values.resize(rows_); }, values_);
        missing_.assign(rows_, 1);
    }
    column.width = width_;
    settleUnsigned();
    column.values = std::move(values_);
    markMissing(column, missing_);
    return column;
}

} // namespace penumbra::io::votable
