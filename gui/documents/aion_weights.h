#pragma once

#include "core/base/option_set.h"

namespace penumbra::gui {

class OptionForm;

/// The folders of AION-1 that were used last, for every form that asks for them; kept between starts.
void recallWeights(OptionForm& form); ///< where they still are
void rememberWeights(const OptionSet& options);

} // namespace penumbra::gui
