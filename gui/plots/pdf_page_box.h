#pragma once

#include <QByteArray>

namespace penumbra::gui {

/// QPdfWriter rounds the page to whole points (88 mm becomes 87.84 mm). Overwrites the /MediaBox of a
/// finished PDF in place, without moving any byte. @throws Error if the box is not found or the number does
/// not fit.
void setPageBox(QByteArray& pdf, double widthPoints, double heightPoints);

} // namespace penumbra::gui
