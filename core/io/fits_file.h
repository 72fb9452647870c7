#pragma once

// Internal to the fits_*.cpp files: it pulls in fitsio.h.

#include "core/io/table_reader.h"

#include <algorithm>
#include <filesystem>
#include <fitsio.h>
#include <memory>
#include <string>
#include <vector>

namespace penumbra::io::fits {

struct CloseFits {
    void operator()(fitsfile* file) const {
        int status = 0;
        fits_close_file(file, &status);
        fits_clear_errmsg();
    }
};

/// What compressed data may unpack to; more is damage, or meant to fill the memory.
inline constexpr std::size_t bestRatio = 100; ///< catalogues reach about 10
inline std::size_t mostUnpacked(std::size_t compressedBytes) {
    return std::max(std::size_t{256} << 20, compressedBytes * bestRatio);
}

/// A file unpacked into memory, at an address that cfitsio may keep.
struct UnpackedFile {
    std::vector<char> bytes;
    void* address = nullptr;
    std::size_t size = 0;
};

/// An opened file with its name, for messages.
struct FitsFile {
    std::filesystem::path path;
    std::unique_ptr<UnpackedFile> memory; ///< of a gzipped file; must outlive the handle
    std::unique_ptr<fitsfile, CloseFits> handle;
    std::size_t bytes = 0; ///< on disk, or unpacked

    [[noreturn]] void fail(const std::string& what, int status = 0) const;
    void check(const std::string& what, int status) const {
        if (status != 0) {
            fail(what, status);
        }
    }
    /// "" if absent.
    std::string textKey(const std::string& key) const;
};

/// A table HDU, as far as its header tells.
struct TableHdu {
    int number = 0; ///< 1 = primary
    std::string name;
    std::size_t rows = 0;
    std::size_t rowBytes = 0;
    bool ascii = false;
    bool packed = false; ///< compressed by fpack
    std::vector<std::string> columns;
    /// As messages and options call it: the name, else the number counted from 0.
    std::string title() const { return name.empty() ? std::to_string(number - 1) : name; }
};

/// Opens a FITS file, gzipped or not. Headers are looked at first: cfitsio copies values that are too long
/// over the ends of its own texts. @throws Error, also for a gzip file that unpacks to more than 256 MiB and
/// more than 100 times its size.
FitsFile openFits(const std::filesystem::path& path);
std::vector<TableHdu> listTables(const FitsFile& file);
/// Goes to a table, checks that its rows are all there, and unpacks it if it was compressed by fpack: `file`
/// and `hdu` are then those of the unpacked table. @throws Error
void goToTable(FitsFile& file, TableHdu& hdu);

/// A gzip file in memory. @throws Error if it is damaged, or unpacks to more than the bound.
std::unique_ptr<UnpackedFile> unpackGzip(const std::filesystem::path& path);
bool isGzip(const std::filesystem::path& path);
/// Throws Error where a header holds a value that FITS does not allow and cfitsio does not survive.
void checkHeaders(const FitsFile& file);

} // namespace penumbra::io::fits
