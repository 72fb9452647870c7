#pragma once

#include "gui/style/theme.h"

#include <QFrame>

class QLabel;
class QShortcut;
class QTimer;
class QToolButton;

namespace penumbra::gui {

/// One message across the top of the window: an error or something to know. Its text can be selected and
/// copied.
class MessageBar : public QFrame {
    Q_OBJECT
public:
    enum class Kind { Information, Warning, Error };
    explicit MessageBar(QWidget* parent = nullptr);
    /// What is only to be known goes by itself after a while; all goes with Esc.
    void say(Kind kind, const QString& text);
    void setTheme(const Theme& theme);
    QString text() const;

protected:
    void showEvent(QShowEvent* event) override;
    void hideEvent(QHideEvent* event) override;

private:
    Kind kind_ = Kind::Information;
    Theme theme_ = lightTheme();
    QLabel* icon_;
    QLabel* text_;
    QToolButton* copy_;
    QToolButton* close_;
    QShortcut* escape_;
    QTimer* fade_;
};

} // namespace penumbra::gui
