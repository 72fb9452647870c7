#include "gui/plots/legend_strip.h"

#include <QFontMetricsF>

namespace penumbra::gui {

namespace {
constexpr double kSamplePt = 15.0;
constexpr double kSampleGapPt = 3.0;
constexpr double kEntryGapPt = 9.0;
} // namespace

LegendStrip::LegendStrip(QCustomPlot& plot, const FigureLook& look) : QCPLayoutElement(&plot), look_(look) {
    setLayer(QStringLiteral("legend"));
}

void LegendStrip::add(const SeriesPlottable* series) {
    for (const Entry& entry : entries_)
        if (entry.text == series->name())
            return;
    entries_.push_back({series, series->name(), QPointF()});
}

double LegendStrip::entryWidth(const Entry& entry) const {
    const QFontMetricsF metrics(look_.font(FigureLook::kLabelPt));
    return look_.size(kSamplePt + kSampleGapPt) + metrics.horizontalAdvance(entry.text);
}

double LegendStrip::lineHeight() const {
    return look_.size(FigureLook::kLabelPt * 1.45);
}

void LegendStrip::fitWidth(int width) {
    double x = 0.0, y = 0.0;
    for (Entry& entry : entries_) {
        const double wide = entryWidth(entry);
        if (x > 0.0 && x + wide > width) {
            x = 0.0;
            y += lineHeight();
        }
        entry.place = QPointF(x, y);
        x += wide + look_.size(kEntryGapPt);
    }
    const int height = entries_.empty() ? 0 : static_cast<int>(std::ceil(y + lineHeight()));
    setMinimumSize(1, height);
    setMaximumSize(QWIDGETSIZE_MAX, height);
}

void LegendStrip::draw(QCPPainter* painter) {
    painter->setFont(look_.font(FigureLook::kLabelPt));
    for (const Entry& entry : entries_) {
        const QPointF at = QPointF(rect().topLeft()) + entry.place;
        entry.series->drawSample(painter, QRectF(at, QSizeF(look_.size(kSamplePt), lineHeight())));
        painter->setPen(look_.theme.text);
        painter->drawText(QRectF(at + QPointF(look_.size(kSamplePt + kSampleGapPt), 0),
                                 QSizeF(entryWidth(entry) + look_.size(4), lineHeight())),
                          Qt::AlignLeft | Qt::AlignVCenter | Qt::TextDontClip, entry.text);
    }
}

void LegendStrip::applyDefaultAntialiasingHint(QCPPainter* painter) const {
    painter->setAntialiasing(true);
}

} // namespace penumbra::gui
