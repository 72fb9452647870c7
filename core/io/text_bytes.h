#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>

namespace penumbra::io {

/// Bytes of a text file as UTF-8 or in whatever 8-bit encoding it has: gzip is unpacked and UTF-16 decoded on
/// the way, a byte-order mark left out. Memory does not grow with the file.
class TextBytes {
public:
    /// A gzip file that unpacks to more is refused: a small file can be made to unpack without end.
    static constexpr std::size_t mostUnpacked = std::size_t{8} << 30;

    /// @throws Error if the file cannot be opened.
    explicit TextBytes(const std::filesystem::path& path);

    /// Up to `most` bytes; 0 at the end. @throws Error for a damaged or truncated gzip file, or one that
    /// unpacks to more than mostUnpacked.
    std::size_t read(char* to, std::size_t most);
    double fractionRead() const; ///< of the file, 0 to 1
    std::size_t fileBytes() const { return fileBytes_; }
    bool isCompressed() const { return compressed_; }
    const std::string& note() const { return note_; } ///< what was decoded, in words; empty for plain text

private:
    std::size_t readRaw(char* to, std::size_t most);
    std::size_t readUtf16(char* to, std::size_t most);
    void openCompressed(const std::filesystem::path& path);
    void recogniseEncoding();

    std::function<std::size_t(char*, std::size_t)> source_;
    std::function<std::size_t()> sourceOffset_;
    std::string pending_; ///< raw bytes read ahead
    std::string decoded_; ///< of UTF-16, not yet handed out
    std::size_t fileBytes_ = 0;
    bool compressed_ = false;
    bool utf16_ = false, bigEndian_ = false;
    std::string note_;
};

} // namespace penumbra::io
