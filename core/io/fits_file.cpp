// Opening FITS files, their table HDUs, and tables that fpack compressed.

#include "core/io/fits_file.h"

#include "core/base/error.h"
#include "core/base/text.h"

#include <algorithm>
#include <cmath>

namespace penumbra::io::fits {

namespace {

/// cfitsio reads what lies beyond the end of a file as zeros; so the sizes are compared here.
void checkNotTruncated(const FitsFile& file, const TableHdu& hdu) {
    LONGLONG head = 0, data = 0, end = 0, heap = 0;
    int status = 0;
    file.check("HDU " + std::to_string(hdu.number) + " cannot be located",
               fits_get_hduaddrll(file.handle.get(), &head, &data, &end, &status));
    if (fits_read_key(file.handle.get(), TLONGLONG, "PCOUNT", &heap, nullptr, &status) != 0) {
        heap = 0;
        fits_clear_errmsg();
    }
    constexpr double block = 2880.0; // FITS pads to whole blocks, and cfitsio reads no part of one
    const double unpadded = static_cast<double>(data) + static_cast<double>(heap) +
                            static_cast<double>(hdu.rows) * static_cast<double>(hdu.rowBytes);
    const double needed = std::ceil(unpadded / block) * block;
    if (needed > static_cast<double>(file.bytes)) {
        throw Error(file.path.string() + ": truncated: HDU " + std::to_string(hdu.number) + " needs " +
                    formatFixed(needed, 0) + " bytes for " + std::to_string(hdu.rows) +
                    " rows, the file has " + std::to_string(file.bytes));
    }
}

std::size_t sizeKey(const FitsFile& file, const char* key) {
    LONGLONG value = 0;
    int status = 0;
    fits_read_key(file.handle.get(), TLONGLONG, key, &value, nullptr, &status);
    file.check(std::string("keyword ") + key + " cannot be read", status);
    return static_cast<std::size_t>(std::max<LONGLONG>(0, value));
}

TableHdu describe(const FitsFile& file, int number, int type) {
    TableHdu hdu;
    hdu.number = number;
    hdu.name = toUtf8(file.textKey("EXTNAME"));
    hdu.ascii = type == ASCII_TBL;
    hdu.packed = file.textKey("ZTABLE") == "T";
    hdu.rows = sizeKey(file, hdu.packed ? "ZNAXIS2" : "NAXIS2");
    hdu.rowBytes = sizeKey(file, hdu.packed ? "ZNAXIS1" : "NAXIS1");
    int columns = 0, status = 0;
    file.check("the header of HDU " + std::to_string(number) + " cannot be read",
               fits_get_num_cols(file.handle.get(), &columns, &status));
    for (int column = 1; column <= columns; ++column) {
        std::string name = toUtf8(file.textKey("TTYPE" + std::to_string(column)));
        hdu.columns.push_back(name.empty() ? "col" + std::to_string(column) : std::move(name));
    }
    return hdu;
}

void unpackTable(FitsFile& file, TableHdu& hdu) {
    const double claimed = static_cast<double>(hdu.rows) * static_cast<double>(hdu.rowBytes);
    if (claimed > static_cast<double>(mostUnpacked(file.bytes))) {
        file.fail("the table " + hdu.title() + ", compressed by fpack, claims to unpack to " +
                  formatFixed(claimed, 0) + " bytes, over " + std::to_string(bestRatio) +
                  " times the size of the file, and was left: unpack it with funpack if that is meant");
    }
    fitsfile* raw = nullptr;
    int status = 0;
    fits_create_file(&raw, "mem://", &status);
    file.check("there is no memory to unpack its table into", status);
    std::unique_ptr<fitsfile, CloseFits> unpacked(raw);
    fits_create_img(raw, BYTE_IMG, 0, nullptr, &status);
    fits_uncompress_table(file.handle.get(), raw, &status);
    int count = 0;
    fits_get_num_hdus(raw, &count, &status);
    fits_movabs_hdu(raw, count, nullptr, &status);
    file.check("the table " + hdu.title() + " is compressed by fpack and cannot be unpacked: damaged",
               status);
    const std::vector<std::string> names = hdu.columns;
    file.handle = std::move(unpacked);
    const int number = hdu.number;
    hdu = describe(file, count, BINARY_TBL);
    hdu.number = number;
    if (hdu.columns.size() != names.size()) {
        file.fail("the table " + hdu.title() + " unpacks to other columns than it names: damaged");
    }
}

} // namespace

void FitsFile::fail(const std::string& what, int status) const {
    char text[FLEN_STATUS] = "";
    fits_get_errstatus(status, text);
    fits_clear_errmsg();
    throw Error(path.string() + ": " + what + (status != 0 ? " (cfitsio: " + std::string(text) + ")" : ""));
}

std::string FitsFile::textKey(const std::string& key) const {
    char value[FLEN_VALUE] = "";
    int status = 0;
    if (fits_read_key(handle.get(), TSTRING, key.c_str(), value, nullptr, &status) != 0) {
        fits_clear_errmsg();
        return {};
    }
    return std::string(trimmed(value));
}

FitsFile openFits(const std::filesystem::path& path) {
    FitsFile file;
    file.path = path;
    fitsfile* raw = nullptr;
    int status = 0;
    if (isGzip(path)) {
        file.memory = unpackGzip(path);
        file.bytes = file.memory->size;
        checkHeaders(file);
        fits_open_memfile(&raw, "unpacked", READONLY, &file.memory->address, &file.memory->size, 0, nullptr,
                          &status);
    } else {
        std::error_code ignored;
        file.bytes = static_cast<std::size_t>(std::filesystem::file_size(path, ignored));
        checkHeaders(file);
        // Not fits_open_file: it would take brackets in a file's name for a filter.
        fits_open_diskfile(&raw, path.c_str(), READONLY, &status);
    }
    if (status != 0) {
        file.fail("cannot be opened as a FITS file: damaged or truncated", status);
    }
    file.handle.reset(raw);
    return file;
}

std::vector<TableHdu> listTables(const FitsFile& file) {
    std::vector<TableHdu> tables;
    fitsfile* f = file.handle.get();
    int count = 0, status = 0;
    file.check("its parts cannot be counted: damaged or truncated", fits_get_num_hdus(f, &count, &status));
    for (int number = 1; number <= count; ++number) {
        int type = 0;
        file.check("HDU " + std::to_string(number) + " cannot be read",
                   fits_movabs_hdu(f, number, &type, &status));
        if ((type == BINARY_TBL || type == ASCII_TBL) && fits_is_compressed_image(f, &status) == 0) {
            tables.push_back(describe(file, number, type));
        }
    }
    return tables;
}

void goToTable(FitsFile& file, TableHdu& hdu) {
    int status = 0;
    file.check("HDU " + std::to_string(hdu.number) + " cannot be read",
               fits_movabs_hdu(file.handle.get(), hdu.number, nullptr, &status));
    if (hdu.packed) {
        unpackTable(file, hdu);
    } else {
        checkNotTruncated(file, hdu);
    }
}

} // namespace penumbra::io::fits
