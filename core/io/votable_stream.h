#pragma once

#include "core/io/votable_column.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace penumbra::io::votable {

/// Base64 as it comes, in pieces of any length; blanks and line ends are passed over.
class Base64Decoder {
public:
    /// Appends the bytes to `out`. @throws Error for a letter that is none of base64's
    void decode(std::string_view text, std::vector<unsigned char>& out);
    /// @throws Error if the text ends within a group of four letters
    void finish() const;

private:
    std::uint32_t bits_ = 0;
    int letters_ = 0; ///< of the group that has begun
    bool ended_ = false;
};

/// Cuts the bytes of BINARY or BINARY2 into rows as they come.
class BinaryRows {
public:
    /// @param columns a builder a field; null where the field is passed over
    /// @param mostBytes that a row can have: the file's
    BinaryRows(const std::vector<Field>& fields, std::vector<ColumnBuilder*> columns, bool masked,
               std::size_t mostRows, std::size_t mostBytes);
    std::vector<unsigned char>& bytes() { return bytes_; } ///< append here, then decode()
    /// Every whole row. @throws Error for a length that cannot be
    void decode();
    void finish() const; ///< @throws Error if a row has only begun
    std::size_t rows() const { return rows_; }

private:
    bool decodeRow(std::size_t& at);
    const std::vector<Field>& fields_;
    std::vector<ColumnBuilder*> columns_;
    bool masked_;
    std::size_t mostRows_, mostBytes_;
    std::vector<unsigned char> bytes_;
    std::size_t rows_ = 0;
};

} // namespace penumbra::io::votable
