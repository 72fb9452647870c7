#pragma once

#include <QObject>

#include <functional>

class QCustomPlot;
class QKeyEvent;

namespace penumbra::gui {

/// A plot by keyboard: arrows move it, + and - zoom, Home shows all again; the area around it shows the
/// focus.
class PlotKeys : public QObject {
    Q_OBJECT
public:
    /// @param moved after a step; home: what shows all
    /// @param area its property "plotFocused" follows
    PlotKeys(QCustomPlot& plot, QWidget& area, std::function<void()> moved, std::function<void()> home);

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    bool take(const QKeyEvent& event);
    void showFocus(bool focused);
    void step(double right, double up, double factor);
    QCustomPlot& plot_;
    QWidget& area_;
    std::function<void()> moved_, home_;
};

} // namespace penumbra::gui
