#pragma once

#include "core/aion/model_folder.h"
#include "core/encoding/encoder.h"

namespace penumbra::workflow {

/// AION-1 as the contract has it.
EncoderAbout aboutAion(const aion::ModelDescription& model);

} // namespace penumbra::workflow
