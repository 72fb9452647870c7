#pragma once

#include "core/applying/output.h"
#include "core/report/table_spec.h"

namespace penumbra::workflow {

/// The first galaxies as a table to look at: an interval a target and method, flags in words.
/// @param ids of these galaxies @param values of PredictLayout, of at least as many
/// @param flagLevel as PredictLayout's
report::TableSpec firstGalaxies(const PredictLayout& layout, const PredictModel& model, const io::Column& ids,
                                const std::vector<io::Column>& values, double flagLevel);

} // namespace penumbra::workflow
