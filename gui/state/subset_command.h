#pragma once

#include "gui/state/app_state.h"
#include "gui/state/host.h"

namespace penumbra::gui {

/// `subset add NAME [where "EXPR"] | remove NAME | use NAME [add|remove|intersect]`
void nameSubset(AppState& state, Host* host, const Command& command);

} // namespace penumbra::gui
