#include "core/report/number_text.h"
#include "core/report/table_spec.h"

#include <algorithm>

namespace penumbra::report {

namespace {

using TextRows = std::vector<std::vector<std::string>>;

/// Characters, not bytes: columns must line up with "–" and "²" in them.
std::size_t textWidth(const std::string& text) {
    return static_cast<std::size_t>(std::count_if(
        text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

std::string padded(const std::string& text, std::size_t width, bool toTheRight) {
    const std::string space(width - std::min(width, textWidth(text)), ' ');
    return toTheRight ? space + text : text + space;
}

/// First row is the header. Text columns stand left, number columns right.
std::string aligned(const TextRows& rows, const std::vector<bool>& right) {
    std::vector<std::size_t> widths(right.size(), 0);
    for (const auto& row : rows)
        for (std::size_t i = 0; i < row.size(); ++i)
            widths[i] = std::max(widths[i], textWidth(row[i]));
    std::string out;
    for (std::size_t r = 0; r < rows.size(); ++r) {
        std::string line;
        for (std::size_t i = 0; i < rows[r].size(); ++i)
            line += (i == 0 ? "" : "   ") + padded(rows[r][i], widths[i], right[i]);
        line.erase(line.find_last_not_of(' ') + 1);
        out += "  " + line + "\n";
        if (r == 0) {
            std::size_t total = 3 * (right.size() - 1);
            for (const std::size_t width : widths)
                total += width;
            out += "  " + std::string(total, '-') + "\n";
        }
    }
    return out;
}

/// "90.1 [89.5, 90.6]" in parts padded over the column, so that values and brackets line up; a star if bold.
std::vector<std::string> alignedNumbers(const std::vector<Cell>& cells) {
    std::vector<NumberText> numbers;
    std::size_t value = 0, low = 0, high = 0;
    for (const Cell& cell : cells) {
        numbers.push_back(cell.kind == Cell::Kind::Number ? numberText(cell) : NumberText{});
        value = std::max(value, textWidth(numbers.back().value));
        low = std::max(low, textWidth(numbers.back().low));
        high = std::max(high, textWidth(numbers.back().high));
    }
    const bool anyBold = std::any_of(cells.begin(), cells.end(), [](const Cell& cell) { return cell.bold; });
    std::vector<std::string> out;
    for (std::size_t i = 0; i < cells.size(); ++i) {
        if (cells[i].kind != Cell::Kind::Number) {
            out.push_back(cells[i].kind == Cell::Kind::Text ? cells[i].text : "–");
            continue;
        }
        const NumberText& number = numbers[i];
        std::string text = padded(number.value, value, true) + (cells[i].bold ? "*" : anyBold ? " " : "");
        if (number.hasInterval())
            text += " [" + padded(number.low, low, true) + ", " + padded(number.high, high, true) + "]";
        else if (low > 0) // keeps the values in line with those that have an interval
            text += std::string(low + high + 5, ' ');
        out.push_back(text);
    }
    return out;
}

/// One block per target, methods down.
std::string blocksByTarget(const TableSpec& table) {
    std::string out;
    const std::size_t columns = table.columns.size();
    for (std::size_t first = 0; first < table.rows.size();) {
        const Cell& target = table.rows[first][0];
        std::size_t last = first;
        while (last < table.rows.size() && table.rows[last][0].text == target.text)
            ++last;
        TextRows rows(last - first + 1);
        std::vector<bool> right;
        for (std::size_t c = 1; c < columns; ++c) {
            rows[0].push_back(table.columns[c]);
            right.push_back(c > 1);
            std::vector<Cell> cells;
            for (std::size_t r = first; r < last; ++r)
                cells.push_back(table.rows[r][c]);
            const auto texts = c > 1 ? alignedNumbers(cells) : std::vector<std::string>();
            for (std::size_t r = 0; r < cells.size(); ++r)
                rows[r + 1].push_back(c == 1 ? cells[r].text : texts[r]);
        }
        out += (first == 0 ? "" : "\n") + (target.note.empty() ? target.text : target.note) + "\n" +
               aligned(rows, right);
        first = last;
    }
    return out;
}

std::string asItStands(const TableSpec& table) {
    TextRows rows{table.columns};
    std::vector<bool> right(table.columns.size(), false);
    for (const auto& row : table.rows) {
        std::vector<std::string> texts;
        for (std::size_t i = 0; i < table.columns.size(); ++i) {
            texts.push_back(i < row.size() ? cellText(row[i]) : "");
            right[i] = right[i] || (i < row.size() && row[i].kind == Cell::Kind::Number);
        }
        rows.push_back(std::move(texts));
    }
    return aligned(rows, right);
}

} // namespace

std::string toPlainText(const TableSpec& table) {
    if (table.rows.empty() || table.columns.empty())
        return "The table is empty.\n";
    const bool methodsDown = !table.rowMethods.empty() && table.columns[0] == "target";
    std::string out = methodsDown ? blocksByTarget(table) : asItStands(table);
    if (methodsDown && std::any_of(table.rows.begin(), table.rows.end(), [](const auto& row) {
            return std::any_of(row.begin(), row.end(), [](const Cell& cell) { return cell.bold; });
        }))
        out += "  * printed bold in other formats; the rule stands below\n";
    for (const std::string& note : table.footnotes)
        out += (&note == &table.footnotes.front() ? "\n" : "") + note + "\n";
    return out;
}

} // namespace penumbra::report
