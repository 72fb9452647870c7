#include "gui/window/application.h"

#include "core/base/error.h"

#include <QEvent>

#include <utility>

namespace penumbra::gui {

bool Application::notify(QObject* receiver, QEvent* event) {
    if (watch_ == nullptr)
        return deliver(receiver, event);
    // The receiver may not outlive its event.
    const QString name = QString("%1 %2").arg(receiver->metaObject()->className(), receiver->objectName());
    const int type = event->type();
    const double outerNested = std::exchange(inNested_, 0.0), before = StallWatch::threadCpuMs();
    const bool done = deliver(receiver, event);
    const double all = StallWatch::threadCpuMs() - before;
    if (watch_ != nullptr)
        watch_->handled(name.trimmed(), type, all - inNested_);
    inNested_ = outerNested + all;
    return done;
}

bool Application::deliver(QObject* receiver, QEvent* event) {
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
