#include "core/io/text_column.h"

#include "core/base/text.h"
#include "core/io/text_real.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

namespace penumbra::io {

namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr std::size_t differing = std::string::npos;
constexpr std::size_t maxRowsNamed = 100'000; ///< of a column that is no good; more rows are only counted
constexpr std::int64_t exactInDouble = std::int64_t{1} << 53;

bool isCellEnd(const char* at, const char* end, Separator separator) {
    return at == end || *at == separator || (separator == ' ' && *at == '\t');
}

} // namespace

TextColumn::TextColumn(ColumnPlan plan, std::size_t rowsExpected) : plan_(std::move(plan)) {
    for (const std::string& word : plan_.missingWords) {
        if (const auto number = parseReal(word)) {
            missingNumbers_.push_back(*number);
        }
    }
    switch (plan_.kind) {
    case Kind::Integer:
        integers_.reserve(rowsExpected);
        break;
    case Kind::Unsigned:
        unsigneds_.reserve(rowsExpected);
        break;
    case Kind::Real:
        reals_.reserve(rowsExpected);
        break;
    case Kind::Boolean:
        booleans_.reserve(rowsExpected);
        break;
    case Kind::Text:
        texts_.reserve(rowsExpected);
        break;
    }
}

void TextColumn::markMissing() {
    missing_.resize(rows_, 0);
    missing_.push_back(1);
}

void TextColumn::note(Odd& odd, std::string_view text, std::size_t line) const {
    if (odd.rows.size() < maxRowsNamed) {
        odd.rows.push_back(static_cast<std::int64_t>(rows_));
    }
    if (odd.count++ == 0) {
        odd.firstLine = line;
        odd.first = std::string(text);
    }
}

void TextColumn::becomeReal() {
    reals_.reserve(std::max(integers_.capacity(), integers_.size() + 1));
    for (std::size_t row = 0; row < integers_.size(); ++row) {
        const bool gone = row < missing_.size() && missing_[row] != 0;
        reals_.push_back(gone ? nan : static_cast<double>(integers_[row]));
        if (!gone && (integers_[row] > exactInDouble || integers_[row] < -exactInDouble)) {
            ++wideInReals_.count;
        }
    }
    integers_ = {};
    missing_ = {};
    plan_.kind = Kind::Real;
}

/// What of the spelling a number would lose.
void TextColumn::countSpelling(std::string_view text) {
    if (width_ != text.size()) {
        width_ = present_ <= 1 ? text.size() : differing;
    }
    if (text.front() == '0' && isZeroLed(text)) {
        note(zeroLed_, text, 0);
    }
}

void TextColumn::addInteger(std::int64_t value, std::string_view text) {
    ++present_;
    countSpelling(text);
    integers_.push_back(value);
    ++rows_;
}

void TextColumn::addReal(double value, std::string_view text) {
    ++present_;
    if (!sawPoint_) {
        countSpelling(text);
        if (isBareExponent(text)) {
            note(bareExponent_, text, 0);
            sawLongMantissa_ = sawLongMantissa_ || text.find_first_of("eEdD") > 1;
        } else if (!isDigits(text)) {
            sawPoint_ = true;
        }
    }
    if (text.size() > 15 && isDigits(text)) {
        note(wideInReals_, text, 0);
    }
    reals_.push_back(value);
    ++rows_;
}

void TextColumn::addNumber(const Cell& cell, std::string_view text, std::size_t line) {
    if (plan_.kind == Kind::Integer && cell.kind == CellKind::Real && !plan_.declared) {
        becomeReal();
    }
    sawTooWide_ = sawTooWide_ || cell.tooWide;
    sawNegative_ = sawNegative_ || (!text.empty() && text.front() == '-');
    if (plan_.kind == Kind::Real && (cell.kind == CellKind::Integer || cell.kind == CellKind::Real)) {
        sawReal_ = sawReal_ || (cell.kind == CellKind::Real && !cell.tooWide);
        addReal(cell.real, text);
        return;
    }
    if (plan_.kind == Kind::Integer && cell.kind == CellKind::Integer) {
        addInteger(cell.integer, text);
        return;
    }
    if (cell.kind != CellKind::Missing) {
        ++present_;
        note(cell.kind == CellKind::Glued ? glued_ : bad_, text, line);
    }
    if (plan_.kind == Kind::Real) {
        reals_.push_back(nan);
    } else {
        integers_.push_back(0);
        markMissing();
    }
    ++rows_;
}

void TextColumn::addUnsigned(std::string_view text, std::size_t line) {
    std::uint64_t value = 0;
    const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool whole = !text.empty() && result.ec == std::errc() && result.ptr == text.data() + text.size();
    if (whole) {
        ++present_;
        countSpelling(text);
    } else if (!isMissingWord(text)) {
        ++present_;
        note(bad_, text, line);
    }
    unsigneds_.push_back(whole ? value : 0);
    if (!whole) {
        markMissing();
    }
    ++rows_;
}

void TextColumn::addText(std::string_view text) {
    const bool missing = text.empty() || (plan_.lookedNumeric && isMissingWord(text));
    if (missing) {
        texts_.emplace_back();
        markMissing();
    } else {
        texts_.emplace_back(text);
        ++present_;
    }
    ++rows_;
}

