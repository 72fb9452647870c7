#pragma once

#include "core/base/run_context.h"
#include "core/eval/score.h"
#include "core/eval/study.h"

#include <span>
#include <string>
#include <utility>
#include <vector>

namespace penumbra {

/// Two rows that are one galaxy, measured twice.
using RepeatedRows = std::vector<std::pair<std::size_t, std::size_t>>;

/// Rows with one identifier; then, among the others, mutual neighbours within the tolerance on the sky,
/// closest first. No row is in two pairs. @param ra, dec degrees, may be empty @param ids may be empty
RepeatedRows repeatedRows(std::span<const std::string> ids, std::span<const double> ra,
                          std::span<const double> dec, double toleranceArcsec = 1.0);

/// Predictions of the same galaxies from two measurements, over their combined error bars.
struct RepeatFinding {
    std::size_t pairs = 0;   ///< with finite intervals and centres on both rows
    std::size_t leftOut = 0; ///< pairs without
    std::size_t within = 0;  ///< |difference| at most the half widths added in quadrature
    double share = std::numeric_limits<double>::quiet_NaN(); ///< within / pairs
    Interval bracket;                                        ///< 95 %, Clopper-Pearson
    double rms = std::numeric_limits<double>::quiet_NaN();   ///< of difference / combined one-sigma bars
    /// If error bars were Gaussian, right, and independent between the measurements, at least 1 - alpha would
    /// be within: P(as many or more beyond), binomial. A small p: the bars miss noise of the measurement. A
    /// large one shows nothing, for most of an error repeats itself.
    double p = 1.0;
};
RepeatFinding compareRepeats(const Prediction& prediction, const RepeatedRows& pairs);

/// The finding in a sentence; empty without pairs.
std::string inWords(const RepeatFinding& finding, double alpha);

} // namespace penumbra
