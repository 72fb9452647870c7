#pragma once

#include "core/repairing/groups.h"

#include <map>
#include <string>

namespace penumbra::workflow {

/// Signals of the repair of regions, by target and method: the regions that a search through the whole study
/// confirms for them, as groups. Methods without any in any target are left out; a target in which a method
/// has none keeps it as it is.
/// @param methods that may be repaired
/// @throws Error where no region of any of them is confirmed
std::map<std::string, std::map<std::string, RepairSignal>>
regionSignals(const Study& study, const std::vector<std::string>& methods, const Catalogue& catalogue,
              const RunContext& context);

} // namespace penumbra::workflow
