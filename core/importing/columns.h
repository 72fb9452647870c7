#pragma once

#include "core/importing/mapping.h"

#include <string>
#include <vector>

namespace penumbra::workflow {

/// What of the input's columns a mapping uses, among those that are there: names for io::ReadOptions. A name
/// that is not there is in the list as well, so that the reader says so, unless a joined table may have it.
/// Empty: all.
std::vector<std::string> neededColumns(const ImportMapping& mapping, const std::vector<std::string>& there);

} // namespace penumbra::workflow
