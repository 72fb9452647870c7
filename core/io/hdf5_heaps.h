#pragma once

// Internal to the hdf5_*.cpp files.

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <hdf5.h>
#include <map>
#include <mutex>
#include <string_view>
#include <vector>

namespace penumbra::io::hdf5 {

/// Checks the global heaps of a file open for reading, where texts of variable length live. HDF5 1.10 copies
/// out of them what their headers and the references to them claim, without looking: one wrong byte ends the
/// program. (Section III.E of the HDF5 File Format Specification, version 3.)
class TextHeaps {
public:
    TextHeaps(std::filesystem::path path, hid_t file);

    /// Walks through every heap of the file, once. Files beyond 256 MiB are not searched.
    /// @throws Error naming the file if one is damaged.
    void checkAll();
    /// Checks every reference that a dataset of texts holds, where they are stored as they are; else all
    /// heaps.
    /// @throws Error naming the file.
    void checkDataset(hid_t dataset);
    /// Checks the references that an attribute of texts holds, in a header of the first version, which has no
    /// checksum (others are checked when they are opened).
    /// @throws Error naming the file.
    void checkAttribute(hid_t object, std::string_view name, std::size_t texts);

private:
    using ObjectSizes = std::vector<std::uint64_t>; ///< by index in the heap; absent = noObject
    const ObjectSizes& heapAt(std::uint64_t address);
    void checkReferences(std::uint64_t offset, std::uint64_t bytes);
    void checkReferenceBlock(const unsigned char* block, std::size_t bytes);
    std::vector<unsigned char> bytesAt(std::uint64_t offset, std::uint64_t count);
    [[noreturn]] void fail() const;

    std::mutex mutex_;
    std::filesystem::path path_;
    std::ifstream file_;
    std::uint64_t fileBytes_ = 0;
    std::uint64_t base_ = 0;  ///< addresses count from the end of the user block
    bool understood_ = false; ///< addresses and lengths of 8 bytes, as everybody writes
    bool allChecked_ = false;
    std::map<std::uint64_t, ObjectSizes> heaps_;
};

} // namespace penumbra::io::hdf5
