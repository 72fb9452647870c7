#include "gui/window/window_actions.h"

#include "core/base/error.h"
#include "core/report/table_spec.h"
#include "gui/documents/recent_files.h"
#include "gui/documents/workbench.h"
#include "gui/icons/icons.h"
#include "gui/pages/figure_page.h"
#include "gui/pages/start_screen.h"
#include "gui/pages/study_page.h"
#include "gui/panels/galaxies_panel.h"
#include "gui/panels/help_panel.h"
#include "gui/panels/message_bar.h"
#include "gui/panels/study_toolbar.h"
#include "gui/state/app_state.h"
#include "gui/state/commands.h"
#include "gui/window/exports.h"
#include "gui/window/file_flow.h"
#include "gui/window/make_action.h"
#include "gui/window/select_menu.h"
#include "gui/window/window_parts.h"
#include "penumbra_version.h"

#include <QAction>
#include <QActionGroup>
#include <QApplication>
#include <QDockWidget>
#include <QMenu>
#include <QMenuBar>
#include <QMessageBox>
#include <QSettings>
#include <QTabWidget>
#include <QToolButton>

namespace penumbra::gui {

WindowActions::WindowActions(QMainWindow& window, AppState& state, Workbench& workbench, FileFlow& files)
    : QObject(&window), window_(window), state_(state), workbench_(workbench), files_(files) {
    makeActions();
}

QAction* WindowActions::make(const QString& text, const QString& name, const QKeySequence& keys) {
    return makeAction(window_, text, name, keys);
}

QMenu* WindowActions::menu(const QString& title) {
    return window_.menuBar()->addMenu(title);
}

void WindowActions::apply(const Command& command) {
    state_.apply(command);
}

void WindowActions::makeActions() {
    open_ = make(tr("&Open…"), "actionOpen", QKeySequence::Open);
    import_ = make(tr("&Import table…"), "actionImport", QKeySequence(Qt::CTRL | Qt::Key_I));
    save_ = make(tr("&Save study as…"), "actionSave", QKeySequence::Save);
    saveSession_ =
        make(tr("Save s&ession as…"), "actionSaveSession", QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_S));
    undo_ = make(tr("&Undo"), "actionUndo", QKeySequence::Undo);
    redo_ = make(tr("&Redo"), "actionRedo", QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_Z));
    quit_ = make(tr("&Quit"), "actionQuit", QKeySequence(Qt::CTRL | Qt::Key_Q));
    run_ = make(tr("&Run"), "actionRun", QKeySequence(Qt::CTRL | Qt::Key_R));
    encode_ = make(tr("&Encode galaxies…"), "actionEncode", QKeySequence(Qt::CTRL | Qt::Key_E));
    cancel_ = make(tr("&Cancel run"), "actionCancel", QKeySequence(Qt::CTRL | Qt::Key_Period));
    sampleStudy_ = make(tr("Quick study of the SDSS sample"), "actionSample");
    simulatedStudy_ = make(tr("Quick study of simulated galaxies"), "actionSimulated");
    dark_ = make(tr("&Dark theme"), "actionDark", QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_D));
    dark_->setCheckable(true);
    findCommand_ = make(tr("&Find a command…"), "actionFindCommand", QKeySequence(Qt::CTRL | Qt::Key_K));
    copyTable_ = make(tr("Copy &table"), "actionCopyTable", QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_T));
    copyFigure_ =
        make(tr("Copy figure &data"), "actionCopyFigure", QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_C));
    notes_ = make(tr("&Notes on the data and the study"), "actionNotes");
    connect(open_, &QAction::triggered, &files_, &FileFlow::askAndOpen);
    connect(import_, &QAction::triggered, &files_, &FileFlow::askAndImport);
    connect(save_, &QAction::triggered, &files_, [this] { files_.askAndSave(); });
    connect(saveSession_, &QAction::triggered, &files_, [this] { files_.askAndSaveSession(); });
    connect(undo_, &QAction::triggered, this, [this] { apply({"undo", {}}); });
    connect(redo_, &QAction::triggered, this, [this] { apply({"redo", {}}); });
    connect(quit_, &QAction::triggered, &window_, &QWidget::close);
    connect(run_, &QAction::triggered, &files_, &FileFlow::run);
    connect(encode_, &QAction::triggered, &files_, &FileFlow::askAndEncode);
    connect(cancel_, &QAction::triggered, this, [this] { workbench_.cancelRun(); });
    connect(sampleStudy_, &QAction::triggered, &files_, &FileFlow::openSample);
    connect(simulatedStudy_, &QAction::triggered, &files_,
            [this] { files_.openAndRun(files_.simulatedSample()); });
    connect(dark_, &QAction::triggered, this, [this](bool dark) {
        QSettings().setValue("dark", dark);
        apply({"theme", {dark ? "dark" : "light"}});
    });
    connect(findCommand_, &QAction::triggered, this,
            [this] { palette_->openWith(commands(), choices(), verbs()); });
    connect(notes_, &QAction::triggered, this, &WindowActions::showNotes);
}

