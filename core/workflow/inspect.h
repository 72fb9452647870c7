#pragma once

#include "core/io/table.h"
#include "core/workflow/command.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace penumbra::workflow {

/// penumbra-cli inspect: what is in a file, and what is wrong with it.
Command inspectCommand();

void describeInspectOptions(OptionSet& options);
CommandResult runInspect(const OptionSet& options, const Services& services, RunContext& context);

/// What one look at a column tells.
struct ColumnFindings {
    std::string name, type, unit;
    std::size_t missing = 0;  ///< rows
    std::size_t infinite = 0; ///< cells
    bool numeric = false;
    double minimum = 0.0, median = 0.0, maximum = 0.0; ///< of finite values; NaN if none
    std::vector<std::int64_t> exactRange;              ///< int64 columns: the same three, exact beyond 2^53
    std::string example;                               ///< text columns: the first value present
    std::vector<std::string> warnings;
};

/// Counts, range, and what looks wrong: codes such as -99, constant columns, ids stored as reals, repeated
/// ids.
ColumnFindings findingsOf(const io::Column& column);

} // namespace penumbra::workflow
