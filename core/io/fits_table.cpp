// FITS binary and ASCII tables, through cfitsio.

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/io/table_readers_internal.h"

#include <algorithm>
#include <cmath>
#include <fitsio.h>
#include <fstream>
#include <limits>
#include <memory>
#include <mutex>

namespace penumbra::io {

namespace {

constexpr std::size_t blockBytes = std::size_t{4} << 20;

struct CloseFits {
    void operator()(fitsfile* file) const {
        int status = 0;
        fits_close_file(file, &status);
        fits_clear_errmsg();
    }
};
using FitsHandle = std::unique_ptr<fitsfile, CloseFits>;

/// An opened file with its name, for messages.
struct FitsFile {
    std::filesystem::path path;
    FitsHandle handle;
    std::size_t bytesOnDisk = 0;
    bool compressed = false; ///< by gzip: cfitsio unpacks it into memory and checks its checksum

    [[noreturn]] void fail(const std::string& what, int status) const {
        char text[FLEN_STATUS] = "";
        fits_get_errstatus(status, text);
        fits_clear_errmsg();
        throw Error(path.string() + ": " + what +
                    (status != 0 ? " (cfitsio: " + std::string(text) + ")" : ""));
    }
    void check(const std::string& what, int status) const {
        if (status != 0) {
            fail(what, status);
        }
    }
};

/// A table HDU, as far as its header tells.
struct TableHdu {
    int number = 0; ///< 1 = primary
    std::string name;
    std::size_t rows = 0;
    std::size_t rowBytes = 0;
    int columns = 0;
};

FitsFile openFits(const std::filesystem::path& path) {
    FitsFile file;
    file.path = path;
    std::error_code ignored;
    file.bytesOnDisk = static_cast<std::size_t>(std::filesystem::file_size(path, ignored));
    fitsfile* raw = nullptr;
    int status = 0;
    // Not fits_open_file: it would take brackets in a file's name for a filter.
    if (fits_open_diskfile(&raw, path.c_str(), READONLY, &status) != 0) {
        file.fail("cannot be opened as a FITS file: damaged or truncated", status);
    }
    file.handle.reset(raw);
    return file;
}

std::string textKey(fitsfile* file, const std::string& key) {
    char value[FLEN_VALUE] = "";
    int status = 0;
    if (fits_read_key(file, TSTRING, key.c_str(), value, nullptr, &status) != 0) {
        fits_clear_errmsg();
        return {};
    }
    return std::string(trimmed(value));
}

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
    if (!file.compressed && needed > static_cast<double>(file.bytesOnDisk)) {
        throw Error(file.path.string() + ": truncated: HDU " + std::to_string(hdu.number) + " needs " +
                    formatFixed(needed, 0) + " bytes for " + std::to_string(hdu.rows) +
                    " rows, the file has " + std::to_string(file.bytesOnDisk));
    }
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
        if ((type != BINARY_TBL && type != ASCII_TBL) || fits_is_compressed_image(f, &status) != 0) {
            continue;
        }
        TableHdu hdu;
        LONGLONG rows = 0, rowBytes = 0;
        fits_get_num_rowsll(f, &rows, &status);
        fits_get_num_cols(f, &hdu.columns, &status);
        fits_read_key(f, TLONGLONG, "NAXIS1", &rowBytes, nullptr, &status);
        file.check("the header of HDU " + std::to_string(number) + " cannot be read", status);
        hdu.number = number;
        hdu.name = textKey(f, "EXTNAME");
        hdu.rows = static_cast<std::size_t>(std::max<LONGLONG>(0, rows));
        hdu.rowBytes = static_cast<std::size_t>(std::max<LONGLONG>(0, rowBytes));
        tables.push_back(hdu);
    }
    return tables;
}

TableHdu chooseTable(const FitsFile& file, const std::string& part, std::vector<std::string>& notes) {
    const std::vector<TableHdu> tables = listTables(file);
    if (tables.empty()) {
        throw Error(file.path.string() + ": this FITS file holds no table (images only?)");
    }
    std::string there;
    for (const TableHdu& hdu : tables) {
        there += (there.empty() ? "" : ", ") + std::to_string(hdu.number - 1) +
                 (hdu.name.empty() ? "" : " " + hdu.name) + " (" + std::to_string(hdu.rows) + " rows)";
    }
    if (part.empty()) {
        if (tables.size() > 1) {
            notes.push_back("the file holds several tables, the one with most rows was read: " + there);
        }
        return *std::max_element(tables.begin(), tables.end(), [](const TableHdu& a, const TableHdu& b) {
            return std::pair(a.rows, a.columns) < std::pair(b.rows, b.columns);
        });
    }
    for (const TableHdu& hdu : tables) {
        if (lowered(hdu.name) == lowered(part) || std::to_string(hdu.number - 1) == part) {
            return hdu;
        }
    }
    throw Error(file.path.string() + ": there is no table '" + part + "'; its tables are: " + there);
}

