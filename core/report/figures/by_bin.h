#pragma once

#include "core/eval/evaluate.h"
#include "core/report/figures/figure_parts.h"

namespace penumbra::report {

/// Options of figures that cut the test rows into bins: condition-on, bins, binning, edges, convention,
/// interval, layout.
void describeBinOptions(OptionSet& options);

/// What test rows are cut by, on those with a true value.
struct ConditionVariable {
    std::string name;       ///< as in Score::conditionedOn
    std::string axisLabel;  ///< with unit
    bool byOutcome = false; ///< depends on what was to be predicted
    std::vector<double> values;
    std::string formula =
        {}; ///< the same for galaxies at large (eval/galaxy_expression.h); "" where none says it
};
/// "prediction" (of the base, or of `first` where the study has none), "truth" or the target's name, "error",
/// a column of the catalogue, or a formula. @throws Error for a column that is not there or holds text
ConditionVariable conditionVariable(const FigureInput& input, const TargetStudy& target,
                                    const std::string& conditionOn, const LabelledRows& rows,
                                    const Prediction& first);

/// One method's scores in the bins of one variable; entry i of `coverage` and `width` belongs to bin i.
struct MethodBins {
    const Prediction* prediction = nullptr;
    Bins bins;
    std::vector<std::string> galaxies; ///< of each bin, as a formula; "" where none says it
    std::vector<Score> coverage;
    std::vector<Score> width;
};

struct BinnedTarget {
    const TargetStudy* target = nullptr;
    std::string variable;   ///< as in Score::conditionedOn
    std::string axisLabel;  ///< with unit
    std::string formula;    ///< of a variable that all methods share; "" where none says it
    bool byOutcome = false; ///< strata chosen by what was to be predicted: the nominal level is no null there
    bool logarithmic = false; ///< the variable's axis
    bool sharedBins = true;   ///< false: each method has its own bins (its own widths)
    double alpha = 0.1;
    std::vector<MethodBins> methods;
    std::string emptyMessage; ///< set when there is nothing to bin
};
/// @throws Error or UsageError for an unknown target, method or column and for edges that do not ascend.
BinnedTarget scoreByBin(const FigureInput& input, const OptionSet& options, bool wantWidths);

/// Draws one quantity of the scores: one panel with all methods, or a panel for each (option layout).
struct BinnedQuantity {
    std::vector<Score> MethodBins::*scores;
    Axis axis;
    bool nominal = false; ///< draw 1 - alpha
};
void addBinnedPanels(FigureSpec& figure, const BinnedTarget& binned, const BinnedQuantity& quantity,
                     const OptionSet& options);
/// Whether the chosen methods are drawn in a panel each.
bool drawnByMethod(const OptionSet& options, std::size_t methods);

} // namespace penumbra::report
