#include "gui/cloud/cloud_paint.h"

#include <QObject>
#include <QPainter>

#include <algorithm>
#include <cmath>
#include <limits>

namespace penumbra::gui {

std::vector<double> roundTicks(double low, double high, int count) {
    const double raw = (high - low) / std::max(1, count);
    const double power = std::pow(10.0, std::floor(std::log10(raw)));
    const double step = power * (raw / power < 1.5   ? 1.0
                                 : raw / power < 3.5 ? 2.0
                                 : raw / power < 7.5 ? 5.0
                                                     : 10.0);
    std::vector<double> found;
    for (double k = std::ceil(low / step); k * step <= high && found.size() < 50; ++k)
        found.push_back(k * step);
    return found;
}

QString tickText(double value) {
    return QString::number(std::abs(value) < 1e-12 ? 0.0 : value, 'g', 5);
}

std::vector<Tick> ticksOf(double low, double high, int count, bool logarithmic) {
    std::vector<Tick> ticks;
    if (!logarithmic || high - low < 0.3) { // in less than a factor of two no round powers may lie
        for (const double value : roundTicks(low, high, count))
            ticks.push_back({value, tickText(logarithmic ? std::pow(10.0, value) : value)});
        return ticks;
    }
    const bool few = high - low > std::max(1, count) / 3.0; // powers of ten alone
    const double step = std::max(1.0, std::ceil((high - low) / std::max(1, count)));
    for (double decade = std::floor(low / step) * step; decade <= high; decade += step)
        for (const double part : {1.0, 2.0, 5.0}) {
            const double at = decade + std::log10(part);
            if (at >= low && at <= high && (part == 1.0 || !few))
                ticks.push_back({at, tickText(part * std::pow(10.0, decade))});
        }
    return ticks;
}

void paintLegend(QPainter& painter, const QRect& strip, const CloudColouring& colouring, const Theme& theme) {
    using Scale = CloudColouring::Scale;
    if (colouring.scale == Scale::One)
        return;
    const QFontMetrics metrics = painter.fontMetrics();
    const int line = metrics.height() + 4;
    painter.setPen(theme.text);
    const QRect title = metrics.boundingRect(strip, Qt::TextWordWrap, colouring.label);
    painter.drawText(QRect(strip.topLeft(), QSize(strip.width(), std::min(title.height(), 6 * line))),
                     Qt::TextWordWrap, colouring.label);
    int y = strip.top() + std::min(title.height(), 6 * line) + 8;
    if (colouring.scale == Scale::Categories) {
        for (std::size_t i = 0; i < colouring.categories.size(); ++i, y += line) {
            painter.setPen(Qt::NoPen);
            painter.setBrush(colourOf(colouring, static_cast<double>(i), theme));
            painter.drawEllipse(QRectF(strip.left(), y + 0.5 * line - 6, 9, 9));
            painter.setPen(theme.text);
            painter.drawText(QRect(strip.left() + 16, y, strip.width() - 16, line), Qt::AlignVCenter,
                             metrics.elidedText(colouring.categories[i], Qt::ElideRight, strip.width() - 16));
        }
    } else {
        const int length = std::clamp(strip.bottom() - y - 2 * line, 40, 180);
        for (int i = 0; i < length; ++i) {
            const double value = colouring.high - (colouring.high - colouring.low) * i / (length - 1.0);
            painter.fillRect(strip.left(), y + i, 14, 1, colourOf(colouring, value, theme));
        }
        const auto say = [&](double value) {
            const double part = (colouring.high - value) / (colouring.high - colouring.low);
            painter.drawText(QRectF(strip.left() + 20, y + part * length - 9, strip.width() - 20, 18),
                             Qt::AlignVCenter, tickText(value));
        };
        say(colouring.high);
        say(colouring.low);
        if (colouring.scale == Scale::Diverging)
            say(colouring.centre);
        y += length + 12;
    }
    painter.setPen(Qt::NoPen);
    painter.setBrush(colourOf(colouring, std::numeric_limits<double>::quiet_NaN(), theme));
    painter.drawEllipse(QRectF(strip.left(), y + 0.5 * line - 6, 9, 9));
    painter.setPen(theme.secondaryText);
    painter.drawText(QRect(strip.left() + 16, y, strip.width() - 16, line), Qt::AlignVCenter,
                     QObject::tr("unknown"));
}

void paintNote(QPainter& painter, const QRect& within, const QPointF& beside, const QString& lines,
               const Theme& theme) {
    if (lines.isEmpty())
        return;
    const QRect text = painter.fontMetrics().boundingRect(QRect(0, 0, 420, 400), Qt::TextWordWrap, lines);
    QRect box = text.adjusted(0, 0, 16, 12).translated((beside + QPointF(18, 18)).toPoint());
    box.moveRight(std::min(box.right(), within.right() - 4));
    box.moveBottom(std::min(box.bottom(), within.bottom() - 4));
    painter.setPen(theme.line);
    painter.setBrush(theme.raised);
    painter.drawRoundedRect(box, 4, 4);
    painter.setPen(theme.text);
    painter.drawText(box.adjusted(8, 6, -8, -6), Qt::TextWordWrap, lines);
}

} // namespace penumbra::gui
