#include "gui/state/command.h"

#include "core/base/error.h"
#include "core/base/text.h"

namespace penumbra::gui {

namespace {

/// Reads the part of a word that stands in double quotes; `at` is behind the first of them.
void readQuoted(const std::string& line, std::size_t& at, std::string& word) {
    for (; at < line.size(); ++at) {
        if (line[at] == '"') {
            ++at;
            return;
        }
        const bool escapes =
            line[at] == '\\' && at + 1 < line.size() && (line[at + 1] == '"' || line[at + 1] == '\\');
        if (escapes)
            ++at;
        word += line[at];
    }
    throw UsageError(std::string("a double quote has no end: ").append(line));
}

std::vector<std::string> wordsOf(const std::string& line) {
    std::vector<std::string> words;
    for (std::size_t at = 0; at < line.size();) {
        if (line[at] == ' ' || line[at] == '\t' || line[at] == '\r') {
            ++at;
            continue;
        }
        if (line[at] == '#')
            break;
        std::string word;
        while (at < line.size() && line[at] != ' ' && line[at] != '\t' && line[at] != '\r') {
            if (line[at] == '"')
                readQuoted(line, ++at, word);
            else
                word += line[at++];
        }
        words.push_back(std::move(word));
    }
    return words;
}

std::string quoted(const std::string& word) {
    if (!word.empty() && word.front() != '#' && word.find_first_of(" \t\r\"") == std::string::npos)
        return word;
    std::string text = "\"";
    for (const char c : word) {
        if (c == '"' || c == '\\')
            text += '\\';
        text += c;
    }
    return text += '"';
}

} // namespace

Command parseCommand(const std::string& line) {
    Command command;
    command.words = wordsOf(line);
    if (!command.words.empty()) {
        command.verb = command.words.front();
        command.words.erase(command.words.begin());
    }
    return command;
}

std::string textOf(const Command& command, std::size_t most) {
    std::string text = command.verb;
    for (const std::string& word : command.words) {
        text += ' ';
        text += quoted(word);
        if (word == "rows" && command.rows) {
            text += ' ';
            text += command.rows->any() ? rowsText(*command.rows, most) : "\"\"";
        }
    }
    return text;
}

std::string rowsText(const RowMask& rows, std::size_t most) {
    std::string text;
    const std::vector<std::int64_t> list = rows.rows();
    for (std::size_t i = 0; i < list.size();) {
        std::size_t last = i;
        while (last + 1 < list.size() && list[last + 1] == list[last] + 1)
            ++last;
        if (most > 0 && text.size() >= most)
            return text += ",…";
        if (!text.empty())
            text += ',';
        text += std::to_string(list[i]);
        if (last > i)
            text.append("-").append(std::to_string(list[last]));
        i = last + 1;
    }
    return text;
}

RowMask rowsNamed(const std::string& text, std::size_t size) {
    std::vector<std::int64_t> rows;
    for (const std::string& piece : splitText(text, ',')) {
        const auto dash = piece.find('-', 1);
        const auto first = parseInteger(std::string_view(piece).substr(0, dash));
        const auto last = dash == std::string::npos ? first : parseInteger(piece.substr(dash + 1));
        if (!first || !last || *last < *first)
            throw UsageError(std::string("'") + piece + "' is no row: write numbers such as 3,5,8-11.");
        if (*first < 0 || static_cast<unsigned long long>(*last) >= size)
            throw Error(std::string("There is no row ") + piece + ": rows go from 0 to " +
                        std::to_string(static_cast<long long>(size) - 1) + ".");
        for (long long row = *first; row <= *last; ++row)
            rows.push_back(row);
    }
    return RowMask::of(size, rows);
}

} // namespace penumbra::gui
