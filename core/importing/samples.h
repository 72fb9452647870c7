#pragma once

#include "core/catalogue/samples.h"
#include "core/importing/mapping.h"

#include <string>
#include <vector>

namespace penumbra::workflow {

/// The columns that posterior samples are made of, among those that are there: PROVABGS_MCMC and, for a
/// target made of the redshift, its error.
std::vector<std::string> sampleColumns(const ImportMapping& mapping, const std::vector<std::string>& there);

/// PROVABGS's posterior samples: /samples/provabgs [N, S, 13] as they are, and for targets made of the
/// stellar mass or the redshift /target_samples/NAME [N, S]. The mass is the first of the 13 parameters; the
/// redshift, which PROVABGS holds fixed, has the quantiles (k + 1/2) / S of a Gaussian of width ZERR. Empty
/// where the table has none; what was done is told in the notes.
std::vector<Samples> provabgsSamples(const ImportMapping& mapping, const io::Table& table,
                                     std::vector<std::string>& notes);

} // namespace penumbra::workflow
