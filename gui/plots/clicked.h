#pragma once

#include "core/catalogue/row_mask.h"

#include <Qt>

namespace penumbra::gui {

/// How galaxies that are clicked meet those selected: Shift adds, Alt removes, Ctrl takes in or out.
inline Combine howClicked(Qt::KeyboardModifiers modifiers) {
    return modifiers.testFlag(Qt::AltModifier)       ? Combine::Remove
           : modifiers.testFlag(Qt::ShiftModifier)   ? Combine::Add
           : modifiers.testFlag(Qt::ControlModifier) ? Combine::Toggle
                                                     : Combine::Replace;
}

} // namespace penumbra::gui
