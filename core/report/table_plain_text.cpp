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

/// "90.1 [89.5, 90.6]" in parts padded over the column, so that values and brackets line up.
std::vector<std::string> alignedNumbers(const std::vector<Cell>& cells) {
    std::vector<NumberText> numbers;
    std::size_t value = 0, low = 0, high = 0;
    for (const Cell& cell : cells) {
        numbers.push_back(cell.kind == Cell::Kind::Number ? numberText(cell) : NumberText{});
        value = std::max(value, textWidth(numbers.back().value));
        low = std::max(low, textWidth(numbers.back().low));
        high = std::max(high, textWidth(numbers.back().high));
    }
    std::vector<std::string> out;
    for (std::size_t i = 0; i < cells.size(); ++i) {
        if (cells[i].kind != Cell::Kind::Number) {
            out.push_back(cells[i].kind == Cell::Kind::Text ? cells[i].text : "–");
            continue;
        }
        const NumberText& number = numbers[i];
        std::string text = padded(number.value, value, true);
        if (number.hasInterval())
            text += " [" + padded(number.low, low, true) + ", " + padded(number.high, high, true) + "]";
        else if (low > 0) // keeps the values in line with those that have an interval
            text += std::string(low + high + 5, ' ');
        out.push_back(text);
    }
    return out;
}

/// One block per target, methods down, metrics across: nine methods across would not fit a terminal.
std::string blocksByTarget(const TableSpec& table) {
    std::string out;
    for (std::size_t first = 0; first < table.rows.size();) {
        const std::string& target = table.rows[first][0].text;
        std::size_t last = first;
        while (last < table.rows.size() && table.rows[last][0].text == target)
            ++last;
        TextRows rows(table.columns.size() - 1);
        rows[0].push_back("method");
        for (std::size_t m = 2; m < table.columns.size(); ++m)
            rows[m - 1].push_back(table.columns[m]);
        std::vector<bool> right{false};
        for (std::size_t r = first; r < last; ++r) {
            rows[0].push_back(table.rows[r][1].text);
            const std::vector<Cell> cells(table.rows[r].begin() + 2, table.rows[r].end());
            const auto texts = alignedNumbers(cells);
            for (std::size_t m = 0; m < texts.size(); ++m)
                rows[m + 1].push_back(texts[m]);
            right.push_back(true);
        }
        out += (first == 0 ? "" : "\n") + target + "\n" + aligned(rows, right);
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
    const bool acrossMethods = table.columns.size() > 2 &&
                               table.columnMethods.size() == table.columns.size() &&
                               !table.columnMethods[2].empty() && table.columns[0] == "target";
    std::string out = acrossMethods ? blocksByTarget(table) : asItStands(table);
    for (const std::string& note : table.footnotes)
        out += (&note == &table.footnotes.front() ? "\n" : "") + note + "\n";
    return out;
}

} // namespace penumbra::report
