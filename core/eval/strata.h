#pragma once

#include "core/eval/evaluate.h"

#include <span>
#include <string>
#include <vector>

namespace penumbra {

/// The one definition of tail and worst tenth. Of `rows` (positions in `key`): the floor(n/10) with the
/// smallest and as many with the largest key, the true value; ties in the order of the rows.
std::vector<std::size_t> tailRows(std::vector<std::size_t> rows, std::span<const double> key);
/// The floor(n/10) with the largest key, |truth - prediction|, ascending.
std::vector<std::size_t> worstRows(std::vector<std::size_t> rows, std::span<const double> key);
/// The rows of `among` that a stratum holds.
std::vector<std::size_t> stratumRows(Stratum stratum, std::vector<std::size_t> among,
                                     std::span<const double> truth, std::span<const double> error);

// Formulas (eval/galaxy_expression.h) of the galaxies behind a number, for a click on it.

/// Galaxies with a label: "labelled", or "" where all are.
std::string labelledFormula(const TargetStudy& target);
/// Both; either may be empty.
std::string bothFormulas(const std::string& first, const std::string& second);
/// How a column of the catalogue is written in a formula, in backquotes where its name needs them; "" where
/// it cannot be, because a word of the formulas has its name.
std::string columnFormula(const std::string& column);
/// Bin `bin` of a variable written as `variable`: "0.1 <= prediction < 0.2".
std::string binFormula(const std::string& variable, const Bins& bins, std::size_t bin);
std::string binFormula(const std::string& variable, double low, double high, bool holdsHigh);
/// The galaxies that a score of this metric is of, or those that it counts. "" where no formula says it
/// (worst bins by methods' own centres).
/// @param labelled labelledFormula of the target
std::string galaxiesBehind(const Metric& metric, const Score& score, const std::string& labelled);

} // namespace penumbra
