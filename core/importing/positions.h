#pragma once

#include "core/importing/tables.h"

#include <string>
#include <vector>

namespace penumbra::workflow {

/// Degrees, one a row, NaN where missing: of an expression of numbers, or of a column of text in sexagesimal
/// form (10:21:33.5, 10h21m33.5s), which is told in `notes`. Right ascensions without a d or degree sign are
/// hours.
/// @throws Error naming the row of a cell that is neither.
std::vector<double> positionDegrees(bool rightAscension, const std::string& expression,
                                    const PreparedTable& prepared, std::vector<std::string>& notes);

} // namespace penumbra::workflow