enum class Reading { Real64, Real32, Integer, Unsigned64, Boolean, Bits, Text, Skip };

/// One column and where the next block of it goes.
struct FitsColumn {
    int number = 0;
    Reading reading = Reading::Skip;
    std::size_t textBytes = 0;
    bool storedReal = false; ///< reals of a binary table, whose only mark of "missing" is NaN itself
    Column column;
    std::vector<std::uint8_t> elementMissing; ///< integers and booleans, one an element
};

Reading readingFor(int type) {
    switch (type) {
    case TDOUBLE:
        return Reading::Real64;
    case TFLOAT:
        return Reading::Real32;
    case TBYTE:
    case TSBYTE:
    case TSHORT:
    case TUSHORT:
    case TINT:
    case TUINT:
    case TLONG:
    case TULONG:
    case TLONGLONG:
        return Reading::Integer;
    case TULONGLONG:
        return Reading::Unsigned64;
    case TLOGICAL:
        return Reading::Boolean;
    case TBIT:
        return Reading::Bits;
    case TSTRING:
        return Reading::Text;
    default:
        return Reading::Skip; // complex numbers, variable-length arrays
    }
}

bool isStoredReal(const FitsFile& file, int number) {
    int hduType = 0, type = 0, status = 0;
    LONGLONG repeat = 0, width = 0;
    fits_get_hdu_type(file.handle.get(), &hduType, &status);
    fits_get_coltypell(file.handle.get(), number, &type, &repeat, &width, &status);
    file.check("column " + std::to_string(number) + " cannot be read", status);
    return hduType == BINARY_TBL && (type == TFLOAT || type == TDOUBLE);
}

FitsColumn describeColumn(const FitsFile& file, int number, const std::string& name, const TableHdu& hdu) {
    FitsColumn described;
    int type = 0, status = 0;
    LONGLONG repeat = 0, width = 0;
    file.check("column " + name + " cannot be read",
               fits_get_eqcoltypell(file.handle.get(), number, &type, &repeat, &width, &status));
    described.number = number;
    described.reading = readingFor(type);
    described.storedReal = isStoredReal(file, number);
    const std::string suffix = std::to_string(number);
    described.column.name = name;
    described.column.unit = textKey(file.handle.get(), "TUNIT" + suffix);
    described.column.description = textKey(file.handle.get(), "TCOMM" + suffix);
    described.column.ucd = textKey(file.handle.get(), "TUCD" + suffix);
    if (described.reading == Reading::Text) {
        // `repeat` counts characters in a binary table, and is 1 in an ASCII table.
        described.textBytes = static_cast<std::size_t>(std::max<LONGLONG>(1, width));
        const LONGLONG perRow = repeat > width ? repeat / std::max<LONGLONG>(1, width) : 1;
        described.column.width = static_cast<std::size_t>(perRow);
    } else {
        described.column.width = static_cast<std::size_t>(std::max<LONGLONG>(0, repeat));
    }
    if (described.column.width == 0 || repeat == 0) {
        described.reading = Reading::Skip;
    }
    if (described.textBytes > hdu.rowBytes || described.column.width / 8 > hdu.rowBytes) {
        throw Error(file.path.string() + ": column " + name +
                    " claims to be wider than a row: the file is damaged");
    }
    return described;
}

/// One call into cfitsio: `count` elements from `row` on.
struct Piece {
    const FitsFile& file;
    LONGLONG row;
    std::size_t count;
};

template <typename T>
void readNumbers(const Piece& piece, FitsColumn& into, int type) {
    auto& values = std::get<std::vector<T>>(into.column.values);
    const std::size_t at = values.size();
    values.resize(at + piece.count);
    T absent = std::numeric_limits<T>::quiet_NaN();
    // Asked to look for missing values, cfitsio takes infinities for some, and -0 and 1e-310 for 0.
    T* const missingMark = into.storedReal ? nullptr : &absent;
    int anyMissing = 0, status = 0;
    fits_read_col(piece.file.handle.get(), type, into.number, piece.row, 1,
                  static_cast<LONGLONG>(piece.count), missingMark, values.data() + at, &anyMissing, &status);
    piece.file.check("column " + into.column.name + " cannot be read", status);
}

