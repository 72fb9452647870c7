#pragma once

#include "core/io/table.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace penumbra::io {

/// What a cell of text can stand for.
enum class CellKind { Missing, Integer, Real, Boolean, Glued, Other };

struct Cell {
    CellKind kind = CellKind::Missing;
    std::int64_t integer = 0;
    double real = 0.0;    ///< for Integer too; NaN for Missing
    bool tooWide = false; ///< digits only, but beyond int64
};

/// Blank, NA, N/A, NaN, null, None, -- and the like are missing; numbers may carry a plus or Fortran's D
/// exponent.
Cell parseCell(std::string_view text);

/// Collects one column of a text file. Numbers are kept as integers as long as all are; a cell that is no
/// number makes a numeric column missing there, and is counted.
class TextColumn {
public:
    enum class Kind { Integer, Real, Boolean, Text };
    TextColumn(std::string name, Kind kind, std::size_t rowsExpected);

    void add(std::string_view text, std::size_t line);
    /// The kind this column must be read again as, now that all cells are known; empty if it is fine.
    std::optional<Kind> betterKind() const;
    /// Hands the column over; what had to be worked around is told to the table.
    Column take(Table& table);
    bool allMissing() const { return present_ == 0; }

private:
    void addNumber(const Cell& cell, std::string_view text, std::size_t line);
    void markMissing();
    void becomeReal();

    std::string name_;
    Kind kind_;
    std::size_t rows_ = 0;
    std::vector<std::int64_t> integers_;
    std::vector<double> reals_;
    std::vector<std::uint8_t> booleans_;
    std::vector<std::string> texts_;
    std::vector<std::uint8_t> missing_; ///< empty until a cell is missing
    std::size_t present_ = 0;           ///< cells that are not missing
    std::size_t bad_ = 0;               ///< neither number nor missing
    std::size_t glued_ = 0;
    std::vector<std::int64_t> badRows_, gluedRows_; ///< the first of them, see maxRowsNamed
    std::size_t firstBadLine_ = 0, firstGluedLine_ = 0;
    std::string firstBad_, firstGlued_;
    bool sawTooWide_ = false;
    bool sawReal_ = false;
};

/// The kind that fits a sample of cells: text if fewer than 9 in 10 of those present are numbers.
TextColumn::Kind kindOf(const std::vector<std::string_view>& sample);

} // namespace penumbra::io
