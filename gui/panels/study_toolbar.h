#pragma once

#include "gui/state/app_state.h"
#include "gui/style/theme.h"

#include <QToolBar>

class QComboBox;
class QDoubleSpinBox;
class QSlider;
class QToolButton;

namespace penumbra::gui {

/// What all pages obey: target, methods shown, alpha, the variable that coverage is conditioned on. A view of
/// the state that writes into it.
class StudyToolbar : public QToolBar {
    Q_OBJECT
public:
    StudyToolbar(AppState& state, QAction* run, QWidget* parent = nullptr);
    void setTheme(const Theme& theme);
    void showState(const ViewState& now);
    /// Checkable actions of the methods menu: for the command palette.
    QList<QAction*> methodActions() const;

Q_SIGNALS:
    void failed(const QString& error); ///< what is wrong with a formula

private:
    void takeFormula();
    void addLevels();
    void showAlpha(double alpha);
    void fillTargets(const Study* study);
    void fillMethods(const std::vector<std::string>& methods);
    void fillConditions(const Catalogue* catalogue);
    void drawMethodsButton();
    void chooseMethods();
    AppState& state_;
    bool showing_ = false; ///< we set the ticks, not the user
    QComboBox* target_;
    QToolButton* methodsButton_;
    class QMenu* methodsMenu_;
    QDoubleSpinBox* alpha_;
    QSlider* alphaSlider_;
    QList<QToolButton*> levels_; ///< usual ones
    QComboBox* condition_;
    Theme theme_ = lightTheme();
};

} // namespace penumbra::gui
