#pragma once

#include "core/manifold/neighbours.h"

#include <cstdint>
#include <string>

namespace penumbra::manifold {

enum class Search {
    Automatic, ///< Exact below 4,096 rows, Images up to 50,000, else Descent
    Exact,
    Images, ///< short images of all pairs are compared, then those rows whose images are near
    Descent ///< neighbours of neighbours (Dong, Charikar & Li 2011), started from random projection trees
};

struct SearchOptions {
    Search search = Search::Automatic;
    std::size_t trees = 8;
    std::size_t candidates = 14;   ///< of each row that a step looks at, new and old ones each
    std::size_t spare = 8;         ///< neighbours kept beyond those asked for while searching
    double recallWanted = 0.98;    ///< searched again with more candidates below it
    std::size_t recallRows = 1000; ///< on which recall is measured
    std::uint64_t seed = 0;
};

struct FoundNeighbours {
    Neighbours neighbours;
    double recall = 1.0; ///< against exact neighbours of `recallRows` random rows; 1 if all are exact
    bool exact = true;
};

/// Every row's k nearest among all, itself first. The same for any number of threads.
FoundNeighbours findNeighbours(const MatrixF& rows, std::size_t k, Metric metric,
                               const SearchOptions& options = {}, const RunContext& context = {});

} // namespace penumbra::manifold
