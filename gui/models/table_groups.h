#pragma once

#include "core/report/table_spec.h"

#include <string>
#include <vector>

namespace penumbra::gui {

/// The table with a line for each group (text in its first cell alone) instead of the columns that name it.
report::TableSpec withGroupLines(const report::TableSpec& table,
                                 const std::vector<std::string>& groupColumns);

} // namespace penumbra::gui
