#pragma once

#include "core/eval/region_search.h"
#include "core/eval/score.h"
#include "core/eval/study.h"

namespace penumbra {

/// A condition of a region as it is told: "r_err > 0.12", "survey == DESI".
struct NamedCondition {
    std::string column, unit;
    RegionCondition::Op op = RegionCondition::Op::Above;
    double value = 0.0;
    std::string category; ///< of Op::Equals
};
std::string opText(RegionCondition::Op op); ///< ">", "<=", "=="

/// A part of the galaxies, described by at most three conditions, in which a method seems to cover too
/// little: found on one half of the labelled test galaxies, judged on the other.
struct Region {
    std::vector<NamedCondition> conditions;
    // On the half held back: honest.
    std::size_t n = 0, misses = 0;
    double coverage = std::numeric_limits<double>::quiet_NaN();
    Interval bracket;       ///< 95 %, Clopper-Pearson
    Interval perfect;       ///< central 95 % of what exact intervals, calibrated on as many rows, cover of n
    double p = 1.0;         ///< one-sided: exact intervals miss at least as often (eval/miss_tails.h)
    double adjustedP = 1.0; ///< Holm, over all candidates that were judged together
    bool confirmed = false; ///< adjustedP below the level
    // On the half searched: chosen to look bad, hence optimistic in that.
    std::size_t foundRows = 0, foundMisses = 0;
};

/// What the search found of one method; regions in the order of the search, worst first.
struct RegionFinding {
    std::string target, method;
    double alpha = 0.1;
    std::size_t searched = 0, heldBack = 0; ///< labelled test rows of either half
    /// Whose scatter the p-values count, fewer where a region's galaxies have fewer each (groups, local
    /// methods); 0: never calibrated.
    std::size_t calibrationRows = 0;
    std::vector<Region> regions;
};

struct RegionOptions {
    RegionSearchOptions search; ///< its alpha is that of the prediction
    double level = 0.05;        ///< rate at which regions that are covered as promised are called too low
    std::uint64_t seed = 0;     ///< of the halves
};

/// Scores behind a method's quantile, whose scatter its coverages hold; local methods and repairs are taken
/// as calibrated on all rows; 0: never calibrated.
std::size_t calibrationRowsOf(const TargetStudy& target, const std::string& method);

/// Which rows a search may look at: half of the rows with a label, drawn by the seed; 1 = searched, 0 = held
/// back (or without a label). The same for every method of a target.
std::vector<std::uint8_t> searchedHalf(std::span<const double> truth, std::uint64_t seed);

/// The columns named, with "prediction" (the base prediction, else the method's centre) and "width" (the
/// method's own, unless it has one width for all), which are known of every test row.
std::vector<RegionColumn> withPredictionAndWidth(const TargetStudy& target, const Prediction& prediction,
                                                 std::vector<RegionColumn> columns);

/// Searches one half of the labelled test rows for regions in which this method covers too little, rounds
/// their thresholds outwards to numbers that can be told, and judges each on the other half. Adjusted for the
/// candidates of this method; judgeTogether() for those of several.
/// @param columns [test rows of the target]. @throws Error for other lengths; Cancelled
RegionFinding findRegions(const TargetStudy& target, const Prediction& prediction,
                          const std::vector<RegionColumn>& columns, const RegionOptions& options,
                          const RunContext& context);

/// Galaxies that were chosen otherwise than by the search, judged as it judges its own: on the half held
/// back. The one region has no conditions; adjustedP is p until judgeTogether().
/// @param inside [test rows of the target] 1: chosen. @throws Error for another length
RegionFinding judgeChosen(const TargetStudy& target, const Prediction& prediction,
                          std::span<const std::uint8_t> inside, const RegionOptions& options);

/// Adjusts all candidates of these findings by Holm: with probability 1 - level none is confirmed in which
/// the intervals cover what they promise.
void judgeTogether(std::vector<RegionFinding>& findings, double level);

/// Rows of the target's test set that lie in the region: 1. @param columns as given to findRegions
std::vector<std::uint8_t> rowsIn(const Region& region, const std::vector<RegionColumn>& columns);

/// "z > 0.4 and r_err > 0.12 mag"
std::string inWords(const std::vector<NamedCondition>& conditions);
/// The finding in sentences, one a line: regions confirmed; where none is, what was looked at and what such a
/// search would have seen. @param candidates that were judged together
std::string inWords(const RegionFinding& finding, std::size_t candidates, double level);

/// P(a region of this share of the held-back rows, covered at `coverage`, is confirmed), were it among so
/// many candidates and of the smallest p.
double regionPower(const RegionFinding& finding, double share, double coverage, std::size_t candidates,
                   double level);

} // namespace penumbra
