#pragma once

#include "gui/style/theme.h"

#include <QStringList>
#include <QWidget>

class QLabel;
class QPushButton;
class QVBoxLayout;

namespace penumbra::gui {

/// What is seen when nothing is open: what the program is for, and the ways in.
class StartScreen : public QWidget {
    Q_OBJECT
public:
    StartScreen(bool sampleFound, bool simulatedFound, QWidget* parent = nullptr);
    void setTheme(const Theme& theme);
    void setRecentFiles(const QStringList& paths);
    void setOpenFile(const QString& name); ///< that one can go back to; empty: none

Q_SIGNALS:
    void openWanted();
    void sampleWanted();
    void simulatedWanted();
    void fileWanted(const QString& path);
    void backWanted(); ///< to the open file

private:
    QLabel* title_;
    QPushButton* back_;
    QPushButton* open_;
    QPushButton* sample_;
    QPushButton* simulated_;
    QLabel* recentHeading_;
    QVBoxLayout* recent_;
    QWidget* recentBox_ = nullptr;
    Theme theme_ = lightTheme();
};

} // namespace penumbra::gui
