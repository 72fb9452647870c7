#pragma once

#include <QMenu>
#include <QMouseEvent>

namespace penumbra::gui {

/// A menu of ticks, and of what sets several at once, that stays open while they are clicked.
class StayingMenu : public QMenu {
public:
    using QMenu::QMenu;

protected:
    void mouseReleaseEvent(QMouseEvent* event) override {
        QAction* action = activeAction();
        if (action && action->isEnabled() && !action->isSeparator() && !action->menu())
            action->trigger();
        else
            QMenu::mouseReleaseEvent(event);
    }
};

} // namespace penumbra::gui