template <typename T>
void readFlagged(const Piece& piece, FitsColumn& into, int type, std::vector<T>& values) {
    std::vector<char> flags(piece.count, 0);
    values.resize(piece.count);
    int anyMissing = 0, status = 0;
    fits_read_colnull(piece.file.handle.get(), type, into.number, piece.row, 1,
                      static_cast<LONGLONG>(piece.count), values.data(), flags.data(), &anyMissing, &status);
    piece.file.check("column " + into.column.name + " cannot be read", status);
    into.elementMissing.insert(into.elementMissing.end(), flags.begin(), flags.end());
}

void readIntegers(const Piece& piece, FitsColumn& into) {
    static_assert(sizeof(LONGLONG) == sizeof(std::int64_t));
    std::vector<LONGLONG> block;
    readFlagged(piece, into, TLONGLONG, block);
    auto& values = std::get<std::vector<std::int64_t>>(into.column.values);
    values.insert(values.end(), block.begin(), block.end());
}

void readUnsigned(const Piece& piece, FitsColumn& into) {
    std::vector<ULONGLONG> block;
    readFlagged(piece, into, TULONGLONG, block);
    auto& values = std::get<std::vector<std::uint64_t>>(into.column.values);
    values.insert(values.end(), block.begin(), block.end());
}

void readBooleans(const Piece& piece, FitsColumn& into) {
    std::vector<char> block;
    readFlagged(piece, into, TLOGICAL, block);
    auto& values = std::get<std::vector<std::uint8_t>>(into.column.values);
    for (const char value : block) {
        values.push_back(value == 1 ? 1 : 0);
    }
}

void readBits(const Piece& piece, FitsColumn& into) {
    const std::size_t width = into.column.width;
    std::vector<char> bits(width);
    auto& values = std::get<std::vector<std::uint8_t>>(into.column.values);
    for (std::size_t row = 0; row < piece.count / width; ++row) { // rows end on whole bytes
        int status = 0;
        fits_read_col_bit(piece.file.handle.get(), into.number, piece.row + static_cast<LONGLONG>(row), 1,
                          static_cast<LONGLONG>(width), bits.data(), &status);
        piece.file.check("column " + into.column.name + " cannot be read", status);
        for (const char bit : bits) {
            values.push_back(bit != 0 ? 1 : 0);
        }
    }
}

void readTexts(const Piece& piece, FitsColumn& into) {
    const std::size_t room = into.textBytes + 1;
    std::vector<char> cells(piece.count * room, '\0');
    std::vector<char*> pointers(piece.count);
    for (std::size_t i = 0; i < piece.count; ++i) {
        pointers[i] = cells.data() + i * room;
    }
    char absent[] = "";
    int anyMissing = 0, status = 0;
    fits_read_col(piece.file.handle.get(), TSTRING, into.number, piece.row, 1,
                  static_cast<LONGLONG>(piece.count), absent, pointers.data(), &anyMissing, &status);
    piece.file.check("column " + into.column.name + " cannot be read", status);
    auto& texts = std::get<std::vector<std::string>>(into.column.values);
    for (const char* cell : pointers) {
        std::string text(cell);
        text.erase(text.find_last_not_of(' ') + 1);
        texts.push_back(std::move(text));
    }
}

void prepare(FitsColumn& column, std::size_t rows) {
    const std::size_t count = rows * column.column.width;
    const auto fresh = [&](auto values) {
        values.reserve(count);
        column.column.values = std::move(values);
    };
    switch (column.reading) {
    case Reading::Real64:
        return fresh(std::vector<double>());
    case Reading::Real32:
        return fresh(std::vector<float>());
    case Reading::Integer:
        return fresh(std::vector<std::int64_t>());
    case Reading::Unsigned64:
        return fresh(std::vector<std::uint64_t>());
    case Reading::Boolean:
    case Reading::Bits:
        return fresh(std::vector<std::uint8_t>());
    default:
        return fresh(std::vector<std::string>());
    }
}

