#pragma once

#include <string>
#include <string_view>

namespace penumbra::report {

/// A text as one CSV cell (RFC 4180): quoted where it holds a comma, a quote or a line end.
inline std::string csvCell(std::string_view text) {
    if (text.find_first_of(",\"\r\n") == std::string_view::npos)
        return std::string(text);
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"')
            out += '"';
        out += c;
    }
    return out + '"';
}

} // namespace penumbra::report
