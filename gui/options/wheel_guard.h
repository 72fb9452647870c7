#pragma once

#include <QObject>

namespace penumbra::gui {

/// Installed on the application: combo boxes, spin boxes and sliders without the focus leave the wheel to
/// what they lie on, and the wheel never gives them the focus. Who scrolls past a setting does not change it.
class WheelGuard : public QObject {
    Q_OBJECT
public:
    using QObject::QObject;

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;
};

} // namespace penumbra::gui
