#pragma once

#include "core/io/table.h"
#include "core/io/text_cells.h"
#include "core/io/text_column.h"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace penumbra::io {

/// A column as the header of a text file describes it.
struct TextField {
    std::string name = {}, unit = {}, description = {}, ucd = {};
    std::size_t cells = 1;                      ///< of a row; more make a vector column
    std::optional<ColumnPlan::Kind> kind = {};  ///< where the header declares one
    std::vector<std::string> missingWords = {}; ///< that the header declares for this column
    bool decimalComma = false;                  ///< 0,34371
    bool ambiguousComma = false;                ///< 12,345: read as text
    bool single = false;                        ///< declared as 32-bit or shorter real numbers
    std::size_t arrayLength = 0;                ///< > 0: a cell holds that many numbers, as [1.0,2.0]
    std::string leftOut = {};                   ///< why the column is not read; empty: it is
};

/// How a text file is laid out, found from its first lines.
struct TextLayout {
    std::string title; ///< "IPAC table", "ECSV"; empty for plain separated text
    Separator separator = ',';
    bool betweenBars = false;             ///< | a | b |
    std::vector<FixedField> fixed;        ///< not empty: cells have fixed places in the line
    std::size_t cells = 0;                ///< of a row
    std::vector<TextField> fields;        ///< with unique names
    std::size_t firstLine = 1;            ///< where the rows begin
    std::vector<std::string> headerLines; ///< that may come again among the rows
    char comment = '#';                   ///< '\0': none
    bool hasRulers = false;               ///< lines of dashes may stand between rows and at the end
    std::string
        shortHeaderNote; ///< set if the header was one name short and the last column's name was made up
    std::vector<Workaround> workarounds;
};

/// @throws Error if no table can be made out, or a known format is broken.
TextLayout findTextLayout(const std::filesystem::path& path);

/// A line of dashes, equal signs, plus and bar between header and rows: ----- -----, +----+----+, ---|:---:|.
bool isRuler(std::string_view line);
/// Names are trimmed, empty ones numbered, repeated ones told and renamed.
void makeNamesUnique(TextLayout& layout);

} // namespace penumbra::io
