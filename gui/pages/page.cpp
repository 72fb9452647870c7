#include "gui/pages/page.h"

namespace penumbra::gui {

void Page::setState(const ViewState& state) {
    state_ = state;
    refresh();
}

void Page::refresh() {
    stale_ = !isVisible();
    if (!stale_)
        update(state_);
}

void Page::showEvent(QShowEvent* event) {
    QWidget::showEvent(event);
    if (stale_) {
        stale_ = false;
        update(state_);
    }
}

} // namespace penumbra::gui
