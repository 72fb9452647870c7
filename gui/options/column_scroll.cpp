#include "gui/options/column_scroll.h"

#include <QEvent>
#include <QScrollBar>

namespace penumbra::gui {

ColumnScroll::ColumnScroll(QWidget* contents, QWidget* parent) : QScrollArea(parent) {
    setWidget(contents);
    setWidgetResizable(true);
    setFrameShape(QFrame::NoFrame);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
}

/// The vertical bar's width is kept free also while there is none: contents never jump when it comes.
QSize ColumnScroll::minimumSizeHint() const {
    const int bar = verticalScrollBar()->sizeHint().width();
    return {widget()->minimumSizeHint().width() + bar + 2 * frameWidth(),
            QScrollArea::minimumSizeHint().height()};
}

bool ColumnScroll::eventFilter(QObject* watched, QEvent* event) {
    if (watched == widget() && event->type() == QEvent::LayoutRequest)
        updateGeometry();
    return QScrollArea::eventFilter(watched, event);
}

} // namespace penumbra::gui
