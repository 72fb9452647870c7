#pragma once

#include "core/eval/study.h"

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace penumbra::report {

/// A table as data. Numbers keep full precision; writers round to what the interval allows.
struct Cell {
    enum class Kind { Text, Number, Missing };
    Kind kind = Kind::Missing;
    std::string text;
    double value = 0.0, low = 0.0, high = 0.0; ///< low/high NaN: no interval
    bool percent = false;                      ///< a fraction to be shown in per cent
    bool bold = false;
    std::string note; ///< tooltip: "n = 3000, Wilson 95 %"
};
struct TableSpec {
    std::string title;
    std::vector<std::string> columns;
    std::vector<std::string> columnMethods; ///< method id of a column or ""
    std::vector<std::vector<Cell>> rows;
    std::vector<std::string> footnotes;
};

/// Targets x metrics down, methods across. `metrics` empty: coverage, tail, worst bin, mean width.
TableSpec comparisonTable(const Study& study, const std::vector<std::string>& metrics,
                          const std::string& convention);

/// "0.899 [0.888, 0.910]"-style text of a cell, digits as the interval allows.
std::string cellText(const Cell& cell);
std::string toLatex(const TableSpec& table); ///< booktabs
std::string toMarkdown(const TableSpec& table);
std::string toCsv(const TableSpec& table);       ///< value, low, high in separate columns
std::string toPlainText(const TableSpec& table); ///< aligned, for terminals
nlohmann::json toJson(const TableSpec& table);

} // namespace penumbra::report
