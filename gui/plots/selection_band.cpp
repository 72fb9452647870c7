#include "gui/plots/selection_band.h"

#include <QPainter>
#include <utility>

namespace penumbra::gui {

SelectionBand::SelectionBand(QWidget* over) : QWidget(over) {
    setAttribute(Qt::WA_TransparentForMouseEvents);
    hide();
}

void SelectionBand::begin(Shape shape, const QPointF& at, const QColor& color) {
    shape_ = shape;
    color_ = color;
    polygon_ = {at};
    setGeometry(parentWidget()->rect());
    raise();
    show();
}

void SelectionBand::extend(const QPointF& to) {
    if (!active())
        return;
    const QPointF from = polygon_.front();
    if (shape_ == Shape::Rectangle)
        polygon_ = QPolygonF({from, QPointF(to.x(), from.y()), to, QPointF(from.x(), to.y())});
    else
        polygon_ << to;
    update();
}

QPolygonF SelectionBand::end() {
    hide();
    return std::exchange(polygon_, {});
}

void SelectionBand::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing, shape_ == Shape::Lasso);
    painter.setPen(QPen(color_, 1.0));
    QColor fill = color_;
    fill.setAlphaF(0.12f);
    painter.setBrush(fill);
    painter.drawPolygon(polygon_);
}

} // namespace penumbra::gui
