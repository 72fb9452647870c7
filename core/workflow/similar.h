#pragma once

#include "core/workflow/catalogue_copy.h"
#include "core/workflow/command.h"

#include <vector>

namespace penumbra::workflow {

/// Galaxies whose features point where those of some examples do, the most similar first.
struct SimilarGalaxies {
    std::vector<std::size_t> row; ///< of the catalogue; the examples are not among them
    std::vector<double> similarity;
    std::vector<double> ofAll; ///< [usable rows]
};
/// Features made ready for cosine similarity. Embeddings of AION are compared as they are; of all others each
/// feature is freed of its mean over the catalogue and measured in its scatter: magnitudes near 20 all point
/// the same way from 0. @throws Error if no row is usable
UsableFeatures loadComparedFeatures(const Catalogue& catalogue, const std::string& name,
                                    const RunContext& context);

/// By cosine similarity to the mean direction of the examples (catalogue rows); those in quarantine do not
/// count. @throws Error if all of them are in quarantine
SimilarGalaxies galaxiesLike(const UsableFeatures& features, const std::vector<std::size_t>& examples,
                             std::size_t n, int threads = 0);

/// penumbra-cli similar: the galaxies most like some others.
Command similarCommand();
void describeSimilarOptions(OptionSet& options);
CommandResult runSimilar(const OptionSet& options, const Services& services, RunContext& context);

} // namespace penumbra::workflow
