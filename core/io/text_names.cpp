// Where a text file says how its columns are called: a header line, one of several comments, or SExtractor's
// numbered comments.

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/io/text_sample.h"

#include <algorithm>
#include <array>
#include <set>

namespace penumbra::io {

namespace {

/// The comment lines before the first row, without their '#'.
std::vector<std::string> leadingComments(const TextSample& sample) {
    std::vector<std::string> comments;
    for (const SampleLine& line : sample.lines) {
        const std::string_view text = trimmed(line.text);
        if (isCommentLine(text)) {
            comments.emplace_back(text.substr(1));
        } else if (!text.empty()) {
            break;
        }
    }
    return comments;
}

/// Words of sentences, which no column is called.
bool isProse(const std::string& word) {
    static constexpr std::array words = {
        "a",     "an",      "the",   "of",        "in",      "by",   "with",    "and",  "for",
        "from",  "on",      "at",    "to",        "is",      "are",  "was",     "made", "this",
        "file",  "tool",    "using", "created",   "written", "see",  "columns", "note", "notes",
        "units", "version", "date",  "catalogue", "catalog", "table"};
    return std::any_of(words.begin(), words.end(), [&](const char* known) { return word == known; });
}

/// Such as ra, z_spec, MAG_AUTO, Mvir, f160w: hardly a word of a sentence.
bool isNameLike(const std::string& word) {
    const auto isLower = [](char c) { return c >= 'a' && c <= 'z'; };
    const bool lowerTail = std::all_of(word.begin() + 1, word.end(), isLower);
    return word.size() <= 3 || !lowerTail || isIdName(word);
}

/// How much a comment's words look like names, 0 to 1; negative: they are none.
double likeness(const std::vector<std::string>& words) {
    std::set<std::string> seen;
    double score = 0.0;
    for (const std::string& word : words) {
        const CellKind kind = parseCell(word).kind;
        const bool letters = std::any_of(word.begin(), word.end(), [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || static_cast<unsigned char>(c) >= 0x80;
        });
        if (kind != CellKind::Other || !letters || !seen.insert(word).second) {
            return -1.0; // a number, a sign, or a word twice
        }
        if (word.back() == ':' || word.find('=') != std::string::npos || isProse(lowered(word))) {
            score -= 1.0;
        } else if (isNameLike(word)) {
            score += 1.0;
        }
    }
    return words.empty() ? -1.0 : score / static_cast<double>(words.size());
}

/// "  3 FLUX_APER  Flux vector [count]" -> 3, name, description, unit.
struct NumberedComment {
    std::size_t number = 0;
    TextField field;
};

std::optional<NumberedComment> numberedComment(std::string_view comment) {
    std::string_view text = trimmed(comment);
    const auto space = std::min(text.find_first_of(" \t"), text.size());
    std::string_view number = text.substr(0, space);
    while (!number.empty() && (number.front() == '(' || number.front() == '[')) {
        number.remove_prefix(1);
    }
    while (!number.empty() && std::string_view(")].:").find(number.back()) != std::string_view::npos) {
        number.remove_suffix(1);
    }
    if (!isDigits(number) || number.size() > 6) {
        return std::nullopt;
    }
    text = trimmed(text.substr(space));
    const auto nameEnd = std::min(text.find_first_of(" \t"), text.size());
    NumberedComment found;
    found.number = static_cast<std::size_t>(parseInteger(number).value_or(0));
    if (found.number == 0 || text.empty() || parseCell(text.substr(0, nameEnd)).kind != CellKind::Other) {
        return std::nullopt;
    }
    found.field.name = std::string(text.substr(0, nameEnd));
    std::string_view rest = trimmed(text.substr(nameEnd));
    if (!rest.empty() && rest.back() == ']' && rest.rfind('[') != std::string_view::npos) {
        const auto open = rest.rfind('[');
        found.field.unit = unitIn(rest.substr(open + 1, rest.size() - open - 2));
        rest = trimmed(rest.substr(0, open));
    }
    found.field.description = std::string(rest);
    return found;
}

} // namespace

std::vector<std::string> cellsOf(std::string_view line, Separator separator) {
    std::vector<std::string_view> cells;
    std::deque<std::string> scratch;
    splitCells(line, separator, cells, scratch);
    return {cells.begin(), cells.end()};
}

/// A header line may be separated otherwise than the rows: the way that gives the wanted number of names
/// wins, then the one that is one short.
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

std::optional<CommentNames> namesInComments(const TextSample& sample, std::size_t cells,
                                            Separator separator) {
    const std::vector<std::string> comments = leadingComments(sample);
    std::optional<CommentNames> best;
    double bestScore = -1.0;
    bool bestFits = false;
    std::string second;
    for (std::size_t i = 0; i < comments.size(); ++i) {
        auto header = namesIn(comments[i], cells, separator);
        if (!header) {
            continue;
        }
        const bool fits = header->names.size() == cells;
        const double score = likeness(header->names);
        if (score < 0.0 && !(fits && score > -0.5 && comments.size() == 1)) {
            continue;
        }
        if (best && (bestFits > fits || (bestFits == fits && bestScore >= score))) {
            second = bestFits == fits && bestScore < score + 0.25 ? comments[i] : second;
            continue;
        }
        second =
            best && bestFits == fits && score < bestScore + 0.25 ? joinText(best->names, " ") : std::string();
        best = CommentNames{std::move(header->names), header->separator, {}, {}};
        if (i + 1 < comments.size()) {
            const auto next = cellsOf(comments[i + 1], header->separator);
            if (next.size() == best->names.size() && looksLikeUnits(next)) {
                best->units = next;
            }
        }
        bestScore = score;
        bestFits = fits;
    }
    if (best && !second.empty()) {
        best->doubt = "the comment that begins with '" + best->names.front() +
                      "' was taken for the names of the columns; another has as many words: '" +
                      std::string(firstBytes(trimmed(second), 60)) + "'";
    }
    return best;
}

std::optional<std::vector<TextField>> numberedFields(const TextSample& sample, std::size_t cells) {
    std::vector<NumberedComment> numbered;
    for (const std::string& comment : leadingComments(sample)) {
        if (auto found = numberedComment(comment)) {
            const std::size_t before = numbered.empty() ? 0 : numbered.back().number;
            if (found->number <= before || (numbered.empty() && found->number != 1)) {
                return std::nullopt;
            }
            numbered.push_back(std::move(*found));
        } else if (!numbered.empty() && !trimmed(comment).empty()) {
            break;
        }
    }
    if (numbered.empty() || (numbered.size() == 1 && cells > 1)) {
        return std::nullopt;
    }
    if (numbered.back().number > cells) {
        throw Error(sample.path.string() + ": the comments number columns up to " +
                    std::to_string(numbered.back().number) + " (" + numbered.back().field.name +
                    "), the rows have " + std::to_string(cells) +
                    " cells: header and rows do not belong together");
    }
    std::vector<TextField> fields;
    for (std::size_t i = 0; i < numbered.size(); ++i) {
        const std::size_t next = i + 1 < numbered.size() ? numbered[i + 1].number : cells + 1;
        fields.push_back(std::move(numbered[i].field));
        fields.back().cells = next - numbered[i].number;
    }
    return fields;
}

} // namespace penumbra::io
