#pragma once

#include "core/catalogue/catalogue.h"
#include "core/eval/study.h"
#include "gui/style/theme.h"

#include <QToolBar>

#include <memory>

class QComboBox;
class QDoubleSpinBox;
class QSlider;
class QToolButton;

namespace penumbra::gui {

/// What all pages obey: target, methods shown, alpha, the variable that coverage is conditioned on.
class StudyToolbar : public QToolBar {
    Q_OBJECT
public:
    StudyToolbar(QAction* run, QWidget* parent = nullptr);
    void setTheme(const Theme& theme);
    /// Refills the lists where they changed and keeps the choices that still fit. study may be null.
    void setStudy(const Study* study, const Catalogue* catalogue);
    void setAlpha(double alpha); ///< without emitting
    void forgetChoices();        ///< all methods, the first condition: another file was opened
    std::string target() const;
    std::vector<std::string> methods() const; ///< ticked ones, in the study's order
    std::string conditionOn() const;
    /// Checkable actions of the methods menu: for the command palette.
    QList<QAction*> methodActions() const;

Q_SIGNALS:
    void choiceChanged();
    void alphaWanted(double alpha);

private:
    void fillMethods(const std::vector<std::string>& methods);
    void fillConditions(const Catalogue* catalogue);
    void drawMethodsButton();
    QComboBox* target_;
    QToolButton* methodsButton_;
    class QMenu* methodsMenu_;
    QDoubleSpinBox* alpha_;
    QSlider* alphaSlider_;
    QComboBox* condition_;
    Theme theme_ = lightTheme();
};

} // namespace penumbra::gui
