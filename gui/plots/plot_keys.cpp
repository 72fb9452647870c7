#include "gui/plots/plot_keys.h"

#include "gui/plots/qcp.h"

#include <QKeyEvent>
#include <QStyle>

#include <cmath>
#include <utility>

namespace penumbra::gui {

namespace {

constexpr double kStep = 0.1; ///< of what is shown
constexpr double kZoom = 0.8;

/// By a share of the range, along a logarithmic axis by that of its decades.
void moveBy(QCPAxis& axis, double share) {
    const QCPRange range = axis.range();
    if (axis.scaleType() == QCPAxis::stLogarithmic)
        axis.setRange(range * std::pow(range.upper / range.lower, share));
    else
        axis.moveRange(share * range.size());
}

} // namespace

PlotKeys::PlotKeys(QCustomPlot& plot, QWidget& area, std::function<void()> moved, std::function<void()> home)
    : QObject(&plot), plot_(plot), area_(area), moved_(std::move(moved)), home_(std::move(home)) {
    plot.installEventFilter(this);
}

bool PlotKeys::eventFilter(QObject* watched, QEvent* event) {
    if (event->type() == QEvent::KeyPress && take(*static_cast<QKeyEvent*>(event)))
        return true;
    if (event->type() == QEvent::FocusIn || event->type() == QEvent::FocusOut)
        showFocus(event->type() == QEvent::FocusIn);
    return QObject::eventFilter(watched, event);
}

void PlotKeys::showFocus(bool focused) {
    area_.setProperty("plotFocused", focused);
    area_.style()->unpolish(&area_);
    area_.style()->polish(&area_);
}

bool PlotKeys::take(const QKeyEvent& event) {
    if (event.modifiers() & ~(Qt::KeypadModifier | Qt::ShiftModifier)) // the window's own shortcuts
        return false;
    switch (event.key()) {
    case Qt::Key_Left:
        step(-kStep, 0.0, 1.0);
        return true;
    case Qt::Key_Right:
        step(kStep, 0.0, 1.0);
        return true;
    case Qt::Key_Up:
        step(0.0, kStep, 1.0);
        return true;
    case Qt::Key_Down:
        step(0.0, -kStep, 1.0);
        return true;
    case Qt::Key_Plus:
    case Qt::Key_Equal: // + without Shift on many keyboards
        step(0.0, 0.0, kZoom);
        return true;
    case Qt::Key_Minus:
        step(0.0, 0.0, 1.0 / kZoom);
        return true;
    case Qt::Key_Home:
        home_();
        return true;
    default:
        return false;
    }
}

/// All panels; one that a neighbour has taken along already is not moved twice.
void PlotKeys::step(double right, double up, double factor) {
    QList<std::pair<QCPAxis*, QCPRange>> before;
    for (const QCPAxisRect* axes : plot_.axisRects())
        for (const auto type : {QCPAxis::atBottom, QCPAxis::atLeft})
            if (axes->rangeDrag().testFlag(type == QCPAxis::atBottom ? Qt::Horizontal : Qt::Vertical))
                before.append({axes->axis(type), axes->axis(type)->range()});
    for (const auto& [axis, range] : before) {
        if (axis->range() != range)
            continue;
        if (factor != 1.0)
            axis->scaleRange(factor);
        else
            moveBy(*axis, axis->axisType() == QCPAxis::atBottom ? right : up);
    }
    plot_.replot(QCustomPlot::rpQueuedReplot);
    moved_();
}

} // namespace penumbra::gui
