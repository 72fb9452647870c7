// The window: parse, build, show.
#include "app/stop_signals.h"
#include "core/base/temporary_file.h"
#include "core/io/table_reader.h"
#include "gui/documents/open_file.h"
#include "gui/icons/icons.h"
#include "gui/state/commands.h"
#include "gui/window/application.h"
#include "gui/window/main_window.h"
#include "gui/window/window_host.h"
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

bool isScripted(int argc, char** argv) {
    for (int i = 1; i < argc; ++i)
        if (std::strcmp(argv[i], "--script") == 0 || std::strncmp(argv[i], "--script=", 9) == 0)
            return true;
    return false;
}

/// Qt aborts where no display can be reached; help and scripts need none, and everything else deserves a
/// sentence.
bool displayMissing(int argc, char** argv) {
    if (qEnvironmentVariableIsSet("QT_QPA_PLATFORM") || hasArgument(argc, argv, {"-platform"}))
        return false;
    const bool none = !qEnvironmentVariableIsSet("DISPLAY") && !qEnvironmentVariableIsSet("WAYLAND_DISPLAY");
    const bool onlySays = hasArgument(argc, argv, {"-h", "--help", "--help-all", "-v", "--version"});
    if (onlySays || (none && isScripted(argc, argv))) {
        qputenv("QT_QPA_PLATFORM", "offscreen");
        return false;
    }
    return none;
}

QString commandList() {
    QString list;
    for (const penumbra::gui::CommandKind& kind : penumbra::gui::allCommandKinds())
        list += QString("  %1 %2: %3\n").arg(kind.verb, kind.usage, kind.help);
    return list;
}

/// Until it has ended; its exit code, and its error on standard error.
int runScript(penumbra::gui::MainWindow& window, const QString& path, const QString& file) {
    QObject::connect(&window.host(), &penumbra::gui::WindowHost::scriptEnded, &window,
                     [](int exitCode, const QString& error) {
                         if (!error.isEmpty())
                             std::fprintf(stderr, "%s\n", error.toUtf8().constData());
                         QApplication::exit(exitCode);
                     });
    try {
        window.host().runScript(path.toStdString(), file.toStdString());
    } catch (const penumbra::Error& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 1;
    }
    return QApplication::exec();
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
    parser.addPositionalArgument(
        "FILE",
        QString("A catalogue, a study or a session; a table (%1) is shown and explained.")
            .arg(QString::fromStdString(penumbra::io::readableFormats())),
        "[FILE]");
    const QCommandLineOption script(
        "script",
        QString("Runs the commands in a file, or on standard input (-), one a line, and ends. Nothing is "
                "asked; standard output holds what 'report' writes. The commands:\n%1")
            .arg(commandList()),
        "FILE");
    parser.addOption(script);
    if (!parser.parse(QApplication::arguments())) {
        std::fprintf(stderr, "%s\nSee: penumbra --help\n", qPrintable(parser.errorText()));
        return 2;
    }
    parser.process(application); // help and version
    if (parser.positionalArguments().size() > 1) {
        std::fputs("penumbra opens one file; see penumbra --help\n", stderr);
        return 2;
    }
    const std::filesystem::path folder = QApplication::applicationDirPath().toStdString();
    penumbra::gui::MainWindow window(penumbra::gui::findSample(folder));
    window.show();
    const QString file = parser.positionalArguments().value(0);
    if (parser.isSet(script))
        return runScript(window, parser.value(script), file);
    if (file.isEmpty())
        window.files().sayWhatWasLeft();
    else
        window.files().open(file);
    return QApplication::exec();
}
