#include "gui/dialogs/command_palette.h"

#include <QAction>
#include <QKeyEvent>
#include <QLineEdit>
#include <QListWidget>
#include <QMenu>
#include <QVBoxLayout>

#include <algorithm>

namespace penumbra::gui {

namespace {
constexpr int actionRole = Qt::UserRole;
constexpr int commandRole = Qt::UserRole + 1;
} // namespace

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

void CommandPalette::openWith(const QList<QAction*>& actions, const QList<Choice>& choices,
                              const QStringList& verbs) {
    actions_.clear();
    for (QAction* action : actions)
        actions_.append(action);
    choices_ = choices;
    verbs_ = verbs;
    line_->clear();
    filter({});
    const QWidget* window = parentWidget();
    resize(480, 360);
    move(window->mapToGlobal(QPoint((window->width() - width()) / 2, 80)));
    show();
    line_->setFocus();
}

void CommandPalette::addLine(const QString& title, const QString& keys, qsizetype action,
                             const QString& command) {
    auto* item = new QListWidgetItem(keys.isEmpty() ? title : title + "    " + keys, list_);
    item->setData(actionRole, static_cast<qlonglong>(action));
    item->setData(commandRole, command);
}

void CommandPalette::filter(const QString& text) {
    list_->clear();
    const QStringList words = text.split(' ', Qt::SkipEmptyParts);
    const auto fits = [&](const QString& title) {
        return std::all_of(words.begin(), words.end(),
                           [&](const QString& word) { return title.contains(word, Qt::CaseInsensitive); });
    };
    for (qsizetype i = 0; i < actions_.size(); ++i) {
        const QAction* action = actions_[i];
        if (!action || !action->isEnabled())
            continue;
        if (const QString title = commandTitle(action); fits(title))
            addLine(title, action->shortcut().toString(QKeySequence::NativeText), i, {});
    }
    for (const Choice& choice : choices_)
        if (!words.isEmpty() && fits(choice.title)) // hundreds of columns would hide the commands
            addLine(choice.title, {}, -1, choice.command);
    if (words.size() > 1 && verbs_.contains(words.front()))
        addLine(tr("Run: %1").arg(text.trimmed()), {}, -1, text.trimmed());
    if (list_->count() == 0) {
        auto* item = new QListWidgetItem(tr("No command has these words"), list_);
        item->setFlags(Qt::NoItemFlags);
        item->setData(actionRole, -1);
    }
    list_->setCurrentRow(0);
}

void CommandPalette::runCurrent() {
    const QListWidgetItem* item = list_->currentItem();
    if (item == nullptr)
        return;
    const qlonglong index = item->data(actionRole).toLongLong();
    const QString command = item->data(commandRole).toString();
    const QPointer<QAction> action = index >= 0 ? actions_[index] : QPointer<QAction>();
    if (!action && command.isEmpty())
        return;
    hide();
    if (action)
        action->trigger();
    else
        Q_EMIT commandWanted(command);
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
