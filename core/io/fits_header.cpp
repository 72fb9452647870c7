// What is checked before cfitsio sees a header, and gzip with a bound.

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/io/fits_file.h"

#include <array>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <zlib.h>

namespace penumbra::io::fits {

namespace {

constexpr std::size_t blockBytes = 2880;
constexpr std::size_t cardBytes = 80;
constexpr std::size_t longestValue = 68; ///< of a card: columns 11 to 80 less two quotes
constexpr int mostHdus = 10000;

/// The bytes of a file, on disk or in memory.
class Source {
public:
    explicit Source(const FitsFile& file) : file_(file) {
        if (!file.memory) {
            stream_.open(file.path, std::ios::binary);
        }
    }
    bool readBlock(std::uint64_t at, std::array<char, blockBytes>& block) {
        if (at > file_.bytes || file_.bytes - at < blockBytes) {
            return false;
        }
        if (file_.memory) {
            std::memcpy(block.data(), file_.memory->bytes.data() + at, blockBytes);
            return true;
        }
        stream_.seekg(static_cast<std::streamoff>(at));
        return static_cast<bool>(stream_.read(block.data(), blockBytes));
    }

private:
    const FitsFile& file_;
    std::ifstream stream_;
};

/// The sizes that a header gives.
struct Sizes {
    double bitpix = 0, axes = 1, parameters = 0, groups = 1;
    bool hasAxes = false;

    void take(std::string_view key, std::string_view value) {
        const double number = std::strtod(std::string(value).c_str(), nullptr);
        if (key == "BITPIX") {
            bitpix = number < 0 ? -number : number;
        } else if (key == "NAXIS") {
            hasAxes = number > 0;
        } else if (key.starts_with("NAXIS")) {
            axes *= number;
        } else if (key == "PCOUNT") {
            parameters = number;
        } else if (key == "GCOUNT") {
            groups = number;
        }
    }
    double dataBytes() const { return hasAxes ? bitpix / 8 * groups * (parameters + axes) : 0; }
};

/// The value of a card without its comment; texts keep their quotes.
std::string_view valueOf(std::string_view card) {
    std::string_view value = trimmed(card.substr(10));
    return value.starts_with('\'') ? value : trimmed(value.substr(0, value.find('/')));
}

void checkCard(const FitsFile& file, std::string_view key, std::string_view value) {
    if (key.empty() || key == "COMMENT" || key == "HISTORY") {
        return; // these have no value, whatever they look like
    }
    bool readable = value.starts_with('\'') || value.size() <= longestValue;
    for (const char letter : value) {
        readable = readable && (value.starts_with('\'') || (letter >= ' ' && letter <= '~'));
    }
    if (!readable) {
        file.fail("the value of " + std::string(key) + " in a header is no FITS value: the file is damaged");
    }
}

/// Checks one header and gives where the next HDU begins; 0 at the end.
std::uint64_t checkHeader(const FitsFile& file, Source& source, std::uint64_t at) {
    Sizes sizes;
    std::array<char, blockBytes> block = {};
    for (bool first = true; source.readBlock(at, block); first = false) {
        at += blockBytes;
        if (first && std::memcmp(block.data(), "SIMPLE  ", 8) != 0 &&
            std::memcmp(block.data(), "XTENSION", 8) != 0) {
            return 0;
        }
        for (std::size_t i = 0; i < blockBytes; i += cardBytes) {
            const std::string_view card(block.data() + i, cardBytes);
            const std::string_view key = trimmed(card.substr(0, 8));
            if (key == "END") {
                const double data = sizes.dataBytes();
                const bool sane = data >= 0 && data < static_cast<double>(file.bytes);
                return sane ? at + (static_cast<std::uint64_t>(data) + blockBytes - 1) / blockBytes *
                                       blockBytes
                            : 0;
            }
            if (card.substr(8, 2) == "= ") {
                const std::string_view value = valueOf(card);
                checkCard(file, key, value);
                sizes.take(key, value);
            } else if (card[8] == '=') {
                checkCard(file, key, valueOf(card));
            }
        }
    }
    return 0;
}

/// Ends the inflation however it is left.
struct Inflation {
    z_stream stream = {};
    bool ready = inflateInit2(&stream, 15 + 32) == Z_OK;
    Inflation() = default;
    ~Inflation() { inflateEnd(&stream); }
    Inflation(const Inflation&) = delete;
    Inflation& operator=(const Inflation&) = delete;
};

} // namespace

void checkHeaders(const FitsFile& file) {
    Source source(file);
    std::uint64_t at = 0;
    for (int hdu = 0; hdu < mostHdus; ++hdu) {
        at = checkHeader(file, source, at);
        if (at == 0) {
            return;
        }
    }
}

bool isGzip(const std::filesystem::path& path) {
    char head[2] = {};
    std::ifstream(path, std::ios::binary).read(head, sizeof head);
    return head[0] == '\x1f' && head[1] == '\x8b';
}

std::unique_ptr<UnpackedFile> unpackGzip(const std::filesystem::path& path) {
    auto unpacked = std::make_unique<UnpackedFile>();
    std::vector<char>& bytes = unpacked->bytes;
    std::error_code ignored;
    const auto onDisk = static_cast<std::size_t>(std::filesystem::file_size(path, ignored));
    const std::size_t most = mostUnpacked(onDisk);
    std::ifstream file(path, std::ios::binary);
    std::vector<unsigned char> input(std::size_t{1} << 18);
    Inflation inflation;
    z_stream& stream = inflation.stream;
    int state = inflation.ready ? Z_OK : Z_STREAM_ERROR;
    std::size_t used = 0;
    while (state == Z_OK || state == Z_STREAM_END) {
        if (stream.avail_in == 0) {
            file.read(reinterpret_cast<char*>(input.data()), static_cast<std::streamsize>(input.size()));
            stream.next_in = input.data();
            stream.avail_in = static_cast<unsigned>(file.gcount());
            if (stream.avail_in == 0) {
                break;
            }
        }
        if (state == Z_STREAM_END) { // another member may follow; zeros may pad the last
            if (stream.next_in[0] == 0 || inflateReset(&stream) != Z_OK) {
                break;
            }
            state = Z_OK;
        }
        if (used == bytes.size()) {
            if (used >= most) {
                throw Error(path.string() + ": unpacks to more than " + std::to_string(most >> 20) +
                            " MiB, over " + std::to_string(bestRatio) +
                            " times its size, and was left: unpack it with gunzip if that is meant");
            }
            bytes.resize(std::min(most, std::max<std::size_t>(std::size_t{1} << 20, used * 2)));
        }
        const std::size_t room = std::min<std::size_t>(bytes.size() - used, std::size_t{1} << 30);
        stream.next_out = reinterpret_cast<unsigned char*>(bytes.data() + used);
        stream.avail_out = static_cast<unsigned>(room);
        state = inflate(&stream, Z_NO_FLUSH);
        used += room - stream.avail_out;
    }
    if (state != Z_STREAM_END) {
        throw Error(path.string() + ": cannot be unpacked: the gzip file is damaged or truncated");
    }
    bytes.resize(used);
    unpacked->address = bytes.data();
    unpacked->size = bytes.size();
    return unpacked;
}

} // namespace penumbra::io::fits
