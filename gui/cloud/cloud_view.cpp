#include "gui/cloud/cloud_view.h"

#include "gui/cloud/cloud_paint.h"
#include "gui/plots/selection_band.h"

#include <QElapsedTimer>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QWheelEvent>

#include <algorithm>
#include <cmath>
#include <limits>

namespace penumbra::gui {

namespace {

constexpr int kLeft = 64, kBottom = 44, kTop = 12, kLegend = 132;
constexpr std::size_t kSlice = 500000; ///< points in about 10 ms
constexpr double kHoverRadius = 10.0, kDragPixels = 4.0;

} // namespace

CloudView::CloudView(QWidget* parent)
    : QWidget(parent), emptyMessage_(tr("There is nothing to draw yet.")), band_(new SelectionBand(this)) {
    setMouseTracking(true);
    setFocusPolicy(Qt::StrongFocus);
    setMinimumSize(260, 200);
    slices_.setSingleShot(true);
    slices_.setInterval(0);
    connect(&slices_, &QTimer::timeout, this, &CloudView::drawSlice);
}

void CloudView::setPicture(CloudPicture picture, bool keepView) {
    picture_ = std::move(picture);
    colours_ = picture_.points ? coloursOf(colouring_, *picture_.points, theme_) : std::vector<QRgb>();
    markRows(selection_, current_);
    setLinks(links_);
    setAccessibleDescription(
        picture_.points
            ? tr("%L1 points, %2 against %3").arg(pointCount()).arg(picture_.yLabel, picture_.xLabel)
            : emptyMessage_);
    if (!keepView)
        fitted_ = true;
    fitted_ ? fit() : redraw();
}

void CloudView::setColouring(CloudColouring colouring) {
    colouring_ = std::move(colouring);
    if (picture_.points)
        colours_ = coloursOf(colouring_, *picture_.points, theme_);
    redraw();
}

void CloudView::setTheme(const Theme& theme) {
    theme_ = theme;
    if (picture_.points)
        colours_ = coloursOf(colouring_, *picture_.points, theme_);
    redraw();
}

void CloudView::markRows(const RowMask& selected, qint64 current) {
    selection_ = selected;
    current_ = current;
    selected_.clear();
    if (picture_.points && selection_.any()) {
        selected_.resize(pointCount());
        for (std::size_t i = 0; i < selected_.size(); ++i)
            selected_[i] = selection_.contains(picture_.points->row()[i]) ? 1 : 0;
    }
    redraw();
}

void CloudView::setLinks(CloudLinks links) {
    links_ = std::move(links);
    placed_ = picture_.points ? PlacedLinks(links_, *picture_.points) : PlacedLinks();
    QWidget::update();
}

void CloudView::setEmptyMessage(const QString& sentence) {
    emptyMessage_ = sentence;
    QWidget::update();
}

void CloudView::setShapeText(std::function<QString(const std::vector<std::int64_t>&)> text) {
    shapeText_ = std::move(text);
}

QRect CloudView::plotArea() const {
    const bool legend = colouring_.scale != CloudColouring::Scale::One && !picture_.density;
    const int left = picture_.map ? 12 : kLeft, bottom = picture_.map ? 28 : kBottom;
    return rect().adjusted(left, kTop, legend ? -kLegend : -12, -bottom);
}

void CloudView::fit() {
    fitted_ = true;
    const QSize pixels = plotArea().size() * devicePixelRatioF();
    if (picture_.points)
        frame_ = CloudFrame::around(picture_.points->bounds(), pixels, picture_.map);
    redraw();
}

void CloudView::zoomTo(const RowMask& rows) {
    QRectF bounds;
    bool any = false;
    for (std::size_t i = 0; i < pointCount(); ++i) {
        if (!rows.contains(picture_.points->row()[i]))
            continue;
        const QPointF at(picture_.points->x()[i], picture_.points->y()[i]);
        if (!any)
            bounds = QRectF(at, at);
        any = true;
        bounds.setLeft(std::min(bounds.left(), at.x()));
        bounds.setRight(std::max(bounds.right(), at.x()));
        bounds.setTop(std::min(bounds.top(), at.y()));
        bounds.setBottom(std::max(bounds.bottom(), at.y()));
    }
    if (!any)
        return;
    const QRectF all = picture_.points->bounds();
    const double aboutX = std::max(0.01 * all.width() - bounds.width(), 0.0),
                 aboutY = std::max(0.01 * all.height() - bounds.height(), 0.0);
    bounds.adjust(-aboutX, -aboutY, aboutX, aboutY); // a single point is no view
    fitted_ = false;
    frame_ = CloudFrame::around(bounds, plotArea().size() * devicePixelRatioF(), picture_.map);
    redraw();
}

std::optional<QPointF> CloudView::placeOf(std::int64_t row) const {
    for (std::size_t i = 0; i < pointCount(); ++i)
        if (picture_.points->row()[i] == row)
            return frame_.toPixel(picture_.points->x()[i], picture_.points->y()[i]) / devicePixelRatioF() +
                   QPointF(plotArea().topLeft());
    return std::nullopt;
}

void CloudView::redraw() {
    next_ = {};
    image_ = QImage();
    QWidget::update();
}

/// As many slices as a turn of the event loop may take.
void CloudView::drawSlice() {
    const QSize pixels = plotArea().size() * devicePixelRatioF();
    if (!picture_.points || pixels.isEmpty())
        return;
    if (image_.size() != pixels) {
        if (frame_.pixels != pixels)
            frame_ = fitted_ ? CloudFrame::around(picture_.points->bounds(), pixels, picture_.map)
                             : CloudFrame{pixels, frame_.left, frame_.top, frame_.perX, frame_.perY};
        image_ = QImage(pixels, QImage::Format_ARGB32_Premultiplied);
        image_.fill(theme_.page);
        next_ = {};
    }
    if (picture_.density) {
        drawDensity(image_, *picture_.points, frame_);
        next_ = {pointCount(), pointCount(), true};
        QWidget::update();
        return;
    }
    QElapsedTimer clock;
    clock.start();
    const double ratio = devicePixelRatioF();
    const double diameter = fittingDiameter(pointCount(), plotArea().size()) * ratio;
    while (!isComplete() && clock.elapsed() < 20) {
        if (next_.from >= pointCount())
            next_ = {0, 0, true};
        next_.to = std::min(pointCount(), next_.from + kSlice);
        if (!next_.selected || !selected_.empty())
            drawCloud(image_, *picture_.points, next_, colours_, selected_, frame_, diameter,
                      theme_.page.rgb());
        next_.from = next_.to;
    }
    if (!isComplete())
        slices_.start();
    QWidget::update();
}

void CloudView::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.fillRect(rect(), theme_.page);
    if (!picture_.points || pointCount() == 0) {
        painter.setPen(theme_.secondaryText);
        painter.drawText(rect().adjusted(24, 24, -24, -24), Qt::AlignCenter | Qt::TextWordWrap,
                         emptyMessage_);
        return;
    }
    if (image_.isNull() || image_.size() != plotArea().size() * devicePixelRatioF())
        drawSlice();
    image_.setDevicePixelRatio(devicePixelRatioF());
    painter.drawImage(plotArea().topLeft(), image_);
    image_.setDevicePixelRatio(1.0);
    paintAxes(painter);
    paintLegend(painter);
    paintLinks(painter);
    paintCurrent(painter);
    painter.setPen(theme_.secondaryText);
    QString corner = picture_.corner;
    if (!isComplete())
        corner = tr("showing %L1 of %L2").arg(next_.selected ? pointCount() : next_.from).arg(pointCount());
    painter.drawText(plotArea().adjusted(6, 4, -6, -4), Qt::AlignTop | Qt::AlignLeft | Qt::TextWordWrap,
                     corner);
    paintNote(painter, rect(), shapeAt_, shapeLines_, theme_);
}

