#pragma once

#include "core/io/table.h"
#include "core/io/text_layout.h"
#include "core/io/text_lines.h"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace penumbra::io {

/// Walks over the rows of a text file. Lines that are no rows are passed over and counted.
class TextRows {
public:
    TextRows(const std::filesystem::path& path, const TextLayout& layout);

    bool next();
    std::string_view record() const { return record_; }
    /// The record has neither quotes nor bars nor fixed places: cells lie one after the other.
    bool isPlain() const;
    /// The row's cells. @throws Error if it has not as many as the layout.
    const std::vector<std::string_view>& cells();
    const TextLines& lines() const { return lines_; }
    /// @throws Error that says how many cells the row has and how many are wanted.
    [[noreturn]] void refuse(std::size_t count) const;
    /// What was passed over so far.
    void tell(Table& table) const;

private:
    struct Passed {
        std::size_t count = 0, firstLine = 0;
        std::string first;
    };
    bool isRow();
    bool isCommentRow();
    bool isRepeatedHeader() const;
    bool isTail() const;
    bool pass(Passed& passed);
    void split();

    TextLines lines_;
    const TextLayout& layout_;
    std::string_view record_;
    bool sawRow_ = false;
    std::vector<std::string_view> cells_;
    std::deque<std::string> scratch_;
    Passed comments_, commentedRows_, headers_, tails_, blanks_;
    std::size_t blanksBefore_ = 0; ///< blank lines since the last row
};

} // namespace penumbra::io
