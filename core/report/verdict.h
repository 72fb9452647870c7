#pragma once

#include "core/base/run_context.h"
#include "core/eval/study.h"

#include <string>
#include <vector>

namespace penumbra::report {

/// Words of a sentence that stand for galaxies: a click selects them.
struct VerdictLink {
    std::string words; ///< as they stand in the sentence
    std::string where; ///< the galaxies, as a formula (eval/galaxy_expression.h)
};
/// What a study says about whom to trust, in words.
struct VerdictSentence {
    std::string text;
    std::vector<std::string> methods; ///< of whom it speaks, the first ones first
    /// Galaxies that show it: a range of the base prediction; low > high: none.
    double predictionLow = 0.0, predictionHigh = -1.0;
    std::vector<VerdictLink> links = {};
};
struct TargetVerdict {
    std::string target;
    std::vector<VerdictSentence> sentences;
};
struct VerdictOptions {
    std::vector<std::string> targets = {}; ///< empty: all
    std::vector<std::string> methods = {}; ///< empty: all
    bool givenCalibration = false;         ///< widths are compared for this calibration set only
};
/// Two to five sentences a target: which methods hold their promise, at what width, where the others fail.
/// Widths are called different by the paired tests of the comparison table, coverages too low by its bands.
/// @throws UsageError for a target or method that is not there
std::vector<TargetVerdict> verdict(const Study& study, const VerdictOptions& options,
                                   const RunContext& context);
/// What holds for all of its sentences.
std::string verdictCaveat(const Study& study);

} // namespace penumbra::report
