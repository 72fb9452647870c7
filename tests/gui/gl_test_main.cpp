#include "tests/gui/gui_test_support.h"

#include <QApplication>

#include <cstring>
#include <gtest/gtest.h>

// On the display that is there: what OpenGL draws is read back. Listing the tests needs none.
int main(int argc, char** argv) {
    bool lists = false;
    for (int i = 1; i < argc; ++i)
        lists = lists || std::strcmp(argv[i], "--gtest_list_tests") == 0;
    if (lists || qEnvironmentVariableIsEmpty("DISPLAY"))
        qputenv("QT_QPA_PLATFORM", "offscreen"); // where the tests fail in words
    testing::InitGoogleTest(&argc, argv);
    const QApplication application(argc, argv);
    penumbra::gui::test::failOnQtWarnings();
    return RUN_ALL_TESTS();
}
