// Integers and booleans with missing values, which HDF5 has no way to mark.

#include "core/io/hdf5_internal.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <string>

namespace penumbra::io::hdf5 {

Column withoutMissing(const Column& column) {
    const bool discrete =
        column.isInteger() || std::holds_alternative<std::vector<std::uint8_t>>(column.values);
    if (!discrete || std::find(column.missing.begin(), column.missing.end(), 1) == column.missing.end()) {
        return column;
    }
    Column changed = column;
    changed.missing.clear();
    constexpr double exact = 9007199254740992.0; // 2^53
    std::vector<double> reals = column.asReals();
    const bool fits = std::all_of(reals.begin(), reals.end(),
                                  [](double v) { return std::isnan(v) || std::abs(v) < exact; });
    if (fits) {
        changed.values = std::move(reals);
        return changed;
    }
    changed.values = column.asTexts();
    return changed;
}

namespace {

/// Of a column of one value a row.
template <typename Integer>
bool restored(Column& column) {
    std::vector<Integer> integers(column.rows());
    std::vector<std::uint8_t> missing(column.rows(), 0);
    for (std::size_t i = 0; i < integers.size(); ++i) {
        const std::string text = column.isNumeric() ? std::string() : column.asText(i);
        if (column.isNumeric() ? column.isMissing(i) : text.empty()) {
            missing[i] = 1;
            continue;
        }
        if (column.isNumeric()) {
            const double real = column.asReal(i);
            if (real != std::trunc(real) || std::abs(real) > 9007199254740992.0 ||
                real > static_cast<double>(std::numeric_limits<Integer>::max()) ||
                (std::is_unsigned_v<Integer> && real < 0.0)) {
                return false;
            }
            integers[i] = static_cast<Integer>(real);
            continue;
        }
        const auto read = std::from_chars(text.data(), text.data() + text.size(), integers[i]);
        if (read.ec != std::errc() || read.ptr != text.data() + text.size()) {
            return false;
        }
    }
    column.values = std::move(integers);
    column.missing = std::move(missing);
    return true;
}

} // namespace

void restoreIntegers(Column& column, std::string_view type) {
    if (column.width != 1) { // a vector with one value is not missing
        return;
    }
    if (type == "int64") {
        restored<std::int64_t>(column);
    } else if (type == "uint64") {
        restored<std::uint64_t>(column);
    } else if (type == "bool" && column.isNumeric()) {
        restored<std::uint8_t>(column);
    }
}

} // namespace penumbra::io::hdf5
