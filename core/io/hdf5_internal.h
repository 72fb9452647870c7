#pragma once

// Shared by the hdf5_*.cpp files only: it pulls in hdf5.h.

#include "core/io/hdf5_file.h"
#include "core/io/hdf5_heaps.h"

#include <hdf5.h>
#include <mutex>
#include <string>
#include <string_view>

namespace penumbra::io::hdf5 {

/// Owns one HDF5 identifier.
class Handle {
public:
    using Closer = herr_t (*)(hid_t);
    Handle() = default;
    Handle(hid_t id, Closer closer) : id_(id), closer_(closer) {}
    Handle(Handle&& other) noexcept;
    Handle& operator=(Handle&& other) noexcept;
    ~Handle() { reset(); }
    bool valid() const { return id_ >= 0; }
    hid_t get() const { return id_; }

private:
    void reset();
    hid_t id_ = -1;
    Closer closer_ = nullptr;
};

/// Held during every call into the library: serialises when the library is not thread-safe, keeps it from
/// printing its error stack, and makes the LZF filter known.
class Guard {
public:
    Guard();

private:
    std::unique_lock<std::recursive_mutex> lock_;
};

void registerLzfFilter(); ///< filter 32000 as h5py writes it
inline constexpr H5Z_filter_t lzfFilterId = 32000;

/// Where a call works: for messages, and the file's identifier.
struct Place {
    const std::filesystem::path& file;
    hid_t id;
    std::string object;         ///< absolute path
    TextHeaps* heaps = nullptr; ///< null while the file is being written
};
Place placeIn(const std::filesystem::path& file, std::int64_t id, TextHeaps* heaps, std::string_view object);

/// @throws Error "FILE: OBJECT: what (HDF5: innermost reason)".
[[noreturn]] void fail(const Place& place, std::string_view what);
/// A sentence where the library's reason is a full disk (or a quota, or a limit on the size), else "".
std::string fullDisk(std::string_view reason, hid_t file);
/// The library's innermost reason, "" if it has none; clears its stack.
std::string takeReason();

bool linkExists(const Place& place);
Handle openObject(const Place& place);
Handle openDataset(const Place& place);
/// Why a dataset's values are not looked for, "" where they lie in this file.
std::string storedElsewhere(hid_t dataset);

struct ElementType {
    Hdf5Kind kind = Hdf5Kind::Other;
    std::size_t bytes = 0;
    bool isSigned = true;
    bool variableText = false;
    bool bits = false; ///< PyTables' booleans: bit fields of 8 bits, which HDF5 converts to nothing else
};
/// The memory type of booleans.
hid_t booleanMemory(const ElementType& element);
/// Booleans that hold more than 0 and 1 are bit fields: integers.
void settleBits(Column& column);
ElementType elementType(hid_t type);
Shape shapeOf(const Place& place, hid_t space);
/// Product, or an Error if it overflows.
std::size_t elementCount(const Place& place, const Shape& shape);

/// What of a dataset is to be read: the shape of the piece and its dataspaces.
struct Selection {
    Shape shape;           ///< first entry = rows read
    std::size_t count = 0; ///< elements
    std::size_t rows = 0;
    std::size_t width = 1;
    Handle fileSpace, memorySpace;
};
/// @throws Error if the rows lie outside, or the size cannot be true given the bytes that the file holds.
Selection selectRows(const Place& place, hid_t dataset, RowRange rows, std::size_t memoryBytes);

/// A string type of `bytes` characters (H5T_VARIABLE allowed), UTF-8, padded with zeros.
Handle textType(std::size_t bytes);
Handle booleanType();
/// Text of a fixed-length cell: ends at the first zero; trailing blanks go if the type pads with blanks.
std::string fixedText(const char* cell, std::size_t bytes, bool blankPadded);

/// Texts of fixed length that fill their cells with blanks up to the end lose those (IDL and Fortran write so
/// without saying it in the type).
void trimPadding(std::vector<std::string>& texts, std::size_t cellBytes);

/// "Zstandard (filter 32015)" where HDF5 here lacks a filter of the dataset, else "".
std::string missingFilter(hid_t dataset);
/// @throws Error: why reading failed.
[[noreturn]] void failReading(const Place& place, hid_t dataset);

/// The column as HDF5 can hold it: integers or booleans with missing rows become reals, or texts where a
/// value is not exact as a real.
Column withoutMissing(const Column& column);
/// The attribute of a dataset that says what withoutMissing made reals, or texts, of: "int64", "uint64",
/// "bool".
inline constexpr const char* integerType = "integer_type";
/// Undoes withoutMissing; a column whose values do not fit the type stays as it is.
void restoreIntegers(Column& column, std::string_view type);

} // namespace penumbra::io::hdf5
