#pragma once

#include "core/catalogue/row_mask.h"

#include <QColor>

namespace penumbra::gui {

/// Galaxies that are drawn in a colour of their own.
struct ColouredRows {
    RowMask rows; ///< of the catalogue
    QColor colour;
    bool operator==(const ColouredRows&) const = default;
};

} // namespace penumbra::gui
