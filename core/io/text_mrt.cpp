// The machine-readable tables of CDS and of journals: a byte-by-byte description, then lines of fixed widths.

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/io/text_lines.h"
#include "core/io/text_sample.h"

#include <algorithm>

namespace penumbra::io {

namespace {

bool isSection(std::string_view line) {
    return line.starts_with("-----") || line.starts_with("=====");
}

bool isDescription(std::string_view line) {
    return lowered(line).find("byte-by-byte description") != std::string::npos;
}

std::string_view takeWord(std::string_view& text) {
    text = trimmed(text);
    const auto end = std::min(text.find_first_of(" \t"), text.size());
    const std::string_view word = text.substr(0, end);
    text.remove_prefix(end);
    return word;
}

/// "16- 22" or "24" at the start of the line, which is shortened by it.
std::optional<FixedField> takeBytes(std::string_view& line) {
    std::string_view text = trimmed(line);
    const auto number = [&]() -> std::size_t {
        text = trimmed(text);
        std::size_t digits = 0;
        while (digits < text.size() && text[digits] >= '0' && text[digits] <= '9') {
            ++digits;
        }
        const auto value = digits > 0 && digits < 9 ? parseInteger(text.substr(0, digits)) : std::nullopt;
        text.remove_prefix(digits);
        return static_cast<std::size_t>(value.value_or(0));
    };
    const std::size_t first = number();
    std::size_t last = first;
    if (trimmed(text).starts_with("-")) {
        text = trimmed(text).substr(1);
        last = number();
    }
    if (first == 0 || last < first || (!text.empty() && text.front() != ' ' && text.front() != '\t')) {
        return std::nullopt;
    }
    line = text;
    return FixedField{first - 1, last};
}

/// Explanations that go on stand far to the right of the bytes.
bool isContinuation(std::string_view line) {
    constexpr std::size_t widestBytes = 12;
    return line.find_first_not_of(" \t") > widestBytes;
}

std::optional<ColumnPlan::Kind> kindOfFormat(std::string_view format) {
    while (!format.empty() && format.front() >= '0' && format.front() <= '9') {
        format.remove_prefix(1); // a repeat count
    }
    if (format.size() < 2 || format.find_first_not_of("0123456789.", 1) != std::string_view::npos) {
        return std::nullopt;
    }
    switch (format.front()) {
    case 'I':
        return ColumnPlan::Kind::Integer;
    case 'F':
    case 'E':
    case 'D':
    case 'G':
        return ColumnPlan::Kind::Real;
    case 'A':
        return ColumnPlan::Kind::Text;
    default:
        return std::nullopt;
    }
}

/// "[0/360]? (J2000)" or "?=-9.9 Magnitude": the word that stands for missing, if one is declared.
std::string missingWordIn(std::string_view explanation) {
    explanation = trimmed(explanation);
    if (explanation.starts_with("*")) {
        explanation = trimmed(explanation.substr(1));
    }
    if (explanation.starts_with("[") || explanation.starts_with("]")) {
        const auto close = explanation.find_first_of("])[", 1);
        explanation =
            close == std::string_view::npos ? std::string_view() : trimmed(explanation.substr(close + 1));
    }
    if (!explanation.starts_with("?=")) {
        return {};
    }
    explanation.remove_prefix(2);
    return std::string(takeWord(explanation));
}

struct DescribedColumn {
    FixedField place;
    TextField field;
};

std::optional<DescribedColumn> describedColumn(std::string_view line) {
    const auto bytes = takeBytes(line);
    if (!bytes) {
        return std::nullopt;
    }
    DescribedColumn column;
    column.place = *bytes;
    column.field.kind = kindOfFormat(takeWord(line));
    column.field.unit = unitIn(takeWord(line));
    column.field.name = std::string(takeWord(line));
    column.field.description = std::string(trimmed(line));
    if (!column.field.kind || column.field.name.empty()) {
        return std::nullopt;
    }
    if (const std::string word = missingWordIn(line); !word.empty()) {
        column.field.missingWords = {word};
    }
    return column;
}

/// From the line after "Byte-by-byte Description": the columns between the second ruler and the third.
std::vector<DescribedColumn> describedColumns(const TextSample& sample, std::size_t at) {
    std::vector<DescribedColumn> columns;
    int rulers = 0;
    for (; at < sample.lines.size() && rulers < 3; ++at) {
        const std::string& line = sample.lines[at].text;
        if (isSection(line)) {
            ++rulers;
        } else if (rulers == 2 && !trimmed(line).empty()) {
            if (!columns.empty() && isContinuation(line)) {
                columns.back().field.description += " " + std::string(trimmed(line));
                continue;
            }
            auto column = describedColumn(line);
            if (!column) {
                throw Error(sample.path.string() + ": line " + std::to_string(sample.lines[at].number) +
                            ": machine-readable table: this line of the byte-by-byte description is not "
                            "understood: '" +
                            std::string(firstBytes(line, 60)) + "'");
            }
            columns.push_back(std::move(*column));
        }
    }
    return columns;
}

struct Sections {
    std::size_t lastRuler = 0, descriptions = 0;
    bool rowsFollow = false;
};

/// Rows come after the last ruler, however long the notes before it are.
Sections findSections(const std::filesystem::path& path) {
    Sections found;
    TextLines lines(path);
    std::string_view line;
    while (lines.next(line)) {
        if (isSection(line)) {
            found.lastRuler = lines.lineNumber();
            found.rowsFollow = false;
        } else if (!trimmed(line).empty()) {
            found.rowsFollow = true;
        }
        found.descriptions += isDescription(line) ? 1 : 0;
    }
    return found;
}

} // namespace

std::optional<TextLayout> findMrtLayout(const TextSample& sample) {
    const auto start = std::find_if(sample.lines.begin(), sample.lines.end(),
                                    [](const SampleLine& line) { return isDescription(line.text); });
    if (start == sample.lines.end()) {
        return std::nullopt;
    }
    const Sections sections = findSections(sample.path);
    const auto columns = describedColumns(sample, static_cast<std::size_t>(start - sample.lines.begin()) + 1);
    if (sections.descriptions > 1 || !sections.rowsFollow || columns.empty()) {
        throw Error(
            sample.path.string() + ": describes a table of CDS byte by byte, but " +
            (sections.descriptions > 1 ? "more than one" : "its rows are not in it") +
            ": put the description of one table and its rows into one file, or take the table from VizieR "
            "as FITS, VOTable or TSV");
    }
    TextLayout layout;
    layout.title = "machine-readable table (CDS)";
    layout.comment = '\0';
    layout.firstLine = sections.lastRuler + 1;
    for (const DescribedColumn& column : columns) {
        layout.fixed.push_back(column.place);
        layout.fields.push_back(column.field);
    }
    layout.cells = layout.fixed.size();
    return layout;
}

} // namespace penumbra::io
