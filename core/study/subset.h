#pragma once

#include "core/base/option_set.h"
#include "core/catalogue/catalogue.h"
#include "core/eval/study.h"

#include <cstdint>
#include <set>
#include <string>
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

/// What --where takes.
inline constexpr const char* whereHelp = "Only test galaxies for which this holds: an expression over "
                                         "catalogue columns, targets, truth, prediction, "
                                         "error, |error| and, of a method, covered(CQR), missed(CQR), "
                                         "width(CQR), lower, upper, spread, effective; such "
                                         "as 'z > 0.2 and EBV < 0.1 and missed(CQR)'.";

/// Leaves the test galaxies for which a GalaxyExpression holds, each target's for itself. Returns the targets
/// whose truth took part in the choice: no band of a perfect method holds for what is left of them.
/// @param columns of variableTable
/// @throws Error if a target keeps none.
std::set<std::string> keepWhere(Study& study, const std::string& where, const io::Table& columns);

} // namespace penumbra::workflow
