#pragma once

#include <QDialog>
#include <QPointer>
#include <QStringList>

class QAction;
class QLineEdit;
class QListWidget;

namespace penumbra::gui {

/// Finds any command by typing part of its name: every enabled action of the window, with its shortcut, and
/// what else can be chosen (a target, a column to condition on). A whole command in words is run as it is
/// written.
class CommandPalette : public QDialog {
    Q_OBJECT
public:
    explicit CommandPalette(QWidget* parent);
    /// Something to choose that no menu has: "Target: mass", done by a command in words.
    struct Choice {
        QString title;
        QString command;
    };
    /// Fills the list anew and opens above the window.
    /// @param verbs of commands in words
    void openWith(const QList<QAction*>& actions, const QList<Choice>& choices = {},
                  const QStringList& verbs = {});

Q_SIGNALS:
    void commandWanted(const QString& line);

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void filter(const QString& text);
    void addLine(const QString& title, const QString& keys, qsizetype action, const QString& command);
    void runCurrent();
    QLineEdit* line_;
    QListWidget* list_;
    QList<QPointer<QAction>> actions_;
    QList<Choice> choices_;
    QStringList verbs_;
};

/// "File: Open…" without mnemonics and ellipsis.
QString commandTitle(const QAction* action);

} // namespace penumbra::gui
