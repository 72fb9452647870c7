#pragma once

#include "core/base/option_set.h"
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
    /// Catalogue rows of the test galaxies in every region, in the order of the findings and their regions.
    std::vector<std::vector<std::int64_t>> rows;
    std::vector<std::string> columns; ///< that regions could be described by, besides prediction and width
    std::vector<std::string> notes;
    std::size_t candidates() const;
};
/// @param catalogue null: regions are described by prediction and width alone
/// @param columns names; empty: all that are fit
StudyRegions findStudyRegions(const Study& study, const Catalogue* catalogue,
                              const std::vector<std::string>& columns, double level,
                              const RunContext& context);
/// The same as the verb regions does it, with its options: on chosen targets and methods, at a chosen alpha.
StudyRegions searchStudy(Study study, const Catalogue* catalogue, const OptionSet& options,
                         const RunContext& context);

/// A region as an expression over columns of the catalogue, as --where takes it; "" where something else
/// describes it. @param catalogue null: every name but prediction, width and features counts as a column
std::string whereOf(const Region& region, const Catalogue* catalogue = nullptr);
/// The same with what the study says of a galaxy, as a GalaxyExpression has it: "width(CQR) > 0.2".
std::string expressionOf(const Region& region, const std::string& method, const Catalogue* catalogue);

} // namespace penumbra::workflow
