#include "core/io/text_column.h"

#include "core/base/text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

namespace penumbra::io {

namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr std::size_t quotedLength = 40;      ///< of a cell shown in a note
constexpr std::size_t maxRowsNamed = 100'000; ///< of a column that is no good; more rows are only counted

void nameRow(std::vector<std::int64_t>& rows, std::size_t row) {
    if (rows.size() < maxRowsNamed) {
        rows.push_back(static_cast<std::int64_t>(row));
    }
}

bool isMissingWord(std::string_view text) {
    static constexpr std::array words = {"na",   "n/a",  "nan",  "null", "none",   "--", "---",
                                         "-nan", "+nan", "<na>", "#n/a", "masked", "-",  "\\n"};
    if (text.empty()) {
        return true;
    }
    if (text.size() > 6) {
        return false;
    }
    const std::string word = lowered(text);
    return std::any_of(words.begin(), words.end(), [&](const char* known) { return word == known; });
}

bool parseWhole(std::string_view text, double& value) {
    const char* end = text.data() + text.size();
    const auto result = std::from_chars(text.data(), end, value);
    if (result.ec == std::errc() && result.ptr == end) {
        return true;
    }
    if (result.ec == std::errc::result_out_of_range && result.ptr == end) { // 1e-400 or 1e400
        if (const auto outside = parseReal(text)) {
            value = *outside;
            return true;
        }
    }
    return false;
}

/// Two or more numbers with blanks between them: columns that ran into each other when the file was written.
bool isGlued(std::string_view text) {
    std::size_t numbers = 0;
    while (!text.empty()) {
        const auto end = std::min(text.find_first_of(" \t"), text.size());
        double ignored = 0.0;
        if (!parseWhole(text.substr(0, end), ignored)) {
            return false;
        }
        ++numbers;
        text = trimmed(text.substr(end));
    }
    return numbers > 1;
}

bool isDigits(std::string_view text) {
    if (!text.empty() && text.front() == '-') {
        text.remove_prefix(1);
    }
    return !text.empty() &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool parseFortran(std::string_view text, double& value) {
    const auto at = text.find_first_of("Dd");
    if (at == std::string_view::npos || at == 0 || text.size() > 40) {
        return false;
    }
    std::string changed(text);
    changed[at] = 'e';
    return parseWhole(changed, value);
}

Cell present(CellKind kind, double real = nan) {
    Cell cell;
    cell.kind = kind;
    cell.real = real;
    return cell;
}

std::string shown(const std::string& text) {
    return "'" + (text.size() > quotedLength ? text.substr(0, quotedLength) + "..." : text) + "'";
}

std::string counted(std::size_t count, const char* one, const char* many) {
    return std::to_string(count) + " " + (count == 1 ? one : many);
}

/// Digits up to 2^64 - 1; nothing for a sign, a blank or a leading zero, which a number would lose.
std::optional<std::uint64_t> unsignedCell(std::string_view text) {
    std::uint64_t value = 0;
    const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool whole = result.ec == std::errc() && result.ptr == text.data() + text.size();
    return whole && (text.size() == 1 || text.front() != '0') ? std::optional(value) : std::nullopt;
}

/// Integers too wide for int64, which were read as text, as uint64 where all of them are; false where not.
bool takeUnsigned(const std::vector<std::string>& texts, Column& column) {
    std::vector<std::uint64_t> values(texts.size());
    std::vector<std::uint8_t> missing(texts.size());
    std::uint64_t largest = 0;
    for (std::size_t row = 0; row < texts.size(); ++row) {
        missing[row] = isMissingWord(texts[row]) ? 1 : 0;
        const auto value = missing[row] != 0 ? 0 : unsignedCell(texts[row]);
        if (!value) {
            return false;
        }
        values[row] = *value;
        largest = std::max(largest, *value);
    }
    if (largest <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
        return false; // text for another reason
    }
    column.values = std::move(values);
    if (std::find(missing.begin(), missing.end(), 1) != missing.end()) {
        column.missing = std::move(missing);
    }
    return true;
}

} // namespace

Cell parseCell(std::string_view text) {
    text = trimmed(text);
    if (text.empty()) {
        return present(CellKind::Missing);
    }
    std::string_view number = text;
    if (number.front() == '+' && number.size() > 1 && number[1] != '-') {
        number.remove_prefix(1);
    }
    const char* end = number.data() + number.size();
    Cell cell;
    const auto integer = std::from_chars(number.data(), end, cell.integer);
    if (integer.ptr == end && integer.ec == std::errc()) {
        cell.kind = CellKind::Integer;
        cell.real = static_cast<double>(cell.integer);
        return cell;
    }
    double real = 0.0;
    if (parseWhole(number, real)) {
        if (real != real) {
            return present(CellKind::Missing);
        }
        cell = present(CellKind::Real, real);
        cell.tooWide = integer.ec == std::errc::result_out_of_range && isDigits(number);
        return cell;
    }
    if (isMissingWord(text)) {
        return present(CellKind::Missing);
    }
    if (parseFortran(number, real)) {
        return present(CellKind::Real, real);
    }
    const std::string word = text.size() <= 5 ? lowered(text) : std::string();
    if (word == "true" || word == "false") {
        return present(CellKind::Boolean, word == "true" ? 1.0 : 0.0);
    }
    return present(isGlued(text) ? CellKind::Glued : CellKind::Other);
}

TextColumn::TextColumn(std::string name, Kind kind, std::size_t rowsExpected)
    : name_(std::move(name)), kind_(kind) {
    switch (kind_) {
    case Kind::Integer:
        integers_.reserve(rowsExpected);
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

void TextColumn::becomeReal() {
    reals_.reserve(std::max(integers_.capacity(), integers_.size() + 1));
    for (std::size_t row = 0; row < integers_.size(); ++row) {
        reals_.push_back(row < missing_.size() && missing_[row] != 0 ? nan
                                                                     : static_cast<double>(integers_[row]));
    }
    integers_ = {};
    missing_ = {};
    kind_ = Kind::Real;
}

void TextColumn::addNumber(const Cell& cell, std::string_view text, std::size_t line) {
    const bool number = cell.kind == CellKind::Integer || cell.kind == CellKind::Real;
    if (cell.kind != CellKind::Missing) {
        ++present_;
    }
    if (cell.kind == CellKind::Glued) {
        nameRow(gluedRows_, rows_);
        if (glued_++ == 0) {
            firstGluedLine_ = line;
            firstGlued_ = std::string(text);
        }
    } else if (cell.kind != CellKind::Missing && !number) {
        nameRow(badRows_, rows_);
        if (bad_++ == 0) {
            firstBadLine_ = line;
            firstBad_ = std::string(text);
        }
    }
    sawTooWide_ = sawTooWide_ || cell.tooWide;
    if (cell.kind == CellKind::Real && !cell.tooWide) {
        sawReal_ = true;
    }
    if (kind_ == Kind::Integer && cell.kind == CellKind::Real) {
        becomeReal();
    }
    if (kind_ == Kind::Real) {
        reals_.push_back(number ? cell.real : nan);
        return;
    }
    integers_.push_back(number ? cell.integer : 0);
    if (!number) {
        markMissing();
    }
}

void TextColumn::add(std::string_view text, std::size_t line) {
    if (kind_ == Kind::Real) { // the common case first: a plain number
        double real = 0.0;
        if (!text.empty() && parseWhole(text, real) && real == real) {
            sawReal_ = true;
            ++present_;
            ++rows_;
            reals_.push_back(real);
            return;
        }
    }
    if (kind_ == Kind::Text) {
        texts_.emplace_back(text);
        present_ += text.empty() ? 0 : 1;
        if (text.empty()) {
            markMissing();
        }
    } else if (kind_ == Kind::Boolean) {
        const Cell cell = parseCell(text);
        const bool good = cell.kind == CellKind::Boolean;
        booleans_.push_back(good && cell.real != 0.0 ? 1 : 0);
        if (cell.kind != CellKind::Missing) {
            ++present_;
            bad_ += good ? 0 : 1;
        }
        if (!good) {
            markMissing();
        }
    } else {
        addNumber(parseCell(text), text, line);
    }
    ++rows_;
}

std::optional<TextColumn::Kind> TextColumn::betterKind() const {
    if (kind_ == Kind::Text) {
        return std::nullopt;
    }
    if (kind_ == Kind::Boolean) {
        return bad_ > 0 ? std::optional(Kind::Text) : std::nullopt;
    }
    if (sawTooWide_ && !sawReal_) { // ids beyond int64 must stay exact
        return Kind::Text;
    }
    if (10 * (bad_ + glued_) > present_) {
        return Kind::Text;
    }
    return std::nullopt;
}

Column TextColumn::take(Table& table) {
    if (glued_ > 0) {
        table.tell({"glued-cells", name_,
                    "column " + name_ + ": " + counted(glued_, "cell holds", "cells hold") +
                        " two or more numbers glued together and " + (glued_ == 1 ? "counts" : "count") +
                        " as missing, first in line " + std::to_string(firstGluedLine_) + ": " +
                        shown(firstGlued_),
                    glued_, gluedRows_});
    }
    if (bad_ > 0 && kind_ != Kind::Boolean) {
        table.tell({"not-numbers", name_,
                    "column " + name_ + ": " +
                        counted(bad_, "cell is not a number and counts", "cells are not numbers and count") +
                        " as missing, first in line " + std::to_string(firstBadLine_) + ": " +
                        shown(firstBad_),
                    bad_, badRows_});
    }
    if (!missing_.empty()) {
        missing_.resize(rows_, 0);
    }
    Column column;
    column.name = name_;
    if (kind_ != Kind::Text && allMissing()) {
        column.values = std::vector<double>(rows_, nan);
        return column;
    }
    switch (kind_) {
    case Kind::Integer:
        column.values = std::move(integers_);
        break;
    case Kind::Real:
        column.values = std::move(reals_);
        return column; // missing is NaN
    case Kind::Boolean:
        column.values = std::move(booleans_);
        break;
    case Kind::Text:
        if (takeUnsigned(texts_, column)) {
            return column;
        }
        column.values = std::move(texts_);
        break;
    }
    column.missing = std::move(missing_);
    return column;
}

TextColumn::Kind kindOf(const std::vector<std::string_view>& sample) {
    std::size_t present = 0, integers = 0, reals = 0, booleans = 0, wide = 0, glued = 0;
    for (const std::string_view text : sample) {
        const Cell cell = parseCell(text);
        present += cell.kind != CellKind::Missing ? 1 : 0;
        integers += cell.kind == CellKind::Integer ? 1 : 0;
        reals += cell.kind == CellKind::Real && !cell.tooWide ? 1 : 0;
        wide += cell.tooWide ? 1 : 0;
        booleans += cell.kind == CellKind::Boolean ? 1 : 0;
        glued += cell.kind == CellKind::Glued ? 1 : 0;
    }
    if (present > 0 && booleans == present) {
        return TextColumn::Kind::Boolean;
    }
    if (wide > 0 && reals == 0) {
        return TextColumn::Kind::Text;
    }
    // A small sample says little: a numeric column is only given up for text if most of it is text.
    if (2 * (integers + reals + wide + glued) < present) {
        return TextColumn::Kind::Text;
    }
    return reals > 0 ? TextColumn::Kind::Real : TextColumn::Kind::Integer;
}

} // namespace penumbra::io
