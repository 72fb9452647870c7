#pragma once

#include "core/io/table.h"
#include "core/io/text_lines.h"

#include <filesystem>
#include <string>
#include <vector>

namespace penumbra::io {

/// How a text file is laid out, found from its first lines.
struct TextLayout {
    Separator separator = ',';
    std::size_t columns = 0;
    std::vector<std::string> names;   ///< unique, `columns` long
    bool headerIsFirstRecord = false; ///< the first line that is not a comment names the columns
    std::string
        shortHeaderNote; ///< set if the header was one name short and the last column's name was made up
    std::vector<Workaround> workarounds;
};

/// @throws Error if no table can be made out.
TextLayout findTextLayout(const std::filesystem::path& path);

/// A line to pass over: blank, or a comment that starts with '#'.
bool isSkippedLine(std::string_view line);

} // namespace penumbra::io
