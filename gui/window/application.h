#pragma once

#include "gui/state/stall_watch.h"

#include <QApplication>
#include <QPointer>

namespace penumbra::gui {

/// The application in whose slots and events no exception ends the program: one that nobody caught is told
/// by failed(), and the window goes on with what it holds.
class Application : public QApplication {
    Q_OBJECT
public:
    using QApplication::QApplication;
    bool notify(QObject* receiver, QEvent* event) override;
    void setStallWatch(StallWatch* watch) { watch_ = watch; } ///< is told what events cost; null: none

Q_SIGNALS:
    void failed(const QString& message);

private:
    bool deliver(QObject* receiver, QEvent* event);
    QPointer<StallWatch> watch_;
    double inNested_ = 0.0; ///< CPU ms of the events sent while the present one is handled
};

} // namespace penumbra::gui
