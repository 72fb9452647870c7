#include "core/io/column_facts.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string_view>
#include <unordered_set>

namespace penumbra::io {

namespace {

std::size_t countDifferent(const Column& column) {
    if (column.width != 1)
        return 0;
    if (const auto* whole = std::get_if<std::vector<std::int64_t>>(&column.values))
        return std::unordered_set<std::int64_t>(whole->begin(), whole->end()).size();
    if (const auto* wide = std::get_if<std::vector<std::uint64_t>>(&column.values))
        return std::unordered_set<std::uint64_t>(wide->begin(), wide->end()).size();
    if (const auto* texts = std::get_if<std::vector<std::string>>(&column.values))
        return std::unordered_set<std::string_view>(texts->begin(), texts->end()).size();
    if (!column.isNumeric())
        return 0;
    std::unordered_set<double> values; // whole numbers with gaps are read as reals
    for (const double value : column.asReals()) {
        if (std::isnan(value))
            continue;
        if (value != std::floor(value))
            return 0;
        values.insert(value);
    }
    return values.size();
}

} // namespace

bool ColumnFacts::isNumber() const {
    return type.starts_with("float") || type.starts_with("int") || type.starts_with("uint");
}

bool ColumnFacts::isVector() const {
    return type.find('[') != std::string::npos;
}

std::vector<ColumnFacts> describeColumns(const Table& table) {
    std::vector<ColumnFacts> lines;
    for (const Column& column : table.columns) {
        ColumnFacts line{column.name,
                         column.typeName(),
                         column.unit,
                         0,
                         std::numeric_limits<double>::quiet_NaN(),
                         std::numeric_limits<double>::quiet_NaN(),
                         0};
        for (std::size_t row = 0; row < column.rows(); ++row)
            line.missing += column.isMissing(row) ? 1 : 0;
        if (column.isNumeric())
            for (const double value : column.asReals())
                if (std::isfinite(value)) {
                    line.low = std::isnan(line.low) ? value : std::min(line.low, value);
                    line.high = std::isnan(line.high) ? value : std::max(line.high, value);
                }
        line.different = countDifferent(column);
        lines.push_back(std::move(line));
    }
    return lines;
}

} // namespace penumbra::io
