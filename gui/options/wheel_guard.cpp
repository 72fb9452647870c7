#include "gui/options/wheel_guard.h"

#include <QAbstractSpinBox>
#include <QComboBox>
#include <QEvent>
#include <QSlider>

namespace penumbra::gui {

namespace {

QWidget* asSetting(QObject* object) {
    if (auto* box = qobject_cast<QComboBox*>(object))
        return box;
    if (auto* box = qobject_cast<QAbstractSpinBox*>(object))
        return box;
    return qobject_cast<QSlider*>(object);
}

} // namespace

bool WheelGuard::eventFilter(QObject* watched, QEvent* event) {
    if (event->type() != QEvent::Wheel && event->type() != QEvent::Polish)
        return false;
    QWidget* setting = asSetting(watched);
    if (!setting)
        return false;
    if (event->type() == QEvent::Polish) {
        if (setting->focusPolicy() == Qt::WheelFocus)
            setting->setFocusPolicy(Qt::StrongFocus);
        return false;
    }
    if (setting->hasFocus())
        return false;
    event->ignore(); // on to the parent
    return true;
}

} // namespace penumbra::gui
