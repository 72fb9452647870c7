#include "core/io/text_layout.h"

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/io/text_column.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>

namespace penumbra::io {

namespace {

constexpr std::size_t sampleLines = 200;
constexpr std::size_t sampleBytes = std::size_t{8} << 20;
constexpr Separator separators[] = {',', '\t', ';', '|', ' '};

/// The first lines: comments before the data, and records as whole lines.
struct Sample {
    std::vector<std::string> comments;
    std::vector<std::string> lines;
};

Sample readSample(const std::filesystem::path& path) {
    Sample sample;
    TextLines lines(path);
    std::string_view line;
    while (sample.lines.size() < sampleLines && lines.bytesRead() < sampleBytes && lines.next(line)) {
        if (!isSkippedLine(line)) {
            sample.lines.emplace_back(line);
        } else if (sample.lines.empty() && !trimmed(line).empty()) {
            sample.comments.emplace_back(trimmed(line).substr(1));
        }
    }
    return sample;
}

std::vector<std::string> cellsOf(std::string_view line, Separator separator) {
    std::vector<std::string_view> cells;
    std::deque<std::string> scratch;
    splitCells(line, separator, cells, scratch);
    return {cells.begin(), cells.end()};
}

/// How many cells most lines have with this separator, and which part of the lines agrees on that.
struct Agreement {
    std::size_t cells = 0;
    double fraction = 0.0;
};

Agreement agreementOf(const std::vector<std::string>& lines, std::size_t first, Separator separator) {
    std::map<std::size_t, std::size_t> counts;
    for (std::size_t i = first; i < lines.size(); ++i) {
        ++counts[cellsOf(lines[i], separator).size()];
    }
    Agreement best;
    std::size_t most = 0;
    for (const auto& [cells, count] : counts) {
        if (count >= most) {
            most = count;
            best.cells = cells;
        }
    }
    best.fraction = static_cast<double>(most) / static_cast<double>(lines.size() - first);
    return best;
}

bool isNumber(const std::string& text) {
    const CellKind kind = parseCell(text).kind;
    return kind == CellKind::Integer || kind == CellKind::Real;
}

bool isWord(const std::string& text) {
    const CellKind kind = parseCell(text).kind;
    return kind == CellKind::Other || kind == CellKind::Boolean;
}

enum class HeaderEvidence { None, Weak, Strong };

/// Do the rows below say that the first line is a header? Strong: a column whose first cell is a word holds
/// numbers. Weak: the first line holds no number at all.
HeaderEvidence headerEvidence(const std::vector<std::string>& lines, Separator separator) {
    const std::vector<std::string> first = cellsOf(lines.front(), separator);
    if (std::none_of(first.begin(), first.end(), isWord)) {
        return HeaderEvidence::None;
    }
    std::vector<std::size_t> numbers(first.size(), 0), present(first.size(), 0);
    for (std::size_t i = 1; i < lines.size(); ++i) {
        const std::vector<std::string> cells = cellsOf(lines[i], separator);
        for (std::size_t c = 0; c < std::min(first.size(), cells.size()); ++c) {
            numbers[c] += isNumber(cells[c]) ? 1 : 0;
            present[c] += parseCell(cells[c]).kind != CellKind::Missing ? 1 : 0;
        }
    }
    for (std::size_t c = 0; c < first.size(); ++c) {
        if (isWord(first[c]) && 2 * numbers[c] > present[c]) {
            return HeaderEvidence::Strong;
        }
    }
    return std::none_of(first.begin(), first.end(), isNumber) ? HeaderEvidence::Weak : HeaderEvidence::None;
}

/// A header line may be separated otherwise than the rows: the way that gives the wanted number of names
/// wins, then the one that is one short.
struct HeaderNames {
    std::vector<std::string> names;
    Separator separator;
};

std::optional<HeaderNames> namesIn(const std::string& line, std::size_t columns, Separator rowSeparator) {
    std::vector<Separator> order(std::begin(separators), std::end(separators));
    if (rowSeparator !=
        ' ') { // "a, b, c" over rows between blanks: the comma is the separator, not part of the names
        order.insert(order.begin(), rowSeparator);
    }
    for (const std::size_t wanted : {columns, columns - 1}) {
        if (wanted == 0 || (wanted < columns && columns < 3)) {
            continue;
        }
        for (const Separator separator : order) {
            std::vector<std::string> names = cellsOf(line, separator);
            if (names.size() == wanted) {
                return HeaderNames{std::move(names), separator};
            }
        }
    }
    return std::nullopt;
}

std::string numberedName(std::size_t column) {
    return "col" + std::to_string(column + 1);
}

void makeUnique(TextLayout& layout) {
    std::set<std::string> seen;
    for (std::size_t i = 0; i < layout.names.size(); ++i) {
        std::string& name = layout.names[i];
        name = std::string(trimmed(name));
        if (name.empty()) {
            name = numberedName(i);
        }
        if (seen.count(name) != 0) {
            std::string fresh;
            for (int k = 2; fresh.empty() || seen.count(fresh) != 0; ++k) {
                fresh = name + "_" + std::to_string(k);
            }
            layout.workarounds.push_back({"repeated-name",
                                          fresh,
                                          "the header names '" + name + "' twice; column " +
                                              std::to_string(i + 1) + " is called " + fresh,
                                          1,
                                          {}});
            name = fresh;
        }
        seen.insert(name);
    }
}

void setNames(TextLayout& layout, std::vector<std::string> names) {
    const std::size_t given = names.size();
    if (given == layout.columns) {
        layout.names = std::move(names);
        return;
    }
    names.resize(layout.columns);
    for (std::size_t i = given; i < layout.columns; ++i) {
        names[i] = numberedName(i);
    }
    layout.names = std::move(names);
    const std::string counts = "the header names " + std::to_string(given) + " columns, the rows have " +
                               std::to_string(layout.columns);
    if (given > layout.columns) {
        layout.workarounds.push_back(
            {"long-header",
             "",
             counts + ": the names at the end were not used; check the names before use",
             given - layout.columns,
             {}});
        return;
    }
    const std::string note =
        counts + ": which name is missing cannot be known. Names were given from the left, up to " +
        layout.names[given - 1] + "; after it comes " + numberedName(given) +
        ". Columns from the gap on carry wrong names: check before use";
    if (given + 1 == layout.columns) {
        layout.shortHeaderNote = note;
    } else {
        layout.workarounds.push_back({"short-header", "", note, layout.columns - given, {}});
    }
}

std::string separatorName(Separator separator) {
    switch (separator) {
    case ' ':
        return "blanks";
    case '\t':
        return "tabs";
    default:
        return std::string("'") + separator + "'";
    }
}

void setNames(TextLayout& layout, HeaderNames header) {
    if (header.separator != layout.separator && header.names.size() > 1)
        layout.workarounds.push_back({"header-delimiter",
                                      "",
                                      "the header separates its names by " + separatorName(header.separator) +
                                          ", the rows their cells by " + separatorName(layout.separator),
                                      1,
                                      {}});
    setNames(layout, std::move(header.names));
}

void chooseSeparator(TextLayout& layout, const std::vector<std::string>& lines) {
    const std::size_t first = lines.size() > 1 ? 1 : 0; // the header may be separated otherwise
    Agreement best;
    for (const Separator separator : separators) {
        const Agreement found = agreementOf(lines, first, separator);
        if (found.cells > 1 && found.fraction > best.fraction) {
            best = found;
            layout.separator = separator;
        }
    }
    if (best.cells == 0) { // one column
        best.cells = 1;
    }
    layout.columns = best.cells;
}

} // namespace

bool isSkippedLine(std::string_view line) {
    const std::string_view text = trimmed(line);
    return text.empty() || text.front() == '#';
}

TextLayout findTextLayout(const std::filesystem::path& path) {
    const Sample sample = readSample(path);
    if (sample.lines.empty()) {
        throw Error(path.string() + ": holds no rows, only blank lines or comments");
    }
    TextLayout layout;
    chooseSeparator(layout, sample.lines);
    const HeaderEvidence evidence = headerEvidence(sample.lines, layout.separator);
    std::optional<HeaderNames> commented;
    if (!sample.comments.empty() && evidence != HeaderEvidence::Strong) {
        commented = namesIn(sample.comments.back(), layout.columns, layout.separator);
    }
    const bool commentFits = commented && commented->names.size() == layout.columns;
    layout.headerIsFirstRecord =
        evidence == HeaderEvidence::Strong || (evidence == HeaderEvidence::Weak && !commentFits);
    if (layout.headerIsFirstRecord) {
        const auto names = namesIn(sample.lines.front(), layout.columns, layout.separator);
        setNames(layout,
                 names ? *names
                       : HeaderNames{cellsOf(sample.lines.front(), layout.separator), layout.separator});
    } else if (commented) {
        setNames(layout, *commented);
    } else {
        layout.workarounds.push_back(
            {"no-header", "", "the file names no columns; they are called col1, col2 and so on", 0, {}});
        setNames(layout, [&] {
            std::vector<std::string> numbered;
            for (std::size_t i = 0; i < layout.columns; ++i) {
                numbered.push_back(numberedName(i));
            }
            return numbered;
        }());
    }
    makeUnique(layout);
    return layout;
}

} // namespace penumbra::io
