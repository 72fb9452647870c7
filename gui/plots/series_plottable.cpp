#include "gui/plots/series_plottable.h"

#include "gui/plots/cell_painting.h"
#include "gui/plots/off_scale.h"

#include <QImage>
#include <QPainterPath>
#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>

namespace penumbra::gui {

namespace {

constexpr double kRasterDpi = 600.0;
constexpr std::size_t kManyVertices = 300;

bool isFinite(const QPointF& point) {
    return std::isfinite(point.x()) && std::isfinite(point.y());
}

/// Many points: discs without an edge.
void drawDiscs(QPainter& painter, const std::vector<QPointF>& points, double size, const QColor& color) {
    painter.setPen(Qt::NoPen);
    painter.setBrush(color);
    for (const QPointF& point : points)
        if (isFinite(point))
            painter.drawEllipse(point, 0.5 * size, 0.5 * size);
}

std::vector<QPointF> pointsAt(const std::vector<QPointF>& points, const std::vector<std::size_t>& places) {
    std::vector<QPointF> some;
    for (const std::size_t i : places)
        if (i < points.size())
            some.push_back(points[i]);
    return some;
}

} // namespace

SeriesPlottable::SeriesPlottable(QCPAxis* xAxis, QCPAxis* yAxis, const report::Series& series,
                                 const FigureLook& look, int place, int places)
    : QCPAbstractPlottable(xAxis, yAxis), series_(series), look_(look), place_(place), places_(places) {
    setName(drawnText(series.name));
    if (series.paletteIndex >= 0) {
        style_ = reserveStyle(series.paletteIndex, look.theme);
    } else if (series.method.empty()) {
        style_.color = series.kind == report::Series::Kind::Line ? look.theme.text : look.theme.secondaryText;
        style_.dash = Qt::SolidLine;
    } else {
        style_ = methodStyle(QString::fromStdString(series.method), look.theme);
    }
}

QPointF SeriesPlottable::pixelOf(double x, double y) const {
    return {mKeyAxis->coordToPixel(x), mValueAxis->coordToPixel(y)};
}

std::vector<QPointF> SeriesPlottable::pixels() const {
    std::vector<QPointF> points;
    for (std::size_t i = 0; i < std::min(series_.x.size(), series_.y.size()); ++i)
        points.push_back(pixelOf(series_.x[i], series_.y[i]));
    if (places_ < 2)
        return points;
    // Side by side within the bin: at most a marker apart, less where the bins stand close.
    std::vector<double> x(points.size());
    for (std::size_t i = 0; i < points.size(); ++i)
        x[i] = points[i].x();
    for (std::size_t i = 0; i < points.size(); ++i) {
        double gap = std::numeric_limits<double>::infinity();
        if (i > 0)
            gap = std::min(gap, std::abs(x[i] - x[i - 1]));
        if (i + 1 < points.size())
            gap = std::min(gap, std::abs(x[i + 1] - x[i]));
        const double step = std::min(1.25 * markerSize(), 0.8 * gap / places_);
        points[i].rx() += step * (place_ - 0.5 * (places_ - 1));
    }
    return points;
}

double SeriesPlottable::markerSize() const {
    if (series_.x.size() > 1000)
        return look_.size(1.1);
    return look_.size(series_.x.size() > 100 ? 2.0 : 3.6);
}

void SeriesPlottable::draw(QCPPainter* painter) {
    switch (series_.kind) {
    case report::Series::Kind::Points:
        drawPoints(painter);
        break;
    case report::Series::Kind::Line:
        drawCurve(painter, pixels());
        break;
    case report::Series::Kind::Band:
        drawBand(painter);
        break;
    case report::Series::Kind::Bars:
        drawBars(painter);
        break;
    case report::Series::Kind::HeatMap:
        drawHeatMap(painter);
        break;
    case report::Series::Kind::Violin:
        drawViolin(painter);
        break;
    case report::Series::Kind::Cells:
        paintCells(*painter, series_, look_, clipRect(),
                   [this](double x, double y) { return pixelOf(x, y); });
        break;
    case report::Series::Kind::Picture:
        drawPicture(painter);
        break;
    }
}

void SeriesPlottable::drawPoints(QCPPainter* painter) const {
    constexpr double dimmed = 0.5;
    const std::vector<QPointF> points = pixels();
    const bool few = points.size() <= 100;
    if (points.size() <= kDenseScatter) {
        if (series_.joined)
            drawCurve(painter, points);
        drawIntervals(painter, points);
    }
    if (few && selected_.empty())
        drawMarkers(*painter, points);
    else
        drawCrowd(painter, points, markerSize(), style_.color,
                  crowdOpacity() * (selected_.empty() ? 1.0 : dimmed));
    for (const ColouredPoints& subset : coloured_)
        drawCrowd(painter, pointsAt(points, subset.points), markerSize() + look_.size(0.2), subset.colour,
                  selected_.empty() ? 0.9 : dimmed);
    if (!selected_.empty()) {
        const double size = markerSize() + look_.size(points.size() > 1000 ? 0.4 : 0.8);
        std::vector<std::size_t> plain = selected_;
        for (const ColouredPoints& subset : coloured_) {
            std::vector<std::size_t> both, rest;
            std::set_intersection(selected_.begin(), selected_.end(), subset.points.begin(),
                                  subset.points.end(), std::back_inserter(both));
            std::set_difference(plain.begin(), plain.end(), both.begin(), both.end(),
                                std::back_inserter(rest));
            plain = std::move(rest);
            drawCrowd(painter, pointsAt(points, both), size, subset.colour, 0.9);
        }
        drawCrowd(painter, pointsAt(points, plain), size, style_.color, 0.9);
    }
    drawRings(painter, points);
    if (!series_.xLow.empty() && !series_.xIsInterval) // bins
        paintOffScale(*painter, series_, percent_, points, clipRect(), style_.color, look_);
}

void SeriesPlottable::markRows(const RowMask& selected, std::int64_t current) {
    marked_.clear();
    selected_.clear();
    const bool several = selected.count() > 1;
    for (std::size_t i = 0; i < series_.row.size(); ++i) {
        if (current >= 0 && series_.row[i] == current)
            marked_.push_back(i);
        if (several && selected.contains(series_.row[i]))
            selected_.push_back(i);
    }
}

void SeriesPlottable::markSubsets(const std::vector<ColouredRows>& subsets) {
    coloured_.clear();
    for (const ColouredRows& subset : subsets) {
        ColouredPoints coloured{{}, subset.colour};
        for (std::size_t i = 0; i < series_.row.size(); ++i)
            if (subset.rows.contains(series_.row[i]))
                coloured.points.push_back(i);
        if (!coloured.points.empty())
            coloured_.push_back(std::move(coloured));
    }
}

std::vector<std::int64_t> SeriesPlottable::rowsWithin(const QPolygonF& shape) const {
    std::vector<std::int64_t> rows;
    const QRectF frame = shape.boundingRect();
    const std::vector<QPointF> points = series_.row.empty() ? std::vector<QPointF>() : pixels();
    for (std::size_t i = 0; i < std::min(points.size(), series_.row.size()); ++i)
        if (frame.contains(points[i]) && shape.containsPoint(points[i], Qt::OddEvenFill))
            rows.push_back(series_.row[i]);
    return rows;
}

/// A pale edge keeps the ring apart from a crowd of points.
void SeriesPlottable::drawRings(QCPPainter* painter, const std::vector<QPointF>& points) const {
    painter->setBrush(Qt::NoBrush);
    for (const std::size_t i : marked_) {
        if (i >= points.size() || !isFinite(points[i]))
            continue;
        const double radius = look_.size(3.6);
        painter->setPen(look_.pen(look_.theme.page, 2.4));
        painter->drawEllipse(points[i], radius, radius);
        painter->setPen(look_.pen(look_.theme.text, 1.1));
        painter->drawEllipse(points[i], radius, radius);
    }
}

void SeriesPlottable::drawCurve(QCPPainter* painter, const std::vector<QPointF>& points) const {
    const bool isMain = series_.kind == report::Series::Kind::Line;
    QColor color = style_.color;
    if (!isMain)
        color.setAlphaF(0.55f);
    painter->setPen(look_.pen(
        color, isMain && points.size() <= kManyVertices ? FigureLook::kLinePt + 0.1 : 0.6, style_.dash));
    painter->setBrush(Qt::NoBrush);
    QPolygonF run;
    for (const QPointF& point : points) {
        if (isFinite(point)) {
            run << point;
            continue;
        }
        painter->drawPolyline(run);
        run.clear();
    }
    painter->drawPolyline(run);
}

void SeriesPlottable::drawIntervals(QCPPainter* painter, const std::vector<QPointF>& points) const {
    painter->setPen(look_.pen(style_.color, FigureLook::kLinePt));
    const bool vertical = series_.yLow.size() == points.size() && series_.yHigh.size() == points.size();
    const bool horizontal =
        series_.xIsInterval && series_.xLow.size() == points.size() && series_.xHigh.size() == points.size();
    const QRectF frame = clipRect();
    for (std::size_t i = 0; i < points.size(); ++i) {
        const QPointF& point = points[i];
        if (vertical) {
            const auto end = [&](double value) {
                return QPointF(point.x(), std::isinf(value) ? (value > 0.0 ? frame.top() : frame.bottom())
                                                            : mValueAxis->coordToPixel(value));
            };
            drawInterval(painter, point, {end(series_.yLow[i]), end(series_.yHigh[i])},
                         {std::isinf(series_.yLow[i]), std::isinf(series_.yHigh[i])});
        }
        if (horizontal) {
            const auto end = [&](double value) {
                return QPointF(std::isinf(value) ? (value > 0.0 ? frame.right() : frame.left())
                                                 : mKeyAxis->coordToPixel(value),
                               point.y());
            };
            drawInterval(painter, point, {end(series_.xLow[i]), end(series_.xHigh[i])},
                         {std::isinf(series_.xLow[i]), std::isinf(series_.xHigh[i])});
        }
    }
}

/// An end without bound is an arrow at the edge of the frame.
void SeriesPlottable::drawInterval(QCPPainter* painter, const QPointF& centre,
                                   const std::array<QPointF, 2>& ends,
                                   const std::array<bool, 2>& unbounded) const {
    if (!isFinite(ends[0]) || !isFinite(ends[1]) || ((unbounded[0] || unbounded[1]) && !isFinite(centre)))
        return;
    painter->drawLine(QLineF(ends[0], ends[1]));
    const double head = look_.size(2.6);
    for (std::size_t e = 0; e < 2; ++e) {
        if (!unbounded[e])
            continue;
        const QLineF shaft(ends[e], centre);
        for (const double turn : {-28.0, 28.0}) {
            QLineF barb = shaft;
            barb.setLength(head);
            barb.setAngle(shaft.angle() + turn);
            painter->drawLine(barb);
        }
    }
}

double SeriesPlottable::crowdOpacity() const {
    return series_.x.size() > 1000 ? 0.45 : series_.x.size() > 100 ? 0.7 : 1.0;
}

/// Few points: each in the shape of its method.
void SeriesPlottable::drawMarkers(QPainter& painter, const std::vector<QPointF>& points) const {
    for (const QPointF& point : points)
        if (isFinite(point))
            drawMarker(painter, point, markerSize());
}

void SeriesPlottable::drawCrowd(QCPPainter* painter, const std::vector<QPointF>& points, double size,
                                const QColor& color, double opacity) const {
    QColor paint = color;
    paint.setAlphaF(static_cast<float>(opacity));
    if (points.size() > kDenseScatter)
        drawRasterised(painter, points, size, paint);
    else
        drawDiscs(*painter, points, size, paint);
}

/// A hundred thousand circles make a PDF that no reader opens quickly: one picture instead, the axes stay
/// vectors.
void SeriesPlottable::drawRasterised(QCPPainter* painter, const std::vector<QPointF>& points, double size,
                                     const QColor& color) const {
    const QRect area = clipRect();
    const double device = std::abs(painter->transform().m11()) * painter->device()->devicePixelRatioF();
    const double scale = std::min(device, kRasterDpi / 72.0 / look_.unit);
    QImage image((QSizeF(area.size()) * scale).toSize(), QImage::Format_ARGB32_Premultiplied);
    if (image.isNull())
        return;
    image.fill(Qt::transparent);
    QPainter raster(&image);
    raster.setRenderHint(QPainter::Antialiasing);
    raster.scale(scale, scale);
    raster.translate(-area.topLeft());
    drawDiscs(raster, points, size, color);
    raster.end();
    painter->drawImage(QRectF(area), image);
}

void SeriesPlottable::drawBand(QCPPainter* painter) const {
    const std::size_t n = std::min({series_.x.size(), series_.yLow.size(), series_.yHigh.size()});
    const bool stepwise = series_.xLow.size() >= n && series_.xHigh.size() >= n;
    QPolygonF low, high;
    for (std::size_t i = 0; i < n; ++i) {
        if (stepwise) {
            low << pixelOf(series_.xLow[i], series_.yLow[i]) << pixelOf(series_.xHigh[i], series_.yLow[i]);
            high << pixelOf(series_.xLow[i], series_.yHigh[i]) << pixelOf(series_.xHigh[i], series_.yHigh[i]);
        } else {
            low << pixelOf(series_.x[i], series_.yLow[i]);
            high << pixelOf(series_.x[i], series_.yHigh[i]);
        }
    }
    QPolygonF outline = low;
    for (auto point = high.rbegin(); point != high.rend(); ++point)
        outline << *point;
    const bool filled = series_.paletteIndex < 0; // one of a colour lies over another: an outline
    QColor fill = series_.oracleBand ? look_.theme.oracleBand : style_.color;
    if (!series_.oracleBand)
        fill.setAlphaF(0.18f);
    if (filled) {
        painter->setPen(Qt::NoPen);
        painter->setBrush(fill);
        painter->drawPolygon(outline);
    }
    painter->setBrush(Qt::NoBrush);
    if (n > kManyVertices) // a spectrum's edges would hide its line
        return;
    painter->setPen(bandPen());
    if (series_.xIsInterval && n > 0) { // a stretch of x: its sides are what counts
        painter->drawLine(QLineF(low.front(), high.front()));
        painter->drawLine(QLineF(low.back(), high.back()));
        return;
    }
    painter->drawPolyline(low);
    painter->drawPolyline(high);
}

void SeriesPlottable::drawBars(QCPPainter* painter) const {
    QColor fill = style_.color;
    fill.setAlphaF(0.35f);
    painter->setPen(look_.pen(style_.color, FigureLook::kFramePt));
    painter->setBrush(fill);
    const bool extents = series_.xLow.size() == series_.x.size() && series_.xHigh.size() == series_.x.size();
    for (std::size_t i = 0; i < std::min(series_.x.size(), series_.y.size()); ++i) {
        const double centre = mKeyAxis->coordToPixel(series_.x[i]);
        const double half = look_.size(3.0);
        const double left = extents ? mKeyAxis->coordToPixel(series_.xLow[i]) : centre - half;
        const double right = extents ? mKeyAxis->coordToPixel(series_.xHigh[i]) : centre + half;
        const QRectF bar(QPointF(left, mValueAxis->coordToPixel(series_.y[i])),
                         QPointF(right, mValueAxis->coordToPixel(0.0)));
        if (std::isfinite(series_.y[i]))
            painter->drawRect(bar.normalized());
    }
}

/// Gaussian kernel density (bandwidth of Silverman 1986, 3.31) about the series' place, its widest point
/// taking most of the room of one place; median and quartiles inside. It ends at the smallest and largest
/// sample: a smoothed coverage would reach below 0 or beyond 100 %.
void SeriesPlottable::drawViolin(QCPPainter* painter) const {
    std::vector<double> sample = series_.x;
    std::sort(sample.begin(), sample.end());
    if (sample.empty())
        return;
    const auto quantile = [&](double level) {
        return sample[static_cast<std::size_t>(level * static_cast<double>(sample.size() - 1) + 0.5)];
    };
    const double y = series_.y.front();
    double mean = 0.0, variance = 0.0;
    for (const double value : sample)
        mean += value / static_cast<double>(sample.size());
    for (const double value : sample)
        variance += (value - mean) * (value - mean) / static_cast<double>(sample.size());
    const double spread = std::min(std::sqrt(variance), (quantile(0.75) - quantile(0.25)) / 1.34);
    const double bandwidth = 0.9 * (spread > 0.0 ? spread : std::sqrt(variance)) *
                             std::pow(static_cast<double>(sample.size()), -0.2);
    if (bandwidth > 0.0) {
        constexpr int points = 96;
        std::vector<double> at, density;
        double highest = 0.0;
        for (int i = 0; i <= points; ++i) {
            const double x = sample.front() + (sample.back() - sample.front()) * i / points;
            double sum = 0.0;
            const auto from = std::lower_bound(sample.begin(), sample.end(), x - 4.0 * bandwidth);
            for (auto value = from; value != sample.end() && *value < x + 4.0 * bandwidth; ++value)
                sum += std::exp(-0.5 * (x - *value) * (x - *value) / (bandwidth * bandwidth));
            at.push_back(x);
            density.push_back(sum);
            highest = std::max(highest, sum);
        }
        QPolygonF outline;
        for (std::size_t i = 0; i < at.size(); ++i)
            outline << pixelOf(at[i], y + 0.4 * density[i] / highest);
        for (std::size_t i = at.size(); i-- > 0;)
            outline << pixelOf(at[i], y - 0.4 * density[i] / highest);
        QColor fill = style_.color;
        fill.setAlphaF(0.35f);
        painter->setPen(look_.pen(style_.color, 0.6));
        painter->setBrush(fill);
        painter->drawPolygon(outline);
    }
    painter->setBrush(Qt::NoBrush);
    painter->setPen(look_.pen(style_.color, 2.2));
    painter->drawLine(QLineF(pixelOf(quantile(0.25), y), pixelOf(quantile(0.75), y)));
    drawMarker(*painter, pixelOf(quantile(0.5), y), look_.size(3.6));
}

void SeriesPlottable::drawHeatMap(QCPPainter* painter) const {
    const std::size_t columns = series_.x.empty() ? 0 : series_.x.size() - 1;
    const std::size_t rows = series_.y.empty() ? 0 : series_.y.size() - 1;
    if (series_.z.size() < rows * columns)
        return;
    double low = std::numeric_limits<double>::infinity(), high = -low;
    for (const double value : series_.z)
        if (std::isfinite(value)) {
            low = std::min(low, value);
            high = std::max(high, value);
        }
    painter->setPen(Qt::NoPen);
    painter->setAntialiasing(false); // else hairlines show between cells
    for (std::size_t r = 0; r < rows; ++r)
        for (std::size_t c = 0; c < columns; ++c) {
            const double value = series_.z[r * columns + c];
            if (!std::isfinite(value))
                continue;
            painter->setBrush(viridis(high > low ? (value - low) / (high - low) : 0.5));
            painter->drawRect(
                QRectF(pixelOf(series_.x[c], series_.y[r]), pixelOf(series_.x[c + 1], series_.y[r + 1]))
                    .normalized());
        }
}

void SeriesPlottable::drawPicture(QCPPainter* painter) const {
    const auto across = static_cast<int>(series_.pixelsAcross), down = static_cast<int>(series_.pixelsDown);
    if (across == 0 || down == 0 || series_.rgb.size() < 3 * series_.pixelsAcross * series_.pixelsDown)
        return;
    const QImage image(series_.rgb.data(), across, down, 3 * across, QImage::Format_RGB888);
    const QRectF frame = clipRect();
    const double scale = std::min(frame.width() / across, frame.height() / down);
    const QRectF area(frame.center() - 0.5 * scale * QPointF(across, down), scale * QSizeF(across, down));
    painter->setRenderHint(QPainter::SmoothPixmapTransform, false); // pixels are data
    painter->drawImage(area, image);
    if (series_.pixelScaleArcsec > 0.0)
        drawScaleBar(painter, area);
}

/// The longest of 1, 2, 5, 10 ... arcsec that takes less than a third of the picture.
void SeriesPlottable::drawScaleBar(QCPPainter* painter, const QRectF& area) const {
    const double unitsPerArcsec =
        area.width() / (static_cast<double>(series_.pixelsAcross) * series_.pixelScaleArcsec);
    double arcsec = 1.0;
    for (const double next : {2.0, 5.0, 10.0, 20.0, 60.0, 120.0, 300.0, 600.0})
        if (next * unitsPerArcsec < area.width() / 3.0)
            arcsec = next;
    const QPointF start = area.bottomLeft() + look_.size(4) * QPointF(1, -1);
    painter->setPen(look_.pen(Qt::white, 1.2));
    painter->drawLine(QLineF(start, start + QPointF(arcsec * unitsPerArcsec, 0)));
    painter->setFont(look_.font(FigureLook::kTickPt));
    painter->drawText(start + look_.size(2.5) * QPointF(0, -1), QStringLiteral("%1″").arg(arcsec));
}

void SeriesPlottable::drawMarker(QPainter& painter, const QPointF& centre, double size) const {
    const double r = 0.5 * size;
    const bool open = style_.marker == Marker::OpenCircle || style_.marker == Marker::OpenSquare;
    painter.setPen(look_.pen(style_.color, open ? 0.9 : 0.6));
    painter.setBrush(open ? look_.theme.page : style_.color);
    const auto polygon = [&](std::initializer_list<QPointF> corners) {
        QPolygonF shape;
        for (const QPointF& corner : corners)
            shape << centre + r * corner;
        painter.drawPolygon(shape);
    };
    switch (style_.marker) {
    case Marker::Circle:
    case Marker::OpenCircle:
        painter.drawEllipse(centre, r, r);
        break;
    case Marker::Square:
    case Marker::OpenSquare:
        painter.drawRect(QRectF(centre.x() - 0.9 * r, centre.y() - 0.9 * r, 1.8 * r, 1.8 * r));
        break;
    case Marker::Diamond:
        polygon({{0, -1.3}, {1.1, 0}, {0, 1.3}, {-1.1, 0}});
        break;
    case Marker::UpTriangle:
        polygon({{0, -1.25}, {1.15, 0.85}, {-1.15, 0.85}});
        break;
    case Marker::DownTriangle:
        polygon({{0, 1.25}, {1.15, -0.85}, {-1.15, -0.85}});
        break;
    case Marker::Cross:
        painter.setPen(look_.pen(style_.color, 1.1));
        painter.drawLine(QLineF(centre + QPointF(-r, -r), centre + QPointF(r, r)));
        painter.drawLine(QLineF(centre + QPointF(-r, r), centre + QPointF(r, -r)));
        break;
    case Marker::Plus:
        painter.setPen(look_.pen(style_.color, 1.1));
        painter.drawLine(QLineF(centre + QPointF(-1.25 * r, 0), centre + QPointF(1.25 * r, 0)));
        painter.drawLine(QLineF(centre + QPointF(0, -1.25 * r), centre + QPointF(0, 1.25 * r)));
        break;
    }
}

QPen SeriesPlottable::bandPen() const {
    if (series_.kind == report::Series::Kind::Band && series_.paletteIndex >= 0)
        return look_.pen(style_.color, 0.6, Qt::DashLine);
    return look_.pen(series_.oracleBand ? look_.theme.oracleEdge : style_.color, 0.4);
}

void SeriesPlottable::drawMarkerAt(QCPPainter* painter, const QPointF& centre) const {
    drawMarker(*painter, centre, look_.size(3.6));
}

void SeriesPlottable::drawSample(QCPPainter* painter, const QRectF& area) const {
    const QPointF centre = area.center();
    if (series_.kind == report::Series::Kind::Band || series_.kind == report::Series::Kind::Bars) {
        if (series_.kind == report::Series::Kind::Bars || series_.paletteIndex < 0)
            painter->setBrush(series_.oracleBand ? look_.theme.oracleBand : style_.color);
        else
            painter->setBrush(Qt::NoBrush);
        painter->setPen(bandPen());
        painter->drawRect(QRectF(area.left(), centre.y() - look_.size(2.2), area.width(), look_.size(4.4)));
        return;
    }
    painter->setPen(look_.pen(style_.color, FigureLook::kLinePt, style_.dash));
    if (series_.joined || series_.kind == report::Series::Kind::Line)
        painter->drawLine(QLineF(area.left(), centre.y(), area.right(), centre.y()));
    if (series_.kind == report::Series::Kind::Points)
        drawMarkerAt(painter, centre);
}

void SeriesPlottable::drawLegendIcon(QCPPainter* painter, const QRectF& area) const {
    drawSample(painter, area);
}

double SeriesPlottable::selectTest(const QPointF& position, bool, QVariant*) const {
    double best = -1.0;
    for (const QPointF& point : pixels()) {
        const double distance = std::hypot(point.x() - position.x(), point.y() - position.y());
        if (std::isfinite(distance) && (best < 0.0 || distance < best))
            best = distance;
    }
    return best;
}

QCPRange SeriesPlottable::getKeyRange(bool& found, QCP::SignDomain) const {
    found = !series_.x.empty();
    return found ? QCPRange(*std::min_element(series_.x.begin(), series_.x.end()),
                            *std::max_element(series_.x.begin(), series_.x.end()))
                 : QCPRange();
}

QCPRange SeriesPlottable::getValueRange(bool& found, QCP::SignDomain, const QCPRange&) const {
    const std::vector<double>& values = series_.y.empty() ? series_.yLow : series_.y;
    found = !values.empty();
    return found ? QCPRange(*std::min_element(values.begin(), values.end()),
                            *std::max_element(values.begin(), values.end()))
                 : QCPRange();
}

} // namespace penumbra::gui
