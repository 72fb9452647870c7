#pragma once

#include "gui/dialogs/command_palette.h"
#include "gui/state/command.h"
#include "gui/style/theme.h"
#include "gui/window/select_menu.h"

#include <QList>
#include <QMainWindow>

#include <functional>

class QAction;
class QMenu;

namespace penumbra::gui {

class AppState;
class Exports;
class FileFlow;
class StudyToolbar;
class WindowParts;
class Workbench;

/// Actions and menus of a window; enabled by what the state allows.
class WindowActions : public QObject {
    Q_OBJECT
public:
    WindowActions(QMainWindow& window, AppState& state, Workbench& workbench, FileFlow& files);
    /// Menus; once the parts stand.
    void build(WindowParts& parts, Exports& exports, StudyToolbar& toolbar);
    void update();
    void updateRecent();
    void setTheme(const Theme& theme, bool dark);
    QAction* runAction() const { return run_; }
    void askAndNameSelection() { select_->askAndName(); }
    void showNotes();

private:
    void makeActions();
    void buildFileMenu();
    void buildEditMenu();
    void buildStudyMenu();
    void buildViewMenu();
    void buildExportMenu();
    void buildHelpMenu();
    void showAbout();
    void showHelp(const QString& topic);
    QAction* make(const QString& text, const QString& name, const QKeySequence& keys = {});
    QMenu* menu(const QString& title);
    QList<QAction*> commands() const;
    QList<CommandPalette::Choice> choices() const;
    QStringList verbs() const;
    void runLine(const QString& line); ///< a command in words
    void apply(const Command& command);

    QMainWindow& window_;
    AppState& state_;
    Workbench& workbench_;
    FileFlow& files_;
    WindowParts* parts_ = nullptr;
    Exports* exports_ = nullptr;
    StudyToolbar* toolbar_ = nullptr;
    CommandPalette* palette_ = nullptr;
    SelectMenu* select_ = nullptr;

    QAction *open_, *import_, *save_, *saveSession_, *quit_;
    QAction *undo_, *redo_, *copyTable_, *copyFigure_, *findCommand_;
    QAction *run_, *encode_, *cancel_, *sampleStudy_, *simulatedStudy_, *notes_;
    QAction *dark_, *galaxiesExport_, *selectionExport_;
    QMenu* recentMenu_;
    QList<QAction*> figureExports_, tableExports_;
};

} // namespace penumbra::gui
