#include "core/report/table_spec.h"

#include "core/base/json_text.h"
#include "core/report/number_text.h"

#include <cmath>
#include <nlohmann/json.hpp>

namespace penumbra::report {

std::string cellText(const Cell& cell) {
    switch (cell.kind) {
    case Cell::Kind::Missing:
        return "–";
    case Cell::Kind::Text:
        return cell.text;
    case Cell::Kind::Number:
        break;
    }
    const NumberText number = numberText(cell);
    std::string text = number.value == "inf" ? "∞" : number.value;
    if (cell.percent)
        text += " %";
    if (number.hasInterval())
        text += " [" + number.low + ", " + number.high + "]";
    return text;
}

nlohmann::json toJson(const TableSpec& table) {
    nlohmann::json rows = nlohmann::json::array();
    for (const auto& row : table.rows) {
        nlohmann::json cells = nlohmann::json::array();
        for (const Cell& cell : row) {
            if (cell.kind == Cell::Kind::Text)
                cells.push_back(cell.text);
            else if (cell.kind == Cell::Kind::Missing)
                cells.push_back(nullptr);
            else
                cells.push_back({{"value", jsonReal(cell.value)},
                                 {"low", jsonReal(cell.low)},
                                 {"high", jsonReal(cell.high)},
                                 {"bold", cell.bold}});
        }
        rows.push_back(std::move(cells));
    }
    return {{"title", table.title},
            {"columns", table.columns},
            {"column_methods", table.columnMethods},
            {"row_methods", table.rowMethods},
            {"rows", std::move(rows)},
            {"footnotes", table.footnotes}};
}

} // namespace penumbra::report
