#pragma once

#include "core/catalogue/catalogue.h"
#include "core/eval/regions.h"
#include "core/workflow/command.h"

namespace penumbra::workflow {

/// penumbra-cli regions: where a method covers too little, in words, confirmed on galaxies held back.
Command regionsCommand();

/// What a search through a whole study found: one finding a target and method, all candidates judged
/// together.
struct StudyRegions {
    std::vector<RegionFinding> findings;
    std::vector<std::string> columns; ///< that regions could be described by, besides prediction and width
    std::vector<std::string> notes;
    std::size_t candidates() const;
};
/// @param catalogue null: regions are described by prediction and width alone
/// @param columns names; empty: all that are fit
StudyRegions findStudyRegions(const Study& study, const Catalogue* catalogue,
                              const std::vector<std::string>& columns, double level,
                              const RunContext& context);

/// Of one region as others read it: target, method, conditions [{column, op, value}], n, coverage, low, high,
/// p, confirmed and more.
nlohmann::json toJson(const RegionFinding& finding, const Region& region);

} // namespace penumbra::workflow
