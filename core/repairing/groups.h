#pragma once

#include "core/catalogue/catalogue.h"
#include "core/eval/study.h"
#include "core/repairing/request.h"
#include "core/uq/repairs/recipe.h"

#include <span>
#include <string>
#include <vector>

namespace penumbra::workflow {

/// A group of galaxies of one target, as a report tells it.
struct RepairGroup {
    std::string name;                 ///< "mag_r [17, 18.2)"
    std::vector<std::uint8_t> inside; ///< [held-out rows]
};

/// The signal of a repair on the held-out rows of one target, and the groups behind it.
struct RepairSignal {
    MatrixD values;                  ///< [held-out rows, k], as uq/repairs want it
    std::vector<RepairGroup> groups; ///< none for weights
    uq::RepairRecipe recipe;         ///< the same of galaxies that the study has not seen
    std::vector<std::string> notes;
    bool aimsElsewhere = false; ///< weights are towards other galaxies than the test galaxies
    /// Test rows that choices of groups did not see the truth of; empty: all. [test rows]
    std::vector<std::uint8_t> fresh;
};

/// A variable on the held-out rows of one target.
struct HeldOutVariable {
    std::string name, unit;
    std::vector<double> values;          ///< NaN where unknown
    std::vector<std::string> categories; ///< not empty: values are positions in here
    uq::RecipeInput input = {};          ///< where new galaxies have it
};
/// "prediction", the method's "width" (as far as it differs between galaxies) or a column of the catalogue.
/// @throws UsageError for columns that are not there or are labels
HeldOutVariable heldOutVariable(const std::string& name, const Study& study, const TargetStudy& target,
                                const Catalogue* catalogue, const std::string& method,
                                const RunContext& context);

/// Bins of a variable: one a value where there are no more values than bins, else equal counts of the
/// held-out rows (edges know no truth, and are the same whatever rows calibrate), ties never parted; a last
/// one for rows without a value, if there are any.
struct VariableGroups {
    std::vector<int> group; ///< [rows]
    std::vector<std::string> names;
    uq::RecipeGroups rule; ///< its input is not set
};
VariableGroups groupsOf(const HeldOutVariable& variable, int bins);

/// Of mondrian, conditional and subset.
RepairSignal groupSignal(const RepairRequest& request, const Study& study, const TargetStudy& target,
                         const Catalogue* catalogue, const std::string& method, const RunContext& context);

/// [held-out rows] of values on catalogue rows. @throws Error for a row the catalogue lacks
std::vector<double> onHeldOutRows(const std::vector<double>& onCatalogue, const TargetStudy& target);

} // namespace penumbra::workflow
