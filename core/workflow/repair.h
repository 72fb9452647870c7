#pragma once

#include "core/repairing/report.h"
#include "core/study/repair_recipes.h"
#include "core/workflow/command.h"

#include <filesystem>
#include <optional>

namespace penumbra::workflow {

/// penumbra-cli repair: methods calibrated anew from a study's stored signals, beside the old ones.
Command repairCommand();

struct RepairOptions {
    std::string by;                   ///< "mondrian:mag_r:8"
    std::string where;                ///< what a subset is
    std::vector<std::string> methods; ///< empty: every one that can be repaired so
    std::vector<std::string> columns; ///< of weights
    /// Before and after are shown on the test galaxies that the search for regions held back: the groups were
    /// chosen by those that it saw.
    bool heldBack = false;
    std::optional<double> alpha = {};     ///< none: the study's own
    bool acceptFew = false;               ///< weights with few effective rows, too
    std::string catalogue;                ///< the study's, if it has moved
    std::filesystem::path studyFile = {}; ///< where the study lies, to find its catalogue beside it
};

RepairOptions repairOptionsFrom(const OptionSet& options); ///< of the verb

/// A study with old and repaired methods side by side, scored, and what the repair changed.
struct RepairedStudy {
    Study study;
    std::vector<RepairComparison> comparisons;
    /// What puts the repaired methods on new galaxies: to be stored among the study's arrays.
    RepairRecipes recipes;
};
/// @throws UsageError for a repair or methods that do not fit, Error for a study without signals or catalogue
RepairedStudy repairStudy(Study study, const RepairOptions& options, const RunContext& context);

} // namespace penumbra::workflow
