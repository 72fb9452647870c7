#pragma once

#include "core/base/run_context.h"
#include "core/catalogue/catalogue.h"

#include <memory>
#include <span>
#include <string>
#include <vector>

namespace penumbra::benchmark {

/// What a head sees: one feature matrix of the catalogue, or several side by side.
struct InputSet {
    std::string name; ///< "Ph+Im"
    std::vector<std::string> features;
};

/// "NAME=FEATURES[:FEATURES...]" or "FEATURES" each; none: every matrix that is an embedding or photometry,
/// alone. @throws UsageError for forms, names given twice, and matrices that the catalogue lacks
std::vector<InputSet> inputSets(const Catalogue& catalogue, const std::vector<std::string>& words);

/// The galaxies that every input set can be tried on, so that all are judged by the same ones.
struct Galaxies {
    std::vector<InputSet> sets;
    std::vector<MatrixF> inputs;     ///< a set: [rows, its width]
    std::vector<std::size_t> rows;   ///< of the catalogue, ascending
    std::vector<std::uint8_t> split; ///< [rows] as Split
    std::vector<std::string> notes;  ///< what was left out, how the split came about
    std::size_t leftOut = 0;         ///< rows that lack one of the sets

    /// Places (not catalogue rows) of one part whose value is known. @param values [rows]
    std::vector<std::int32_t> places(Split part, std::span<const double> values) const;
    std::vector<double> valuesOf(const Target& target) const; ///< [rows]
};

struct SplitChoice {
    double trainFraction = 0.6, calibrationFraction = 0.2; ///< where it must be drawn
    bool draw = false;                                     ///< though the catalogue has one
    std::uint64_t seed = 0;
};
/// @param strata [catalogue rows] each of these is drawn by itself (classes); empty: none
/// @throws Error where a set has no usable row, or no row has all
Galaxies gather(const Catalogue& catalogue, std::vector<InputSet> sets, const SplitChoice& split,
                std::span<const std::size_t> strata, const RunContext& context);

/// The input sets of another catalogue, in the same widths. @throws Error where they differ
Galaxies gatherAll(const Catalogue& catalogue, const std::vector<InputSet>& sets, const RunContext& context);

} // namespace penumbra::benchmark
