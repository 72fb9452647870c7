#pragma once

#include "core/encoding/plan.h"

#include <string>
#include <vector>

namespace penumbra::workflow {

/// Gaia's XP coefficients that the inputs hold; of fewer than 55 a note is made.
/// @throws UsageError where there are none, or more than Gaia has
std::vector<EncodeList> xpLists(const GalaxyInputs& inputs, std::vector<std::string>& notes,
                                const RunContext& context);

/// The same; none where the inputs hold none.
std::vector<EncodeList> storedXpLists(const GalaxyInputs& inputs, std::vector<std::string>& notes,
                                      const RunContext& context);

} // namespace penumbra::workflow