void TextColumn::addBoolean(std::string_view text, std::size_t line) {
    const Cell cell = parseCell(text);
    const bool digit = plan_.declared && (text == "0" || text == "1");
    const bool good = cell.kind == CellKind::Boolean || digit;
    booleans_.push_back(good && cell.real != 0.0 ? 1 : 0);
    if (cell.kind != CellKind::Missing) {
        ++present_;
        if (!good) {
            note(bad_, text, line);
        }
    }
    if (!good) {
        markMissing();
    }
    ++rows_;
}

bool TextColumn::isDeclaredMissing(std::string_view text) const {
    if (std::find(plan_.missingWords.begin(), plan_.missingWords.end(), text) != plan_.missingWords.end()) {
        return true;
    }
    const auto number = missingNumbers_.empty() ? std::nullopt : parseReal(text);
    return number &&
           std::find(missingNumbers_.begin(), missingNumbers_.end(), *number) != missingNumbers_.end();
}

void TextColumn::add(std::string_view text, std::size_t line) {
    if (!plan_.missingWords.empty() && isDeclaredMissing(text)) {
        text = {};
    }
    if (plan_.decimalComma && isDecimalComma(text)) {
        std::string point(text);
        point[point.find(',')] = '.';
        addNumber(parseCell(point), point, line);
        return;
    }
    switch (plan_.kind) {
    case Kind::Text:
        addText(text);
        break;
    case Kind::Boolean:
        addBoolean(text, line);
        break;
    case Kind::Unsigned:
        addUnsigned(text, line);
        break;
    default:
        addNumber(parseCell(text), text, line);
    }
}

const char* TextColumn::addFrom(const char* at, const char* end, Separator separator, std::size_t line) {
    while (at != end && *at == ' ') {
        ++at;
    }
    const bool plain = plan_.missingWords.empty();
    if (plan_.kind == Kind::Real && plain && sawReal_) { // the common cases first: a plain number
        double value = 0.0;
        bool hasPoint = false;
        const char* quick = parseQuickReal(at, end, value, hasPoint);
        if (quick != nullptr && isCellEnd(quick, end, separator)) {
            if (hasPoint) {
                sawPoint_ = true;
                ++present_;
                ++rows_;
                reals_.push_back(value);
            } else {
                addReal(value, {at, static_cast<std::size_t>(quick - at)});
            }
            return quick;
        }
        const auto read = std::from_chars(at, end, value);
        if (read.ec == std::errc() && isCellEnd(read.ptr, end, separator) && value == value) {
            addReal(value, {at, static_cast<std::size_t>(read.ptr - at)});
            return read.ptr;
        }
    } else if (plan_.kind == Kind::Integer && plain) {
        std::int64_t value = 0;
        const auto read = std::from_chars(at, end, value);
        if (read.ec == std::errc() && isCellEnd(read.ptr, end, separator)) {
            sawNegative_ = sawNegative_ || *at == '-';
            addInteger(value, {at, static_cast<std::size_t>(read.ptr - at)});
            return read.ptr;
        }
    }
    const char* cellEnd = findCellEnd(at, end, separator);
    add(trimmed({at, static_cast<std::size_t>(cellEnd - at)}), line);
    return cellEnd;
}

Column TextColumn::take(Table& table) {
    tellOddities(table);
    if (!missing_.empty()) {
        missing_.resize(rows_, 0);
    }
    Column column;
    column.name = plan_.name;
    if (plan_.kind != Kind::Text && allMissing() && !plan_.declared) {
        column.values = std::vector<double>(rows_, nan);
        return column;
    }
    switch (plan_.kind) {
    case Kind::Integer:
        column.values = std::move(integers_);
        break;
    case Kind::Unsigned:
        column.values = narrowed(std::move(unsigneds_));
        break;
    case Kind::Real:
        column.values = std::move(reals_);
        return column; // missing is NaN
    case Kind::Boolean:
        column.values = std::move(booleans_);
        break;
    case Kind::Text:
        column.values = std::move(texts_);
        break;
    }
    column.missing = std::move(missing_);
    return column;
}

ColumnPlan::Kind kindOf(const std::vector<std::string_view>& sample) {
    std::size_t present = 0, integers = 0, reals = 0, booleans = 0, wide = 0, glued = 0, negative = 0;
    for (const std::string_view text : sample) {
        const Cell cell = parseCell(text);
        present += cell.kind != CellKind::Missing ? 1 : 0;
        integers += cell.kind == CellKind::Integer ? 1 : 0;
        reals += cell.kind == CellKind::Real && !cell.tooWide ? 1 : 0;
        wide += cell.tooWide ? 1 : 0;
        booleans += cell.kind == CellKind::Boolean ? 1 : 0;
        glued += cell.kind == CellKind::Glued ? 1 : 0;
        negative += !text.empty() && text.front() == '-' && cell.kind == CellKind::Integer ? 1 : 0;
    }
    using Kind = ColumnPlan::Kind;
    if (present > 0 && booleans == present) {
        return Kind::Boolean;
    }
    if (wide > 0 && reals == 0) {
        return negative == 0 && wide + integers == present ? Kind::Unsigned : Kind::Text;
    }
    // A small sample says little: a numeric column is only given up for text if most of it is text.
    if (2 * (integers + reals + wide + glued) < present) {
        return Kind::Text;
    }
    return reals > 0 ? Kind::Real : Kind::Integer;
}

} // namespace penumbra::io
