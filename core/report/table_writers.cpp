#include "core/base/text.h"
#include "core/report/csv_cell.h"
#include "core/report/number_text.h"
#include "core/report/table_spec.h"

#include <algorithm>
#include <cmath>

namespace penumbra::report {

namespace {

bool isNumberColumn(const TableSpec& table, std::size_t column) {
    if (column < table.columnMethods.size() && !table.columnMethods[column].empty())
        return true;
    return std::any_of(table.rows.begin(), table.rows.end(), [&](const std::vector<Cell>& row) {
        return column < row.size() && row[column].kind == Cell::Kind::Number;
    });
}

/// Whether a line repeats the target of the line above: it is then named once only.
bool repeatsAbove(const TableSpec& table, std::size_t row) {
    return row > 0 && !table.rows[row].empty() && !table.rows[row - 1].empty() &&
           table.rows[row][0].kind == Cell::Kind::Text &&
           table.rows[row][0].text == table.rows[row - 1][0].text;
}

std::string escapeLatex(const std::string& text) {
    // longer keys are not needed: every special sign of the texts we write is one UTF-8 character
    static const std::vector<std::pair<std::string, std::string>> replacements{{"\\", "\\textbackslash{}"},
                                                                               {"&", "\\&"},
                                                                               {"%", "\\%"},
                                                                               {"$", "\\$"},
                                                                               {"#", "\\#"},
                                                                               {"_", "\\_"},
                                                                               {"{", "\\{"},
                                                                               {"}", "\\}"},
                                                                               {"~", "\\textasciitilde{}"},
                                                                               {"^", "\\textasciicircum{}"},
                                                                               {"<", "$<$"},
                                                                               {">", "$>$"},
                                                                               {"|", "$|$"},
                                                                               {"–", "--"},
                                                                               {"∞", "$\\infty$"},
                                                                               {"²", "$^2$"},
                                                                               {"σ", "$\\sigma$"},
                                                                               {"α", "$\\alpha$"},
                                                                               {"≥", "$\\geq$"},
                                                                               {"≤", "$\\leq$"},
                                                                               {"Å", "\\AA{}"},
                                                                               {"⊙", "$_\\odot$"},
                                                                               {"±", "$\\pm$"},
                                                                               {"−", "$-$"}};
    std::string out;
    for (std::size_t i = 0; i < text.size();) {
        const auto found = std::find_if(replacements.begin(), replacements.end(), [&](const auto& entry) {
            return text.compare(i, entry.first.size(), entry.first) == 0;
        });
        out += found == replacements.end() ? std::string(1, text[i]) : found->second;
        i += found == replacements.end() ? 1 : found->first.size();
    }
    const std::string solar = "Msun";
    for (std::size_t at = out.find(solar); at != std::string::npos; at = out.find(solar, at))
        out.replace(at, solar.size(), "M$_\\odot$");
    return out;
}

std::string latexCell(const Cell& cell) {
    if (cell.kind == Cell::Kind::Missing)
        return "--";
    if (cell.kind == Cell::Kind::Text)
        return escapeLatex(cell.text);
    int power = 0;
    const NumberText number = mantissasOf(cell, power);
    std::string text = number.value;
    if (std::isinf(cell.value))
        text = cell.value > 0 ? "\\infty" : "-\\infty";
    if (number.hasInterval())
        text += "_{-" + number.minus + "}^{+" + number.plus + "}";
    if (power != 0)
        text += "\\times10^{" + std::to_string(power) + "}";
    return cell.bold ? "$\\mathbf{" + text + "}$" : "$" + text + "$";
}

std::string markdownCell(const Cell& cell) {
    std::string text;
    for (const char c : cellText(cell)) {
        if (c == '|')
            text += '\\';
        text += c == '\n' ? ' ' : c;
    }
    return cell.bold ? "**" + text + "**" : text;
}

/// Targets with their units: "age, Gyr". CSV keeps the bare name, for scripts.
Cell forReaders(const TableSpec& table, std::size_t column, const Cell& cell) {
    Cell shown = cell;
    if (table.columns[column] == "target" && cell.kind == Cell::Kind::Text && !cell.note.empty())
        shown.text = cell.note;
    return shown;
}

} // namespace

std::string toLatex(const TableSpec& table) {
    const std::string environment = table.columns.size() > 6 ? "table*" : "table";
    std::string out = "% needs \\usepackage{booktabs}\n\\begin{" + environment +
                      "}\n\\centering\n\\caption{" + escapeLatex(table.title) +
                      ". Sub- and superscripts span the 95\\,\\% interval.}\n\\begin{tabular}{";
    for (std::size_t i = 0; i < table.columns.size(); ++i)
        out += isNumberColumn(table, i) ? 'r' : 'l';
    out += "}\n\\toprule\n";
    for (std::size_t i = 0; i < table.columns.size(); ++i)
        out += (i == 0 ? "" : " & ") + escapeLatex(table.columns[i]);
    out += " \\\\\n\\midrule\n";
    for (std::size_t r = 0; r < table.rows.size(); ++r) {
        const bool repeats = repeatsAbove(table, r);
        if (r > 0 && !repeats && !table.columnMethods.empty())
            out += "\\addlinespace\n";
        for (std::size_t i = 0; i < table.rows[r].size(); ++i)
            out += (i == 0 ? "" : " & ") +
                   (i == 0 && repeats ? std::string() : latexCell(forReaders(table, i, table.rows[r][i])));
        out += " \\\\\n";
    }
    out += "\\bottomrule\n\\end{tabular}\n";
    for (const std::string& note : table.footnotes)
        out += "\\par\\footnotesize " + escapeLatex(note) + "\n";
    return out + "\\end{" + environment + "}\n";
}

std::string toMarkdown(const TableSpec& table) {
    std::string out = "|", rule = "|";
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
        Cell header;
        header.kind = Cell::Kind::Text;
        header.text = table.columns[i];
        out += " " + markdownCell(header) + " |";
        rule += isNumberColumn(table, i) ? "---:|" : "---|";
    }
    out += "\n" + rule + "\n";
    for (const auto& row : table.rows) {
        out += "|";
        for (std::size_t i = 0; i < row.size(); ++i)
            out += " " + markdownCell(forReaders(table, i, row[i])) + " |";
        out += "\n";
    }
    for (const std::string& note : table.footnotes)
        out += "\n" + note + "\n";
    return out;
}