void WindowActions::build(WindowParts& parts, Exports& exports, StudyToolbar& toolbar) {
    parts_ = &parts;
    exports_ = &exports;
    toolbar_ = &toolbar;
    palette_ = new CommandPalette(&window_);
    connect(palette_, &CommandPalette::commandWanted, this, &WindowActions::runLine);
    connect(copyTable_, &QAction::triggered, exports_, &Exports::copyTable);
    connect(copyFigure_, &QAction::triggered, exports_, &Exports::copyFigure);
    buildFileMenu();
    buildEditMenu();
    buildStudyMenu();
    select_ = new SelectMenu(*menu(tr("Se&lect")), window_, state_, parts);
    buildViewMenu();
    buildExportMenu();
    buildHelpMenu();
    updateRecent();
}

void WindowActions::buildFileMenu() {
    QMenu* file = menu(tr("&File"));
    file->addAction(open_);
    file->addAction(import_);
    recentMenu_ = file->addMenu(tr("Open &recent"));
    file->addAction(save_);
    file->addAction(saveSession_);
    QAction* recover = file->addAction(tr("Reco&ver a session"), &files_, &FileFlow::recover);
    recover->setObjectName("actionRecover");
    recover->setToolTip(tr("Opens what a window showed that was ended before it was closed"));
    file->addSeparator();
    QAction* start = file->addAction(tr("S&tart screen"), &files_, &FileFlow::showStart);
    start->setObjectName("actionStart");
    start->setToolTip(tr("Samples and recent files; what is open stays open"));
    file->addAction(quit_);
}

void WindowActions::buildEditMenu() {
    QMenu* edit = menu(tr("&Edit"));
    edit->addAction(undo_);
    edit->addAction(redo_);
    edit->addSeparator();
    edit->addAction(copyTable_);
    edit->addAction(copyFigure_);
    edit->addSeparator();
    edit->addAction(findCommand_);
}

void WindowActions::buildStudyMenu() {
    QMenu* study = menu(tr("&Study"));
    study->addAction(encode_);
    study->addAction(run_);
    study->addAction(cancel_);
    study->addSeparator();
    for (const auto& [title, page] : {std::pair{tr("Find where it &fails, and repair it"), "repair"},
                                      std::pair{tr("&Apply it to new galaxies"), "apply"}}) {
        QAction* action = study->addAction(title);
        action->setObjectName(QString("study_") + page);
        connect(action, &QAction::triggered, this, [this, page = page] { apply({"page", {page}}); });
    }
    study->addSeparator();
    study->addAction(sampleStudy_);
    study->addAction(simulatedStudy_);
    simulatedStudy_->setEnabled(!files_.simulatedSample().empty());
    study->addAction(notes_);
    sampleStudy_->setEnabled(files_.hasSample());
}

