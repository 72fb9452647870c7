#include "core/io/record_file.h"

#include "core/base/error.h"
#include "core/base/fingerprint.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace penumbra::io {

namespace {

constexpr std::string_view signature = "PENUMBRA-RECORDS-1\n";
constexpr std::uint64_t recordMark = 0x5245434f52442131ULL;
constexpr std::size_t longestIdentity = 4096;

struct Head {
    std::uint64_t mark = recordMark, key = 0, bytes = 0, hash = 0;
};

bool readFully(int descriptor, void* to, std::size_t bytes, std::uint64_t offset) {
    auto* at = static_cast<char*>(to);
    while (bytes > 0) {
        const ssize_t got = ::pread(descriptor, at, bytes, static_cast<off_t>(offset));
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        at += got;
        bytes -= static_cast<std::size_t>(got);
        offset += static_cast<std::uint64_t>(got);
    }
    return true;
}

bool writeFully(int descriptor, const void* from, std::size_t bytes, std::uint64_t offset) {
    const auto* at = static_cast<const char*>(from);
    while (bytes > 0) {
        const ssize_t put = ::pwrite(descriptor, at, bytes, static_cast<off_t>(offset));
        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            return false;
        at += put;
        bytes -= static_cast<std::size_t>(put);
        offset += static_cast<std::uint64_t>(put);
    }
    return true;
}

std::uint64_t hashOf(std::span<const std::byte> bytes) {
    Fingerprint print;
    print.add(bytes.data(), bytes.size());
    return print.value();
}

std::string header(std::string_view identity) {
    std::string text(signature);
    text += std::to_string(identity.size()) + "\n";
    return text + std::string(identity) + "\n";
}

/// The identity and where the records begin.
std::optional<std::pair<std::string, std::uint64_t>> readHeader(int descriptor, std::uint64_t fileBytes) {
    std::string text(std::min<std::uint64_t>(fileBytes, signature.size() + longestIdentity + 32), '\0');
    if (!readFully(descriptor, text.data(), text.size(), 0) || !text.starts_with(signature))
        return std::nullopt;
    const auto line = text.find('\n', signature.size());
    if (line == std::string::npos)
        return std::nullopt;
    std::uint64_t length = 0;
    for (const char c : text.substr(signature.size(), line - signature.size())) {
        if (c < '0' || c > '9' || length > longestIdentity)
            return std::nullopt;
        length = 10 * length + static_cast<std::uint64_t>(c - '0');
    }
    if (line + 1 + length >= text.size() || text[line + 1 + length] != '\n')
        return std::nullopt;
    return std::pair{text.substr(line + 1, length), line + 2 + length};
}

} // namespace

std::optional<std::string> RecordFile::identityOf(const std::filesystem::path& path) {
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0)
        return std::nullopt;
    struct stat state {};
    std::optional<std::pair<std::string, std::uint64_t>> found;
    if (::fstat(descriptor, &state) == 0)
        found = readHeader(descriptor, static_cast<std::uint64_t>(state.st_size));
    ::close(descriptor);
    return found ? std::optional(found->first) : std::nullopt;
}

RecordFile::RecordFile(std::filesystem::path path, std::string_view identity) : path_(std::move(path)) {
    if (identity.size() > longestIdentity)
        throw Error("an identity of " + std::to_string(identity.size()) + " characters is too long");
    descriptor_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (descriptor_ < 0)
        fail("cannot be opened for writing: " + std::string(std::strerror(errno)));
    try {
        if (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0)
            fail("is in use: another process works on the same output");
        struct stat state {};
        if (::fstat(descriptor_, &state) != 0)
            fail(std::strerror(errno));
        const auto bytes = static_cast<std::uint64_t>(state.st_size);
        const std::string fresh = header(identity);
        const auto found = readHeader(descriptor_, bytes);
        if (found) {
            if (found->first != identity)
                fail("belongs to other work (other options or another input)");
            end_ = found->second;
            scan(bytes);
        } else if (bytes < fresh.size()) { // new, or killed while the header was written
            if (::ftruncate(descriptor_, 0) != 0 || !writeFully(descriptor_, fresh.data(), fresh.size(), 0) ||
                ::fsync(descriptor_) != 0)
                fail("cannot be written: " + std::string(std::strerror(errno)));
            end_ = fresh.size();
        } else {
            fail("is not a file of finished pieces; it was left alone");
        }
    } catch (...) {
        ::close(descriptor_);
        throw;
    }
}

