#pragma once

#include <QStringList>

namespace penumbra::gui {

/// Files opened before, newest first; those that are gone are left out.
QStringList recentFiles();
void rememberFile(const QString& path);
void forgetRecentFiles();

} // namespace penumbra::gui
