// The window: parse, build, show.
#include "gui/icons/icons.h"
#include "gui/window/main_window.h"
#include "gui/window/open_file.h"
#include "penumbra_version.h"

#include <QApplication>
#include <QCommandLineParser>

int main(int argc, char** argv) {
    QApplication application(argc, argv);
    QApplication::setOrganizationName("penumbra");
    QApplication::setApplicationName("penumbra");
    QApplication::setApplicationVersion(penumbra::versionText);
    QApplication::setDesktopFileName("penumbra");
    QApplication::setWindowIcon(penumbra::gui::applicationIcon());

    QCommandLineParser parser;
    parser.setApplicationDescription(
        "Decide which error bar to trust: calibrated uncertainties for galaxies.\n"
        "Without a file, a start screen offers the SDSS sample. penumbra-cli does the same work without a "
        "window.");
    parser.addHelpOption();
    parser.addVersionOption();
    parser.addPositionalArgument(
        "FILE", "A catalogue or a study; a FITS, HDF5 or text table is shown and explained.", "[FILE]");
    parser.process(application);
    if (parser.positionalArguments().size() > 1) {
        fputs("penumbra opens one file; see penumbra --help\n", stderr);
        return 2;
    }
    const std::filesystem::path folder = QApplication::applicationDirPath().toStdString();
    penumbra::gui::MainWindow window(penumbra::gui::findSample(folder));
    window.show();
    if (!parser.positionalArguments().isEmpty())
        window.openPath(parser.positionalArguments().constFirst());
    return QApplication::exec();
}