void WindowActions::buildHelpMenu() {
    QMenu* help = menu(tr("&Help"));
    const auto add = [&](const QString& text, const QString& name, const QKeySequence& keys, auto slot) {
        QAction* action = make(text, name, keys);
        help->addAction(action);
        connect(action, &QAction::triggered, this, slot);
    };
    add(tr("&Explain this"), "actionHelp", QKeySequence(Qt::Key_F1), [this] {
        const QString topic = parts_->help->topicOf(QApplication::focusWidget());
        showHelp(topic.isEmpty() ? "page:" + QString::fromStdString(state_.now().page) : topic);
    });
    add(tr("All &topics"), "actionHelpIndex", QKeySequence(Qt::SHIFT | Qt::Key_F1),
        [this] { showHelp("index"); });
    add(tr("&Keyboard shortcuts"), "actionShortcuts", {}, [this] { showHelp("shortcuts"); });
    add(tr("How to &cite"), "actionCite", {}, [this] { showHelp("cite"); });
    help->addSeparator();
    add(tr("&About Penumbra"), "actionAbout", {}, [this] { showAbout(); });
    QList<QPair<QString, QString>> shortcuts;
    for (const QAction* action : window_.findChildren<QAction*>())
        if (!action->shortcut().isEmpty())
            shortcuts.append(
                {action->text().remove('&'), action->shortcut().toString(QKeySequence::NativeText)});
    parts_->help->setShortcuts(shortcuts);
}

/// F1 explains what has the focus, else the page in front.
void WindowActions::showHelp(const QString& topic) {
    parts_->help->setMethods(workbench_.study() ? workbench_.study()->methods : std::vector<std::string>());
    parts_->help->showTopic(topic);
    parts_->helpDock->show();
    parts_->helpDock->raise();
}

void WindowActions::buildViewMenu() {
    QMenu* view = menu(tr("&View"));
    for (int i = 0; i < parts_->tabs->count(); ++i) {
        const QKeySequence keys =
            i < 9 ? QKeySequence(Qt::CTRL | static_cast<Qt::Key>(Qt::Key_1 + i)) : QKeySequence();
        QAction* action = make(parts_->tabs->tabText(i), "actionPage" + QString::number(i + 1), keys);
        view->addAction(action);
        connect(action, &QAction::triggered, this, [this, i] {
            parts_->tabs->setCurrentIndex(i);
            parts_->tabs->currentWidget()->setFocus();
        });
    }
    view->addSeparator();
    for (QDockWidget* dock : parts_->docks())
        view->addAction(dock->toggleViewAction());
    view->addSeparator();
    view->addAction(dark_);
}

void WindowActions::buildExportMenu() {
    QMenu* exports = menu(tr("E&xport"));
    for (const char* format : {"pdf", "svg", "png", "csv"}) {
        const QString kind = format;
        QAction* action = make(tr("Figure as %1…").arg(kind.toUpper()), "exportFigure_" + kind);
        connect(action, &QAction::triggered, this, [this, kind] { exports_->askFigure(kind); });
        figureExports_ << action;
    }
    exports->addActions(figureExports_);
    exports->addSeparator();
    const QList<QPair<QString, QString>> tables = {{"tex", "LaTeX"}, {"md", "Markdown"}, {"csv", "CSV"}};
    for (const auto& [kind, name] : tables) {
        QAction* action = make(tr("Table as %1…").arg(name), "exportTable_" + kind);
        connect(action, &QAction::triggered, this, [this, kind = kind] { exports_->askTable(kind); });
        tableExports_ << action;
    }
    exports->addActions(tableExports_);
    exports->addSeparator();
    galaxiesExport_ = make(tr("&Galaxies as a table…"), "exportGalaxies");
    galaxiesExport_->setToolTip(
        tr("The table of galaxies as it is sorted, with every digit; the file's ending names the format"));
    connect(galaxiesExport_, &QAction::triggered, exports_, [this] { exports_->askGalaxies(); });
    selectionExport_ = make(tr("&Selected galaxies as a table…"), "exportSelection");
    selectionExport_->setToolTip(tr("The same of the selected galaxies alone"));
    connect(selectionExport_, &QAction::triggered, exports_, [this] { exports_->askGalaxies(true); });
    for (QAction* action : {galaxiesExport_, selectionExport_}) {
        exports->addAction(action);
        parts_->galaxies->offer(action);
    }
    exports->addSeparator();
    exports->addActions(exports_->paperSizes()->actions());
}

QList<QAction*> WindowActions::commands() const {
    QList<QAction*> list;
    for (const QAction* top : window_.menuBar()->actions())
        if (top->menu())
            for (QAction* action : top->menu()->actions()) {
                if (action->menu())
                    list << action->menu()->actions();
                else if (!action->isSeparator())
                    list << action;
            }
    list << toolbar_->methodActions();
    return list;
}

