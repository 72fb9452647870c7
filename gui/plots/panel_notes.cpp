#include "gui/plots/panel_notes.h"

#include <QFontMetricsF>
#include <algorithm>
#include <cmath>
#include <set>

namespace penumbra::gui {

namespace {

/// "nominal 90 %" -> two lines, so that it fits beside the frame.
QStringList labelLines(const report::ReferenceLine& line) {
    const QString text = drawnText(line.label);
    const auto space = text.indexOf(QLatin1Char(' '));
    if (!line.horizontal || space < 0)
        return text.isEmpty() ? QStringList() : QStringList{text};
    return {text.left(space), text.mid(space + 1)};
}

} // namespace

PanelNotes::PanelNotes(QCPAxisRect& axes, const report::Panel& panel, const FigureLook& look,
                       bool hasHeadings)
    : QCPLayerable(axes.parentPlot(), QStringLiteral("grid")), axes_(axes), panel_(panel), look_(look),
      hasHeadings_(hasHeadings) {}

QMargins PanelNotes::margins() const {
    const QFontMetricsF metrics(look_.font(FigureLook::kTickPt));
    double top = look_.size(2.5), right = look_.size(5);
    if (hasHeadings_)
        top += lineHeight();
    // "n = 300 per bin" shares the heading's line; numbers above the bins need their own.
    if (!panel_.counts.empty() && (!hasHeadings_ || countsOwnLine_))
        top += lineHeight();
    bool verticalLabel = false;
    for (const report::ReferenceLine& line : panel_.lines) {
        for (const QString& text : labelLines(line))
            if (line.horizontal && labelsLevels_)
                right = std::max(right, metrics.horizontalAdvance(text) + look_.size(5));
        verticalLabel = verticalLabel || (!line.horizontal && !line.label.empty());
    }
    if (verticalLabel && !hasHeadings_) // else on the heading's line
        top += lineHeight();
    return {0, static_cast<int>(std::ceil(top)), static_cast<int>(std::ceil(right)), 0};
}

/// Width of letter and marker before the heading.
double PanelNotes::headingStart() const {
    return (panel_.letter.empty() ? 0.0 : look_.size(17)) + (headingSample_ == nullptr ? 0.0 : look_.size(7));
}

void PanelNotes::fitWidth(double width) {
    countsOwnLine_ = false;
    if (panel_.counts.empty())
        return;
    const QFontMetricsF metrics(look_.font(FigureLook::kTickPt));
    const auto& [x, text] = panel_.counts.front();
    countsOwnLine_ = !std::isnan(x) || headingStart() + metrics.horizontalAdvance(drawnText(panel_.heading)) +
                                               metrics.horizontalAdvance(QString::fromStdString(text)) +
                                               look_.size(12) >
                                           width;
}

void PanelNotes::applyDefaultAntialiasingHint(QCPPainter* painter) const {
    painter->setAntialiasing(true);
}

void PanelNotes::draw(QCPPainter* painter) {
    painter->setFont(look_.font(FigureLook::kTickPt));
    if (!panel_.emptyMessage.empty()) {
        drawEmptyMessage(painter);
        return;
    }
    drawBinEdges(painter);
    drawLines(painter);
    drawCounts(painter);
    drawHeading(painter);
}

void PanelNotes::drawLines(QCPPainter* painter) const {
    const QRectF frame = axes_.rect();
    const QFontMetricsF metrics(painter->font());
    double free = frame.left() - look_.size(20); // where the next name above the frame may begin
    for (const report::ReferenceLine& line : panel_.lines) {
        const QCPAxis* axis = axes_.axis(line.horizontal ? QCPAxis::atLeft : QCPAxis::atBottom);
        if (!axis->range().contains(line.value))
            continue;
        const double at = axis->coordToPixel(line.value);
        painter->setPen(look_.pen(look_.theme.secondaryText, FigureLook::kFramePt));
        painter->drawLine(line.horizontal ? QLineF(frame.left(), at, frame.right(), at)
                                          : QLineF(at, frame.top(), at, frame.bottom()));
        painter->setPen(look_.theme.secondaryText);
        const QStringList words = labelLines(line);
        if (line.horizontal) {
            const double height = lineHeight() * 0.85;
            double y = at - 0.5 * height * static_cast<double>(words.size());
            for (const QString& word : labelsLevels_ ? words : QStringList()) {
                painter->drawText(QRectF(frame.right() + look_.size(2.5), y, look_.size(100), height),
                                  Qt::AlignLeft | Qt::AlignVCenter | Qt::TextDontClip, word);
                y += height;
            }
            continue;
        }
        for (const QString& word : words) { // above the frame, kept inside the panel's width
            const double width = metrics.horizontalAdvance(word);
            const double x =
                std::clamp(at - 0.5 * width, frame.left(), std::max(frame.left(), frame.right() - width));
            if (x < free) // a name that would touch its neighbour's
                continue;
            free = x + width + look_.size(2.5);
            painter->drawText(QRectF(x, frame.top() - lineHeight() - look_.size(1), width, lineHeight()),
                              Qt::AlignCenter | Qt::TextDontClip, word);
        }
    }
}

/// Faint lines at the edges of the bins: how far each point speaks.
void PanelNotes::drawBinEdges(QCPPainter* painter) const {
    if (!panel_.dodge)
        return;
    const QCPAxis* axis = axes_.axis(QCPAxis::atBottom);
    const QRectF frame = axes_.rect();
    std::set<double> edges;
    for (const report::Series& series : panel_.series) {
        if (series.kind != report::Series::Kind::Points)
            continue;
        edges.insert(series.xLow.begin(), series.xLow.end());
        edges.insert(series.xHigh.begin(), series.xHigh.end());
        break; // all methods share the bins
    }
    painter->setPen(look_.pen(look_.theme.grid, 0.5));
    for (const double edge : edges)
        if (axis->range().contains(edge)) {
            const double x = axis->coordToPixel(edge);
            painter->drawLine(QLineF(x, frame.top(), x, frame.bottom()));
        }
}

void PanelNotes::drawCounts(QCPPainter* painter) const {
    const QRectF frame = axes_.rect();
    const QCPAxis* axis = axes_.axis(QCPAxis::atBottom);
    const QFontMetricsF metrics(painter->font());
    painter->setPen(look_.theme.secondaryText);
    const double y = frame.top() - lineHeight() - look_.size(1);
    const QString lead = QStringLiteral("n = ");
    const double leadWidth = metrics.horizontalAdvance(lead);
    double free = frame.left(); // where the next text may begin
    bool first = true;
    for (const auto& [x, text] : panel_.counts) {
        const QString word = QString::fromStdString(text);
        const double width = metrics.horizontalAdvance(word);
        if (std::isnan(x)) {
            painter->drawText(QRectF(frame.right() - width, y, width, lineHeight()),
                              Qt::AlignRight | Qt::AlignVCenter | Qt::TextDontClip, word);
            continue;
        }
        if (!axis->range().contains(x))
            continue;
        double left = axis->coordToPixel(x) - 0.5 * width;
        if (first) {
            // "n = " goes left of the first number, over the axis labels if need be.
            painter->drawText(QRectF(left - leadWidth, y, leadWidth, lineHeight()),
                              Qt::AlignLeft | Qt::AlignVCenter | Qt::TextDontClip, lead);
            free = left - leadWidth;
            first = false;
        }
        // A number that would touch its neighbour is left out here; hover and CSV still have it.
        if (left < free)
            continue;
        painter->drawText(QRectF(left, y, width, lineHeight()), Qt::AlignCenter | Qt::TextDontClip, word);
        free = left + width + look_.size(2.5);
    }
}

void PanelNotes::drawHeading(QCPPainter* painter) const {
    if (panel_.letter.empty() && panel_.heading.empty())
        return;
    const QRectF frame = axes_.rect();
    const double y = frame.top() - lineHeight() * (countsOwnLine_ ? 2.0 : 1.0) - look_.size(1);
    const QFontMetricsF metrics(painter->font());
    double x = frame.left();
    const auto write = [&](const QString& text, const QColor& color) {
        painter->setPen(color);
        const double width = metrics.horizontalAdvance(text);
        painter->drawText(QRectF(x, y, width, lineHeight()),
                          Qt::AlignLeft | Qt::AlignVCenter | Qt::TextDontClip, text);
        x += width + look_.size(4);
    };
    if (!panel_.letter.empty())
        write(QStringLiteral("(%1)").arg(QString::fromStdString(panel_.letter)), look_.theme.text);
    if (panel_.heading.empty())
        return;
    if (headingSample_ != nullptr) {
        headingSample_->drawMarkerAt(painter, QPointF(x + look_.size(2), y + 0.5 * lineHeight()));
        x += look_.size(7);
    }
    // The margin beside the frame is free on this line.
    write(metrics.elidedText(drawnText(panel_.heading), Qt::ElideRight, axes_.outerRect().right() - x),
          look_.theme.text);
}

void PanelNotes::drawEmptyMessage(QCPPainter* painter) const {
    painter->setFont(look_.font(8.0));
    painter->setPen(look_.theme.secondaryText);
    const QRectF area = QRectF(axes_.outerRect()).adjusted(look_.size(12), 0, -look_.size(12), 0);
    painter->drawText(area, Qt::AlignCenter | Qt::TextWordWrap, drawnText(panel_.emptyMessage));
}

} // namespace penumbra::gui
