#pragma once

#include "gui/state/app_state.h"
#include "gui/style/theme.h"

#include <QToolBar>

class QComboBox;
class QDoubleSpinBox;
class QLabel;
class QSlider;
class QToolButton;

namespace penumbra::gui {

/// What all pages obey: target, methods shown, alpha, the variable that coverage is conditioned on. A view of
/// the state that writes into it. As narrow as a small window: what can be spared hides.
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

protected:
    void resizeEvent(QResizeEvent* event) override;
    bool event(QEvent* event) override;

private:
    QLabel* addField(const QString& text, QWidget* control);
    void fit();
    void takeFormula();
    void addLevels();
    void showAlpha(double alpha);
    void fillTargets(const Study* study);
    void fillMethods(const std::vector<std::string>& methods);
    void fillConditions(const Catalogue* catalogue);
    void addChoiceOf(const QString& title, const QString& name, const std::vector<std::string>& methods);
    void drawMethodsButton();
    void chooseMethods();
    AppState& state_;
    bool showing_ = false; ///< we set the ticks, not the user
    QComboBox* target_;
    QToolButton* methodsButton_;
    class QMenu* methodsMenu_;
    QList<QAction*> ticks_; ///< of the menu, one a method
    QDoubleSpinBox* alpha_;
    QSlider* alphaSlider_;
    QList<QToolButton*> levels_; ///< usual ones
    QAction *slider_ = nullptr, *levelsAction_ = nullptr;
    QList<QAction*> labels_; ///< names of the controls
    QComboBox* condition_;
    Theme theme_ = lightTheme();
};

} // namespace penumbra::gui
