#pragma once

#include "core/benchmark/galaxies.h"
#include "core/benchmark/report.h"

namespace penumbra::benchmark {

struct RetrievalOptions {
    std::string relevance;   ///< column or target: what makes a galaxy an answer, in 0..1 (votes, or 0 and 1)
    double queryAbove = 0.9; ///< galaxies with more of it ask
    std::size_t queries = 1000; ///< at most, drawn at random
    std::size_t depth = 10;
    std::uint64_t seed = 0;
};
/// Each query galaxy ranks all others by cosine similarity (paper AION-1, 7.6): nDCG with gains 2^r - 1; the
/// query takes no part in ranking or ideal. Queries without a relevant candidate are counted, not scored.
Report retrievalReport(const Catalogue& catalogue, const Galaxies& galaxies, const RetrievalOptions& options,
                       const RunContext& context);

/// A numeric column or target by name. @throws Error
std::vector<double> numbersNamed(const Catalogue& catalogue, const std::string& name);

} // namespace penumbra::benchmark
