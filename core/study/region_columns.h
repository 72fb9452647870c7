#pragma once

#include "core/base/option_set.h"
#include "core/catalogue/catalogue.h"
#include "core/eval/region_search.h"
#include "core/eval/study.h"
#include "core/uq/repairs/recipe.h"

#include <optional>
#include <string>
#include <vector>

namespace penumbra::workflow {

/// Columns that may describe a region of a target, on catalogue rows [catalogue rows]: numbers, flags, texts
/// of few values, positions, and features where they are few. Labels are never among them, nor columns that
/// are one under another name: a region chosen by the outcome says nothing of an interval.
struct DescribingColumns {
    std::vector<RegionColumn> columns;
    std::vector<std::string> notes; ///< what was left out that one might look for, and why
};
/// @param wanted names; empty: all that are fit. @throws UsageError for a name that is not there or not fit
DescribingColumns describingColumns(const Catalogue& catalogue, const TargetStudy& target,
                                    const std::vector<std::string>& wanted, const RunContext& context);

/// The catalogue behind a study, of the options catalogue, study and columns. Where it cannot be found a note
/// says so and what goes on without it. @throws Error then, if columns were asked for
std::optional<Catalogue> catalogueForColumns(const Study& study, const OptionSet& options,
                                             const std::string& withoutIt, const RunContext& context);

/// The same on chosen rows of the catalogue. @throws Error for a row the catalogue lacks
std::vector<RegionColumn> onRows(const std::vector<RegionColumn>& columns,
                                 std::span<const std::int64_t> rows);

/// Where new galaxies have a column that describingColumns gave. @param column on the study's rows
uq::RecipeInput recipeInput(const Catalogue& catalogue, const RegionColumn& column);

} // namespace penumbra::workflow
