#include "core/io/text_cell.h"

#include "core/base/text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

namespace penumbra::io {

namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

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

bool isDigit(char c) {
    return c >= '0' && c <= '9';
}

std::string_view withoutSign(std::string_view text) {
    if (!text.empty() && (text.front() == '-' || text.front() == '+')) {
        text.remove_prefix(1);
    }
    return text;
}

/// Takes digits off the front; how many.
std::size_t takeDigits(std::string_view& text) {
    std::size_t count = 0;
    while (count < text.size() && isDigit(text[count])) {
        ++count;
    }
    text.remove_prefix(count);
    return count;
}

} // namespace

bool isDigits(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), isDigit);
}

bool isMissingWord(std::string_view text) {
    static constexpr std::array words = {"na",   "n/a",  "nan",  "null", "none",   "--", "---",
                                         "-nan", "+nan", "<na>", "#n/a", "masked", "-",  "\\n"};
    if (text.empty()) {
        return true;
    }
    if (text.front() == '#' && startsWithSpreadsheetError(text)) { // the spreadsheet has no value there
        return text.find_first_of(",;\t| ") == std::string_view::npos;
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

bool isZeroLed(std::string_view text) {
    return text.size() > 1 && text.front() == '0' && isDigits(text);
}

bool isBareExponent(std::string_view text) {
    if (takeDigits(text) == 0 || text.empty() ||
        std::string_view("eEdD").find(text.front()) == std::string_view::npos) {
        return false;
    }
    text.remove_prefix(1);
    return isDigits(text);
}

bool isDecimalComma(std::string_view text) {
    text = withoutSign(text);
    const std::size_t before = takeDigits(text);
    if (text.empty() || text.front() != ',') {
        return false;
    }
    text.remove_prefix(1);
    const std::size_t after = takeDigits(text);
    if (before == 0 || after == 0) {
        return false;
    }
    if (!text.empty() && (text.front() == 'e' || text.front() == 'E')) {
        text = withoutSign(text.substr(1));
        return isDigits(text);
    }
    return text.empty();
}

bool isThousands(std::string_view text) {
    text = withoutSign(text);
    if (text.empty() || text.front() == '0') {
        return false;
    }
    const std::size_t first = takeDigits(text);
    if (first == 0 || first > 3 || text.empty()) {
        return false;
    }
    while (!text.empty()) {
        if (text.front() != ',') {
            return false;
        }
        text.remove_prefix(1);
        if (takeDigits(text) != 3) {
            return false;
        }
    }
    return true;
}

bool startsWithSpreadsheetError(std::string_view line) {
    static constexpr std::array<std::string_view, 7> errors = {"#N/A",  "#VALUE!", "#REF!", "#DIV/0!",
                                                               "#NUM!", "#NAME?",  "#NULL!"};
    line = trimmed(line);
    return std::any_of(errors.begin(), errors.end(), [&](std::string_view error) {
        return line.substr(0, error.size()) == error &&
               (line.size() == error.size() ||
                std::string_view(",;\t| ").find(line[error.size()]) != std::string_view::npos);
    });
}

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
        if (cell.integer == 0 && number.front() == '-')
            cell.real = -0.0;
        return cell;
    }
    double real = 0.0;
    if (parseWhole(number, real)) {
        if (real != real) {
            return present(CellKind::Missing);
        }
        cell = present(CellKind::Real, real);
        cell.tooWide = integer.ec == std::errc::result_out_of_range && isDigits(withoutSign(number));
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

} // namespace penumbra::io
