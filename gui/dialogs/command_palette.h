#pragma once

#include <QDialog>
#include <QPointer>

class QAction;
class QLineEdit;
class QListWidget;

namespace penumbra::gui {

/// Finds any command by typing part of its name: every enabled action of the window, with its shortcut.
class CommandPalette : public QDialog {
    Q_OBJECT
public:
    explicit CommandPalette(QWidget* parent);
    /// Fills the list anew and opens above the window.
    void openWith(const QList<QAction*>& actions);

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void filter(const QString& text);
    void runCurrent();
    QLineEdit* line_;
    QListWidget* list_;
    QList<QPointer<QAction>> actions_;
};

/// "File: Open…" without mnemonics and ellipsis.
QString commandTitle(const QAction* action);

} // namespace penumbra::gui
