// Tables whose cells have fixed places in the line: IPAC's, and columns under a ruler of ==== or ---- ----.

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/io/text_sample.h"

#include <algorithm>

namespace penumbra::io {

namespace {

std::vector<std::size_t> barsIn(std::string_view line) {
    std::vector<std::size_t> bars;
    std::size_t character = 0;
    for (const char c : line) {
        if (c == '|') {
            bars.push_back(character);
        }
        character += (static_cast<unsigned char>(c) & 0xc0U) != 0x80U ? 1 : 0;
    }
    return bars;
}

/// IPAC's names of types; abbreviations count.
ColumnPlan::Kind ipacKind(const std::string& type, const TextSample& sample) {
    const std::string word = lowered(type);
    const auto isShortFor = [&](std::string_view name) { return !word.empty() && name.starts_with(word); };
    if (isShortFor("int") || isShortFor("integer") || isShortFor("long")) {
        return ColumnPlan::Kind::Integer;
    }
    if (isShortFor("double") || isShortFor("float") || isShortFor("real")) {
        return ColumnPlan::Kind::Real;
    }
    if (isShortFor("char") || isShortFor("date") || word.starts_with("char")) {
        return ColumnPlan::Kind::Text;
    }
    throw Error(sample.path.string() + ": IPAC table: '" + type +
                "' is no type of a column; int, long, float, double, real, char and date are");
}

struct IpacHeader {
    std::vector<const SampleLine*> lines; ///< names, types, units, words for missing
    const SampleLine* firstRow = nullptr;
};

std::optional<IpacHeader> ipacHeader(const TextSample& sample) {
    IpacHeader header;
    for (const SampleLine& line : sample.lines) {
        if (trimmed(line.text).empty() || (line.text.front() == '\\' && header.lines.empty())) {
            continue;
        }
        if (isBarLine(line.text) && !isRuler(line.text)) {
            header.lines.push_back(&line);
            continue;
        }
        header.firstRow = &line;
        break;
    }
    const bool fits = !header.lines.empty() && header.lines.size() <= 4 && header.firstRow != nullptr &&
                      barsIn(header.firstRow->text).empty() && !isRuler(header.firstRow->text);
    return fits ? std::optional(header) : std::nullopt;
}

/// Runs of '=' or of '-' with blanks between them; empty if the line is something else.
std::vector<FixedField> runsIn(std::string_view line) {
    const char mark = trimmed(line).empty() ? '\0' : trimmed(line).front();
    std::vector<FixedField> runs;
    std::size_t longest = 0;
    for (std::size_t i = 0; i < line.size(); ++i) {
        if (line[i] == mark && (mark == '-' || mark == '=')) {
            if (runs.empty() || runs.back().end != i) {
                runs.push_back({i, i});
            }
            ++runs.back().end;
            longest = std::max(longest, runs.back().end - runs.back().begin);
        } else if (line[i] != ' ') {
            return {};
        }
    }
    return longest >= 3 ? runs : std::vector<FixedField>();
}

/// Nothing stands between the columns.
bool gapsAreBlank(const std::string& line, const std::vector<FixedField>& runs) {
    std::vector<FixedField> gaps;
    for (std::size_t i = 0; i < runs.size(); ++i) {
        gaps.push_back({i == 0 ? 0 : runs[i - 1].end, runs[i].begin});
    }
    std::vector<std::string_view> between;
    splitFixed(line, gaps, between);
    return std::all_of(between.begin(), between.end(), [](std::string_view gap) { return gap.empty(); });
}

struct RuledLines {
    std::vector<const SampleLine*> lines; ///< neither blank nor comments
    std::size_t header = 0, ruler = 0;    ///< first line of the names, and the ruler under them
};

/// The names stand between two rulers (rst) or above one.
std::optional<RuledLines> ruledLines(const TextSample& sample) {
    RuledLines found;
    for (const SampleLine& line : sample.lines) {
        if (!trimmed(line.text).empty() && !isCommentLine(line.text)) {
            found.lines.push_back(&line);
        }
    }
    constexpr std::size_t within = 12;
    for (std::size_t i = 0; i < std::min(within, found.lines.size()); ++i) {
        const auto runs = runsIn(found.lines[i]->text);
        if (runs.size() < 2) {
            continue;
        }
        if (i > 0 && runsIn(found.lines[i - 1]->text).empty()) {
            found.header = i - 1;
            found.ruler = i;
            return found;
        }
        for (std::size_t k = i + 2; k < std::min(i + 5, found.lines.size()); ++k) {
            if (runsIn(found.lines[k]->text).size() == runs.size()) {
                found.header = i + 1;
                found.ruler = k;
                return found;
            }
        }
    }
    return std::nullopt;
}

} // namespace

std::optional<TextLayout> findIpacLayout(const TextSample& sample) {
    const auto header = ipacHeader(sample);
    if (!header) {
        return std::nullopt;
    }
    const std::vector<std::size_t> bars = barsIn(header->lines.front()->text);
    TextLayout layout;
    layout.title = "IPAC table";
    layout.comment = '\\';
    layout.firstLine = header->firstRow->number;
    for (std::size_t i = 0; i + 1 < bars.size(); ++i) {
        layout.fixed.push_back({bars[i] + 1, bars[i + 1]});
    }
    layout.cells = layout.fixed.size();
    layout.fields.resize(layout.cells);
    for (std::size_t k = 0; k < header->lines.size(); ++k) {
        const SampleLine& line = *header->lines[k];
        if (barsIn(line.text) != bars) {
            throw Error(sample.path.string() + ": line " + std::to_string(line.number) +
                        ": IPAC table: the bars do not stand under those of the line with the names");
        }
        std::vector<std::string_view> cells;
        splitFixed(line.text, layout.fixed, cells);
        for (std::size_t c = 0; c < layout.cells; ++c) {
            TextField& field = layout.fields[c];
            const std::string cell(cells[c]);
            if (k == 0) {
                field.name = cell;
            } else if (k == 1 && !cell.empty()) {
                field.kind = ipacKind(cell, sample);
            } else if (k == 2) {
                field.unit = unitIn(cell);
            } else if (k == 3 && !cell.empty()) {
                field.missingWords = {cell};
            }
        }
        layout.headerLines.push_back(line.text);
    }
    return layout;
}

std::optional<TextLayout> findRuledLayout(const TextSample& sample) {
    const auto found = ruledLines(sample);
    if (!found) {
        return std::nullopt;
    }
    const std::string& ruler = found->lines[found->ruler]->text;
    std::vector<FixedField> runs = runsIn(ruler);
    for (std::size_t i = found->header; i < found->lines.size(); ++i) {
        const std::string& line = found->lines[i]->text;
        const bool tail = i + 1 == found->lines.size(); // "(240 rows)"
        if (runsIn(line).empty() && !gapsAreBlank(line, runs) && !tail) {
            return std::nullopt;
        }
    }
    runs.back().end = static_cast<std::size_t>(-1); // the last cell may be longer
    TextLayout layout;
    layout.title = "columns under a ruler";
    layout.fixed = runs;
    layout.cells = runs.size();
    layout.fields.resize(layout.cells);
    for (std::size_t i = found->header; i < found->ruler; ++i) { // a name may stand in several lines
        std::vector<std::string_view> cells;
        splitFixed(found->lines[i]->text, runs, cells);
        for (std::size_t c = 0; c < layout.cells; ++c) {
            std::string& name = layout.fields[c].name;
            name += (name.empty() || cells[c].empty() ? "" : " ") + std::string(cells[c]);
        }
        layout.headerLines.push_back(found->lines[i]->text);
    }
    layout.headerLines.push_back(ruler);
    layout.hasRulers = true;
    layout.firstLine = found->lines[found->ruler]->number + 1;
    return layout;
}

} // namespace penumbra::io
