#pragma once

#include "core/eval/study.h"

#include <string>
#include <vector>

namespace penumbra {

/// Whether a split method's nonconformity scores are distributed alike on calibration and test galaxies: all
/// that its guarantee asks for, and more than the inputs can show (truths may scatter more given the same
/// inputs).
struct ScoreExchangeability {
    struct Method {
        std::string target, method;
        std::size_t calibrationRows = 0, testRows = 0; ///< with a score
        double distance = 0.0, p = 1.0;                ///< Kolmogorov-Smirnov
        double coverage = 0.0;                         ///< of these test rows at alpha
        /// The lowest that chance allows, one-sided, at level over the number of tests (Beta-Binomial).
        double lowestCoverage = 0.0;
        bool scoresDiffer = false, belowBand = false;
    };
    double level = 0.01;
    double alpha = 0.1;
    std::vector<Method> methods; ///< those with a guarantee
    bool differ() const;
};

/// Every method of the study with the split-conformal guarantee: its scores by Kolmogorov-Smirnov, its
/// coverage against the lower end of the Beta-Binomial. Exchangeable scores are called different in at most
/// `level` (Bonferroni over all of it).
ScoreExchangeability testScores(const Study& study, double level);

/// The finding in words; where nothing was found, what was looked at. Empty without methods.
std::string inWords(const ScoreExchangeability& test);

} // namespace penumbra
