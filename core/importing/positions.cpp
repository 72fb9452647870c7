#include "core/importing/positions.h"

#include "core/base/error.h"
#include "core/base/sexagesimal.h"
#include "core/base/text.h"
#include "core/importing/features.h"

#include <limits>

namespace penumbra::workflow {

namespace {

constexpr double degreesPerHour = 15.0;

const io::Column* textColumn(const std::string& expression, const io::Table& table) {
    const io::Column* column = table.find(expression);
    return column != nullptr && column->width == 1 && !column->isNumeric() ? column : nullptr;
}

double degreesOf(const std::string& cell, bool rightAscension, const std::string& where) {
    const auto found = parseSexagesimal(cell);
    if (!found)
        throw Error(where + ": '" + cell + "' is not a sexagesimal position such as " +
                    (rightAscension ? "10:21:33.5" : "-02:03:04.5"));
    if (!rightAscension && found->saysHours)
        throw Error(where + ": '" + cell + "' is in hours; a declination is in degrees");
    const bool hours = rightAscension && !found->saysDegrees;
    if (hours && !(found->value >= 0.0 && found->value < 24.0))
        throw Error(where + ": '" + cell +
                    "' would be a right ascension in hours, which lies from 0 to 24; write degrees as "
                    "155d23m30s or as "
                    "plain numbers");
    return hours ? degreesPerHour * found->value : found->value;
}

} // namespace

std::vector<double> positionDegrees(bool rightAscension, const std::string& expression,
                                    const PreparedTable& prepared, std::vector<std::string>& notes) {
    const io::Table& table = prepared.table;
    const std::string what = rightAscension ? "ra" : "dec";
    const io::Column* column = textColumn(expression, table);
    if (column == nullptr)
        return evaluateFor(what, expression, table);
    std::vector<double> degrees(column->rows(), std::numeric_limits<double>::quiet_NaN());
    std::string example;
    double exampleDegrees = 0.0;
    for (std::size_t row = 0; row < degrees.size(); ++row) {
        const std::string cell(trimmed(column->asText(row)));
        if (cell.empty() || lowered(cell) == "null" || lowered(cell) == "nan")
            continue;
        degrees[row] =
            degreesOf(cell, rightAscension,
                      what + ": column " + expression + ", row " + std::to_string(prepared.sourceRows[row]));
        if (example.empty()) {
            example = cell;
            exampleDegrees = degrees[row];
        }
    }
    if (!example.empty())
        notes.push_back(what + ": column " + expression + " is sexagesimal and was converted to degrees: " +
                        example + " is " + formatFixed(exampleDegrees, 6));
    return degrees;
}

} // namespace penumbra::workflow
