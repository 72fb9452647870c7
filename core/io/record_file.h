#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace penumbra::io {

/// A file of numbered records that only grows: finished pieces of long work. Every record is on the disk
/// before append() returns, and a record torn by a kill or a power cut is cut off when the file is opened
/// again. One process at a time.
class RecordFile {
public:
    /// Opens or creates. `identity` says what work the records belong to. @throws Error if the file belongs
    /// to other work, is something else, or is in use by another process.
    RecordFile(std::filesystem::path path, std::string_view identity);
    ~RecordFile();
    RecordFile(const RecordFile&) = delete;
    RecordFile& operator=(const RecordFile&) = delete;

    /// Of an existing file; empty: there is none, or it is no file of records.
    static std::optional<std::string> identityOf(const std::filesystem::path& path);

    const std::filesystem::path& path() const { return path_; }
    bool contains(std::uint64_t key) const { return places_.contains(key); }
    std::size_t size() const { return places_.size(); }
    std::vector<std::uint64_t> keys() const; ///< ascending

    /// @param durable false: the system may keep the record in memory for a while, so that a power cut (but
    /// no kill) can cost it; faster for many small records.
    /// @throws Error if the disk is full (the file is then as before), or the key is taken.
    void append(std::uint64_t key, std::span<const std::byte> record, bool durable = true);
    /// @throws Error for an unknown key or damaged bytes.
    std::vector<std::byte> read(std::uint64_t key) const;
    /// Bytes [offset, offset + out.size()) of a record, unchecked: for the thousandth look into a large one.
    void readPart(std::uint64_t key, std::size_t offset, std::span<std::byte> out) const;
    /// Closes and deletes.
    void remove();

private:
    struct Place {
        std::uint64_t offset = 0, bytes = 0, hash = 0; ///< of the payload
    };
    void scan(std::uint64_t fileBytes);
    bool isWhole(const Place& place) const;
    const Place& placeOf(std::uint64_t key) const;
    [[noreturn]] void fail(const std::string& what) const;
    std::filesystem::path path_;
    int descriptor_ = -1;
    std::uint64_t end_ = 0;
    std::map<std::uint64_t, Place> places_;
};

} // namespace penumbra::io
