// Texts of files in other encodings.

#include "core/base/text.h"
#include "core/io/table_readers_internal.h"

#include <algorithm>

namespace penumbra::io {

namespace {

/// True if it had to be changed.
bool convert(std::string& text) {
    if (isUtf8(text)) {
        return false;
    }
    text = toUtf8(text);
    return true;
}

} // namespace

void makeUtf8(Table& table) {
    std::size_t cells = 0;
    std::vector<std::string> changed;
    for (Column& column : table.columns) {
        std::size_t here = convert(column.name) ? 1 : 0;
        here += convert(column.unit) ? 1 : 0;
        here += convert(column.description) ? 1 : 0;
        if (auto* texts = std::get_if<std::vector<std::string>>(&column.values)) {
            here += static_cast<std::size_t>(std::count_if(texts->begin(), texts->end(), convert));
        }
        if (here > 0) {
            changed.push_back(column.name);
            cells += here;
        }
    }
    for (std::string& note : table.notes) {
        convert(note);
    }
    for (TablePart& part : table.otherParts) {
        convert(part.name);
        std::for_each(part.columns.begin(), part.columns.end(), convert);
    }
    if (cells > 0) {
        table.tell({"not-utf8",
                    changed.size() == 1 ? changed.front() : "",
                    std::to_string(cells) +
                        " names and texts are not UTF-8 and were read as Windows-1252 (Latin-1); "
                        "columns: " +
                        joinText(changed, ", "),
                    cells,
                    {}});
    }
}

} // namespace penumbra::io
