#pragma once

#include <cstddef>
#include <deque>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

namespace penumbra::io {

/// How the cells of a line are told apart. ' ' means any run of blanks and tabs.
using Separator = char;

/// Splits one record; quotes around a cell are removed and "" inside them becomes ". Pieces point into the
/// record or, for cells with doubled quotes, into `scratch`.
void splitCells(std::string_view record, Separator separator, std::vector<std::string_view>& cells,
                std::deque<std::string>& scratch);

/// Reads a text file line by line in large blocks, so that memory does not grow with the file. Takes \n, \r\n
/// and lone \r, and skips a UTF-8 byte-order mark.
class TextLines {
public:
    /// @throws Error if the file cannot be opened.
    explicit TextLines(std::filesystem::path path);

    /// The next line without its end; valid until the next call. False at the end of the file.
    /// @throws Error for a zero byte or an absurdly long line: not a text file.
    bool next(std::string_view& line);
    /// Like next, but a line that ends inside quotes goes on in the next one.
    /// @throws Error naming the line of a quote that is never closed.
    bool nextRecord(Separator separator, std::string_view& record);

    std::size_t lineNumber() const {
        return lineNumber_;
    } ///< of the first line of what was read last, from 1
    std::size_t bytesRead() const { return bytesBefore_ + position_; }
    std::size_t fileBytes() const { return fileBytes_; }
    bool endedWithoutNewline() const { return endedWithoutNewline_; }
    const std::filesystem::path& path() const { return path_; }

private:
    bool refill();
    bool findEnd(std::size_t from, std::size_t& end);

    std::filesystem::path path_;
    std::ifstream file_;
    std::vector<char> buffer_;
    std::size_t position_ = 0; ///< of the next line in the buffer
    std::size_t filled_ = 0;
    std::size_t bytesBefore_ = 0; ///< of the file, before the buffer
    std::size_t fileBytes_ = 0;
    std::size_t lineNumber_ = 0;
    std::size_t linesRead_ = 0;
    char lineEnd_ = '\n';
    bool atEnd_ = false;
    bool endedWithoutNewline_ = false;
};

} // namespace penumbra::io
