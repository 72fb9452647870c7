#pragma once

#include "core/base/option_set.h"
#include "core/catalogue/catalogue.h"
#include "core/eval/study.h"

#include <cstdint>
#include <vector>

namespace penumbra::workflow {

/// Columns, targets and positions of the catalogue a study was made from: what subsets and bins may name.
io::Table variableTable(Catalogue catalogue);

/// [test rows of the target] of values on all catalogue rows. @throws Error for a row the catalogue lacks.
std::vector<double> onTestRows(const std::vector<double>& onCatalogue, const TargetStudy& target);

/// The option --alpha of verbs that show single intervals, and the study brought to that alpha, if one is
/// given.
Option& addWantedAlpha(OptionSet& options);
void toWantedAlpha(Study& study, const OptionSet& options, const RunContext& context);

/// Leaves the targets and methods that the options of these names ask for; none asked for: all.
/// @throws Error or UsageError naming those there are.
void keepChosen(Study& study, const OptionSet& options);

/// Leaves the test galaxies whose catalogue row is 1 in `where`. @throws Error if a target keeps none.
void keepWhere(Study& study, const std::vector<std::uint8_t>& where);

} // namespace penumbra::workflow
