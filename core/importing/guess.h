#pragma once

#include "core/catalogue/doctor.h"
#include "core/io/column_facts.h"

#include <string>
#include <vector>

namespace penumbra::workflow {

/// How a raw table may become a catalogue, by its columns' names, ranges and what the doctor found. Words are
/// those of the import's options.
struct ImportGuess {
    std::string id, ra, dec, split;
    std::vector<std::string> features; ///< columns, and formulas of magnitudes and colours
    std::string target;                ///< "name" or "name=column"; empty: none is known
    std::vector<std::string> keep;     ///< "*": all columns stay, to bin and cut by
    std::vector<std::string> cuts, missing;
    /// Of another code, to be judged beside what is trained here: no input and no truth.
    std::string prediction, spread, lower, upper;
    struct Reason {
        std::string what; ///< "target", "features", "id" ...
        std::string why;  ///< "Z_SPEC: a redshift by its name"
    };
    std::vector<Reason> reasons; ///< of every choice, in words
};

/// @param table what the facts are of; softenings of fluxes are worked out from it
/// @param report of the doctor; null: none. Constant columns are no inputs, codes for "missing" are named
ImportGuess guessImport(const io::Table& table, const std::vector<io::ColumnFacts>& columns,
                        const doctor::Report* report);

} // namespace penumbra::workflow
