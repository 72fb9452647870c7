#include "gui/plots/figure_axes.h"

#include <QFontMetricsF>
#include <algorithm>
#include <cmath>
#include <limits>

namespace penumbra::gui {

namespace {

/// Every number with the decimals that the step asks for ("9.5, 10.0"), fractions in per cent if wanted.
class EvenTicker : public QCPAxisTicker {
public:
    explicit EvenTicker(bool percent) : scale_(percent ? 100.0 : 1.0) {}

protected:
    double getTickStep(const QCPRange& range) override {
        step_ = QCPAxisTicker::getTickStep(range);
        return step_;
    }
    QString getTickLabel(double tick, const QLocale& locale, QChar format, int precision) override {
        const double shown = scale_ * tick, step = scale_ * step_;
        const bool zero = std::abs(shown) < 1e-9 * step;
        if (!(step > 1e-6) || std::abs(shown) >= 1e6) { // as many digits as tell neighbours apart
            if (zero)
                return QStringLiteral("0");
            const int places =
                static_cast<int>(std::floor(std::log10(std::abs(shown))) - std::floor(std::log10(step))) + 2;
            return QCPAxisTicker::getTickLabel(shown, locale, format, std::clamp(places, precision, 16));
        }
        int decimals = 0;
        for (double scaled = step; decimals < 6 && std::abs(scaled - std::round(scaled)) > 1e-6 * scaled;
             scaled *= 10.0)
            ++decimals;
        return locale.toString(zero ? 0.0 : shown, 'f', decimals);
    }

private:
    double scale_;
    double step_ = 0.0;
};

struct Extent {
    double low = std::numeric_limits<double>::infinity();
    double high = -std::numeric_limits<double>::infinity();
    void add(double value) {
        if (!std::isfinite(value))
            return;
        low = std::min(low, value);
        high = std::max(high, value);
    }
    void add(const std::vector<double>& values) {
        for (const double value : values)
            add(value);
    }
    bool isEmpty() const { return low > high; }
};

Extent extentOfX(const report::Panel& panel) {
    Extent extent;
    for (const report::Series& series : panel.series) {
        extent.add(series.x);
        if (series.xIsInterval || series.kind == report::Series::Kind::Bars) {
            extent.add(series.xLow);
            extent.add(series.xHigh);
        }
    }
    for (const report::ReferenceLine& line : panel.lines)
        if (!line.horizontal)
            extent.add(line.value);
    return extent;
}

Extent extentOfY(const report::Panel& panel) {
    Extent extent;
    for (const report::Series& series : panel.series) {
        extent.add(series.y);
        extent.add(series.yLow);
        extent.add(series.yHigh);
        if (series.kind == report::Series::Kind::Bars)
            extent.add(0.0);
    }
    for (const report::ReferenceLine& line : panel.lines)
        if (line.horizontal)
            extent.add(line.value);
    return extent;
}

QCPRange withMargin(Extent extent, const report::Axis& axis, double share = 0.05) {
    if (extent.isEmpty())
        extent = axis.logarithmic ? Extent{1.0, 10.0} : Extent{0.0, 1.0};
    if (axis.logarithmic) {
        const double low = std::log10(std::max(extent.low, 1e-300)),
                     high = std::log10(std::max(extent.high, 1e-300));
        const double margin = std::max(0.05 * (high - low), 0.05);
        extent = {std::pow(10.0, low - margin), std::pow(10.0, high + margin)};
    } else {
        double margin = share * (extent.high - extent.low);
        if (margin <= 0.0) // one row, or all values equal
            margin = axis.percent ? 0.05 : (extent.low != 0.0 ? 0.1 * std::abs(extent.low) : 1e-6);
        extent = {extent.low - margin, extent.high + margin};
    }
    if (axis.percent) { // shares end at 0 and 100 %; a little room for the markers
        extent.low = std::max(extent.low, -0.04);
        extent.high = std::min(extent.high, 1.03);
    }
    return {std::isfinite(axis.low) ? axis.low : extent.low,
            std::isfinite(axis.high) ? axis.high : extent.high};
}

QSharedPointer<QCPAxisTicker> tickerOf(const report::Axis& spec) {
    if (!spec.tickPositions.empty()) {
        auto ticker = QSharedPointer<QCPAxisTickerText>::create();
        for (std::size_t i = 0; i < spec.tickPositions.size(); ++i)
            ticker->addTick(spec.tickPositions[i],
                            i < spec.tickLabels.size() ? drawnText(spec.tickLabels[i]) : QString());
        return ticker;
    }
    if (spec.logarithmic)
        return QSharedPointer<QCPAxisTickerLog>::create();
    if (spec.percent)
        return QSharedPointer<EvenTicker>::create(true);
    return QSharedPointer<EvenTicker>::create(false);
}

} // namespace

void styleAxis(QCPAxis& axis, const report::Axis& spec, const FigureLook& look) {
    axis.setScaleType(spec.logarithmic ? QCPAxis::stLogarithmic : QCPAxis::stLinear);
    axis.setTicker(tickerOf(spec));
    const QPen pen = look.pen(look.theme.secondaryText, FigureLook::kFramePt);
    axis.setBasePen(pen);
    axis.setTickPen(pen);
    axis.setSubTickPen(pen);
    const bool named = !spec.tickPositions.empty();
    axis.setTickLength(0, named ? 0 : look.whole(2.8));
    axis.setSubTickLength(0, named ? 0 : look.whole(1.6));
    axis.setSubTicks(!named);
    axis.setTickLabelFont(look.font(FigureLook::kTickPt));
    axis.setTickLabelColor(look.theme.text);
    axis.setTickLabelPadding(look.whole(2.2));
    axis.setLabelFont(look.font(FigureLook::kLabelPt));
    axis.setLabelColor(look.theme.text);
    axis.setLabelPadding(look.whole(2.0));
    axis.setPadding(look.whole(1.0));
    axis.setNumberFormat(QStringLiteral("gb"));
    axis.setLabel(drawnText(spec.label));
}

void styleGrid(QCPAxisRect& axes, const report::Panel& panel, const FigureLook& look) {
    const bool named = !panel.y.tickPositions.empty();
    for (const auto type : {QCPAxis::atBottom, QCPAxis::atLeft}) {
        QCPGrid* grid = axes.axis(type)->grid();
        grid->setPen(look.pen(look.theme.grid, 0.5));
        grid->setSubGridVisible(false);
        grid->setZeroLinePen(Qt::NoPen);
        grid->setVisible(type == QCPAxis::atLeft ? !panel.equalScales : named && !panel.equalScales);
    }
}

void fitAxes(QCPAxisRect& axes, const report::Panel& panel) {
    Extent x = extentOfX(panel), y = extentOfY(panel);
    if (panel.equalScales) {
        x.add(y.low);
        x.add(y.high);
        y = x;
    }
    // Points moved side by side stand beyond their x.
    const double share = panel.dodge ? 0.05 + 0.004 * static_cast<double>(panel.series.size()) : 0.05;
    axes.axis(QCPAxis::atBottom)->setRange(withMargin(x, panel.x, share));
    axes.axis(QCPAxis::atLeft)->setRange(withMargin(y, panel.y));
}

QString wrappedLabel(const std::string& label, const QFont& font, double length) {
    QString text = drawnText(label);
    const QFontMetricsF metrics(font);
    if (metrics.horizontalAdvance(text) <= length)
        return text;
    qsizetype best = -1;
    for (qsizetype at = text.indexOf(QLatin1Char(' ')); at >= 0; at = text.indexOf(QLatin1Char(' '), at + 1))
        if (best < 0 || std::abs(at - text.size() / 2) < std::abs(best - text.size() / 2))
            best = at;
    const double most = 1.4 * length; // a little beyond the frame is better than half a word
    if (best < 0)
        return metrics.elidedText(text, Qt::ElideRight, most);
    return metrics.elidedText(text.left(best), Qt::ElideRight, most) + QLatin1Char('\n') +
           metrics.elidedText(text.mid(best + 1), Qt::ElideRight, most);
}

void thinTicks(QCPAxis& axis, const report::Axis& spec, double length, const FigureLook& look) {
    if (!spec.tickPositions.empty())
        return;
    const bool across = axis.orientation() == Qt::Horizontal;
    const double room = across ? (spec.percent ? 24.0 : 34.0) : 20.0; // points for one number
    const QFontMetricsF metrics(axis.tickLabelFont());
    for (int count = std::clamp(static_cast<int>(length / look.size(room)), 3, 7); count > 0; --count) {
        axis.ticker()->setTickCount(count);
        QVector<double> ticks;
        QVector<QString> labels;
        axis.ticker()->generate(axis.range(), axis.parentPlot()->locale(), QLatin1Char('g'),
                                axis.numberPrecision(), ticks, nullptr, &labels);
        double taken = 0.0;
        for (const QString& label : labels)
            taken += metrics.horizontalAdvance(label) + look.size(5);
        if (!across || taken <= length)
            return;
    }
}

} // namespace penumbra::gui
