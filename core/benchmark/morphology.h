#pragma once

#include "core/benchmark/galaxies.h"
#include "core/benchmark/report.h"
#include "core/heads/class_network.h"

namespace penumbra::benchmark {

/// The classes of a column: texts or whole numbers; galaxies without one have no class.
struct Classes {
    std::vector<std::string> names;  ///< ascending
    std::vector<std::size_t> labels; ///< [catalogue rows]; names.size() = none
};
/// @throws Error for a column that is neither, or one with fewer than 2 or more than 100 classes
Classes classesOf(const Catalogue& catalogue, const std::string& column);

struct MorphologyOptions {
    double alpha = 0.1;
    int seeds = 3; ///< heads, that differ in everything drawn
    double rapsPenalty = 0.1;
    std::size_t rapsFreeRanks = 1;
    bool atLeastOne = false; ///< the most probable class is in every set
    heads::ClassTrainingOptions training;
};
/// Classes from pooled embeddings (paper AION-1, Table 2): accuracy, and conformal sets of classes by LAC,
/// APS and RAPS with their size and the coverage of every class.
Report morphologyReport(const Catalogue& catalogue, const Galaxies& galaxies, const Classes& classes,
                        const MorphologyOptions& options, const RunContext& context);

} // namespace penumbra::benchmark
