#pragma once

#include "core/base/run_context.h"
#include "core/catalogue/row_mask.h"
#include "core/eval/rest_contrast.h"
#include "core/eval/study.h"

#include <string>
#include <vector>

namespace penumbra {

/// How often one method covers the galaxies of a selection.
struct SelectionCoverage {
    std::string method;
    std::size_t covered = 0; ///< of the labelled ones
    Interval bracket;        ///< 95 %, Wilson 1927
    /// Central 95 % of what an exact split-conformal method has on as many test galaxies, picked without a
    /// look at their truth: Beta-Binomial law. NaN where the study holds no calibration rows.
    Interval perfect;
    std::size_t restCovered = 0; ///< of the labelled test galaxies that are not in the selection
    RestContrast rest;           ///< whether the coverage differs from theirs
    double restAdjustedP =
        std::numeric_limits<double>::quiet_NaN(); ///< Holm, over the methods of the summary
};
struct SelectionSummary {
    std::size_t selected = 0; ///< test galaxies of the target in the selection
    std::size_t labelled = 0; ///< those of them with a true value
    std::size_t rest = 0;     ///< labelled test galaxies that are not in the selection
    std::vector<SelectionCoverage> methods;
};

/// Who is covered by whom, kept as sets of rows: a selection is then counted in time that grows with the
/// catalogue by a bit a row and method, fast enough to follow a shape while it is drawn. Methods that the
/// target lacks are left out. Infinite intervals cover.
class SelectionCounter {
public:
    SelectionCounter() = default;
    /// @param size rows of the catalogue
    SelectionCounter(const TargetStudy& target, const std::vector<std::string>& methods, std::size_t size,
                     double alpha, const RunContext& context);
    SelectionSummary summarise(const RowMask& rows) const; ///< @throws Error for a mask of another size

private:
    struct Method {
        std::string id;
        RowMask covered;       ///< labelled test galaxies
        std::size_t count = 0; ///< of them, those beyond the catalogue's rows too
    };
    RowMask tests_, labelled_;
    std::size_t labelledCount_ = 0, calibration_ = 0;
    double alpha_ = 0.1;
    std::vector<Method> methods_;
};

/// The counts of one selection; who counts many of the same study keeps a SelectionCounter.
SelectionSummary summariseSelection(const TargetStudy& target, const std::vector<std::string>& methods,
                                    const RowMask& rows, double alpha, const RunContext& context);

/// Which methods cover the selection otherwise than the rest, at 5 % after Holm's correction: "beside the
/// rest: CQR −12 points [−19, −6] (p = 0.001)". Empty where there is nothing to compare. The p-values hold
/// for galaxies that were chosen without a look at who is covered: see searchWords.
std::string restWords(const SelectionSummary& summary);

/// How galaxies came into a selection, which decides what a p-value of it is worth.
enum class SelectionSearch { ByEye, Expression, Outcome };
std::string_view searchName(SelectionSearch search);  ///< "by eye", "expression", "outcome"
std::string_view searchWords(SelectionSearch search); ///< a sentence on what the comparison then says

} // namespace penumbra
