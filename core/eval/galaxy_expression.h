#pragma once

#include "core/catalogue/row_mask.h"
#include "core/eval/study.h"
#include "core/io/table.h"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace penumbra {

/// Rows under a name, as `subset(NAME)` asks for them.
struct NamedRows {
    RowMask rows;
    bool byOutcome = false; ///< chosen with a look at the truth
};

/// A formula about the galaxies of a study: columns of its catalogue, and what one target knows of each of
/// its test galaxies. The grammar is Expression's; beside columns there are
///   truth, prediction (the base head's), error = truth - prediction, |error|
///   labelled: 1 where the truth is known; tail, worst_tenth: 1 for the lowest and highest tenth by truth,
///   for the tenth with the largest |error|; tail(CQR): among the galaxies with a finite interval of CQR
///   covered(CQR), missed(CQR): 1 or 0; missing without a truth
///   prediction(CQR), lower(CQR), upper(CQR), width(CQR), spread(MCDropout), effective(LCNet)
///   subset(NAME): 1 or 0
/// Methods without brackets (width > 0.1) mean the one that is looked at. These words win over columns of the
/// same names. Rows that are not test galaxies of the target have missing values, except in columns and
/// subsets.
class GalaxyExpression {
public:
    /// What the words mean. Everything but the text may be absent.
    struct Sky {
        const io::Table* columns = nullptr; ///< of the catalogue, targets among them
        const TargetStudy* target = nullptr;
        std::string method; ///< of words without brackets; empty: the target's first
        std::function<std::optional<NamedRows>(const std::string& name)> subset;
        std::size_t rows = 0; ///< of the catalogue; 0: as many as the columns, or the target, have
    };

    /// @throws Error that shows the text with a caret under the fault.
    explicit GalaxyExpression(std::string text);
    const std::string& text() const { return text_; }

    /// One value per catalogue row, NaN where missing. @throws Error for names that are not there
    std::vector<double> evaluate(const Sky& sky) const;
    /// Tells which names and types evaluate() would not accept, without working out values. @throws Error
    void check(const Sky& sky) const;
    /// The rows where the value is neither 0 nor missing.
    RowMask rows(const Sky& sky) const;
    /// Whether the truth of the target takes part: no band of a perfect method holds for such a selection.
    bool usesOutcome(const Sky& sky) const;

private:
    io::Table tableOf(const Sky& sky) const;

    std::string text_;
    std::string written_; ///< with words in backquotes, as Expression reads them
};

/// Whether a formula means one of these words by a name, and no column.
bool isGalaxyWord(const std::string& name);

/// The words and methods that can be written of this target, for completion: "covered(CQR)", "|error|".
std::vector<std::string> galaxyWords(const TargetStudy& target);

} // namespace penumbra
