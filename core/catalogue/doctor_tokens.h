#pragma once

#include "core/catalogue/catalogue.h"
#include "core/catalogue/doctor.h"

namespace penumbra::doctor {

/// Whether embeddings were made from all tokens of their modalities, by a matrix's attributes: modalities,
/// and encoder_tokens (or num_encoder_tokens, as the AION package calls it). A published mistake.
void examineTokens(const FeatureInfo& info, Report& report);

} // namespace penumbra::doctor
