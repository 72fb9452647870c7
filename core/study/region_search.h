#pragma once

#include "core/base/run_context.h"
#include "core/catalogue/catalogue.h"
#include "core/eval/regions.h"
#include "core/eval/study.h"

#include <string>
#include <vector>

namespace penumbra::workflow {

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

} // namespace penumbra::workflow
