#pragma once

#include <QApplication>

namespace penumbra::gui {

/// The application in whose slots and events no exception ends the program: one that nobody caught is told
/// by failed(), and the window goes on with what it holds.
class Application : public QApplication {
    Q_OBJECT
public:
    using QApplication::QApplication;
    bool notify(QObject* receiver, QEvent* event) override;

Q_SIGNALS:
    void failed(const QString& message);
};

} // namespace penumbra::gui