/// What menus do not list.
QList<CommandPalette::Choice> WindowActions::choices() const {
    QList<CommandPalette::Choice> choices;
    const ViewState& now = state_.now();
    const auto add = [&](const QString& title, const Command& command) {
        choices.append({title, QString::fromStdString(textOf(command))});
    };
    if (now.study)
        for (const TargetStudy& target : now.study->targets)
            add(tr("Target: %1").arg(QString::fromStdString(target.name)), {"target", {target.name}});
    for (const Subset& subset : now.subsets)
        add(tr("Select the subset: %1").arg(QString::fromStdString(subset.name)),
            {"subset", {"use", subset.name}});
    if (now.study && now.catalogue)
        for (const io::Column& column : now.catalogue->columns.columns)
            if (column.isNumeric() && column.width == 1)
                add(tr("Condition on: %1").arg(QString::fromStdString(column.name)),
                    {"condition", {column.name}});
    return choices;
}

QStringList WindowActions::verbs() const {
    QStringList verbs;
    for (const CommandKind& kind : allCommandKinds())
        verbs << kind.verb;
    return verbs;
}

void WindowActions::runLine(const QString& line) {
    try {
        apply(parseCommand(line.toStdString()));
    } catch (const Error& error) {
        parts_->message->say(MessageBar::Kind::Error, QString::fromUtf8(error.what()));
    }
}

void WindowActions::updateRecent() {
    recentMenu_->clear();
    const QStringList paths = recentFiles();
    for (const QString& path : paths) {
        QAction* action = recentMenu_->addAction(path);
        connect(action, &QAction::triggered, this, [this, path] { files_.open(path); });
    }
    recentMenu_->setEnabled(!paths.isEmpty());
    parts_->start->setRecentFiles(paths);
}

void WindowActions::update() {
    const bool running = workbench_.running();
    run_->setEnabled(parts_->study->canRun());
    run_->setToolTip(parts_->study->whyNot().isEmpty() ? tr("Run the study (Ctrl+R)")
                                                       : parts_->study->whyNot());
    cancel_->setEnabled(running);
    save_->setEnabled(workbench_.study() != nullptr && !running);
    const FigurePage* page = parts_->currentFigurePage();
    const bool drawn = page && page->figure();
    for (QAction* action : figureExports_)
        action->setEnabled(drawn);
    copyFigure_->setEnabled(drawn);
    const bool tabulated = workbench_.study() && !workbench_.study()->scores.empty();
    for (QAction* action : tableExports_)
        action->setEnabled(tabulated);
    copyTable_->setEnabled(tabulated);
    galaxiesExport_->setEnabled(parts_->galaxies->hasRows());
    selectionExport_->setEnabled(parts_->galaxies->hasRows() && state_.now().selection.rows.any());
    saveSession_->setEnabled(!workbench_.path().isEmpty() && !running);
    select_->update(parts_->galaxies->hasRows(), tabulated && !running);
    undo_->setEnabled(state_.done() > 0);
    redo_->setEnabled(state_.done() < state_.history().size());
    const auto count = workbench_.notes().size();
    parts_->notesButton->setVisible(count > 0);
    parts_->notesButton->setText(count == 1 ? tr("1 note") : tr("%1 notes").arg(count));
    notes_->setEnabled(count > 0);
}

void WindowActions::showNotes() {
    QStringList lines;
    for (const std::string& note : workbench_.notes())
        lines << QString::fromStdString(note);
    parts_->message->say(MessageBar::Kind::Warning, lines.join('\n'));
}

void WindowActions::showAbout() {
    QMessageBox::about(
        &window_, tr("About Penumbra"),
        tr("<b>Penumbra %1</b><p>Decide which error bar to trust: calibrated uncertainties for "
           "galaxies.</p><p>GPL-3.0-or-later. Built with Qt, QCustomPlot, LibTorch and HDF5.</p>")
            .arg(QString::fromLatin1(versionText)));
}

void WindowActions::setTheme(const Theme& theme, bool dark) {
    dark_->setChecked(dark);
    for (const auto& [action, icon] :
         {std::pair{open_, "open"}, std::pair{save_, "save"}, std::pair{run_, "run"},
          std::pair{cancel_, "stop"}, std::pair{findCommand_, "search"}})
        action->setIcon(themedIcon(icon, theme));
}

} // namespace penumbra::gui
