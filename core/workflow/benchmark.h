#pragma once

#include "core/workflow/command.h"

namespace penumbra::workflow {

/// penumbra-cli benchmark: the protocols that embeddings are judged by, on a catalogue.
Command benchmarkCommand();

} // namespace penumbra::workflow
