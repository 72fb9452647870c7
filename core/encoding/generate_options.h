#pragma once

#include "core/base/option_set.h"
#include "core/encoding/generate_targets.h"

namespace penumbra::workflow {

void describeGenerateOptions(OptionSet& options); ///< all of `generate`

/// What they say is to be found out, and how. @throws UsageError
GenerateChoice generateChoice(const OptionSet& options, const EncodePlan& plan,
                              const aion::ModelDescription& model);

} // namespace penumbra::workflow
