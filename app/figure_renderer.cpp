#include "app/figure_renderer.h"

#include "gui/plots/figure_export.h"

#include <QApplication>
#include <QLocale>

#include <clocale>
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
    // Whatever the session says: its display may be gone, its plugins absent, and Qt ends the program then.
    qputenv("QT_QPA_PLATFORM", "offscreen");
    qunsetenv("QT_QPA_PLATFORMTHEME");
    qunsetenv("QT_STYLE_OVERRIDE");
    QLocale::setDefault(QLocale::c());
    qInstallMessageHandler(onlySevereMessages);
    int argc = 1;
    char name[] = "penumbra-cli";
    char* argv[] = {name, nullptr};
    const QApplication application(argc, argv);
    std::setlocale(LC_NUMERIC, "C"); // Qt takes over the session's: decimal commas
    gui::exportFigure(figure, path, format);
}

} // namespace penumbra::app
