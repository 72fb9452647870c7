#pragma once

#include <QString>

namespace penumbra::gui {

/// A sentence of the command line for the window: "--prediction-column" as the form calls it.
QString withoutFlags(QString sentence);

} // namespace penumbra::gui
