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
/// By cosine similarity to the mean direction of the examples (catalogue rows); those in quarantine do not
/// count. @throws Error if all of them are in quarantine
SimilarGalaxies galaxiesLike(const UsableFeatures& features, const std::vector<std::size_t>& examples,
                             std::size_t n, int threads = 0);

/// penumbra-cli similar: the galaxies most like some others.
Command similarCommand();
void describeSimilarOptions(OptionSet& options);
CommandResult runSimilar(const OptionSet& options, const Services& services, RunContext& context);

} // namespace penumbra::workflow
