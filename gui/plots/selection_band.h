#pragma once

#include <QColor>
#include <QPolygonF>
#include <QWidget>

namespace penumbra::gui {

/// The shape that is being drawn over a plot to select what lies in it; lets the mouse through.
class SelectionBand : public QWidget {
public:
    enum class Shape { Rectangle, Lasso };
    explicit SelectionBand(QWidget* over);
    void begin(Shape shape, const QPointF& at, const QColor& color);
    void extend(const QPointF& to);
    /// What was drawn, in the pixels of the widget below, and out of sight. Its first corner is where it
    /// began.
    QPolygonF end();
    const QPolygonF& shape() const { return polygon_; } ///< as far as it is drawn
    bool active() const { return !polygon_.isEmpty(); }

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    Shape shape_ = Shape::Rectangle;
    QPolygonF polygon_;
    QColor color_;
};

} // namespace penumbra::gui