void readPiece(const Piece& piece, FitsColumn& column) {
    switch (column.reading) {
    case Reading::Real64:
        return readNumbers<double>(piece, column, TDOUBLE);
    case Reading::Real32:
        return readNumbers<float>(piece, column, TFLOAT);
    case Reading::Integer:
        return readIntegers(piece, column);
    case Reading::Unsigned64:
        return readUnsigned(piece, column);
    case Reading::Boolean:
        return readBooleans(piece, column);
    case Reading::Bits:
        return readBits(piece, column);
    case Reading::Text:
        return readTexts(piece, column);
    case Reading::Skip:
        return;
    }
}

/// Unsigned 64-bit columns whose every value fits become int64; what is missing does not count.
void settleUnsigned(FitsColumn& read) {
    auto* values = std::get_if<std::vector<std::uint64_t>>(&read.column.values);
    if (values == nullptr) {
        return;
    }
    for (std::size_t i = 0; i < values->size() && !read.elementMissing.empty(); ++i) {
        if (read.elementMissing[i] != 0) {
            (*values)[i] = 0;
        }
    }
    read.column.values = narrowed(std::move(*values));
}

std::vector<std::string> columnNames(const FitsFile& file, int columns) {
    std::vector<std::string> names;
    for (int number = 1; number <= columns; ++number) {
        std::string name = textKey(file.handle.get(), "TTYPE" + std::to_string(number));
        names.push_back(name.empty() ? "col" + std::to_string(number) : std::move(name));
    }
    return names;
}

bool isGzip(const std::filesystem::path& path) {
    char head[2] = {};
    std::ifstream(path, std::ios::binary).read(head, sizeof head);
    return head[0] == '\x1f' && head[1] == '\x8b';
}

std::mutex& cfitsioMutex() { // one file opened twice shares its buffers inside cfitsio
    static std::mutex mutex;
    return mutex;
}

} // namespace

bool looksLikeFits(const std::filesystem::path& path, FirstBytes bytes) {
    const std::string_view start(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    if (start.substr(0, 9) == "SIMPLE  =") {
        return true;
    }
    const std::string name = lowered(path.filename().string());
    return start.substr(0, 2) == "\x1f\x8b" &&
           (name.find(".fits") != std::string::npos || name.ends_with(".fit.gz"));
}

Table readFitsTable(const std::filesystem::path& path, const ReadOptions& options,
                    const RunContext& context) {
    const std::lock_guard lock(cfitsioMutex());
    FitsFile file = openFits(path);
    file.compressed = isGzip(path);
    Table table;
    const TableHdu hdu = chooseTable(file, options.part, table.notes);
    int status = 0;
    file.check("HDU " + std::to_string(hdu.number) + " cannot be read",
               fits_movabs_hdu(file.handle.get(), hdu.number, nullptr, &status));
    checkNotTruncated(file, hdu);

    table.source = path.string() + "[" + (hdu.name.empty() ? std::to_string(hdu.number - 1) : hdu.name) + "]";
    const std::vector<std::string> names = columnNames(file, hdu.columns);
    const std::size_t rows = options.maxRows == 0 ? hdu.rows : std::min(hdu.rows, options.maxRows);
    std::vector<FitsColumn> columns;
    for (const std::size_t i : wantedColumns(table.source, names, options)) {
        FitsColumn column = describeColumn(file, static_cast<int>(i) + 1, names[i], hdu);
        if (column.reading == Reading::Skip) {
            table.notes.push_back("column " + names[i] +
                                  " was left out: empty, complex, or of variable length");
            continue;
        }
        prepare(column, rows);
        columns.push_back(std::move(column));
    }
    const std::size_t blockRows =
        std::max<std::size_t>(1, blockBytes / std::max<std::size_t>(1, hdu.rowBytes));
    for (std::size_t done = 0; done < rows; done += blockRows) { // by blocks of rows: one pass over the disk
        context.step(static_cast<double>(done) / static_cast<double>(rows), "reading " + table.source);
        const std::size_t count = std::min(blockRows, rows - done);
        for (FitsColumn& column : columns) {
            readPiece({file, static_cast<LONGLONG>(done) + 1, count * column.column.width}, column);
        }
    }
    for (FitsColumn& column : columns) {
        settleUnsigned(column);
        markMissingElements(column.column, column.elementMissing);
        table.columns.push_back(std::move(column.column));
    }
    return table;
}

} // namespace penumbra::io
