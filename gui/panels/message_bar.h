#pragma once

#include "gui/style/theme.h"

#include <QFrame>

class QLabel;
class QToolButton;

namespace penumbra::gui {

/// One message across the top of the window: an error or something to know. Its text can be selected and
/// copied.
class MessageBar : public QFrame {
    Q_OBJECT
public:
    enum class Kind { Information, Warning, Error };
    explicit MessageBar(QWidget* parent = nullptr);
    void say(Kind kind, const QString& text);
    void setTheme(const Theme& theme);
    QString text() const;

private:
    Kind kind_ = Kind::Information;
    Theme theme_ = lightTheme();
    QLabel* icon_;
    QLabel* text_;
    QToolButton* copy_;
    QToolButton* close_;
};

} // namespace penumbra::gui