std::string toCsv(const TableSpec& table) {
    std::string out;
    std::vector<bool> isNumber;
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
        isNumber.push_back(isNumberColumn(table, i));
        const std::string name = csvCell(table.columns[i]);
        out += (i == 0 ? "" : ",") + name;
        if (isNumber.back())
            out += "," + csvCell(table.columns[i] + " low") + "," + csvCell(table.columns[i] + " high");
    }
    out += "\n";
    const auto real = [](double value) { return std::isnan(value) ? std::string() : shortestReal(value); };
    for (const auto& row : table.rows) {
        for (std::size_t i = 0; i < row.size(); ++i) {
            const Cell& cell = row[i];
            out += i == 0 ? "" : ",";
            if (cell.kind ==
                Cell::Kind::Number) { // full precision, in per cent where the row's label says so
                const double scale = cell.percent ? 100.0 : 1.0;
                out +=
                    real(scale * cell.value) + "," + real(scale * cell.low) + "," + real(scale * cell.high);
            } else if (cell.range) {
                const double scale = cell.percent ? 100.0 : 1.0; // a range has bounds and no value
                out += "," + real(scale * cell.low) + "," + real(scale * cell.high);
            } else {
                out += cell.kind == Cell::Kind::Text ? csvCell(cell.text) : std::string();
                out += i < isNumber.size() && isNumber[i] ? ",," : "";
            }
        }
        out += "\n";
    }
    return out;
}

} // namespace penumbra::report
