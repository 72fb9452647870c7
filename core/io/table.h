#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace penumbra::io {

/// A named column of N rows with its type, unit and missing values. Real columns mark missing rows by NaN;
/// the other types by `missing` (empty: nothing is missing). Integers stay integers: ids beyond 2^53 are
/// safe, and those beyond int64 are uint64.
struct Column {
    using Values = std::variant<std::vector<double>, std::vector<float>, std::vector<std::int64_t>,
                                std::vector<std::uint64_t>, std::vector<std::uint8_t>, ///< uint8: booleans
                                std::vector<std::string>>;
    std::string name;
    std::string unit;
    std::string description;
    Values values;
    std::vector<std::uint8_t> missing; ///< 1 = missing; empty or N long
    std::size_t width = 1;             ///< > 1: a vector column, N*width values, row-major
    std::string ucd = {};              ///< what it is in the IVOA's words, "meta.id;meta.main"; may be empty

    std::size_t rows() const;
    bool isNumeric() const;
    bool isInteger() const;                ///< int64 or uint64; booleans are none
    bool isMissing(std::size_t row) const; ///< NaN counts as missing
    bool isFlagged(std::size_t row) const { return !missing.empty() && missing.at(row) != 0; } ///< NaN aside
    /// Row's value as double (element k of a vector column); NaN where missing. @throws Error for text.
    double asReal(std::size_t row, std::size_t k = 0) const;
    std::vector<double> asReals() const;                          ///< N*width values
    std::string asText(std::size_t row, std::size_t k = 0) const; ///< "" where missing
    std::vector<std::string> asTexts() const;                     ///< N*width texts
    std::string
    typeName() const; ///< "float64", "float32", "int64", "uint64", "bool", "text"; with [width] if > 1
};

/// Integers as a column holds them: int64 where every value fits, else uint64. What readers give.
Column::Values narrowed(std::vector<std::uint64_t> values);

/// Appends the rows of a column of the same width. Signed and unsigned integers meet as int64 or, where one
/// is too large and none is negative, as uint64; other unlike numbers as float64 (as text where an integer
/// would lose digits), numbers and texts as text.
void append(Column& to, const Column& from);
/// Appends `rows` missing values.
void appendMissing(Column& to, std::size_t rows);
/// Stands for "missing" in a list of rows.
inline constexpr std::size_t noRow = static_cast<std::size_t>(-1);
/// The rows asked for, in that order; noRow gives a missing value.
Column pickRows(const Column& from, std::span<const std::size_t> rows);
/// What a reader had to work around, where it can be counted. Its words stand among the table's notes as
/// well.
struct Workaround {
    std::string kind;               ///< "glued-cells", "not-numbers", "short-header", "header-delimiter" ...
    std::string column;             ///< empty: the file as a whole
    std::string text;               ///< a sentence
    std::size_t count = 0;          ///< cells; 0 where it cannot be counted
    std::vector<std::int64_t> rows; ///< the rows it happened in, from 0
};

/// Another table of the same file.
struct TablePart {
    std::string name; ///< as ReadOptions::part takes it
    std::size_t rows = 0;
    std::vector<std::string> columns;
};

/// What a table file holds, before anybody gives it a meaning. Every column has the same number of rows.
struct Table {
    std::string source; ///< path, and the group or HDU inside it
    std::vector<Column> columns;
    std::vector<std::string>
        notes; ///< what the reader had to work around, in words (ragged rows, glued cells ...)
    std::vector<Workaround> workarounds = {}; ///< those notes that can be counted
    std::vector<TablePart> otherParts = {};   ///< the file's further tables, which were not read
    void tell(Workaround workaround);         ///< adds it and its note
    std::size_t rows() const;
    const Column*
    find(std::string_view name) const;             ///< exact, else case-insensitive if unique; null if absent
    const Column& at(std::string_view name) const; ///< @throws Error listing near names
};

/// "; it is in part 'B' of the file", or "" where no other part has the column: the end of an error.
std::string inWhichPart(std::span<const TablePart> parts, std::string_view column);
/// True if no integer of the column would lose digits as a double.
bool fitsReals(const Column& column);
/// Marks elements (N*width flags, 1 = missing). Where an integer, boolean or text vector loses some of its
/// elements, it becomes real (text where a number is not exact as a real, "" = missing).
void markMissing(Column& column, std::span<const std::uint8_t> elements);

/// Splits a vector column's element off: "MODELFLUX[2]" (0-based). Plain names give the column itself.
/// @throws Error if absent, or the index is out of range.
Column selectColumn(const Table& table, std::string_view expression);

} // namespace penumbra::io