void CloudView::paintAxes(QPainter& painter) const {
    const QRect area = plotArea();
    painter.setBrush(Qt::NoBrush);
    painter.setPen(theme_.line);
    painter.drawRect(area);
    painter.setPen(theme_.secondaryText);
    const QFontMetrics metrics = painter.fontMetrics();
    if (picture_.map) {
        painter.drawText(QRect(area.left(), area.bottom() + 4, area.width(), 24),
                         Qt::AlignLeft | Qt::AlignVCenter,
                         metrics.elidedText(picture_.xLabel, Qt::ElideRight, area.width()));
        return;
    }
    const QRectF seen = frame_.data();
    const double ratio = devicePixelRatioF();
    for (const auto& [value, text] : ticksOf(seen.left(), seen.right(), area.width() / 90, picture_.xLog)) {
        const double x = area.left() + frame_.toPixel(value, 0.0).x() / ratio;
        painter.drawLine(QPointF(x, area.bottom()), QPointF(x, area.bottom() + 4));
        painter.drawText(QRectF(x - 45, area.bottom() + 5, 90, 16), Qt::AlignCenter, text);
    }
    for (const auto& [value, text] : ticksOf(seen.top(), seen.bottom(), area.height() / 60, picture_.yLog)) {
        const double y = area.top() + frame_.toPixel(0.0, value).y() / ratio;
        painter.drawLine(QPointF(area.left() - 4, y), QPointF(area.left(), y));
        painter.drawText(QRectF(area.left() - 62, y - 9, 56, 18), Qt::AlignRight | Qt::AlignVCenter, text);
    }
    painter.setPen(theme_.text);
    painter.drawText(QRect(area.left(), height() - 22, area.width(), 20), Qt::AlignCenter,
                     metrics.elidedText(picture_.xLabel, Qt::ElideRight, area.width()));
    painter.save();
    painter.translate(12, area.center().y());
    painter.rotate(-90.0);
    painter.drawText(QRect(-area.height() / 2, -10, area.height(), 20), Qt::AlignCenter,
                     metrics.elidedText(picture_.yLabel, Qt::ElideRight, area.height()));
    painter.restore();
}

