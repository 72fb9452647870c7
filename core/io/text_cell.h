#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

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
/// The words parseCell takes for "missing", NaN included.
bool isMissingWord(std::string_view text);
/// Whole text as a double, the nearest one; without a plus.
bool parseWhole(std::string_view text, double& value);

/// Digits only, the first of several a zero: a number would lose it.
bool isZeroLed(std::string_view text);
/// Digits, e or d, digits: Excel's and Fortran's way to spoil an id such as 13e22.
bool isBareExponent(std::string_view text);
/// 0,34371 or -1,5E-05.
bool isDecimalComma(std::string_view text);
/// 12,345: may be a decimal comma or a separator of thousands.
bool isThousands(std::string_view text);
/// What spreadsheets write where a formula failed, at the start of a line: #N/A, #DIV/0!, ...
bool startsWithSpreadsheetError(std::string_view line);
/// A number without sign, point and exponent.
bool isDigits(std::string_view text);

} // namespace penumbra::io
