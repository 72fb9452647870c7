#include "core/report/table_spec.h"

#include "core/base/text.h"
#include "core/report/number_text.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

namespace penumbra::report {

namespace {

constexpr int kMostDecimals = 12;

int decimalsForHalfWidth(double halfWidth) {
    const int exponent = static_cast<int>(std::floor(std::log10(halfWidth) + 1e-9));
    const double leading = halfWidth / std::pow(10.0, exponent);
    return std::clamp((leading < 2.0 ? 1 : 0) - exponent, 0, kMostDecimals);
}

int decimalsForValue(double value) {
    if (value == 0.0)
        return 0;
    const int exponent = static_cast<int>(std::floor(std::log10(std::abs(value))));
    return std::clamp(2 - exponent, 0, kMostDecimals);
}

std::string fixedText(double value, int decimals) {
    if (std::isinf(value))
        return value > 0 ? "inf" : "-inf";
    std::string text = formatFixed(value, decimals);
    const bool isZero = text.find_first_of("123456789") == std::string::npos;
    if (isZero && text.front() == '-') // no "-0.0"
        text.erase(0, 1);
    return text;
}

} // namespace

NumberText numberText(const Cell& cell) {
    if (cell.count && std::isfinite(cell.value)) {
        NumberText whole;
        whole.value = fixedText(cell.value, 0);
        return whole;
    }
    const double scale = cell.percent ? 100.0 : 1.0;
    const double value = scale * cell.value, low = scale * cell.low, high = scale * cell.high;
    NumberText out;
    const double halfWidth = 0.5 * (high - low);
    // An interval of rounding errors (the mean of equal widths) is none.
    const double rounding = std::max(1e-9 * std::abs(value), cell.percent ? 1e-9 : 0.0);
    if (!std::isfinite(value) || !std::isfinite(halfWidth) || halfWidth <= rounding) {
        const int decimals = cell.percent ? 1 : (std::isfinite(value) ? decimalsForValue(value) : 0);
        out.value = fixedText(value, decimals);
        return out;
    }
    const int decimals = decimalsForHalfWidth(halfWidth);
    out.value = fixedText(value, decimals);
    out.low = fixedText(low, decimals);
    out.high = fixedText(high, decimals);
    out.minus = fixedText(std::max(value - low, 0.0), decimals);
    out.plus = fixedText(std::max(high - value, 0.0), decimals);
    return out;
}

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
    const auto real = [](double value) -> nlohmann::json {
        if (std::isinf(value))
            return value > 0 ? "inf" : "-inf";
        return std::isnan(value) ? nlohmann::json(nullptr) : nlohmann::json(value);
    };
    nlohmann::json rows = nlohmann::json::array();
    for (const auto& row : table.rows) {
        nlohmann::json cells = nlohmann::json::array();
        for (const Cell& cell : row) {
            if (cell.kind == Cell::Kind::Text)
                cells.push_back(cell.text);
            else if (cell.kind == Cell::Kind::Missing)
                cells.push_back(nullptr);
            else
                cells.push_back({{"value", real(cell.value)},
                                 {"low", real(cell.low)},
                                 {"high", real(cell.high)},
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
