#include "gui/models/table_groups.h"

#include <algorithm>

namespace penumbra::gui {

report::TableSpec withGroupLines(const report::TableSpec& table,
                                 const std::vector<std::string>& groupColumns) {
    std::vector<std::size_t> named, kept;
    for (std::size_t c = 0; c < table.columns.size(); ++c)
        (std::find(groupColumns.begin(), groupColumns.end(), table.columns[c]) == groupColumns.end() ? kept
                                                                                                     : named)
            .push_back(c);
    report::TableSpec out;
    out.title = table.title;
    out.footnotes = table.footnotes;
    for (const std::size_t c : kept) {
        out.columns.push_back(table.columns[c]);
        out.columnMethods.push_back(c < table.columnMethods.size() ? table.columnMethods[c] : "");
        out.columnNotes.push_back(c < table.columnNotes.size() ? table.columnNotes[c] : "");
    }
    std::string group;
    for (std::size_t r = 0; r < table.rows.size(); ++r) {
        std::string name;
        const report::Cell* galaxies = nullptr; // those of the group
        for (const std::size_t c : named) {
            const report::Cell& cell = table.rows[r][c];
            const std::string text =
                table.columns[c] == "target" && !cell.note.empty() ? cell.note : cell.text;
            name += (name.empty() || text.empty() ? "" : " · ") + text;
            galaxies = cell.galaxies.empty() ? galaxies : &cell;
        }
        if (r == 0 || name != group) {
            group = name;
            std::vector<report::Cell> line(kept.size());
            line[0].kind = report::Cell::Kind::Text;
            line[0].text = name;
            line[0].bold = true;
            if (galaxies != nullptr) {
                line[0].galaxies = galaxies->galaxies;
                line[0].target = galaxies->target;
            }
            for (std::size_t c = 1; c < line.size(); ++c)
                line[c].kind = report::Cell::Kind::Text;
            out.rows.push_back(std::move(line));
            out.rowMethods.emplace_back();
        }
        std::vector<report::Cell> line;
        for (const std::size_t c : kept)
            line.push_back(table.rows[r][c]);
        out.rows.push_back(std::move(line));
        out.rowMethods.push_back(r < table.rowMethods.size() ? table.rowMethods[r] : "");
    }
    return out;
}

} // namespace penumbra::gui
