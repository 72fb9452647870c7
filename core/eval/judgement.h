#pragma once

#include "core/eval/score.h"
#include "core/eval/study.h"

#include <string>
#include <vector>

namespace penumbra {

/// Where the coverage of a method with exactly the nominal level would fall, 95 %: Beta-Binomial for all test
/// galaxies (an exact split-conformal method scatters with its calibration set, too; binomial without
/// calibration rows), the score's own band in strata. NaN where none is known.
Interval perfectBand(const Score& score, std::size_t calibrationRows);
/// Not below that band; above it is no fault, for errors may depend on what a band cannot know. Intervals
/// that are all infinite cover by saying nothing, and are not. False without a band.
bool couldBePerfect(const Score& score, std::size_t calibrationRows);
/// At least the nominal level, or what a perfect method could have.
bool coversEnough(const Score& score, std::size_t calibrationRows);

/// A bin of the base prediction in which a method covers too little, all bins and methods of the target taken
/// together: below the Beta-Binomial range of a perfect method at 1 - 0.05 / (bins x methods).
struct WeakBin {
    double low = 0.0, high = 0.0; ///< of the prediction; [low, high), the last bin [low, high]
    double coverage = 0.0;
    std::int64_t n = 0;
    bool holdsHigh = false; ///< the last bin
    Interval perfect;       ///< 95 % of a perfect method's coverage there
};

/// What a study says of one method, one target, at the study's alpha; infinite intervals count as covered.
struct Judgement {
    enum class Verdict {
        Holds,         ///< below a perfect method neither overall nor in tail, worst tenth or any bin
        OnAverageOnly, ///< overall it is not, somewhere it is
        CoversTooLittle,
        SaysNothing, ///< all its intervals are infinite
    };
    std::string method;
    Verdict verdict = Verdict::Holds;
    const Score* overall = nullptr; ///< of the study; null where it has no such score
    const Score* tail = nullptr;
    const Score* worst = nullptr;
    const Score* width = nullptr;                            ///< mean, of the finite intervals
    bool weakTail = false, weakWorst = false, above = false; ///< above: overall, more than asked
    std::vector<WeakBin> weakBins;                           ///< the one that lacks most first
};

/// Every method of a target that has predictions and an overall coverage, in the study's order. Points into
/// the study.
std::vector<Judgement> judge(const Study& study, const TargetStudy& target);

} // namespace penumbra
