#pragma once

#include "core/io/table.h"
#include "core/io/text_cell.h"
#include "core/io/text_cells.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace penumbra::io {

/// What a column of text is read as.
struct ColumnPlan {
    enum class Kind { Integer, Unsigned, Real, Boolean, Text };
    std::string name = {};
    Kind kind = Kind::Integer;
    bool declared = false;      ///< by the file: the kind is not doubted
    bool isId = false;          ///< text unless every cell is a number that keeps its spelling
    bool decimalComma = false;  ///< 0,34371
    bool lookedNumeric = false; ///< text that was a column of numbers at first: missing words are missing
    std::vector<std::string> missingWords = {}; ///< that the file declares for this column
    std::optional<Workaround> why = {};         ///< told if the column is read so
};

/// Names such as id, objid, source_id, TARGETID, name: their cells are kept as they are written.
bool isIdName(std::string_view name);

/// Collects one column of a text file. Numbers are kept as integers as long as all are; a cell that is no
/// number makes a numeric column missing there, and is counted.
class TextColumn {
public:
    using Kind = ColumnPlan::Kind;
    TextColumn(ColumnPlan plan, std::size_t rowsExpected);

    void add(std::string_view text, std::size_t line);
    /// Adds the cell that starts at `at` of a line without quotes; gives its end (a separator or `end`).
    const char* addFrom(const char* at, const char* end, Separator separator, std::size_t line);
    /// How this column must be read again, now that all cells are known; empty if it is fine.
    std::optional<ColumnPlan> betterPlan() const;
    /// Hands the column over; what had to be worked around is told to the table.
    Column take(Table& table);
    bool allMissing() const { return present_ == 0; }

private:
    struct Odd { ///< cells of a kind that must be told
        std::size_t count = 0;
        std::size_t firstLine = 0;
        std::string first;
        std::vector<std::int64_t> rows; ///< the first of them
    };
    void note(Odd& odd, std::string_view text, std::size_t line) const;
    void addNumber(const Cell& cell, std::string_view text, std::size_t line);
    void addUnsigned(std::string_view text, std::size_t line);
    void addInteger(std::int64_t value, std::string_view text);
    void addReal(double value, std::string_view text);
    void addText(std::string_view text);
    void addBoolean(std::string_view text, std::size_t line);
    bool isDeclaredMissing(std::string_view text) const;
    void countSpelling(std::string_view text);
    void markMissing();
    void becomeReal();
    ColumnPlan asText(const char* kind, const std::string& reason, std::size_t count) const;
    std::optional<ColumnPlan> betterForIds() const;
    std::optional<ColumnPlan> betterForSpelling() const;
    void tellOddities(Table& table) const;

    ColumnPlan plan_;
    std::vector<double> missingNumbers_; ///< those of plan_.missingWords that are numbers
    std::size_t rows_ = 0;
    std::vector<std::int64_t> integers_;
    std::vector<std::uint64_t> unsigneds_;
    std::vector<double> reals_;
    std::vector<std::uint8_t> booleans_;
    std::vector<std::string> texts_;
    std::vector<std::uint8_t> missing_; ///< empty until a cell is missing
    std::size_t present_ = 0;           ///< cells that are not missing
    Odd bad_, glued_, zeroLed_, bareExponent_, wideInReals_;
    std::size_t width_ = 0; ///< of every cell so far; npos if they differ
    bool sawTooWide_ = false;
    bool sawReal_ = false;
    bool sawPoint_ = false;        ///< or a sign in the exponent: surely a number
    bool sawLongMantissa_ = false; ///< of a bare exponent, as in 13e22
    bool sawNegative_ = false;
};

/// The kind that fits a sample of cells: text if most of those present are no numbers.
ColumnPlan::Kind kindOf(const std::vector<std::string_view>& sample);

} // namespace penumbra::io
