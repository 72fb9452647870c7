#pragma once

#include "core/eval/confirmation.h"
#include "core/study/region_search.h"
#include "core/workflow/command.h"

namespace penumbra::workflow {

/// penumbra-cli regions: where a method covers too little, in words, confirmed on galaxies held back.
Command regionsCommand();

/// What the verb prints with --json.
nlohmann::json toJson(const StudyRegions& found, double alpha, double level);
nlohmann::json toJson(const Confirmation& confirmation);
/// Of one region as others read it: target, method, conditions [{column, op, value}], n, coverage, low, high,
/// p, confirmed and more.
nlohmann::json toJson(const RegionFinding& finding, const Region& region);

} // namespace penumbra::workflow
