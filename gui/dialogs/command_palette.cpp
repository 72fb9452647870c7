#include "gui/dialogs/command_palette.h"

#include <QAction>
#include <QKeyEvent>
#include <QLineEdit>
#include <QListWidget>
#include <QMenu>
#include <QVBoxLayout>

namespace penumbra::gui {

QString commandTitle(const QAction* action) {
    QString title = action->text();
    title.remove('&');
    title.remove(QStringLiteral("…"));
    for (const QObject* owner : action->associatedObjects())
        if (const auto* menu = qobject_cast<const QMenu*>(owner); menu && !menu->title().isEmpty()) {
            QString group = menu->title();
            return group.remove('&') + ": " + title;
        }
    return title;
}

CommandPalette::CommandPalette(QWidget* parent)
    : QDialog(parent, Qt::Popup), line_(new QLineEdit(this)), list_(new QListWidget(this)) {
    setObjectName("commandPalette");
    setAccessibleName(tr("Find a command"));
    line_->setObjectName("commandLine");
    line_->setPlaceholderText(tr("Type part of a command"));
    line_->setAccessibleName(tr("Part of a command's name"));
    list_->setObjectName("commandList");
    list_->setAccessibleName(tr("Commands"));
    list_->setFocusPolicy(Qt::NoFocus);
    auto* frame = new QFrame(this);
    frame->setObjectName("commandFrame");
    auto* whole = new QVBoxLayout(this);
    whole->setContentsMargins(0, 0, 0, 0);
    whole->addWidget(frame);
    auto* layout = new QVBoxLayout(frame);
    layout->setContentsMargins(8, 8, 8, 8);
    layout->setSpacing(4);
    layout->addWidget(line_);
    layout->addWidget(list_, 1);
    line_->installEventFilter(this);
    connect(line_, &QLineEdit::textChanged, this, &CommandPalette::filter);
    connect(list_, &QListWidget::itemClicked, this, [this] { runCurrent(); });
}

void CommandPalette::openWith(const QList<QAction*>& actions) {
    actions_.clear();
    for (QAction* action : actions)
        actions_.append(action);
    line_->clear();
    filter({});
    const QWidget* window = parentWidget();
    resize(480, 360);
    move(window->mapToGlobal(QPoint((window->width() - width()) / 2, 80)));
    show();
    line_->setFocus();
}

void CommandPalette::filter(const QString& text) {
    list_->clear();
    const QStringList words = text.split(' ', Qt::SkipEmptyParts);
    for (qsizetype i = 0; i < actions_.size(); ++i) {
        const QAction* action = actions_[i];
        if (!action || !action->isEnabled())
            continue;
        const QString title = commandTitle(action);
        bool fits = true;
        for (const QString& word : words)
            fits &= title.contains(word, Qt::CaseInsensitive);
        if (!fits)
            continue;
        const QString keys = action->shortcut().toString(QKeySequence::NativeText);
        auto* item = new QListWidgetItem(keys.isEmpty() ? title : title + "    " + keys, list_);
        item->setData(Qt::UserRole, static_cast<qlonglong>(i));
    }
    if (list_->count() == 0) {
        auto* item = new QListWidgetItem(tr("No command has these words"), list_);
        item->setFlags(Qt::NoItemFlags);
        item->setData(Qt::UserRole, -1);
    }
    list_->setCurrentRow(0);
}

void CommandPalette::runCurrent() {
    const QListWidgetItem* item = list_->currentItem();
    const qlonglong index = item ? item->data(Qt::UserRole).toLongLong() : -1;
    if (index < 0)
        return;
    const QPointer<QAction> action = actions_[index];
    hide();
    if (action)
        action->trigger();
}

bool CommandPalette::eventFilter(QObject* watched, QEvent* event) {
    if (watched != line_ || event->type() != QEvent::KeyPress)
        return QDialog::eventFilter(watched, event);
    const int key = static_cast<QKeyEvent*>(event)->key();
    if (key == Qt::Key_Down || key == Qt::Key_Up) {
        const int step = key == Qt::Key_Down ? 1 : -1;
        list_->setCurrentRow(qBound(0, list_->currentRow() + step, list_->count() - 1));
        return true;
    }
    if (key == Qt::Key_Return || key == Qt::Key_Enter) {
        runCurrent();
        return true;
    }
    return QDialog::eventFilter(watched, event);
}

} // namespace penumbra::gui
