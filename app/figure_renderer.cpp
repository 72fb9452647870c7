#include "app/figure_renderer.h"

#include "gui/plots/figure_export.h"

#include <QApplication>

#include <cstdio>

namespace penumbra::app {

namespace {

/// Qt's remarks about the desktop (a missing runtime folder and the like) mean nothing to a program without a
/// screen.
void onlySevereMessages(QtMsgType type, const QMessageLogContext&, const QString& message) {
    if (type == QtCriticalMsg || type == QtFatalMsg)
        std::fprintf(stderr, "Qt: %s\n", message.toUtf8().constData());
}

} // namespace

void renderFigure(const report::FigureSpec& figure, const std::string& path, const std::string& format) {
    if (qEnvironmentVariableIsEmpty("QT_QPA_PLATFORM"))
        qputenv("QT_QPA_PLATFORM", "offscreen");
    qInstallMessageHandler(onlySevereMessages);
    int argc = 1;
    char name[] = "penumbra-cli";
    char* argv[] = {name, nullptr};
    const QApplication application(argc, argv);
    gui::exportFigure(figure, path, format);
}

} // namespace penumbra::app
