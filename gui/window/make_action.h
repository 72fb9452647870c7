#pragma once

#include <QAction>
#include <QKeySequence>
#include <QMainWindow>

namespace penumbra::gui {

/// An action of the window, with a name for tests and, perhaps, a shortcut.
inline QAction* makeAction(QMainWindow& window, const QString& text, const QString& name,
                           const QKeySequence& keys = {}) {
    auto* action = new QAction(text, &window);
    action->setObjectName(name);
    action->setShortcut(keys);
    return action;
}

} // namespace penumbra::gui
