#include "tests/gui/gui_test_support.h"

#ifdef PENUMBRA_WINDOW
#include "gui/window/application.h"
using TestApplication = penumbra::gui::Application;
#else
#include <QApplication>
using TestApplication = QApplication;
#endif
#include <QSettings>
#include <QTemporaryDir>
#include <gtest/gtest.h>

// Offscreen unless a platform is asked for: QT_QPA_PLATFORM=xcb xvfb-run ... runs the same tests on a real X
// server.
int main(int argc, char** argv) {
    if (!qEnvironmentVariableIsSet("QT_QPA_PLATFORM"))
        qputenv("QT_QPA_PLATFORM", "offscreen");
    testing::InitGoogleTest(&argc, argv);
    const TestApplication application(argc, argv);
    QApplication::setOrganizationName("penumbra-test");
    QApplication::setApplicationName("penumbra-test");
    const QTemporaryDir settings;
    qputenv("XDG_DATA_HOME", settings.path().toUtf8()); // where windows keep their sessions
    qputenv("XDG_CONFIG_HOME", settings.path().toUtf8());
    QSettings::setDefaultFormat(QSettings::IniFormat);
    QSettings::setPath(QSettings::IniFormat, QSettings::UserScope, settings.path());
    penumbra::gui::test::failOnQtWarnings();
    return RUN_ALL_TESTS();
}