RecordFile::~RecordFile() {
    if (descriptor_ >= 0)
        ::close(descriptor_); // and gives the lock back
}

void RecordFile::scan(std::uint64_t fileBytes) {
    std::uint64_t lastKey = 0;
    while (end_ + sizeof(Head) <= fileBytes) {
        Head head;
        if (!readFully(descriptor_, &head, sizeof head, end_))
            fail("cannot be read: " + std::string(std::strerror(errno)));
        const std::uint64_t payload = end_ + sizeof head;
        if (head.mark != recordMark || head.bytes > fileBytes - payload)
            break; // torn
        places_[head.key] = {payload, head.bytes, head.hash};
        lastKey = head.key;
        end_ = payload + head.bytes;
    }
    // The disk may have got the length of the last record before its bytes.
    if (!places_.empty() && !isWhole(places_.at(lastKey))) {
        end_ = places_.at(lastKey).offset - sizeof(Head);
        places_.erase(lastKey);
    }
    if (end_ < fileBytes && ::ftruncate(descriptor_, static_cast<off_t>(end_)) != 0)
        fail("cannot be shortened: " + std::string(std::strerror(errno)));
}

bool RecordFile::isWhole(const Place& place) const {
    std::vector<std::byte> bytes(place.bytes);
    return readFully(descriptor_, bytes.data(), bytes.size(), place.offset) && hashOf(bytes) == place.hash;
}

std::vector<std::uint64_t> RecordFile::keys() const {
    std::vector<std::uint64_t> keys;
    for (const auto& [key, place] : places_)
        keys.push_back(key);
    return keys;
}

void RecordFile::append(std::uint64_t key, std::span<const std::byte> record, bool durable) {
    if (contains(key))
        fail("holds record " + std::to_string(key) + " already");
    const Head head{recordMark, key, record.size(), hashOf(record)};
    const Place place{end_ + sizeof head, record.size(), head.hash};
    if (!writeFully(descriptor_, &head, sizeof head, end_) ||
        !writeFully(descriptor_, record.data(), record.size(), place.offset) ||
        (durable && ::fdatasync(descriptor_) != 0)) {
        const std::string reason = std::strerror(errno);
        const int shortened = ::ftruncate(descriptor_, static_cast<off_t>(end_)); // a torn tail is cut anyway
        static_cast<void>(shortened);
        fail("cannot be written: " + reason + "; what was finished before is kept");
    }
    end_ = place.offset + place.bytes;
    places_[key] = place;
}

const RecordFile::Place& RecordFile::placeOf(std::uint64_t key) const {
    const auto found = places_.find(key);
    if (found == places_.end())
        fail("has no record " + std::to_string(key));
    return found->second;
}

std::vector<std::byte> RecordFile::read(std::uint64_t key) const {
    const Place& place = placeOf(key);
    std::vector<std::byte> bytes(place.bytes);
    if (!readFully(descriptor_, bytes.data(), bytes.size(), place.offset) || hashOf(bytes) != place.hash)
        fail("is damaged: record " + std::to_string(key) + " does not read back; delete it and start anew");
    return bytes;
}

void RecordFile::readPart(std::uint64_t key, std::size_t offset, std::span<std::byte> out) const {
    const Place& place = placeOf(key);
    if (offset + out.size() > place.bytes ||
        !readFully(descriptor_, out.data(), out.size(), place.offset + offset))
        fail("record " + std::to_string(key) + " is shorter than expected");
}

void RecordFile::remove() {
    if (descriptor_ < 0)
        return;
    std::error_code ignored;
    std::filesystem::remove(path_, ignored);
    ::close(descriptor_);
    descriptor_ = -1;
    places_.clear();
}

void RecordFile::fail(const std::string& what) const {
    throw Error(path_.string() + " " + what);
}

} // namespace penumbra::io
