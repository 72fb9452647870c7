#pragma once

#include "core/base/option_set.h"
#include "core/base/run_context.h"
#include "core/catalogue/catalogue.h"

#include <string>
#include <vector>

namespace penumbra::workflow {

/// Galaxies of a catalogue whose captions fit words, the best first.
struct GalaxiesInWords {
    std::vector<std::size_t> row; ///< of the catalogue; each once
    std::vector<double> score;    ///< BM25
    std::vector<std::string> caption;
    std::size_t captions = 0;         ///< there are
    std::vector<std::string> unknown; ///< words that no caption has
};

/// The options words, captions, caption-column, captions-used.
void describeWordOptions(OptionSet& options);
/// True where words were given. @throws UsageError for words without letters
bool asksInWords(const OptionSet& options);
/// Captions of the file that the options name (columns object_id and caption), else the catalogue's own.
/// @throws UsageError where there are none, or where none of them says any of the words of a galaxy here
GalaxiesInWords galaxiesInWords(const Catalogue& catalogue, const OptionSet& options,
                                const RunContext& context);

} // namespace penumbra::workflow
