#include "core/io/text_lines.h"

#include "core/base/error.h"
#include "core/base/text.h"

#include <algorithm>
#include <cstring>

namespace penumbra::io {

namespace {

constexpr std::size_t blockBytes = std::size_t{4} << 20;
constexpr std::size_t longestLine = std::size_t{64} << 20;
constexpr std::size_t longestQuote = std::size_t{1} << 20;
constexpr std::size_t mostLinesInQuotes = 1000;

} // namespace

TextLines::TextLines(const std::filesystem::path& path) : path_(path), bytes_(path) {
    refill();
    const std::string_view block(buffer_.get(), filled_);
    if (block.find('\n') == std::string_view::npos && block.find('\r') != std::string_view::npos) {
        lineEnd_ = '\r'; // old Macintosh files
    }
}

void TextLines::makeRoom() {
    const bool unknown = bytes_.isCompressed() || bytes_.fileBytes() == 0; // unpacked size; a pipe's
    const std::size_t wanted =
        filled_ + (unknown ? blockBytes : std::min(blockBytes, bytes_.fileBytes() + 16));
    if (wanted <= capacity_) {
        return;
    }
    std::unique_ptr<char[]> larger(new char[wanted]);
    if (filled_ > 0) {
        std::memcpy(larger.get(), buffer_.get(), filled_);
    }
    buffer_ = std::move(larger);
    capacity_ = wanted;
}

/// Moves what is left to the front and reads more behind it. False if nothing more came.
bool TextLines::refill() {
    if (atEnd_) {
        return false;
    }
    if (position_ > 0) {
        std::memmove(buffer_.get(), buffer_.get() + position_, filled_ - position_);
        bytesBefore_ += position_;
        filled_ -= position_;
        position_ = 0;
    }
    if (filled_ > longestLine) {
        throw Error(path_.string() + ": line " + std::to_string(linesRead_ + 1) +
                    " is longer than 64 MiB: not a table of text");
    }
    makeRoom();
    const std::size_t got = bytes_.read(buffer_.get() + filled_, capacity_ - filled_);
    const std::string_view fresh(buffer_.get() + filled_, got);
    if (fresh.find('\0') != std::string_view::npos) {
        throw Error(path_.string() + ": holds a zero byte after line " + std::to_string(linesRead_) +
                    ": a binary or damaged file, not text");
    }
    onlyAscii_ = onlyAscii_ && isAscii(fresh);
    filled_ += got;
    atEnd_ = got == 0;
    return got > 0;
}

/// Offset of the line end at or after position_ + from; the end of the data if the file ends first.
bool TextLines::findEnd(std::size_t from, std::size_t& end) {
    while (true) {
        const char* start = buffer_.get() + position_ + from;
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

std::string_view TextLines::take(std::size_t end) {
    std::string_view text(buffer_.get() + position_, end);
    position_ = std::min(filled_, position_ + end + 1);
    if (!text.empty() && text.back() == '\r') {
        text.remove_suffix(1);
    }
    if (onlyAscii_ || isUtf8(text)) {
        return text;
    }
    if (converted_++ == 0) {
        firstConverted_ = lineNumber_;
    }
    scratch_ = toUtf8(text);
    return scratch_;
}

bool TextLines::next(std::string_view& line) {
    std::size_t end = 0;
    if (!findEnd(0, end)) {
        return false;
    }
    lineNumber_ = ++linesRead_;
    line = take(end);
    return true;
}

bool TextLines::nextRecord(Separator separator, std::string_view& record) {
    std::size_t end = 0;
    if (!findEnd(0, end)) {
        return false;
    }
    lineNumber_ = ++linesRead_;
    const auto text = [&] { return std::string_view(buffer_.get() + position_, end); };
    hasQuotes_ = text().find('"') != std::string_view::npos;
    while (hasQuotes_ && endsInsideQuotes(text(), separator)) {
        const std::size_t before = end;
        if (end > longestQuote || linesRead_ - lineNumber_ > mostLinesInQuotes || endedWithoutNewline_ ||
            !findEnd(end + 1, end) || end <= before) {
            throw Error(path_.string() + ": line " + std::to_string(lineNumber_) +
                        ": a quote is opened and never closed");
        }
        ++linesRead_;
    }
    record = take(end);
    return true;
}

} // namespace penumbra::io
