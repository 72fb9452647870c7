#pragma once

#include <cstddef>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace penumbra::io {

/// How the cells of a line are told apart. ' ' means any run of blanks and tabs.
using Separator = char;

/// Splits one record; quotes around a cell are removed and "" inside them becomes ". Pieces point into the
/// record or, for cells with doubled quotes, into `scratch`.
void splitCells(std::string_view record, Separator separator, std::vector<std::string_view>& cells,
                std::deque<std::string>& scratch);
/// Splits at '|', bars at the ends of the line left out; quotes mean nothing.
void splitBars(std::string_view record, std::vector<std::string_view>& cells);

/// A cell's place in a line of fixed widths: characters from `begin` up to `end`, from 0.
struct FixedField {
    std::size_t begin = 0, end = 0;
};
void splitFixed(std::string_view line, std::span<const FixedField> fields,
                std::vector<std::string_view>& cells);

/// Where the cell that starts at `at` of a line without quotes ends: a separator, or `end`.
const char* findCellEnd(const char* at, const char* end, Separator separator);
/// Does the last cell open a quote that is not closed in this record?
bool endsInsideQuotes(std::string_view record, Separator separator);

} // namespace penumbra::io
