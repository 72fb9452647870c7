#include "core/io/text_cells.h"

#include "core/base/text.h"

#include <algorithm>
#include <cstring>

namespace penumbra::io {

namespace {

bool isBlank(char c) {
    return c == ' ' || c == '\t';
}

std::string_view trimBlanks(std::string_view text) {
    while (!text.empty() && isBlank(text.front())) {
        text.remove_prefix(1);
    }
    while (!text.empty() && isBlank(text.back())) {
        text.remove_suffix(1);
    }
    return text;
}

/// From the opening quote at `at`: the position after the closing quote, or npos if there is none.
std::size_t afterQuote(std::string_view record, std::size_t at) {
    for (std::size_t i = at + 1; i < record.size(); ++i) {
        if (record[i] != '"') {
            continue;
        }
        if (i + 1 < record.size() && record[i + 1] == '"') {
            ++i;
            continue;
        }
        return i + 1;
    }
    return std::string_view::npos;
}

std::string_view unquoted(std::string_view inside, std::deque<std::string>& scratch) {
    if (inside.find('"') == std::string_view::npos) {
        return inside;
    }
    std::string text;
    for (std::size_t i = 0; i < inside.size(); ++i) {
        text += inside[i];
        if (inside[i] == '"') {
            ++i;
        }
    }
    scratch.push_back(std::move(text));
    return scratch.back();
}

/// Where the cell that starts at `at` (blanks skipped) ends, and whether it is quoted; npos: the quote is
/// open.
struct CellEnd {
    std::size_t end = 0;
    bool quoted = false;
};

CellEnd findCellEnd(std::string_view record, std::size_t at, Separator separator) {
    CellEnd found;
    std::size_t from = at;
    if (at < record.size() && record[at] == '"') {
        found.quoted = true;
        from = afterQuote(record, at);
        if (from == std::string_view::npos) {
            found.end = from;
            return found;
        }
    }
    if (separator == ' ') {
        while (from < record.size() && !isBlank(record[from])) {
            ++from;
        }
        found.end = from;
    } else {
        found.end = std::min(record.find(separator, from), record.size());
    }
    return found;
}

std::size_t skipBlanks(std::string_view record, std::size_t at, Separator separator) {
    while (at < record.size() && isBlank(record[at]) && record[at] != separator) {
        ++at;
    }
    while (separator == ' ' && at < record.size() && isBlank(record[at])) {
        ++at;
    }
    return at;
}

/// Byte offsets of the characters of a line in UTF-8, and its end.
std::vector<std::size_t> characterStarts(std::string_view line) {
    std::vector<std::size_t> starts;
    for (std::size_t i = 0; i < line.size(); ++i) {
        if ((static_cast<unsigned char>(line[i]) & 0xc0U) != 0x80U) {
            starts.push_back(i);
        }
    }
    starts.push_back(line.size());
    return starts;
}

} // namespace

const char* findCellEnd(const char* at, const char* end, Separator separator) {
    if (separator == ' ') {
        while (at != end && !isBlank(*at)) {
            ++at;
        }
        return at;
    }
    const void* found = at == end ? nullptr : std::memchr(at, separator, static_cast<std::size_t>(end - at));
    return found == nullptr ? end : static_cast<const char*>(found);
}

bool endsInsideQuotes(std::string_view record, Separator separator) {
    for (std::size_t at = 0; at < record.size();) {
        const CellEnd cell = findCellEnd(record, skipBlanks(record, at, separator), separator);
        if (cell.end == std::string_view::npos) {
            return true;
        }
        at = cell.end + 1;
    }
    return false;
}

void splitCells(std::string_view record, Separator separator, std::vector<std::string_view>& cells,
                std::deque<std::string>& scratch) {
    cells.clear();
    scratch.clear();
    std::size_t at = 0;
    if (separator == ' ') {
        record = trimBlanks(record);
    }
    while (at < record.size() || (separator != ' ' && at == record.size())) {
        const std::size_t start = skipBlanks(record, at, separator);
        CellEnd cell = findCellEnd(record, start, separator);
        cell.end = std::min(cell.end, record.size());
        std::string_view text = trimBlanks(record.substr(start, cell.end - start));
        if (cell.quoted && text.size() >= 2 && text.back() == '"') {
            text = unquoted(text.substr(1, text.size() - 2), scratch);
        }
        cells.push_back(text);
        if (cell.end >= record.size()) {
            return;
        }
        at = cell.end + 1;
    }
}

void splitBars(std::string_view record, std::vector<std::string_view>& cells) {
    cells.clear();
    record = trimBlanks(record);
    if (!record.empty() && record.front() == '|') {
        record.remove_prefix(1);
    }
    if (!record.empty() && record.back() == '|') {
        record.remove_suffix(1);
    }
    while (true) {
        const auto bar = record.find('|');
        cells.push_back(trimBlanks(record.substr(0, bar)));
        if (bar == std::string_view::npos) {
            return;
        }
        record.remove_prefix(bar + 1);
    }
}

void splitFixed(std::string_view line, std::span<const FixedField> fields,
                std::vector<std::string_view>& cells) {
    cells.clear();
    if (isAscii(line)) {
        for (const FixedField& field : fields) {
            const std::size_t begin = std::min(field.begin, line.size());
            cells.push_back(trimBlanks(line.substr(begin, std::min(field.end, line.size()) - begin)));
        }
        return;
    }
    const std::vector<std::size_t> starts = characterStarts(line);
    for (const FixedField& field : fields) {
        const std::size_t begin = starts[std::min(field.begin, starts.size() - 1)];
        cells.push_back(
            trimBlanks(line.substr(begin, starts[std::min(field.end, starts.size() - 1)] - begin)));
    }
}

} // namespace penumbra::io
