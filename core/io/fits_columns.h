#pragma once

// Internal to the fits_*.cpp files: how columns lie in the rows of a table, and their decoding.

#include "core/io/fits_file.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace penumbra::io::fits {

/// How one column lies in a row, as TFORM, TDIM, TBCOL, TNULL, TSCAL and TZERO say.
struct Field {
    Column column;             ///< name, unit, description, ucd
    char code = '?';           ///< letter of TFORM
    std::size_t repeat = 1;    ///< elements, bits or characters
    std::size_t textBytes = 0; ///< of one text
    std::size_t offset = 0, bytes = 0;
    int decimals = 0; ///< ASCII: implied where no point is written
    std::string nullText;
    std::optional<std::int64_t> nullInteger;
    std::optional<std::string> zeroText; ///< TZERO as written: 2^63 is no exact real in every notation
    double scale = 1.0, zero = 0.0;
    std::string leftOut; ///< why it cannot be a column; "" if it can
};

/// All columns of the current table. @throws Error if they do not fit into its rows.
std::vector<Field> fieldsOf(const FitsFile& file, const TableHdu& hdu, std::vector<std::string>& notes);

/// Takes blocks of rows, as they lie in the file, and makes a column of them.
class Decoder {
public:
    virtual ~Decoder() = default;
    /// `rows`: the first byte of `count` rows, `stride` bytes each. @throws Error naming the column and row.
    virtual void take(const unsigned char* rows, std::size_t count, std::size_t stride) = 0;
    virtual Column finish() = 0;
};
std::unique_ptr<Decoder> binaryDecoder(const Field& field, std::size_t rows);
std::unique_ptr<Decoder> asciiDecoder(const Field& field, const std::string& source);

} // namespace penumbra::io::fits
