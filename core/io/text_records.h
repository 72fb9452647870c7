#pragma once

// The first rows of separated text, cut into cells; only the finders of layouts include it.

#include "core/io/text_sample.h"

#include <string>
#include <vector>

namespace penumbra::io {

struct TextRecord {
    std::string text;
    std::size_t line = 0, nextLine = 0; ///< where it begins and where the next one may, in the file
    std::vector<std::string> cells;
};

/// How the rows are separated.
struct Separation {
    Separator separator = ',';
    bool betweenBars = false;
    std::size_t cells = 0; ///< of most rows
    std::vector<TextRecord>
        records; ///< neither blank lines nor comments nor rulers; the header first, if there is one
    std::vector<SampleLine> rulers;
};

/// `forced`: what a line "sep=;" says. @throws Error never: one column is always possible.
Separation findSeparation(const TextSample& sample, std::size_t firstLine, Separator forced);

/// Numbers with decimal commas: columns are marked, the layout told. @throws Error where commas separate
/// cells as well as decimals.
void findDecimalCommas(const TextSample& sample, const Separation& rows, std::size_t firstRow,
                       std::size_t named, TextLayout& layout);

} // namespace penumbra::io