void CloudView::paintLegend(QPainter& painter) const {
    if (!picture_.density)
        gui::paintLegend(painter, QRect(width() - kLegend + 12, kTop, kLegend - 20, height() - kTop - 12),
                         colouring_, theme_);
}

void CloudView::paintLinks(QPainter& painter) const {
    const QRect area = plotArea();
    painter.save();
    painter.setClipRect(area);
    if (picture_.points)
        placed_.paint(
            painter, *picture_.points,
            [&](double x, double y) {
                return frame_.toPixel(x, y) / devicePixelRatioF() + QPointF(area.topLeft());
            },
            theme_);
    painter.setPen(theme_.secondaryText);
    painter.drawText(area.adjusted(6, 4, -6, -4), Qt::AlignBottom | Qt::AlignLeft | Qt::TextWordWrap,
                     links_.label);
    painter.restore();
}

void CloudView::paintCurrent(QPainter& painter) const {
    if (current_ < 0)
        return;
    const auto at = placeOf(current_);
    if (!at || !plotArea().contains(at->toPoint()))
        return;
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(theme_.page, 4.0));
    painter.drawEllipse(*at, 9.0, 9.0);
    painter.setPen(QPen(theme_.accent, 2.0));
    painter.drawEllipse(*at, 9.0, 9.0);
    painter.setRenderHint(QPainter::Antialiasing, false);
}

void CloudView::resizeEvent(QResizeEvent*) {
    fitted_ ? fit() : redraw();
}

QPointF CloudView::inPlot(const QPointF& position) const {
    return (position - QPointF(plotArea().topLeft())) * devicePixelRatioF();
}

void CloudView::zoom(double factor, const QPointF& at) {
    if (!picture_.points)
        return;
    const QPointF pixel = inPlot(at), place = frame_.toData(pixel);
    const QRectF all = picture_.points->bounds();
    const double most = 1e7; // what doubles and pixels can still tell apart
    const double perX = frame_.perX * factor, perY = frame_.perY * factor;
    if (perX * all.width() > most * plotArea().width() || perX * all.width() < 0.05 * plotArea().width())
        return;
    frame_.perX = perX;
    frame_.perY = perY;
    frame_.left = place.x() - pixel.x() / perX;
    frame_.top = place.y() + pixel.y() / perY;
    fitted_ = false;
    redraw();
}

