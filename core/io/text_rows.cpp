#include "core/io/text_rows.h"

#include "core/base/error.h"
#include "core/base/text.h"

#include <algorithm>

namespace penumbra::io {

namespace {

constexpr std::size_t quotedLength = 60;

/// "240 rows selected.", "(240 rows)", "3 rows in set (0.02 sec)": what databases write below a table.
bool countsRows(std::string_view line) {
    if (line.size() > 80) {
        return false;
    }
    std::string text = lowered(trimmed(line));
    std::string_view rest = text;
    if (rest.starts_with("(")) {
        rest.remove_prefix(1);
    }
    const auto digits = rest.find_first_not_of("0123456789,");
    if (digits == 0 || digits == std::string_view::npos) {
        return false;
    }
    rest = trimmed(rest.substr(digits));
    for (const std::string_view word : {"row(s)", "rows", "row", "records", "record"}) {
        if (rest.starts_with(word)) {
            rest = trimmed(rest.substr(word.size()));
            return rest.empty() || rest == ")" || rest == "." || rest.starts_with("selected") ||
                   rest.starts_with("in set") || rest.starts_with("affected") ||
                   rest.starts_with("returned") || rest.starts_with("fetched");
        }
    }
    return false;
}

} // namespace

TextRows::TextRows(const std::filesystem::path& path, const TextLayout& layout)
    : lines_(path), layout_(layout) {
    std::string_view header;
    while (lines_.linesRead() + 1 < layout.firstLine && lines_.next(header)) {
    }
}

bool TextRows::isPlain() const {
    return layout_.fixed.empty() && !layout_.betweenBars && !lines_.hasQuotes();
}

bool TextRows::pass(Passed& passed) {
    if (passed.count++ == 0) {
        passed.firstLine = lines_.lineNumber();
        passed.first = std::string(firstBytes(trimmed(record_), quotedLength));
    }
    return false;
}

/// A line that begins with the sign of comments. In front of the rows it belongs to the header.
bool TextRows::isCommentRow() {
    if (startsWithSpreadsheetError(record_)) {
        split();
        if (cells_.size() == layout_.cells) {
            return true;
        }
    }
    if (!sawRow_ && lines_.lineNumber() < layout_.firstLine) {
        return false;
    }
    split();
    return pass(cells_.size() == layout_.cells && layout_.cells > 1 && layout_.separator != ' '
                    ? commentedRows_
                    : comments_);
}

bool TextRows::isRepeatedHeader() const {
    return std::any_of(layout_.headerLines.begin(), layout_.headerLines.end(), [&](const std::string& line) {
        return line.size() == record_.size() && line == record_;
    });
}

bool TextRows::isTail() const {
    const char last = record_.back();
    return (last == '.' || last == ')' || last == 's' || last == 'w' || last == 'd') && countsRows(record_);
}

/// Is the record a row? Lines that are not are counted.
bool TextRows::isRow() {
    std::size_t first = 0;
    while (first < record_.size() && (record_[first] == ' ' || record_[first] == '\t')) {
        ++first;
    }
    if (first == record_.size() || trimmed(record_.substr(first)).empty()) {
        ++blanksBefore_;
        return false;
    }
    const char start = record_[first];
    if (start == layout_.comment && layout_.comment != '\0') {
        return isCommentRow();
    }
    if (layout_.hasRulers && (start == '-' || start == '=' || start == '+' || start == '|') &&
        isRuler(record_)) {
        return false;
    }
    if (isRepeatedHeader()) {
        return pass(headers_);
    }
    return !isTail() || pass(tails_);
}

bool TextRows::next() {
    const bool quotes = layout_.fixed.empty() && !layout_.betweenBars;
    while (quotes ? lines_.nextRecord(layout_.separator, record_) : lines_.next(record_)) {
        if (isRow()) {
            if (sawRow_ && blanksBefore_ > 0 && layout_.cells == 1) {
                blanks_.count += blanksBefore_;
            }
            blanksBefore_ = 0;
            sawRow_ = true;
            return true;
        }
    }
    return false;
}

void TextRows::split() {
    if (!layout_.fixed.empty()) {
        splitFixed(record_, layout_.fixed, cells_);
    } else if (layout_.betweenBars) {
        splitBars(record_, cells_);
    } else {
        splitCells(record_, layout_.separator, cells_, scratch_);
    }
}

const std::vector<std::string_view>& TextRows::cells() {
    split();
    if (cells_.size() != layout_.cells) {
        refuse(cells_.size());
    }
    return cells_;
}

void TextRows::refuse(std::size_t count) const {
    std::string text = lines_.path().string() + ": line " + std::to_string(lines_.lineNumber()) + " has " +
                       std::to_string(count) + (count == 1 ? " cell" : " cells") + " where most lines have " +
                       std::to_string(layout_.cells);
    if (lines_.endedWithoutNewline()) {
        text += "; it is the last line and has no line end: is the file truncated?";
    } else {
        text += ": mend the line, or is this not a table?";
    }
    if (layout_.separator == ',' && count > layout_.cells && record_.find('.') == std::string_view::npos) {
        text += " If numbers have decimal commas (0,34371), write points or separate the cells by semicolons";
    }
    throw Error(text);
}

void TextRows::tell(Table& table) const {
    const auto told = [&](const char* kind, const Passed& passed, const std::string& one,
                          const std::string& many) {
        if (passed.count > 0) {
            table.tell({kind,
                        "",
                        (passed.count == 1 ? "1 " + one : std::to_string(passed.count) + " " + many) +
                            " passed over, first line " + std::to_string(passed.firstLine) + ": '" +
                            passed.first + "'",
                        passed.count,
                        {}});
        }
    };
    told("commented-rows", commentedRows_, "row that begins with '#' was taken for a comment and",
         "rows that begin with '#' were taken for comments and");
    told("comments-between-rows", comments_, "comment between the rows was",
         "comments between the rows were");
    told("repeated-header", headers_, "line that repeats the header was",
         "lines that repeat the header were");
    told("row-count-line", tails_, "line that counts the rows was", "lines that count the rows were");
    if (blanks_.count > 0) {
        table.tell({"blank-lines",
                    "",
                    std::to_string(blanks_.count) + (blanks_.count == 1 ? " blank line" : " blank lines") +
                        " between the values passed over; write NA for a missing value",
                    blanks_.count,
                    {}});
    }
    if (lines_.converted() > 0) {
        table.tell({"encoding",
                    "",
                    std::to_string(lines_.converted()) +
                        (lines_.converted() == 1 ? " line is" : " lines are") + " not UTF-8 (first line " +
                        std::to_string(lines_.firstConverted()) + "); read as Latin-1 (Windows-1252)",
                    lines_.converted(),
                    {}});
    }
    if (!lines_.bytes().note().empty()) {
        table.tell({"encoding", "", lines_.bytes().note(), 0, {}});
    }
}

} // namespace penumbra::io
