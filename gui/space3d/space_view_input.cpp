// The hand on the picture: turning, shifting, zooming, picking.
#include "gui/space3d/space_view.h"

#include "gui/plots/selection_band.h"

#include <QKeyEvent>
#include <QMouseEvent>
#include <QWheelEvent>

#include <algorithm>
#include <cmath>

namespace penumbra::gui {

namespace {
constexpr double kHoverRadius = 10.0, kDragPixels = 4.0, kDegreesPerPixel = 0.4;
} // namespace

/// By hand: few points until it rests.
void SpaceView::move(const SpaceCamera& camera, bool tell) {
    camera_ = camera;
    camera_.elevation = std::clamp(camera_.elevation, -90.0, 90.0);
    camera_.azimuth = std::remainder(camera_.azimuth, 360.0);
    camera_.zoom = std::clamp(camera_.zoom, 0.2, 1000.0);
    rest_.start();
    draw();
    if (tell)
        Q_EMIT cameraMoved(camera_);
}

void SpaceView::turn(const QPointF& pixels) {
    SpaceCamera next = camera_;
    next.azimuth -= kDegreesPerPixel * pixels.x();
    next.elevation += kDegreesPerPixel * pixels.y();
    move(next, !dragging_);
}

void SpaceView::shift(const QPointF& pixels) {
    SpaceCamera next = camera_;
    const SpaceProjection seen = projection();
    for (std::size_t i = 0; i < 3; ++i)
        next.centre[i] = std::clamp(next.centre[i] + seen.unitsPerPixel() * (pixels.y() * seen.upright()[i] -
                                                                             pixels.x() * seen.right()[i]),
                                    -2.0, 2.0);
    move(next, !dragging_);
}

void SpaceView::mousePressEvent(QMouseEvent* event) {
    if (!picture_.points)
        return;
    overlayHeld_ = event->button() == Qt::LeftButton && pointOverlay(event->position(), true);
    if (overlayHeld_)
        return;
    pressedAt_ = movedFrom_ = event->position();
    moved_ = false;
    if (event->button() == Qt::LeftButton && event->modifiers().testFlag(Qt::ShiftModifier)) {
        const bool lasso = event->modifiers().testFlag(Qt::ControlModifier);
        band_->begin(lasso ? SelectionBand::Shape::Lasso : SelectionBand::Shape::Rectangle, event->position(),
                     theme_.accent);
    }
}

void SpaceView::tellShape(const QPointF& at) {
    if (!shapeText_ || !picture_.points)
        return;
    shapeAt_ = at;
    shapeLines_ = shapeText_(picture_.points->rowsWithin(band_->shape(), projection()));
    QWidget::update();
}

std::optional<std::size_t> SpaceView::pointAt(const QPointF& position) const {
    return picture_.points->pick(position, projection(), 0.5 * diameter(), kHoverRadius);
}

void SpaceView::mouseMoveEvent(QMouseEvent* event) {
    if (!picture_.points)
        return;
    if (band_->active()) {
        band_->extend(event->position());
        tellShape(event->position());
        return;
    }
    if (!dragging_ && pointOverlay(event->position(), overlayHeld_)) {
        Q_EMIT hovered(-1, {});
        return;
    }
    if (event->buttons() == Qt::NoButton) {
        const auto hit = pointAt(event->position());
        Q_EMIT hovered(hit ? picture_.points->row()[*hit] : -1, event->globalPosition().toPoint());
        return;
    }
    moved_ = moved_ || (event->position() - pressedAt_).manhattanLength() > kDragPixels;
    if (!moved_)
        return;
    dragging_ = true;
    const QPointF by = event->position() - std::exchange(movedFrom_, event->position());
    event->buttons().testFlag(Qt::LeftButton) ? turn(by) : shift(by);
}

void SpaceView::mouseReleaseEvent(QMouseEvent* event) {
    if (!picture_.points)
        return;
    if (std::exchange(overlayHeld_, false)) {
        overlaySaw_ = true;
        pointOverlay(event->position(), false);
        return;
    }
    if (std::exchange(dragging_, false)) {
        Q_EMIT cameraMoved(camera_);
        return;
    }
    if (event->button() != Qt::LeftButton)
        return;
    if (band_->active()) {
        const QPolygonF shape = band_->end();
        shapeLines_.clear();
        QWidget::update();
        if ((event->position() - pressedAt_).manhattanLength() > kDragPixels || shape.size() > 4) {
            const bool adds = event->modifiers().testFlag(Qt::AltModifier);
            Q_EMIT rowsPicked(picture_.points->rowsWithin(shape, projection()),
                              adds ? Combine::Add : Combine::Replace);
            return;
        }
    }
    if (moved_)
        return;
    const bool toggles = event->modifiers().testFlag(Qt::ControlModifier);
    if (const auto hit = pointAt(event->position()))
        Q_EMIT rowsPicked({picture_.points->row()[*hit]}, toggles ? Combine::Toggle : Combine::Replace);
}

void SpaceView::mouseDoubleClickEvent(QMouseEvent*) {
    move(SpaceCamera(), true);
}

void SpaceView::wheelEvent(QWheelEvent* event) {
    SpaceCamera next = camera_;
    next.zoom *= std::pow(1.0015, event->angleDelta().y());
    move(next, true);
    event->accept();
}

void SpaceView::keyPressEvent(QKeyEvent* event) {
    constexpr double step = 25.0; // pixels: ten degrees
    SpaceCamera zoomed = camera_;
    switch (event->key()) {
    case Qt::Key_Plus:
    case Qt::Key_Minus:
        zoomed.zoom *= event->key() == Qt::Key_Plus ? 1.25 : 0.8;
        return move(zoomed, true);
    case Qt::Key_0:
        return move(SpaceCamera(), true);
    case Qt::Key_Left:
        return turn({step, 0});
    case Qt::Key_Right:
        return turn({-step, 0});
    case Qt::Key_Up:
        return turn({0, step});
    case Qt::Key_Down:
        return turn({0, -step});
    default:
        QWidget::keyPressEvent(event);
    }
}

void SpaceView::leaveEvent(QEvent*) {
    pointOverlay(QPointF(-1.0, -1.0), false);
    Q_EMIT hovered(-1, {});
}

} // namespace penumbra::gui
