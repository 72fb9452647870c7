#include "app/figure_renderer.h"

#include "gui/plots/figure_export.h"

#include <QApplication>

namespace penumbra::app {

void renderFigure(const report::FigureSpec& figure, const std::string& path, const std::string& format) {
    if (qEnvironmentVariableIsEmpty("QT_QPA_PLATFORM"))
        qputenv("QT_QPA_PLATFORM", "offscreen");
    int argc = 1;
    char name[] = "penumbra-cli";
    char* argv[] = {name, nullptr};
    const QApplication application(argc, argv);
    gui::exportFigure(figure, path, format);
}

} // namespace penumbra::app
