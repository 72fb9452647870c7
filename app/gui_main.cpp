// The window: parse, build, show.
#include "app/stop_signals.h"
#include "core/base/temporary_file.h"
#include "core/io/table_reader.h"
#include "gui/icons/icons.h"
#include "gui/window/application.h"
#include "gui/window/main_window.h"
#include "gui/window/open_file.h"
#include "penumbra_version.h"

#include <QCommandLineParser>
#include <QLocale>

#include <clocale>
#include <cstdio>
#include <cstring>
#include <unistd.h>

namespace {

bool hasArgument(int argc, char** argv, std::initializer_list<const char*> names) {
    for (int i = 1; i < argc; ++i)
        for (const char* name : names)
            if (std::strcmp(argv[i], name) == 0)
                return true;
    return false;
}

/// Qt aborts where no display can be reached; help needs none, and everything else deserves a sentence.
bool displayMissing(int argc, char** argv) {
    if (qEnvironmentVariableIsSet("QT_QPA_PLATFORM") || hasArgument(argc, argv, {"-platform"}))
        return false;
    if (hasArgument(argc, argv, {"-h", "--help", "--help-all", "-v", "--version"})) {
        qputenv("QT_QPA_PLATFORM", "offscreen");
        return false;
    }
    return !qEnvironmentVariableIsSet("DISPLAY") && !qEnvironmentVariableIsSet("WAYLAND_DISPLAY");
}

} // namespace

int main(int argc, char** argv) {
    penumbra::app::StopSignals stopSignals;
    stopSignals.setListener([] { // the session ends: nothing half-written stays
        penumbra::TemporaryFile::removeAll();
        ::_exit(130);
    });
    if (displayMissing(argc, argv)) {
        std::fputs(
            "penumbra needs a display and found none (DISPLAY is not set). penumbra-cli does the same work "
            "without a window.\n",
            stderr);
        return 1;
    }
    penumbra::gui::Application application(argc, argv);
    std::setlocale(LC_NUMERIC, "C"); // Qt takes the user's: decimal commas would spoil what C libraries read
    QLocale::setDefault(QLocale::c());
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
    parser.addPositionalArgument("FILE",
                                 QString("A catalogue or a study; a table (%1) is shown and explained.")
                                     .arg(QString::fromStdString(penumbra::io::readableFormats())),
                                 "[FILE]");
    parser.process(application);
    if (parser.positionalArguments().size() > 1) {
        std::fputs("penumbra opens one file; see penumbra --help\n", stderr);
        return 2;
    }
    const std::filesystem::path folder = QApplication::applicationDirPath().toStdString();
    penumbra::gui::MainWindow window(penumbra::gui::findSample(folder));
    window.show();
    if (!parser.positionalArguments().isEmpty())
        window.openPath(parser.positionalArguments().constFirst());
    return QApplication::exec();
}
