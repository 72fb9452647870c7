#include "core/io/text_records.h"

#include "core/base/error.h"
#include "core/base/text.h"

#include <algorithm>
#include <map>
#include <tuple>

namespace penumbra::io {

namespace {

constexpr std::size_t longestQuote = std::size_t{256} << 10; ///< joined in the sample

std::vector<std::string> split(const std::string& text, Separator separator, bool betweenBars) {
    if (!betweenBars) {
        return cellsOf(text, separator);
    }
    std::vector<std::string_view> cells;
    splitBars(text, cells);
    return {cells.begin(), cells.end()};
}

/// Lines joined where a cell in quotes goes on; as they are where a quote is never closed.
std::vector<TextRecord> joinRecords(const std::vector<SampleLine>& lines, Separator separator, bool whole) {
    std::vector<TextRecord> records;
    for (std::size_t i = 0; i < lines.size();) {
        std::string text = lines[i].text;
        std::size_t last = i;
        while (text.find('"') != std::string::npos && endsInsideQuotes(text, separator) &&
               last + 1 < lines.size() && text.size() < longestQuote) {
            text += '\n' + lines[++last].text;
        }
        const bool open = text.find('"') != std::string::npos && endsInsideQuotes(text, separator);
        if (open && !whole && !records.empty()) {
            break;
        }
        if (open) {
            text = lines[i].text;
            last = i;
        }
        records.push_back({std::move(text), lines[i].number, lines[last].number + 1, {}});
        i = last + 1;
    }
    return records;
}

/// How well a separator explains the lines.
struct Agreement {
    std::size_t cells = 0;
    double fraction = 0.0;   ///< of the rows that have this number of cells
    bool headerFits = false; ///< the first line has it too
    double understood = 0.0; ///< part of the cells that are numbers or missing
    auto rank() const { return std::make_tuple(fraction, headerFits, understood); }
};

Agreement agreementOf(const std::vector<TextRecord>& records) {
    const std::size_t first = records.size() > 1 ? 1 : 0; // the header may be separated otherwise
    std::map<std::size_t, std::size_t> counts;
    std::size_t understood = 0, all = 0;
    for (std::size_t i = first; i < records.size(); ++i) {
        ++counts[records[i].cells.size()];
        for (const std::string& cell : records[i].cells) {
            const CellKind kind = parseCell(cell).kind;
            understood += kind == CellKind::Integer || kind == CellKind::Real || kind == CellKind::Missing ||
                                  isDecimalComma(cell)
                              ? 1
                              : 0;
            ++all;
        }
    }
    Agreement best;
    std::size_t most = 0;
    for (const auto& [cells, count] : counts) {
        if (count >= most) {
            most = count;
            best.cells = cells;
        }
    }
    best.fraction = static_cast<double>(most) / static_cast<double>(records.size() - first);
    best.headerFits = !records.empty() && records.front().cells.size() == best.cells;
    best.understood = static_cast<double>(understood) / static_cast<double>(std::max<std::size_t>(1, all));
    return best;
}

/// | a | b |: nearly all lines begin and end with a bar.
bool standsBetweenBars(const std::vector<SampleLine>& lines) {
    const auto bars = std::count_if(lines.begin(), lines.end(),
                                    [](const SampleLine& line) { return isBarLine(line.text); });
    return !lines.empty() && 10 * bars >= 8 * static_cast<std::ptrdiff_t>(lines.size());
}

struct Commas {
    std::size_t decimal = 0, thousands = 0, points = 0, integers = 0, others = 0;
    std::string first;
    bool candidate() const { return decimal > 0 && others == 0 && points == 0; }
    bool sure() const { return candidate() && thousands < decimal; } ///< 12,345 might mean thousands
};

Commas commasIn(const Separation& rows, std::size_t firstRow, std::size_t column) {
    Commas found;
    for (std::size_t i = firstRow; i < rows.records.size(); ++i) {
        if (rows.records[i].cells.size() != rows.cells) {
            continue;
        }
        const std::string& cell = rows.records[i].cells[column];
        const CellKind kind = parseCell(cell).kind;
        if (isDecimalComma(cell) || isThousands(cell)) {
            found.first = found.decimal == 0 ? cell : found.first;
            found.thousands += isThousands(cell) ? 1 : 0;
            found.others += isDecimalComma(cell) ? 0 : 1; // 1,234,567
            ++found.decimal;
        } else if (kind == CellKind::Real && cell.find('.') != std::string::npos) {
            ++found.points;
        } else if (kind == CellKind::Integer || kind == CellKind::Real) {
            ++found.integers;
        } else if (kind != CellKind::Missing) {
            ++found.others;
        }
    }
    return found;
}

std::string pointFor(std::string text) {
    std::replace(text.begin(), text.end(), ',', '.');
    return text;
}

/// "id,z" over "1,0,34371": commas separate cells and decimals alike.
void refuseDoubleCommas(const TextSample& sample, const Separation& rows, std::size_t firstRow,
                        std::size_t named) {
    if (rows.separator != ',' || named == 0 || named >= rows.cells || rows.cells > 2 * named) {
        return;
    }
    bool fractions = false; // such as 34371 or 05
    for (std::size_t i = firstRow; i < rows.records.size(); ++i) {
        const auto& cells = rows.records[i].cells;
        for (std::size_t c = 0; c < cells.size(); ++c) {
            if (parseCell(cells[c]).kind != CellKind::Integer) {
                return;
            }
            fractions = fractions || (c > 0 && (cells[c].size() > 3 || isZeroLed(cells[c])));
        }
    }
    if (!fractions) {
        return;
    }
    throw Error(sample.path.string() + ": the header names " + std::to_string(named) +
                " columns, the rows have " + std::to_string(rows.cells) +
                " whole numbers: it seems that decimal commas (0,34371) stand between commas that separate "
                "the cells. "
                "Write decimal points, or separate the cells by semicolons or tabs");
}

} // namespace

Separation findSeparation(const TextSample& sample, std::size_t firstLine, Separator forced) {
    Separation best;
    std::vector<SampleLine> lines;
    for (const SampleLine& line : sample.lines) {
        if (line.number < firstLine || trimmed(line.text).empty() || isCommentLine(line.text)) {
            continue;
        }
        (isRuler(line.text) ? best.rulers : lines).push_back(line);
    }
    best.betweenBars = standsBetweenBars(lines);
    if (best.betweenBars) {
        forced = '|';
    }
    std::optional<Agreement> bestAgreement;
    for (const Separator separator : separators) {
        if (forced != '\0' && separator != forced) {
            continue;
        }
        auto records = joinRecords(lines, separator, sample.whole);
        for (TextRecord& record : records) {
            record.cells = split(record.text, separator, best.betweenBars);
        }
        const Agreement found = agreementOf(records);
        const bool several = found.cells > 1 || forced != '\0';
        if (several && (!bestAgreement || bestAgreement->rank() < found.rank())) {
            bestAgreement = found;
            best.separator = separator;
            best.cells = found.cells;
            best.records = std::move(records);
        }
    }
    if (!bestAgreement) { // one column
        best.cells = 1;
        best.records = joinRecords(lines, best.separator, sample.whole);
        for (TextRecord& record : best.records) {
            record.cells = cellsOf(record.text, best.separator);
        }
    }
    return best;
}

void findDecimalCommas(const TextSample& sample, const Separation& rows, std::size_t firstRow,
                       std::size_t named, TextLayout& layout) {
    refuseDoubleCommas(sample, rows, firstRow, named);
    std::vector<Commas> columns;
    for (std::size_t column = 0; column < rows.cells; ++column) {
        columns.push_back(commasIn(rows, firstRow, column));
    }
    const bool points = std::any_of(columns.begin(), columns.end(),
                                    [](const Commas& c) { return c.points > 0 && c.others == 0; });
    const bool sure =
        !points && std::any_of(columns.begin(), columns.end(), [](const Commas& c) { return c.sure(); });
    std::vector<std::string> read;
    std::string example;
    for (std::size_t column = 0; column < rows.cells; ++column) {
        const Commas& commas = columns[column];
        TextField& field = layout.fields[column];
        const bool numbers =
            commas.decimal > 0 && commas.decimal + commas.integers > 9 * (commas.others + commas.points);
        if (sure && commas.candidate()) {
            field.decimalComma = true;
            example = example.empty() ? commas.first : example;
            read.push_back(field.name);
        } else if (numbers) {
            field.ambiguousComma = true;
            layout.workarounds.push_back(
                {"ambiguous-comma",
                 field.name,
                 "column " + field.name + ": numbers such as " + commas.first +
                     " may have decimal commas or separators of thousands; kept as text. "
                     "Write them with decimal points",
                 commas.decimal,
                 {}});
        }
    }
    if (!read.empty()) {
        layout.workarounds.push_back({"decimal-comma",
                                      "",
                                      "numbers have decimal commas: " + example + " was read as " +
                                          pointFor(example) + " (columns " + joinText(read, ", ") + ")",
                                      read.size(),
                                      {}});
    }
}

} // namespace penumbra::io
