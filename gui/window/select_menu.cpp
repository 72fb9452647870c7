#include "gui/window/select_menu.h"

#include "core/base/error.h"
#include "gui/panels/message_bar.h"
#include "gui/panels/where_box.h"
#include "gui/state/app_state.h"
#include "gui/window/make_action.h"
#include "gui/window/window_parts.h"

#include <QAction>
#include <QInputDialog>
#include <QMainWindow>
#include <QMenu>

namespace penumbra::gui {

SelectMenu::SelectMenu(QMenu& menu, QMainWindow& window, AppState& state, WindowParts& parts)
    : QObject(&menu), menu_(menu), window_(window), state_(state), parts_(parts) {
    build();
}

QAction* SelectMenu::make(const QString& text, const QString& name, const QKeySequence& keys) {
    return makeAction(window_, text, name, keys);
}

void SelectMenu::apply(const Command& command) {
    state_.apply(command);
}

void SelectMenu::update(bool hasRows, bool canConfirm) {
    const bool selected = state_.now().selection.rows.any();
    for (QAction* action : ofRows_)
        action->setEnabled(hasRows);
    missedMenu_->setEnabled(hasRows);
    name_->setEnabled(selected);
    confirm_->setEnabled(selected && canConfirm);
}

void SelectMenu::build() {
    const auto add = [&](const QString& text, const QString& name, const QKeySequence& keys,
                         const char* rows) {
        QAction* action = make(text, name, keys);
        menu_.addAction(action);
        ofRows_ << action;
        connect(action, &QAction::triggered, this, [this, rows] { apply({"select", {rows}}); });
    };
    add(tr("&All test galaxies"), "selectAll", QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_A), "all");
    add(tr("&None"), "selectNone", QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_N), "none");
    add(tr("&The other test galaxies"), "selectOthers", QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_I),
        "invert");
    QAction* where = make(tr("By an &expression"), "selectWhere", QKeySequence::Find);
    menu_.addAction(where);
    ofRows_ << where;
    connect(where, &QAction::triggered, parts_.where, &WhereBox::takeFocus);
    missedMenu_ = menu_.addMenu(tr("&Missed by"));
    missedMenu_->setObjectName("missedMenu");
    connect(missedMenu_, &QMenu::aboutToShow, this, &SelectMenu::fillMissedMenu);
    menu_.addSeparator();
    addWalk();
    menu_.addSeparator();
    name_ = make(tr("&Name the selection…"), "selectName", QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_M));
    connect(name_, &QAction::triggered, this, &SelectMenu::askAndName);
    menu_.addAction(name_);
    confirm_ = make(tr("&Confirm on galaxies held back"), "selectConfirm");
    confirm_->setToolTip(
        tr("Tests whether methods cover what is selected too little, on the half of the test "
           "galaxies that searches do not look at"));
    connect(confirm_, &QAction::triggered, this, [this] { apply({"confirm", {}}); });
    menu_.addAction(confirm_);
    subsetsMenu_ = menu_.addMenu(tr("&Subsets"));
    subsetsMenu_->setObjectName("subsetsMenu");
    connect(subsetsMenu_, &QMenu::aboutToShow, this, &SelectMenu::fillSubsetsMenu);
}

/// From one galaxy to others.
void SelectMenu::addWalk() {
    const auto add = [&](const QString& text, const QString& name, const QKeySequence& keys,
                         const Command& command) {
        QAction* action = make(text, name, keys);
        menu_.addAction(action);
        ofRows_ << action;
        connect(action, &QAction::triggered, this, [this, command] {
            try {
                apply(command);
            } catch (const Error& error) {
                parts_.message->say(MessageBar::Kind::Error, QString::fromUtf8(error.what()));
            }
        });
    };
    add(tr("Galaxies &like these"), "selectSimilar", QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_L),
        {"similar", {"20", "selection"}});
    add(tr("&Worst misses first"), "orderWorst", {}, {"order", {"|error| / width", "descending"}});
    add(tr("Ne&xt galaxy"), "galaxyNextAction", QKeySequence(Qt::ALT | Qt::Key_Down), {"next", {}});
    add(tr("&Previous galaxy"), "galaxyPreviousAction", QKeySequence(Qt::ALT | Qt::Key_Up), {"previous", {}});
}

void SelectMenu::askAndName() {
    bool agreed = false;
    const QString name = QInputDialog::getText(&window_, tr("Name the selection"), tr("Name:"),
                                               QLineEdit::Normal, {}, &agreed);
    if (agreed && !name.trimmed().isEmpty())
        apply({"subset", {"add", name.trimmed().toStdString()}});
}

void SelectMenu::fillSubsetsMenu() {
    subsetsMenu_->clear();
    for (const Subset& subset : state_.now().subsets) {
        QMenu* menu = subsetsMenu_->addMenu(QString::fromStdString(subset.name));
        const QList<QPair<QString, QString>> ways = {{tr("&Select"), ""},
                                                     {tr("&Add to the selection"), "add"},
                                                     {tr("&Remove from the selection"), "remove"},
                                                     {tr("&Keep only these in the selection"), "intersect"}};
        for (const auto& [title, way] : ways)
            menu->addAction(title, this, [this, name = subset.name, word = way.toStdString()] {
                Command command{"subset", {"use", name}};
                if (!word.empty())
                    command.words.push_back(word);
                apply(command);
            });
        menu->addSeparator();
        menu->addAction(tr("&Forget the name"), this, [this, name = subset.name] {
            apply({"subset", {"remove", name}});
        });
    }
    if (subsetsMenu_->isEmpty())
        subsetsMenu_->addAction(tr("none yet"))->setEnabled(false);
}

void SelectMenu::fillMissedMenu() {
    missedMenu_->clear();
    for (const std::string& method : state_.now().finishedMethods()) {
        QAction* action = missedMenu_->addAction(QString::fromStdString(method));
        connect(action, &QAction::triggered, this, [this, method] {
            apply({"select", {"where", std::string("missed(") + method + ")"}});
        });
    }
    if (missedMenu_->isEmpty())
        missedMenu_->addAction(tr("no results yet"))->setEnabled(false);
}

} // namespace penumbra::gui
