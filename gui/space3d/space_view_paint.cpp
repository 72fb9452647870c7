// What Qt writes upon the picture: axes, words, the galaxy that is looked at.
#include "gui/space3d/space_view.h"

#include "gui/cloud/cloud_paint.h"

#include <QLineF>
#include <QPainter>

#include <algorithm>
#include <cmath>
#include <limits>

namespace penumbra::gui {

namespace {
constexpr double kFlat = 60.0, kRing = 9.0;
constexpr int kLegend = 172, kMargin = 12, kRamp = 32;
} // namespace

void SpaceView::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.fillRect(rect(), theme_.page);
    if (!picture_.points || pointCount() == 0 || !failure_.isEmpty()) {
        painter.setPen(theme_.secondaryText);
        painter.drawText(rect().adjusted(24, 24, -24, -24), Qt::AlignCenter | Qt::TextWordWrap,
                         failure_.isEmpty() || !picture_.points
                             ? emptyMessage_
                             : tr("%1 The map shows the same galaxies in two "
                                  "dimensions without it.")
                                   .arg(failure_));
        return;
    }
    painter.drawImage(rect(), image_);
    for (std::size_t axis = 0; axis < 3; ++axis)
        paintAxis(painter, axis);
    paintCurrent(painter);
    paintWords(painter);
}

void SpaceView::paintWords(QPainter& painter) const {
    painter.setPen(theme_.secondaryText);
    QString corner = picture_.corner;
    if (shown_ < pointCount())
        corner = tr("showing %L1 of %L2").arg(shown_).arg(pointCount());
    painter.drawText(rect().adjusted(kMargin, 8, -kLegend, -8),
                     Qt::AlignTop | Qt::AlignLeft | Qt::TextWordWrap, corner);
    paintNote(painter, rect(), shapeAt_, shapeLines_, theme_);
}

OverlayModel SpaceView::overlayModel() const {
    using Scale = CloudColouring::Scale;
    OverlayModel model;
    model.size = diameter();
    model.opacity = opacity_;
    model.ratio = devicePixelRatioF();
    model.text = theme_.text;
    model.faint = theme_.secondaryText;
    model.raised = theme_.raised;
    model.line = theme_.line;
    model.accent = theme_.accent;
    for (const SpaceSubset& subset : subsets_)
        model.subsets.emplace_back(subset.name, subset.colour);
    if (colouring_.scale == Scale::One)
        return model;
    model.title = colouring_.label;
    model.low = colouring_.low;
    model.high = colouring_.high;
    if (colouring_.scale == Scale::Categories)
        for (std::size_t i = 0; i < colouring_.categories.size(); ++i)
            model.names.emplace_back(colouring_.categories[i],
                                     colourOf(colouring_, static_cast<double>(i), theme_));
    else
        for (int i = 0; i <= kRamp; ++i)
            model.ramp.push_back(
                colourOf(colouring_, model.low + (model.high - model.low) * i / kRamp, theme_));
    if (colouring_.scale == Scale::Diverging)
        model.centre = colouring_.centre;
    model.names.emplace_back(tr("unknown"),
                             colourOf(colouring_, std::numeric_limits<double>::quiet_NaN(), theme_));
    return model;
}

/// Numbers and name along the edge of the box that stands lowest or, of the
/// upright ones, most to the left.
void SpaceView::paintAxis(QPainter& painter, std::size_t axis) const {
    const SpaceProjection seen = projection();
    const std::array<double, 3>& reach = picture_.points->reach();
    const std::size_t u = (axis + 1) % 3, v = (axis + 2) % 3;
    std::array<double, 3> edge{};
    double best = -1e300;
    for (const double a : {-1.0, 1.0})
        for (const double b : {-1.0, 1.0}) {
            std::array<double, 3> middle{};
            middle[u] = a * reach[u];
            middle[v] = b * reach[v];
            const auto at = seen.project(middle);
            const double worth = !at ? -1e300 : axis == 2 ? -at->pixel.x() : at->pixel.y();
            if (worth > best) {
                best = worth;
                edge = middle;
            }
        }
    const auto middle = seen.project(edge), inside = seen.project({0.0, 0.0, 0.0});
    if (best <= -1e300 || !middle || !inside)
        return;
    QPointF out = middle->pixel - inside->pixel;
    out /= std::max(1.0, std::hypot(out.x(), out.y()));
    const QFontMetrics metrics = painter.fontMetrics();
    const auto write = [&](const QPointF& at, double away, const QString& words) {
        const QPointF place = at + away * out;
        const QRectF box(QPointF(), QSizeF(metrics.horizontalAdvance(words) + 4, metrics.height()));
        QRectF moved = box.translated(place - box.center() + 0.5 * box.width() * QPointF(out.x(), 0.0));
        moved.moveLeft(std::clamp(moved.left(), 4.0, std::max(4.0, width() - moved.width() - 4.0)));
        painter.drawText(moved, Qt::AlignCenter, words);
    };
    std::array<double, 3> lower = edge, upper = edge;
    lower[axis] = -reach[axis];
    upper[axis] = reach[axis];
    const auto from = seen.project(lower), to = seen.project(upper);
    const bool seenFlat = !from || !to || QLineF(from->pixel, to->pixel).length() < kFlat;
    if (seenFlat) // along the line of sight: its numbers would stand on each other
        return;
    double away = 12.0;
    if (picture_.numbers) {
        painter.setPen(theme_.secondaryText);
        const double low = picture_.points->value(static_cast<int>(axis), -reach[axis]),
                     high = picture_.points->value(static_cast<int>(axis), reach[axis]);
        for (const double value : roundTicks(low, high, 4)) {
            std::array<double, 3> place = edge;
            place[axis] = picture_.points->toUnit(static_cast<int>(axis), value);
            if (const auto at = seen.project(place)) {
                painter.drawLine(at->pixel, at->pixel + 5.0 * out);
                write(at->pixel, 14.0, tickText(value));
            }
        }
        away = axis == 2 ? 52.0 : 44.0;
    }
    painter.setPen(theme_.text);
    write(middle->pixel, away, metrics.elidedText(picture_.labels[axis], Qt::ElideRight, width() / 3));
}

void SpaceView::paintCurrent(QPainter& painter) const {
    const auto at = current_ < 0 ? std::nullopt : placeOf(current_);
    if (!at)
        return;
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(theme_.page, 4.0));
    painter.drawEllipse(*at, kRing, kRing);
    painter.setPen(QPen(theme_.accent, 2.0));
    painter.drawEllipse(*at, kRing, kRing);
    painter.setRenderHint(QPainter::Antialiasing, false);
}

} // namespace penumbra::gui
