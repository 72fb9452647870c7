#pragma once

#include "core/io/table.h"

#include <cstddef>
#include <string>
#include <vector>

namespace penumbra::io {

/// What one look at a column tells.
struct ColumnFacts {
    std::string name, type, unit;
    std::size_t missing = 0;
    double low = 0.0, high = 0.0; ///< NaN: not numeric or nothing finite
    std::size_t different = 0;    ///< how many values differ, of texts and whole numbers; else 0
    bool isNumber() const;        ///< reals or integers
    bool isVector() const;        ///< several a row
};

/// One entry per column; reads every value.
std::vector<ColumnFacts> describeColumns(const Table& table);

} // namespace penumbra::io
