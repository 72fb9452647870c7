#include "core/io/arrow_values.h"

#include "core/base/text.h"

#include <arrow/util/float16.h>

#include <chrono>
#include <cstdio>
#include <limits>

namespace penumbra::io {

namespace {

/// Units of a day, 10^3 to 10^9 a second, as ISO 8601.
std::string isoDate(std::int64_t days) {
    const std::chrono::year_month_day date{std::chrono::sys_days{std::chrono::days{days}}};
    char text[48];
    std::snprintf(text, sizeof text, "%04d-%02u-%02u", static_cast<int>(date.year()),
                  static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
    return text;
}

std::int64_t perSecond(arrow::TimeUnit::type unit) {
    switch (unit) {
    case arrow::TimeUnit::SECOND:
        return 1;
    case arrow::TimeUnit::MILLI:
        return 1000;
    case arrow::TimeUnit::MICRO:
        return 1000000;
    default:
        return 1000000000;
    }
}

const char* unitName(arrow::TimeUnit::type unit) {
    switch (unit) {
    case arrow::TimeUnit::SECOND:
        return "s";
    case arrow::TimeUnit::MILLI:
        return "ms";
    case arrow::TimeUnit::MICRO:
        return "us";
    default:
        return "ns";
    }
}

/// "12:34:56.789"; `ticks` of the day.
std::string isoTime(std::int64_t ticks, std::int64_t ticksPerSecond) {
    const std::int64_t seconds = ticks / ticksPerSecond;
    char text[80];
    std::snprintf(text, sizeof text, "%02d:%02d:%02d", static_cast<int>(seconds / 3600),
                  static_cast<int>(seconds / 60 % 60), static_cast<int>(seconds % 60));
    std::string time = text;
    if (const std::int64_t fraction = ticks % ticksPerSecond; fraction != 0) {
        std::string digits = std::to_string(ticksPerSecond + fraction).substr(1);
        time += "." + digits.erase(digits.find_last_not_of('0') + 1);
    }
    return time;
}

std::int64_t floorDivided(std::int64_t a, std::int64_t b) {
    return a / b - (a % b < 0 ? 1 : 0);
}

std::string isoTimestamp(std::int64_t ticks, std::int64_t ticksPerSecond, bool utc) {
    const std::int64_t perDay = 86400 * ticksPerSecond;
    const std::int64_t days = floorDivided(ticks, perDay);
    constexpr std::int64_t years32767 = 11000000; // of std::chrono's years
    if (days > years32767 || days < -years32767)
        return std::to_string(ticks);
    return isoDate(days) + "T" + isoTime(ticks - days * perDay, ticksPerSecond) + (utc ? "Z" : "");
}

} // namespace

void ArrowValues::start(const arrow::DataType& type) {
    using Id = arrow::Type;
    started = true;
    switch (type.id()) {
    case Id::FLOAT:
    case Id::HALF_FLOAT:
        values = std::vector<float>();
        return;
    case Id::DECIMAL32:
    case Id::DECIMAL64:
    case Id::DECIMAL128:
    case Id::DECIMAL256:
        if (static_cast<const arrow::DecimalType&>(type).scale() <= 0) { // ids of databases
            values = std::vector<std::int64_t>();
            return;
        }
        values = std::vector<double>();
        return;
    case Id::DOUBLE:
    case Id::NA:
        values = std::vector<double>();
        return;
    case Id::INT8:
    case Id::INT16:
    case Id::INT32:
    case Id::INT64:
    case Id::UINT8:
    case Id::UINT16:
    case Id::UINT32:
        values = std::vector<std::int64_t>();
        return;
    case Id::DURATION:
        values = std::vector<std::int64_t>();
        unit = unitName(static_cast<const arrow::DurationType&>(type).unit());
        return;
    case Id::UINT64:
        values = std::vector<std::uint64_t>();
        return;
    case Id::BOOL:
        values = std::vector<std::uint8_t>();
        return;
    case Id::STRING:
    case Id::LARGE_STRING:
    case Id::STRING_VIEW:
    case Id::BINARY:
    case Id::LARGE_BINARY:
    case Id::BINARY_VIEW:
    case Id::FIXED_SIZE_BINARY:
    case Id::DATE32:
    case Id::DATE64:
    case Id::TIME32:
    case Id::TIME64:
    case Id::TIMESTAMP:
        values = std::vector<std::string>();
        return;
    case Id::DICTIONARY:
        start(*static_cast<const arrow::DictionaryType&>(type).value_type());
        return;
    default:
        throw Unfit{"its type " + type.ToString() + " is no number, text or list of them"};
    }
}

void ArrowValues::reserve(std::size_t elements, std::size_t bytes) {
    std::visit(
        [&](auto& v) {
            using Value = typename std::decay_t<decltype(v)>::value_type;
            if (elements <= bytes / sizeof(Value))
                v.reserve(elements);
        },
        values);
}

std::size_t ArrowValues::size() const {
    return std::visit([](const auto& v) { return v.size(); }, values);
}

void ArrowValues::blank(std::size_t element) {
    if (auto* reals = std::get_if<std::vector<double>>(&values)) {
        (*reals)[element] = std::numeric_limits<double>::quiet_NaN();
    } else if (auto* floats = std::get_if<std::vector<float>>(&values)) {
        (*floats)[element] = std::numeric_limits<float>::quiet_NaN();
    } else {
        blanks.resize(std::max(blanks.size(), element + 1), 0);
        blanks[element] = 1;
    }
}

void ArrowValues::appendMissing(std::size_t count) {
    const std::size_t before = size();
    std::visit([&](auto& v) { v.resize(before + count); }, values);
    for (std::size_t i = before; i < before + count; ++i)
        blank(i);
}

template <typename ArrowType, typename Value>
void ArrowValues::appendNumbers(const arrow::Array& array, std::int64_t begin, std::int64_t count) {
    auto& out = std::get<std::vector<Value>>(values);
    const std::size_t before = out.size();
    const auto* raw = static_cast<const arrow::NumericArray<ArrowType>&>(array).raw_values() + begin;
    out.insert(out.end(), raw, raw + count);
    if (array.null_count() == 0)
        return;
    for (std::int64_t i = 0; i < count; ++i)
        if (array.IsNull(begin + i)) {
            out[before + static_cast<std::size_t>(i)] = Value{}; // what lies under a null is anything
            blank(before + static_cast<std::size_t>(i));
        }
}

template <typename Value, typename Make>
void ArrowValues::appendMade(const arrow::Array& array, std::int64_t begin, std::int64_t count, Make make) {
    auto& out = std::get<std::vector<Value>>(values);
    for (std::int64_t i = begin; i < begin + count; ++i) {
        if (array.IsNull(i)) {
            out.emplace_back();
            blank(out.size() - 1);
        } else {
            out.push_back(make(i));
        }
    }
}

template <typename Array>
void ArrowValues::appendTexts(const arrow::Array& array, std::int64_t begin, std::int64_t count,
                              bool binary) {
    const auto& texts = static_cast<const Array&>(array);
    appendMade<std::string>(array, begin, count, [&](std::int64_t i) {
        std::string_view text = texts.GetView(i);
        if (!binary)
            return toUtf8(text);
        text = text.substr(0, text.find_last_not_of('\0') + 1); // padded, as numpy writes bytes
        if (!isUtf8(text) || text.find('\0') != std::string_view::npos)
            throw Unfit{"its bytes are no text"};
        return std::string(text);
    });
}

void ArrowValues::appendDictionary(const arrow::DictionaryArray& array, std::int64_t begin,
                                   std::int64_t count) {
    if (dictionary_ != array.dictionary()) {
        dictionary_ = array.dictionary();
        dictionaryValues_ = std::make_unique<ArrowValues>();
        dictionaryValues_->start(*dictionary_->type());
        dictionaryValues_->append(*dictionary_, 0, dictionary_->length());
    }
    const ArrowValues& words = *dictionaryValues_;
    std::visit(
        [&](auto& out) {
            const auto& from = std::get<std::decay_t<decltype(out)>>(words.values);
            for (std::int64_t i = begin; i < begin + count; ++i) {
                const std::int64_t word = array.IsNull(i) ? -1 : array.GetValueIndex(i);
                if (word >= static_cast<std::int64_t>(from.size()))
                    throw Unfit{"row " + std::to_string(i) + " names a word beyond its dictionary"};
                const auto k = static_cast<std::size_t>(word);
                if (word >= 0)
                    out.push_back(from[k]);
                else
                    out.emplace_back();
                if (word < 0 || (k < words.blanks.size() && words.blanks[k] != 0))
                    blank(out.size() - 1);
            }
        },
        values);
}

void ArrowValues::append(const arrow::Array& array, std::int64_t begin, std::int64_t count) {
    using Id = arrow::Type;
    if (!started)
        start(*array.type());
    switch (array.type_id()) {
    case Id::FLOAT:
        return appendNumbers<arrow::FloatType, float>(array, begin, count);
    case Id::DOUBLE:
        return appendNumbers<arrow::DoubleType, double>(array, begin, count);
    case Id::INT8:
        return appendNumbers<arrow::Int8Type, std::int64_t>(array, begin, count);
    case Id::INT16:
        return appendNumbers<arrow::Int16Type, std::int64_t>(array, begin, count);
    case Id::INT32:
        return appendNumbers<arrow::Int32Type, std::int64_t>(array, begin, count);
    case Id::INT64:
        return appendNumbers<arrow::Int64Type, std::int64_t>(array, begin, count);
    case Id::UINT8:
        return appendNumbers<arrow::UInt8Type, std::int64_t>(array, begin, count);
    case Id::UINT16:
        return appendNumbers<arrow::UInt16Type, std::int64_t>(array, begin, count);
    case Id::UINT32:
        return appendNumbers<arrow::UInt32Type, std::int64_t>(array, begin, count);
    case Id::UINT64:
        return appendNumbers<arrow::UInt64Type, std::uint64_t>(array, begin, count);
    case Id::DURATION:
        return appendNumbers<arrow::DurationType, std::int64_t>(array, begin, count);
    case Id::HALF_FLOAT: {
        const auto* raw = static_cast<const arrow::HalfFloatArray&>(array).raw_values();
        return appendMade<float>(array, begin, count, [raw](std::int64_t i) {
            return arrow::util::Float16::FromBits(raw[i]).ToFloat();
        });
    }
    case Id::BOOL: {
        const auto& booleans = static_cast<const arrow::BooleanArray&>(array);
        return appendMade<std::uint8_t>(array, begin, count, [&](std::int64_t i) {
            return static_cast<std::uint8_t>(booleans.Value(i) ? 1 : 0);
        });
    }
    case Id::DECIMAL32:
    case Id::DECIMAL64:
    case Id::DECIMAL128:
    case Id::DECIMAL256: {
        const auto text = [&](std::int64_t i) {
            return array.type_id() == Id::DECIMAL32
                       ? static_cast<const arrow::Decimal32Array&>(array).FormatValue(i)
                   : array.type_id() == Id::DECIMAL64
                       ? static_cast<const arrow::Decimal64Array&>(array).FormatValue(i)
                   : array.type_id() == Id::DECIMAL128
                       ? static_cast<const arrow::Decimal128Array&>(array).FormatValue(i)
                       : static_cast<const arrow::Decimal256Array&>(array).FormatValue(i);
        };
        if (std::holds_alternative<std::vector<std::int64_t>>(values))
            return appendMade<std::int64_t>(array, begin, count, [&](std::int64_t i) {
                const auto integer = parseInteger(text(i));
                if (!integer)
                    throw Unfit{"its integer " + text(i) + " has more than 64 bits"};
                return *integer;
            });
        return appendMade<double>(array, begin, count, [&](std::int64_t i) {
            return parseReal(text(i)).value_or(std::numeric_limits<double>::quiet_NaN());
        });
    }
    case Id::NA:
        return appendMissing(static_cast<std::size_t>(count));
    case Id::STRING:
        return appendTexts<arrow::StringArray>(array, begin, count, false);
    case Id::LARGE_STRING:
        return appendTexts<arrow::LargeStringArray>(array, begin, count, false);
    case Id::STRING_VIEW:
        return appendTexts<arrow::StringViewArray>(array, begin, count, false);
    case Id::BINARY:
        return appendTexts<arrow::BinaryArray>(array, begin, count, true);
    case Id::LARGE_BINARY:
        return appendTexts<arrow::LargeBinaryArray>(array, begin, count, true);
    case Id::BINARY_VIEW:
        return appendTexts<arrow::BinaryViewArray>(array, begin, count, true);
    case Id::FIXED_SIZE_BINARY:
        return appendTexts<arrow::FixedSizeBinaryArray>(array, begin, count, true);
    case Id::DATE32: {
        const auto* raw = static_cast<const arrow::Date32Array&>(array).raw_values();
        return appendMade<std::string>(array, begin, count, [raw](std::int64_t i) {
            return isoTimestamp(static_cast<std::int64_t>(raw[i]) * 86400, 1, false).substr(0, 10);
        });
    }
    case Id::DATE64: {
        const auto* raw = static_cast<const arrow::Date64Array&>(array).raw_values();
        return appendMade<std::string>(array, begin, count, [raw](std::int64_t i) {
            return isoTimestamp(raw[i], 1000, false).substr(0, 10);
        });
    }
    case Id::TIME32: {
        const auto* raw = static_cast<const arrow::Time32Array&>(array).raw_values();
        const auto ticks = perSecond(static_cast<const arrow::Time32Type&>(*array.type()).unit());
        return appendMade<std::string>(array, begin, count,
                                       [=](std::int64_t i) { return isoTime(raw[i], ticks); });
    }
    case Id::TIME64: {
        const auto* raw = static_cast<const arrow::Time64Array&>(array).raw_values();
        const auto ticks = perSecond(static_cast<const arrow::Time64Type&>(*array.type()).unit());
        return appendMade<std::string>(array, begin, count,
                                       [=](std::int64_t i) { return isoTime(raw[i], ticks); });
    }
    case Id::TIMESTAMP: {
        const auto& type = static_cast<const arrow::TimestampType&>(*array.type());
        const auto* raw = static_cast<const arrow::TimestampArray&>(array).raw_values();
        const auto ticks = perSecond(type.unit());
        const bool utc = !type.timezone().empty();
        return appendMade<std::string>(array, begin, count,
                                       [=](std::int64_t i) { return isoTimestamp(raw[i], ticks, utc); });
    }
    case Id::DICTIONARY:
        return appendDictionary(static_cast<const arrow::DictionaryArray&>(array), begin, count);
    default:
        throw Unfit{"its type " + array.type()->ToString() + " is no number, text or list of them"};
    }
}

} // namespace penumbra::io
