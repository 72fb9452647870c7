#pragma once

#include "gui/style/theme.h"

#include <QFrame>

class QLabel;
class QScrollArea;
class QShortcut;
class QTimer;
class QToolButton;

namespace penumbra::gui {

/// One message over the lower edge of the window, which does not move for it: an error or something to know.
/// Its text can be selected and copied.
class MessageBar : public QFrame {
    Q_OBJECT
public:
    enum class Kind { Information, Warning, Error };
    explicit MessageBar(QWidget* parent = nullptr);
    /// What is only to be known goes by itself after a while; all goes with Esc.
    void say(Kind kind, const QString& text);
    void setTheme(const Theme& theme);
    QString text() const;
    void floatOver(QWidget* below); ///< becomes its child

protected:
    void showEvent(QShowEvent* event) override;
    void hideEvent(QHideEvent* event) override;
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void place();
    Kind kind_ = Kind::Information;
    Theme theme_ = lightTheme();
    QLabel* icon_;
    QLabel* text_;
    QScrollArea* area_; ///< of a long text
    QToolButton* copy_;
    QToolButton* close_;
    QShortcut* escape_;
    QTimer* fade_;
};

} // namespace penumbra::gui
