#pragma once

#include "core/catalogue/row_mask.h"
#include "core/eval/regions.h"

namespace penumbra {

/// Galaxies that somebody chose by eye, tested on the half of the test galaxies that searches for regions
/// hold back. A choice is a question; this is its answer, a method at a time.
struct Confirmation {
    std::string target, what;           ///< what: of the galaxies, in words
    std::vector<RegionFinding> methods; ///< one region without conditions each, judged together
};

/// @param methods those the target lacks are left out @param rows of the catalogue
/// @throws Error where none of the galaxies held back is among them
Confirmation confirmChosen(const TargetStudy& target, const std::vector<std::string>& methods,
                           const RowMask& rows, const std::string& what, const RegionOptions& options);

/// A sentence a method, those that cover too little first, and what the numbers are of.
std::string inWords(const Confirmation& confirmation);

} // namespace penumbra
