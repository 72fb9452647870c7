#pragma once

#include "gui/style/theme.h"

#include <QIcon>

namespace penumbra::gui {

/// One of resources/icons by name ("run"), drawn in the theme's text colour, greyed where disabled.
QIcon themedIcon(const QString& name, const Theme& theme);
QIcon tintedIcon(const QString& name, const QColor& color);
/// A filled dot in a method's colour: the chip beside its name.
QIcon methodChip(const QString& methodId, const Theme& theme);
/// The same for a menu: a disc with a tick while checked, a ring otherwise.
QIcon methodTick(const QString& methodId, const Theme& theme);
QIcon applicationIcon();

} // namespace penumbra::gui
