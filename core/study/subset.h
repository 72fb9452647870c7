#pragma once

#include "core/base/option_set.h"
#include "core/catalogue/catalogue.h"
#include "core/eval/galaxy_expression.h"
#include "core/eval/study.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace penumbra::workflow {

/// Columns, targets and positions of the catalogue a study was made from, and what `text` names of its
/// features: what subsets and bins may ask for.
io::Table variableTable(Catalogue catalogue, const std::string& text);

/// [test rows of the target] of values on all catalogue rows. @throws Error for a row the catalogue lacks.
std::vector<double> onTestRows(const std::vector<double>& onCatalogue, const TargetStudy& target);

/// The option --alpha of verbs that show single intervals, and the study brought to that alpha, if one is
/// given.
Option& addWantedAlpha(OptionSet& options);
/// Its value where it was given.
std::optional<double> wantedAlpha(const OptionSet& options);
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

/// Which galaxies of a target are meant, and whether its truth took part in the choice.
using RowsOf = std::function<NamedRows(const TargetStudy& target)>;
/// Those for which a GalaxyExpression holds. @param columns of variableTable, kept by reference; null: the
/// study stands alone. @throws Error where they lack a row of the study
RowsOf rowsWhere(const std::string& where, const io::Table* columns);
/// Leaves these test galaxies, and what the methods say of them.
void keepRows(TargetStudy& target, const RowMask& rows);

/// The options --subset NAME=FORMULA, and --catalogue for its columns.
void describeSubsets(OptionSet& options, const std::string& group);
/// Names and formulas. @throws UsageError for what is no NAME=FORMULA, or names one twice
std::vector<std::pair<std::string, std::string>> wantedSubsets(const OptionSet& options);
/// Of variableTable; none, with a note, where the catalogue is not there and nobody named another place.
std::optional<io::Table> subsetColumns(const Study& study, const OptionSet& options,
                                       const RunContext& context);

/// Leaves the test galaxies for which a GalaxyExpression holds, each target's for itself. Returns the targets
/// whose truth took part in the choice: no band of a perfect method holds for what is left of them.
/// @param columns of variableTable
/// @throws Error if a target keeps none.
std::set<std::string> keepWhere(Study& study, const std::string& where, const io::Table& columns);

} // namespace penumbra::workflow
