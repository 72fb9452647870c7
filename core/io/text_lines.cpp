#include "core/io/text_lines.h"

#include "core/base/error.h"

#include <algorithm>
#include <cstring>

namespace penumbra::io {

namespace {

constexpr std::size_t blockBytes = std::size_t{4} << 20;
constexpr std::size_t longestLine = std::size_t{64} << 20;
constexpr std::size_t longestQuote = std::size_t{1} << 20;
constexpr std::size_t mostLinesInQuotes = 1000;

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

} // namespace

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

TextLines::TextLines(std::filesystem::path path) : path_(std::move(path)), file_(path_, std::ios::binary) {
    if (!file_) {
        throw Error(path_.string() + ": cannot be opened");
    }
    std::error_code ignored;
    fileBytes_ = static_cast<std::size_t>(std::filesystem::file_size(path_, ignored));
    refill();
    if (filled_ >= 3 && std::memcmp(buffer_.data(), "\xef\xbb\xbf", 3) == 0) {
        position_ = 3;
    }
    const auto end = buffer_.begin() + static_cast<std::ptrdiff_t>(filled_);
    if (std::find(buffer_.begin(), end, '\n') == end && std::find(buffer_.begin(), end, '\r') != end) {
        lineEnd_ = '\r'; // old Macintosh files
    }
}

/// Moves what is left to the front and reads more behind it. False if nothing more came.
bool TextLines::refill() {
    if (atEnd_) {
        return false;
    }
    if (position_ > 0) {
        std::memmove(buffer_.data(), buffer_.data() + position_, filled_ - position_);
        bytesBefore_ += position_;
        filled_ -= position_;
        position_ = 0;
    }
    if (filled_ > longestLine) {
        throw Error(path_.string() + ": line " + std::to_string(linesRead_ + 1) +
                    " is longer than 64 MiB: not a table of text");
    }
    const std::size_t room = std::min(blockBytes, fileBytes_ + 1);
    buffer_.resize(filled_ + std::max<std::size_t>(room, 1));
    file_.read(buffer_.data() + filled_, static_cast<std::streamsize>(buffer_.size() - filled_));
    const auto got = static_cast<std::size_t>(file_.gcount());
    if (got > 0 && std::memchr(buffer_.data() + filled_, '\0', got) != nullptr) {
        throw Error(path_.string() + ": holds a zero byte after line " + std::to_string(linesRead_) +
                    ": a binary or damaged file, not text");
    }
    filled_ += got;
    atEnd_ = !file_;
    return got > 0;
}

/// Offset of the line end at or after position_ + from; the end of the data if the file ends first.
bool TextLines::findEnd(std::size_t from, std::size_t& end) {
    while (true) {
        const char* start = buffer_.data() + position_ + from;
        const std::size_t length = filled_ - position_ - from;
        if (const void* found = length > 0 ? std::memchr(start, lineEnd_, length) : nullptr) {
            end = from + static_cast<std::size_t>(static_cast<const char*>(found) - start);
            endedWithoutNewline_ = false;
            return true;
        }
        from += length;
        if (!refill()) {
            end = from;
            endedWithoutNewline_ = true;
            return from > 0;
        }
    }
}

bool TextLines::next(std::string_view& line) {
    std::size_t end = 0;
    if (!findEnd(0, end)) {
        return false;
    }
    line = std::string_view(buffer_.data() + position_, end);
    position_ = std::min(filled_, position_ + end + 1);
    if (!line.empty() && line.back() == '\r') {
        line.remove_suffix(1);
    }
    lineNumber_ = ++linesRead_;
    return true;
}

bool TextLines::nextRecord(Separator separator, std::string_view& record) {
    std::size_t end = 0;
    if (!findEnd(0, end)) {
        return false;
    }
    lineNumber_ = ++linesRead_;
    record = std::string_view(buffer_.data() + position_, end);
    while (record.find('"') != std::string_view::npos && endsInsideQuotes(record, separator)) {
        const std::size_t before = end;
        if (end > longestQuote || linesRead_ - lineNumber_ > mostLinesInQuotes || endedWithoutNewline_ ||
            !findEnd(end + 1, end) || end <= before) {
            throw Error(path_.string() + ": line " + std::to_string(lineNumber_) +
                        ": a quote is opened and never closed");
        }
        ++linesRead_;
        record = std::string_view(buffer_.data() + position_, end);
    }
    position_ = std::min(filled_, position_ + end + 1);
    if (!record.empty() && record.back() == '\r') {
        record.remove_suffix(1);
    }
    return true;
}

} // namespace penumbra::io