void CloudView::pan(const QPointF& pixels) {
    frame_.left -= pixels.x() * devicePixelRatioF() / frame_.perX;
    frame_.top += pixels.y() * devicePixelRatioF() / frame_.perY;
    fitted_ = false;
    redraw();
}

void CloudView::mousePressEvent(QMouseEvent* event) {
    if (event->button() != Qt::LeftButton || !picture_.points)
        return;
    pressedAt_ = movedFrom_ = event->position();
    if (!event->modifiers().testFlag(Qt::ShiftModifier))
        return;
    const bool lasso = event->modifiers().testFlag(Qt::ControlModifier);
    band_->begin(lasso ? SelectionBand::Shape::Lasso : SelectionBand::Shape::Rectangle, event->position(),
                 theme_.accent);
}

QPolygonF CloudView::toData(const QPolygonF& shape) const {
    QPolygonF corners;
    for (const QPointF& corner : shape)
        corners << frame_.toData(inPlot(corner));
    return corners;
}

void CloudView::tellShape(const QPointF& at) {
    if (!shapeText_ || !picture_.points)
        return;
    shapeAt_ = at;
    shapeLines_ = shapeText_(picture_.points->rowsWithin(toData(band_->shape())));
    QWidget::update();
}

void CloudView::mouseMoveEvent(QMouseEvent* event) {
    if (band_->active()) {
        band_->extend(event->position());
        tellShape(event->position());
        return;
    }
    if (event->buttons().testFlag(Qt::LeftButton) && picture_.points) {
        panning_ = panning_ || (event->position() - pressedAt_).manhattanLength() > kDragPixels;
        if (panning_)
            pan(event->position() - movedFrom_);
        movedFrom_ = event->position();
        return;
    }
    if (event->buttons() != Qt::NoButton || !picture_.points)
        return;
    const double ratio = devicePixelRatioF();
    const auto hit = picture_.points->nearest(frame_.toData(inPlot(event->position())), frame_.perX,
                                              frame_.perY, kHoverRadius * ratio);
    Q_EMIT hovered(hit ? picture_.points->row()[*hit] : -1, event->globalPosition().toPoint());
}

void CloudView::mouseReleaseEvent(QMouseEvent* event) {
    if (event->button() != Qt::LeftButton || !picture_.points)
        return;
    const bool moved = (event->position() - pressedAt_).manhattanLength() > kDragPixels;
    if (band_->active()) {
        const QPolygonF shape = band_->end();
        shapeLines_.clear();
        QWidget::update();
        if (moved || shape.size() > 4) {
            const bool adds = event->modifiers().testFlag(Qt::AltModifier);
            Q_EMIT rowsPicked(picture_.points->rowsWithin(toData(shape)),
                              adds ? Combine::Add : Combine::Replace);
            return;
        }
    }
    if (std::exchange(panning_, false) || moved)
        return;
    const auto hit = picture_.points->nearest(frame_.toData(inPlot(event->position())), frame_.perX,
                                              frame_.perY, kHoverRadius * devicePixelRatioF());
    const bool toggles = event->modifiers().testFlag(Qt::ControlModifier);
    if (hit)
        Q_EMIT rowsPicked({picture_.points->row()[*hit]}, toggles ? Combine::Toggle : Combine::Replace);
}

void CloudView::mouseDoubleClickEvent(QMouseEvent*) {
    fit();
}

void CloudView::wheelEvent(QWheelEvent* event) {
    zoom(std::pow(1.0015, event->angleDelta().y()), event->position());
    event->accept();
}

void CloudView::keyPressEvent(QKeyEvent* event) {
    const QPointF middle = QRectF(plotArea()).center();
    switch (event->key()) {
    case Qt::Key_Plus:
        return zoom(1.25, middle);
    case Qt::Key_Minus:
        return zoom(0.8, middle);
    case Qt::Key_0:
        return fit();
    case Qt::Key_Left:
        return pan({40, 0});
    case Qt::Key_Right:
        return pan({-40, 0});
    case Qt::Key_Up:
        return pan({0, 40});
    case Qt::Key_Down:
        return pan({0, -40});
    default:
        QWidget::keyPressEvent(event);
    }
}

void CloudView::leaveEvent(QEvent*) {
    Q_EMIT hovered(-1, {});
}

} // namespace penumbra::gui
