#pragma once

// The first lines of a text file, from which its layout is found; only the text reader includes it.

#include "core/io/text_layout.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace penumbra::io {

struct SampleLine {
    std::string text;
    std::size_t number = 0; ///< in the file, from 1
};

struct TextSample {
    std::filesystem::path path;
    std::vector<SampleLine> lines; ///< as they stand, blank ones and comments too
    bool whole = false;            ///< the file has no more lines
};

/// Up to a thousand lines after those that begin with '#', or 8 MiB.
TextSample readTextSample(const std::filesystem::path& path);

/// What may stand between the cells of a row, the likelier first.
inline constexpr Separator separators[] = {',', '\t', ';', '|', ' '};

/// A line that begins and ends with a bar.
bool isBarLine(std::string_view line);
/// A line that starts with '#' and is no row of a spreadsheet that begins with #N/A.
bool isCommentLine(std::string_view line);
/// Does every word that is not empty look like a unit ("deg", "[mag]", "km/s"), at least one surely?
bool looksLikeUnits(const std::vector<std::string>& cells);
/// Does every word name a type ("int", "double", "F9.5")?
bool looksLikeTypes(const std::vector<std::string>& cells);
/// A unit without the brackets around it; empty for "---", "none" and the like.
std::string unitIn(std::string_view cell);

/// A known format's layout, if the sample is one. @throws Error if it is one and broken.
using DialectFinder = std::optional<TextLayout> (*)(const TextSample& sample);
std::optional<TextLayout> findEcsvLayout(const TextSample& sample);
std::optional<TextLayout> findIpacLayout(const TextSample& sample);
std::optional<TextLayout> findMrtLayout(const TextSample& sample);
std::optional<TextLayout> findRuledLayout(const TextSample& sample); ///< columns under ==== or ---- ----
std::optional<TextLayout> findSeparatedLayout(const TextSample& sample);

/// Columns numbered in comments, one a line, as SExtractor writes them; nothing if they are not.
/// @throws Error if they do not fit rows of `cells` cells.
std::optional<std::vector<TextField>> numberedFields(const TextSample& sample, std::size_t cells);
/// Names in one of the comment lines, if one has as many words as the rows have cells (or one less).
struct CommentNames {
    std::vector<std::string> names;
    Separator separator = ' ';
    std::vector<std::string> units; ///< from the comment line after it; may be empty
    std::string doubt;              ///< set if another comment line might be meant as well
};
std::optional<CommentNames> namesInComments(const TextSample& sample, std::size_t cells, Separator separator);

/// The cells of a header line, by the separator that gives the wanted number of them.
struct HeaderNames {
    std::vector<std::string> names;
    Separator separator = ',';
};
std::optional<HeaderNames> namesIn(const std::string& line, std::size_t columns, Separator rowSeparator);
std::vector<std::string> cellsOf(std::string_view line, Separator separator);

} // namespace penumbra::io
