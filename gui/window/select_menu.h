#pragma once

#include "gui/state/command.h"

#include <QKeySequence>
#include <QList>
#include <QObject>

class QAction;
class QMainWindow;
class QMenu;

namespace penumbra::gui {

class AppState;
class WindowParts;

/// The menu that selects galaxies, walks from one to others, and names what is selected.
class SelectMenu : public QObject {
    Q_OBJECT
public:
    SelectMenu(QMenu& menu, QMainWindow& window, AppState& state, WindowParts& parts);
    /// @param canConfirm the study's scores are there, and nothing runs
    void update(bool hasRows, bool canConfirm);
    void askAndName();

private:
    void build();
    void addWalk();
    void fillSubsetsMenu();
    void fillMissedMenu();
    QAction* make(const QString& text, const QString& name, const QKeySequence& keys = {});
    void apply(const Command& command);

    QMenu& menu_;
    QMainWindow& window_;
    AppState& state_;
    WindowParts& parts_;
    QAction *name_ = nullptr, *confirm_ = nullptr;
    QMenu *missedMenu_ = nullptr, *subsetsMenu_ = nullptr;
    QList<QAction*> ofRows_; ///< that need galaxies to select
};

} // namespace penumbra::gui
