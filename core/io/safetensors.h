#pragma once

#include "core/base/atomic_file.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace penumbra::io {

enum class TensorType { F64, F32, F16, BF16, I64, I32, I16, I8, U64, U32, U16, U8, Bool };
std::size_t bytesPerValue(TensorType type);
std::string_view typeName(TensorType type); ///< as written in the file: "F32"

struct TensorEntry {
    std::string name;
    TensorType type = TensorType::F32;
    std::vector<std::int64_t> shape; ///< empty: one value
    std::uint64_t begin = 0;         ///< bytes from the start of the data
    std::uint64_t count = 1;         ///< values
    std::size_t part = 0;            ///< which of the mapped files holds it
};

std::string shapeText(std::span<const std::int64_t> shape); ///< "[3, 4]"; -1 prints as "any"

/// A safetensors file (github.com/huggingface/safetensors, "Format"), mapped into memory. Opening reads and
/// checks the header only: every size is checked against the file before anything is allocated for it.
/// Where FILE.index.json stands beside a FILE that is not there, the several files that it names are one.
class SafetensorsFile {
public:
    using Shape = std::vector<std::int64_t>; ///< wanted shape; -1 fits any extent

    /// @throws Error naming the file, the key, and what is wrong.
    explicit SafetensorsFile(std::filesystem::path path);
    ~SafetensorsFile();
    SafetensorsFile(SafetensorsFile&& other) noexcept;
    SafetensorsFile(const SafetensorsFile&) = delete;
    SafetensorsFile& operator=(const SafetensorsFile&) = delete;

    const std::filesystem::path& path() const { return path_; } ///< of several: the index
    std::uint64_t fileBytes() const;                            ///< of all files
    const std::map<std::string, TensorEntry, std::less<>>& tensors() const { return tensors_; }
    /// The texts of __metadata__. Where a key names a tensor that the writer dropped because another one
    /// shares its memory, the value is that other one's name: such aliases are followed by find.
    const std::map<std::string, std::string, std::less<>>& metadata() const { return metadata_; }

    const TensorEntry* find(std::string_view name) const; ///< null: absent
    /// @throws Error naming file, key, wanted and found shape.
    const TensorEntry& require(std::string_view name, const Shape& wanted) const;
    std::span<const std::byte> bytes(const TensorEntry& entry) const; ///< may not be aligned

    /// Converted to float32; any numeric type.
    std::vector<float> floats(std::string_view name, const Shape& wanted) const;
    void floatsInto(const TensorEntry& entry, std::span<float> destination) const;
    /// Integer types and booleans. @throws Error for real numbers.
    std::vector<std::int64_t> integers(std::string_view name, const Shape& wanted) const;

    /// 64-bit FNV-1a over the header and up to 512 samples of 256 bytes spread over the data, 16 hex digits;
    /// of several files, over theirs.
    std::string fingerprint() const;

private:
    /// One file in memory.
    struct Part {
        std::filesystem::path path;
        const std::byte* memory = nullptr;
        std::uint64_t bytes = 0, dataOffset = 0;
    };
    void open();
    void unmap() noexcept;
    static Part mapped(const std::filesystem::path& path);
    void readHeader(std::size_t part);
    void checkIndex(const std::map<std::string, std::string>& weightMap) const;
    static std::string fingerprintOf(const Part& part);

    std::filesystem::path path_;
    std::vector<Part> parts_;
    std::map<std::string, TensorEntry, std::less<>> tensors_;
    std::map<std::string, std::string, std::less<>> metadata_;
};

struct TensorSpec {
    std::string name;
    TensorType type = TensorType::F32;
    std::vector<std::int64_t> shape;
};

/// Writes tensors in the order of their list, in pieces if they are large; a temporary file until commit.
class SafetensorsWriter {
public:
    SafetensorsWriter(const std::filesystem::path& path, std::vector<TensorSpec> tensors,
                      const std::map<std::string, std::string>& metadata);
    void append(std::span<const float> values);        ///< the tensor at hand must be F32 or BF16
    void append(std::span<const std::int64_t> values); ///< I64, I32 or U8
    void commit();                                     ///< @throws Error if values are missing

private:
    void raw(const void* data, std::size_t values, TensorType type);
    TensorType typeAtHand(std::size_t values) const;

    AtomicFile file_;
    std::ofstream stream_;
    std::filesystem::path path_;
    std::vector<TensorSpec> tensors_;
    std::size_t current_ = 0;
    std::uint64_t written_ = 0; ///< values of the current tensor
};

} // namespace penumbra::io
