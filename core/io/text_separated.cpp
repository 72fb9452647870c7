// CSV and its relatives, and columns between blanks: which line names the columns, which one gives their
// units.

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/io/text_records.h"

#include <algorithm>

namespace penumbra::io {

namespace {

bool isNumber(const std::string& text) {
    const CellKind kind = parseCell(text).kind;
    return kind == CellKind::Integer || kind == CellKind::Real || isDecimalComma(text);
}

bool isWord(const std::string& text) {
    const CellKind kind = parseCell(text).kind;
    return (kind == CellKind::Other && !isDecimalComma(text)) || kind == CellKind::Boolean;
}

/// Columns that hold numbers below the record `first`.
std::vector<bool> numericColumns(const std::vector<TextRecord>& records, std::size_t first,
                                 std::size_t cells) {
    std::vector<std::size_t> numbers(cells, 0), present(cells, 0);
    for (std::size_t i = first; i < records.size(); ++i) {
        for (std::size_t c = 0; c < std::min(cells, records[i].cells.size()); ++c) {
            numbers[c] += isNumber(records[i].cells[c]) ? 1 : 0;
            present[c] += parseCell(records[i].cells[c]).kind != CellKind::Missing ? 1 : 0;
        }
    }
    std::vector<bool> numeric(cells, false);
    for (std::size_t c = 0; c < cells; ++c) {
        numeric[c] = 2 * numbers[c] > present[c];
    }
    return numeric;
}

enum class HeaderEvidence { None, Weak, Strong };

/// Do the rows below say that the first line is a header? Strong: a column whose first cell is a word holds
/// numbers. Weak: the first line holds no number at all.
HeaderEvidence headerEvidence(const std::vector<TextRecord>& records) {
    const std::vector<std::string>& first = records.front().cells;
    if (std::none_of(first.begin(), first.end(), isWord)) {
        return HeaderEvidence::None;
    }
    const std::vector<bool> numeric = numericColumns(records, 1, first.size());
    for (std::size_t c = 0; c < first.size(); ++c) {
        if (isWord(first[c]) && numeric[c]) {
            return HeaderEvidence::Strong;
        }
    }
    return std::none_of(first.begin(), first.end(), isNumber) ? HeaderEvidence::Weak : HeaderEvidence::None;
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

void setNames(TextLayout& layout, const std::vector<std::string>& names) {
    layout.fields.assign(layout.cells, {});
    for (std::size_t i = 0; i < layout.cells; ++i) {
        const bool given = i < names.size() && !trimmed(names[i]).empty();
        layout.fields[i].name = given ? names[i] : "col" + std::to_string(i + 1);
    }
    if (names.size() == layout.cells) {
        return;
    }
    const std::string counts = "the header names " + std::to_string(names.size()) +
                               " columns, the rows have " + std::to_string(layout.cells);
    if (names.size() > layout.cells) {
        layout.workarounds.push_back(
            {"long-header",
             "",
             counts + ": the names at the end were not used; check the names before use",
             names.size() - layout.cells,
             {}});
        return;
    }
    const std::string note =
        counts + ": which name is missing cannot be known. Names were given from the left, up to " +
        names.back() + "; after it comes " + layout.fields[names.size()].name +
        ". Columns from the gap on carry wrong names: check before use";
    if (names.size() + 1 == layout.cells) {
        layout.shortHeaderNote = note;
    } else {
        layout.workarounds.push_back({"short-header", "", note, layout.cells - names.size(), {}});
    }
}

void setNames(TextLayout& layout, const HeaderNames& header) {
    if (header.separator != layout.separator && header.names.size() > 1) {
        layout.workarounds.push_back({"header-delimiter",
                                      "",
                                      "the header separates its names by " + separatorName(header.separator) +
                                          ", the rows their cells by " + separatorName(layout.separator),
                                      1,
                                      {}});
    }
    setNames(layout, header.names);
}

/// Finds the layout of separated text, step by step.
class SeparatedFinder {
public:
    explicit SeparatedFinder(const TextSample& sample) : sample_(sample) {}

    std::optional<TextLayout> find() {
        const Separator forced = separatorLine();
        skipTitle();
        rows_ = findSeparation(sample_, firstLine_, forced);
        if (rows_.records.empty()) {
            return std::nullopt;
        }
        layout_.separator = rows_.separator;
        layout_.betweenBars = rows_.betweenBars;
        layout_.cells = rows_.cells;
        layout_.hasRulers = !rows_.rulers.empty();
        nameColumns();
        passUnits();
        if (layout_.cells == layout_.fields.size()) {
            findDecimalCommas(sample_, rows_, firstRow_, named_, layout_);
        }
        describeFromComments();
        layout_.firstLine = firstRow_ < rows_.records.size() ? rows_.records[firstRow_].line
                                                             : rows_.records[firstRow_ - 1].nextLine;
        return layout_;
    }

private:
    /// Excel's first line "sep=;".
    Separator separatorLine() {
        for (const SampleLine& line : sample_.lines) {
            const std::string_view text = trimmed(line.text);
            if (text.empty()) {
                continue;
            }
            std::string_view rest = line.text;
            rest = rest.substr(rest.find_first_not_of(' '));
            if (!lowered(rest).starts_with("sep=") || rest.size() != 5 ||
                std::string_view(",;\t|").find(rest[4]) == std::string_view::npos) {
                return '\0';
            }
            firstLine_ = line.number + 1;
            return rest[4];
        }
        return '\0';
    }

    /// Words above a table in a box.
    void skipTitle() {
        std::vector<const SampleLine*> before;
        for (const SampleLine& line : sample_.lines) {
            const std::string_view text = trimmed(line.text);
            if (text.starts_with("+-") && text.ends_with("-+") && isRuler(text)) {
                break;
            }
            if (text.starts_with("|") || before.size() > 50 || &line == &sample_.lines.back()) {
                return;
            }
            if (!text.empty() && !isCommentLine(text)) {
                before.push_back(&line);
            }
        }
        if (before.empty()) {
            return;
        }
        firstLine_ = before.back()->number + 1;
        layout_.workarounds.push_back({"title-lines",
                                       "",
                                       std::to_string(before.size()) +
                                           " lines above the table were passed over: '" +
                                           std::string(firstBytes(before.front()->text, 60)) + "'",
                                       before.size(),
                                       {}});
    }

    /// A line of units is no header, though it stands where one would.
    bool firstIsUnits() const {
        return rows_.records.front().cells.size() == layout_.cells &&
               looksLikeUnits(rows_.records.front().cells);
    }

    void nameColumns() {
        if (auto numbered = numberedFields(sample_, layout_.cells)) {
            layout_.fields = std::move(*numbered);
            layout_.title = "SExtractor's ASCII_HEAD";
            return;
        }
        const HeaderEvidence evidence = headerEvidence(rows_.records);
        const auto commented = namesInComments(sample_, layout_.cells, layout_.separator);
        const bool commentFits = commented && commented->names.size() == layout_.cells;
        const auto& first = rows_.records.front().cells;
        const bool numbersToo = std::any_of(first.begin(), first.end(), isNumber);
        const bool header =
            (evidence == HeaderEvidence::Strong && !(commentFits && (numbersToo || firstIsUnits()))) ||
            (evidence == HeaderEvidence::Weak && !commentFits);
        if (header) {
            nameFromFirstRecord();
        } else if (commented) {
            nameFromComment(*commented);
        } else {
            layout_.workarounds.push_back(
                {"no-header", "", "the file names no columns; they are called col1, col2 and so on", 0, {}});
            setNames(layout_, std::vector<std::string>(layout_.cells)); // blank
        }
    }

    void nameFromFirstRecord() {
        const TextRecord& record = rows_.records.front();
        const auto names =
            layout_.betweenBars ? std::nullopt : namesIn(record.text, layout_.cells, layout_.separator);
        const HeaderNames header = names ? *names : HeaderNames{record.cells, layout_.separator};
        named_ = header.names.size();
        setNames(layout_, header);
        layout_.headerLines.push_back(record.text);
        firstRow_ = 1;
    }

    void nameFromComment(const CommentNames& commented) {
        named_ = commented.names.size();
        setNames(layout_, HeaderNames{commented.names, commented.separator});
        for (std::size_t i = 0; i < std::min(commented.units.size(), layout_.fields.size()); ++i) {
            layout_.fields[i].unit = unitIn(commented.units[i]);
        }
        if (!commented.doubt.empty()) {
            layout_.workarounds.push_back({"doubtful-names", "", commented.doubt, 0, {}});
        }
    }

    /// Lines below the names that give units or types.
    void passUnits() {
        for (const SampleLine& ruler : rows_.rulers) {
            layout_.headerLines.push_back(ruler.text);
        }
        const bool named = named_ > 0 && layout_.fields.size() == layout_.cells;
        for (int left = 3; named && left > 0 && firstRow_ + 1 < rows_.records.size(); --left) {
            const TextRecord& record = rows_.records[firstRow_];
            if (record.cells.size() != layout_.cells || !passOver(record)) {
                return;
            }
            layout_.headerLines.push_back(record.text);
            ++firstRow_;
        }
    }

    bool passOver(const TextRecord& record) {
        const std::vector<bool> numeric = numericColumns(rows_.records, firstRow_ + 1, layout_.cells);
        std::vector<std::string> inNumbers;
        for (std::size_t c = 0; c < layout_.cells; ++c) {
            if (isNumber(record.cells[c])) {
                return false;
            }
            if (numeric[c]) {
                inNumbers.push_back(record.cells[c]);
            }
        }
        if (looksLikeUnits(inNumbers)) {
            for (std::size_t c = 0; c < layout_.cells; ++c) {
                layout_.fields[c].unit = unitIn(record.cells[c]);
            }
            return true;
        }
        const auto words = std::count_if(inNumbers.begin(), inNumbers.end(), isWord);
        if (!looksLikeTypes(inNumbers) &&
            (words < 2 || words < static_cast<std::ptrdiff_t>(inNumbers.size()))) {
            return false;
        }
        layout_.workarounds.push_back({"passed-over",
                                       "",
                                       "line " + std::to_string(record.line) +
                                           " was passed over: it has words where the rows have numbers: '" +
                                           std::string(firstBytes(record.text, 60)) + "'",
                                       1,
                                       {}});
        return true;
    }

    /// VizieR's "#Column <tab> NAME <tab> (F8.5) <tab> what it is".
    void describeFromComments() {
        for (const SampleLine& line : sample_.lines) {
            if (line.number >= rows_.records.front().line) {
                return;
            }
            if (!line.text.starts_with("#Column\t")) {
                continue;
            }
            const auto pieces = cellsOf(line.text, '\t');
            for (TextField& field : layout_.fields) {
                if (pieces.size() >= 4 && trimmed(pieces[1]) == trimmed(field.name)) {
                    field.description = pieces[3];
                }
            }
        }
    }

    const TextSample& sample_;
    std::size_t firstLine_ = 1;
    Separation rows_;
    std::size_t firstRow_ = 0; ///< among rows_.records
    std::size_t named_ = 0;    ///< names that a header gave
    TextLayout layout_;
};

} // namespace

std::optional<TextLayout> findSeparatedLayout(const TextSample& sample) {
    return SeparatedFinder(sample).find();
}

} // namespace penumbra::io
