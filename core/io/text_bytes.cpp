#include "core/io/text_bytes.h"

#include "core/base/error.h"
#include "core/base/text.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <memory>
#include <zlib.h>

namespace penumbra::io {

namespace {

constexpr std::size_t sniffedBytes = 4096;
constexpr unsigned gzipBuffer = 256U << 10U;
constexpr std::uint32_t replacement = 0xfffd;

bool startsWith(std::string_view text, std::string_view magic) {
    return text.substr(0, magic.size()) == magic;
}

/// Text of Latin letters in UTF-16 without a mark: every other byte is zero. 0: no; 1: little, 2: big endian.
int unmarkedUtf16(std::string_view bytes) {
    std::size_t zeros[2] = {0, 0};
    for (std::size_t i = 0; i < bytes.size(); ++i)
        zeros[i % 2] += bytes[i] == '\0' ? 1U : 0U;
    const std::size_t pairs = bytes.size() / 2;
    if (pairs < 8)
        return 0;
    if (zeros[0] == 0 && 10 * zeros[1] >= 9 * pairs)
        return 1;
    return zeros[1] == 0 && 10 * zeros[0] >= 9 * pairs ? 2 : 0;
}

} // namespace

TextBytes::TextBytes(const std::filesystem::path& path) {
    auto file = std::make_shared<std::ifstream>(path, std::ios::binary);
    if (!*file)
        throw Error(path.string() + ": cannot be opened");
    std::error_code ignored;
    const auto size = std::filesystem::file_size(path, ignored);
    fileBytes_ = ignored ? 0 : static_cast<std::size_t>(size);
    auto offset = std::make_shared<std::size_t>(0);
    source_ = [file, offset](char* to, std::size_t most) {
        file->read(to, static_cast<std::streamsize>(most));
        *offset += static_cast<std::size_t>(file->gcount());
        return static_cast<std::size_t>(file->gcount());
    };
    sourceOffset_ = [offset] { return *offset; };
    pending_.resize(sniffedBytes);
    pending_.resize(source_(pending_.data(), pending_.size()));
    if (startsWith(pending_, "\x1f\x8b"))
        openCompressed(path);
    recogniseEncoding();
}

void TextBytes::openCompressed(const std::filesystem::path& path) {
    const std::shared_ptr<gzFile_s> file(gzopen(path.c_str(), "rb"), [](gzFile open) {
        if (open != nullptr)
            gzclose_r(open);
    });
    if (!file)
        throw Error(path.string() + ": cannot be opened");
    gzbuffer(file.get(), gzipBuffer);
    auto unpacked = std::make_shared<std::size_t>(0);
    source_ = [file, unpacked, name = path.string()](char* to, std::size_t most) -> std::size_t {
        const int got = gzread(file.get(), to, static_cast<unsigned>(std::min<std::size_t>(most, 1U << 30U)));
        int status = Z_OK;
        const char* message = gzerror(file.get(), &status);
        if (got < 0 || (got == 0 && status != Z_OK && status != Z_STREAM_END))
            throw Error(name + ": is compressed by gzip and " +
                        (status == Z_BUF_ERROR ? std::string("ends too early: is the file truncated?")
                                               : "damaged (" + std::string(message) + ")"));
        *unpacked += static_cast<std::size_t>(got);
        if (*unpacked > mostUnpacked)
            throw Error(name + ": unpacks to more than 8 GiB: unpack it by hand (gunzip) if this is meant");
        return static_cast<std::size_t>(got);
    };
    sourceOffset_ = [file] { return static_cast<std::size_t>(std::max<z_off_t>(0, gzoffset(file.get()))); };
    compressed_ = true;
    pending_.resize(sniffedBytes);
    pending_.resize(source_(pending_.data(), pending_.size()));
}

void TextBytes::recogniseEncoding() {
    if (startsWith(pending_, "\xef\xbb\xbf")) {
        pending_.erase(0, 3);
        return;
    }
    const bool little = startsWith(pending_, "\xff\xfe"), big = startsWith(pending_, "\xfe\xff");
    const int unmarked = little || big ? 0 : unmarkedUtf16(pending_);
    utf16_ = little || big || unmarked != 0;
    bigEndian_ = big || unmarked == 2;
    if (little || big)
        pending_.erase(0, 2);
    if (utf16_)
        note_ = "the file is text in UTF-16; it was read as UTF-8";
}

double TextBytes::fractionRead() const {
    return fileBytes_ == 0
               ? 0.0
               : std::min(1.0, static_cast<double>(sourceOffset_()) / static_cast<double>(fileBytes_));
}

std::size_t TextBytes::readRaw(char* to, std::size_t most) {
    if (pending_.empty())
        return source_(to, most);
    const std::size_t taken = std::min(most, pending_.size());
    std::memcpy(to, pending_.data(), taken);
    pending_.erase(0, taken);
    return taken;
}

std::size_t TextBytes::readUtf16(char* to, std::size_t most) {
    constexpr std::size_t block = 64U << 10U;
    while (decoded_.size() < std::min(most, block)) {
        std::string raw = std::move(pending_);
        pending_.clear();
        const std::size_t before = raw.size();
        raw.resize(before + block);
        const std::size_t got = source_(raw.data() + before, block);
        raw.resize(before + got);
        std::string_view left = raw;
        appendUtf16(decoded_, left, bigEndian_);
        pending_ = std::string(left);
        if (got == 0) {
            if (!pending_.empty())
                appendUtf8(decoded_, replacement); // half a character at the end
            pending_.clear();
            break;
        }
    }
    const std::size_t taken = std::min(most, decoded_.size());
    std::memcpy(to, decoded_.data(), taken);
    decoded_.erase(0, taken);
    return taken;
}

std::size_t TextBytes::read(char* to, std::size_t most) {
    return utf16_ ? readUtf16(to, most) : readRaw(to, most);
}

} // namespace penumbra::io
