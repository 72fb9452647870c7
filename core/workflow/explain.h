#pragma once

#include "core/io/table.h"
#include "core/workflow/command.h"

namespace penumbra::workflow {

/// Why one galaxy's interval is as wide as it is.
struct Explanation {
    struct Neighbour {
        std::int64_t row = 0; ///< catalogue row of a calibration galaxy
        double weight = 0.0;  ///< of all weights, the galaxy's own included
        double score = 0.0;   ///< |truth - prediction|, in units of its predicted residual for LCMAD
        double truth = 0.0, prediction = 0.0;
    };
    std::string target, method, unit;
    std::int64_t row = 0; ///< catalogue row
    double alpha = 0.1;
    double mean = 0.0, lower = 0.0, upper = 0.0;
    double truth = 0.0; ///< NaN without label
    Ends ends = Ends::Closed;
    std::size_t calibrationCount = 0;
    bool local = false;  ///< LC and LCMAD: what follows is known
    std::string summary; ///< in words: what set the width
    bool scaled = false; ///< scores and width in units of the predicted residual
    double scale = 1.0;  ///< eps + predicted residual of this galaxy, or 1
    double quantile = 0.0, mass = 0.0, massNeeded = 0.0, ownWeight = 0.0, effective = 0.0;
    std::vector<Neighbour> neighbours;             ///< largest weights first
    std::vector<double> scores, cumulativeWeights; ///< ascending: the weighted distribution of all scores
};

/// @param row catalogue row. @throws Error if it is no test galaxy of the target (saying what it is), or if
/// the study lacks what an explanation needs; UsageError for a method that was not run.
Explanation explainInterval(const Study& study, const std::string& target, const std::string& method,
                            std::int64_t row, std::size_t neighbours, const RunContext& context);
/// The method whose explanation tells most: LCMADNet, another local one, else the first. Empty: no methods.
std::string methodToExplain(const std::vector<std::string>& methods);

/// The neighbours as a table, with their identities where the catalogue's are given.
io::Table neighbourTable(const Explanation& explanation, const io::Column* ids);

void describeExplainOptions(OptionSet& options);
CommandResult runExplain(const OptionSet& options, const Services& services, RunContext& context);

} // namespace penumbra::workflow
