#include "gui/window/application.h"

#include "core/base/error.h"

namespace penumbra::gui {

bool Application::notify(QObject* receiver, QEvent* event) {
    try {
        return QApplication::notify(receiver, event);
    } catch (const Error& error) {
        Q_EMIT failed(QString::fromUtf8(error.what()));
    } catch (const Cancelled&) { // what was stopped is known
        return true;
    } catch (const std::exception& failure) {
        Q_EMIT failed(QString::fromStdString(failureText(failure)));
    }
    return true;
}

} // namespace penumbra::gui
