#pragma once

#include "core/io/text_bytes.h"
#include "core/io/text_cells.h"

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace penumbra::io {

/// Reads a text file line by line in large blocks, so that memory does not grow with the file. Takes \n, \r\n
/// and lone \r. Lines are UTF-8: those that are not are read as Windows-1252 and counted.
class TextLines {
public:
    /// @throws Error if the file cannot be opened.
    explicit TextLines(const std::filesystem::path& path);

    /// The next line without its end; valid until the next call. False at the end of the file.
    /// @throws Error for a zero byte or an absurdly long line: not a text file.
    bool next(std::string_view& line);
    /// Like next, but a line that ends inside quotes goes on in the next one.
    /// @throws Error naming the line of a quote that is never closed.
    bool nextRecord(Separator separator, std::string_view& record);

    std::size_t lineNumber() const {
        return lineNumber_;
    } ///< of the first line of what was read last, from 1
    std::size_t linesRead() const { return linesRead_; }
    bool hasQuotes() const { return hasQuotes_; } ///< the record read last holds a quote
    std::size_t bytesRead() const { return bytesBefore_ + position_; }
    const TextBytes& bytes() const { return bytes_; }
    bool endedWithoutNewline() const { return endedWithoutNewline_; }
    std::size_t converted() const { return converted_; } ///< lines that were not UTF-8
    std::size_t firstConverted() const { return firstConverted_; }
    const std::filesystem::path& path() const { return path_; }

private:
    void makeRoom();
    bool refill();
    bool findEnd(std::size_t from, std::size_t& end);
    std::string_view take(std::size_t end);

    std::filesystem::path path_;
    TextBytes bytes_;
    std::unique_ptr<char[]> buffer_;
    std::size_t capacity_ = 0;
    std::size_t position_ = 0; ///< of the next line in the buffer
    std::size_t filled_ = 0;
    std::size_t bytesBefore_ = 0; ///< before the buffer
    std::size_t lineNumber_ = 0;
    std::size_t linesRead_ = 0;
    std::size_t converted_ = 0, firstConverted_ = 0;
    std::string scratch_; ///< a converted line
    char lineEnd_ = '\n';
    bool onlyAscii_ = true;
    bool hasQuotes_ = false;
    bool atEnd_ = false;
    bool endedWithoutNewline_ = false;
};

} // namespace penumbra::io
