#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace penumbra {

/// Conformal sets for classes: all classes whose score does not exceed a threshold from calibration rows.

enum class ClassScore {
    Lac, ///< 1 - p of the class (Sadinle, Lei & Wasserman 2019)
    Aps, ///< summed probability of the classes down to it (Romano, Sesia & Candes 2020)
    Raps ///< and a penalty on the rank (Angelopoulos et al. 2021)
};
struct ClassScoreOptions {
    ClassScore score = ClassScore::Aps;
    double penalty = 0.0;      ///< RAPS: for each rank beyond freeRanks
    std::size_t freeRanks = 0; ///< k_reg
};

/// Softmax of a row of logits.
std::vector<double> classProbabilities(std::span<const double> logits);
/// The score of every class of a row. @param u one uniform for all classes, or one for each place of the
/// falling order; 0 is the conservative form without chance. Ignored by LAC. Equal probabilities rank by
/// class.
std::vector<double> classScores(std::span<const double> probabilities, const ClassScoreOptions& options,
                                std::span<const double> u);
/// The ceil((n + 1)(1 - alpha)) smallest score of the calibration rows; +infinity beyond n.
double classThreshold(std::vector<double> scores, double alpha);
/// Classes with score <= threshold, 1 = in the set. @param atLeastOne the most probable class is in every set
std::vector<std::uint8_t> classSet(std::span<const double> scores, double threshold,
                                   std::span<const double> probabilities, bool atLeastOne = false);

/// Of many sets, what a table would say. @param sets [rows, classes]
struct ClassSetSummary {
    double coverage = 0.0, meanSize = 0.0, emptyShare = 0.0;
    std::vector<double> coverageOfClass; ///< NaN: no row of that class
};
ClassSetSummary summarise(std::span<const std::uint8_t> sets, std::span<const std::size_t> labels,
                          std::size_t classes);

} // namespace penumbra
