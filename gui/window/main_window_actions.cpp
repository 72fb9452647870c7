// Actions, menus and the questions they ask; a third of MainWindow.
#include "core/base/text.h"
#include "core/io/table_writer.h"
#include "core/report/table_spec.h"
#include "gui/plots/figure_export.h"
#include "gui/window/command_palette.h"
#include "gui/window/figure_page.h"
#include "gui/window/galaxies_panel.h"
#include "gui/window/main_window.h"
#include "gui/window/message_bar.h"
#include "gui/window/recent_files.h"
#include "gui/window/start_screen.h"
#include "gui/window/study_panel.h"
#include "gui/window/study_toolbar.h"
#include "gui/window/where_box.h"
#include "penumbra_version.h"

#include "core/base/atomic_file.h"

#include <QActionGroup>
#include <QApplication>
#include <QClipboard>
#include <QDockWidget>
#include <QFileDialog>
#include <QFileInfo>
#include <QMenuBar>
#include <QMessageBox>
#include <QTabWidget>
#include <QToolButton>

namespace penumbra::gui {

namespace {

QAction* makeAction(QObject* owner, const QString& text, const QString& name, const QKeySequence& keys = {}) {
    auto* action = new QAction(text, owner);
    action->setObjectName(name);
    action->setShortcut(keys);
    return action;
}

} // namespace

void MainWindow::buildActions() {
    open_ = makeAction(this, tr("&Open…"), "actionOpen", QKeySequence::Open);
    import_ = makeAction(this, tr("&Import table…"), "actionImport", QKeySequence(Qt::CTRL | Qt::Key_I));
    save_ = makeAction(this, tr("&Save study as…"), "actionSave", QKeySequence::Save);
    saveSession_ = makeAction(this, tr("Save s&ession as…"), "actionSaveSession",
                              QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_S));
    undo_ = makeAction(this, tr("&Undo"), "actionUndo", QKeySequence::Undo);
    redo_ = makeAction(this, tr("&Redo"), "actionRedo", QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_Z));
    quit_ = makeAction(this, tr("&Quit"), "actionQuit", QKeySequence(Qt::CTRL | Qt::Key_Q));
    run_ = makeAction(this, tr("&Run"), "actionRun", QKeySequence(Qt::CTRL | Qt::Key_R));
    encode_ = makeAction(this, tr("&Encode galaxies…"), "actionEncode", QKeySequence(Qt::CTRL | Qt::Key_E));
    cancel_ = makeAction(this, tr("&Cancel run"), "actionCancel", QKeySequence(Qt::CTRL | Qt::Key_Period));
    sampleStudy_ = makeAction(this, tr("Quick study of the SDSS sample"), "actionSample");
    dark_ = makeAction(this, tr("&Dark theme"), "actionDark", QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_D));
    dark_->setCheckable(true);
    findCommand_ =
        makeAction(this, tr("&Find a command…"), "actionFindCommand", QKeySequence(Qt::CTRL | Qt::Key_K));
    copyTable_ = makeAction(this, tr("Copy &table"), "actionCopyTable",
                            QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_T));
    copyFigure_ = makeAction(this, tr("Copy figure &data"), "actionCopyFigure",
                             QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_C));
    notes_ = makeAction(this, tr("&Notes on the data and the study"), "actionNotes");
    connect(open_, &QAction::triggered, this, &MainWindow::askAndOpen);
    connect(import_, &QAction::triggered, this, &MainWindow::askAndImport);
    connect(save_, &QAction::triggered, this, [this] { askAndSave(); });
    connect(saveSession_, &QAction::triggered, this, &MainWindow::askAndSaveSession);
    connect(undo_, &QAction::triggered, this, [this] { apply({"undo", {}}); });
    connect(redo_, &QAction::triggered, this, [this] { apply({"redo", {}}); });
    connect(quit_, &QAction::triggered, this, &QWidget::close);
    connect(run_, &QAction::triggered, this, &MainWindow::runStudy);
    connect(encode_, &QAction::triggered, this, &MainWindow::askAndEncode);
    connect(cancel_, &QAction::triggered, this, [this] { workbench_->cancelRun(); });
    connect(sampleStudy_, &QAction::triggered, this, &MainWindow::openSample);
    connect(dark_, &QAction::triggered, this, &MainWindow::setDark);
    connect(findCommand_, &QAction::triggered, this, [this] { palette_->openWith(commands()); });
    connect(notes_, &QAction::triggered, this, &MainWindow::showNotes);
    connect(copyTable_, &QAction::triggered, this, [this] {
        if (const report::TableSpec* table = currentTable())
            QApplication::clipboard()->setText(QString::fromStdString(report::toMarkdown(*table)));
    });
    connect(copyFigure_, &QAction::triggered, this, [this] {
        const FigurePage* page = currentFigurePage();
        if (page && page->figure())
            QApplication::clipboard()->setText(QString::fromStdString(report::toCsv(*page->figure())));
    });
}

void MainWindow::buildMenus() {
    QMenu* file = menuBar()->addMenu(tr("&File"));
    file->addAction(open_);
    file->addAction(import_);
    recentMenu_ = file->addMenu(tr("Open &recent"));
    file->addAction(save_);
    file->addAction(saveSession_);
    QAction* recover = file->addAction(tr("Reco&ver a session"), this, &MainWindow::offerRecovery);
    recover->setObjectName("actionRecover");
    recover->setToolTip(tr("Opens what a window showed that was ended before it was closed"));
    file->addSeparator();
    file->addAction(quit_);
    QMenu* edit = menuBar()->addMenu(tr("&Edit"));
    edit->addAction(undo_);
    edit->addAction(redo_);
    edit->addSeparator();
    edit->addAction(copyTable_);
    edit->addAction(copyFigure_);
    edit->addSeparator();
    edit->addAction(findCommand_);
    QMenu* study = menuBar()->addMenu(tr("&Study"));
    study->addAction(encode_);
    study->addAction(run_);
    study->addAction(cancel_);
    study->addSeparator();
    study->addAction(sampleStudy_);
    study->addAction(notes_);
    sampleStudy_->setEnabled(!sample_.empty());
    buildSelectMenu();
    buildViewMenu();
    buildExportMenu();
    QMenu* help = menuBar()->addMenu(tr("&Help"));
    QAction* about = help->addAction(tr("&About Penumbra"));
    about->setObjectName("actionAbout");
    connect(about, &QAction::triggered, this, &MainWindow::showAbout);
    updateRecentMenu();
}

void MainWindow::buildSelectMenu() {
    QMenu* menu = menuBar()->addMenu(tr("Se&lect"));
    const auto add = [&](const QString& text, const QString& name, const QKeySequence& keys,
                         const char* rows) {
        QAction* action = makeAction(this, text, name, keys);
        menu->addAction(action);
        selectActions_ << action;
        connect(action, &QAction::triggered, this, [this, rows] { apply({"select", {rows}}); });
    };
    add(tr("&All test galaxies"), "selectAll", QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_A), "all");
    add(tr("&None"), "selectNone", QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_N), "none");
    add(tr("&The other test galaxies"), "selectOthers", QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_I),
        "invert");
    QAction* where = makeAction(this, tr("By an &expression"), "selectWhere", QKeySequence::Find);
    menu->addAction(where);
    selectActions_ << where;
    connect(where, &QAction::triggered, where_, &WhereBox::takeFocus);
    missedMenu_ = menu->addMenu(tr("&Missed by"));
    missedMenu_->setObjectName("missedMenu");
    connect(missedMenu_, &QMenu::aboutToShow, this, &MainWindow::fillMissedMenu);
    menu->addSeparator();
    nameSelection_ = makeAction(this, tr("&Name the selection…"), "selectName",
                                QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_M));
    connect(nameSelection_, &QAction::triggered, this, &MainWindow::askAndNameSelection);
    menu->addAction(nameSelection_);
    subsetsMenu_ = menu->addMenu(tr("&Subsets"));
    subsetsMenu_->setObjectName("subsetsMenu");
    connect(subsetsMenu_, &QMenu::aboutToShow, this, &MainWindow::fillSubsetsMenu);
}

void MainWindow::buildViewMenu() {
    QMenu* view = menuBar()->addMenu(tr("&View"));
    for (int i = 0; i < tabs_->count(); ++i) {
        const QKeySequence keys =
            i < 9 ? QKeySequence(Qt::CTRL | static_cast<Qt::Key>(Qt::Key_1 + i)) : QKeySequence();
        QAction* action = makeAction(this, tabs_->tabText(i), "actionPage" + QString::number(i + 1), keys);
        view->addAction(action);
        connect(action, &QAction::triggered, this, [this, i] {
            tabs_->setCurrentIndex(i);
            tabs_->currentWidget()->setFocus();
        });
    }
    view->addSeparator();
    for (QDockWidget* dock :
         {dataDock_, subsetsDock_, historyDock_, galaxyDock_, explanationDock_, jobsDock_})
        view->addAction(dock->toggleViewAction());
    view->addSeparator();
    view->addAction(dark_);
}

void MainWindow::buildExportMenu() {
    QMenu* menu = menuBar()->addMenu(tr("E&xport"));
    for (const char* format : {"pdf", "svg", "png", "csv"}) {
        const QString kind = format;
        QAction* action = makeAction(this, tr("Figure as %1…").arg(kind.toUpper()), "exportFigure_" + kind);
        connect(action, &QAction::triggered, this, [this, kind] { askAndExportFigure(kind); });
        figureExports_ << action;
    }
    menu->addActions(figureExports_);
    menu->addSeparator();
    const QList<QPair<QString, QString>> tables = {{"tex", "LaTeX"}, {"md", "Markdown"}, {"csv", "CSV"}};
    for (const auto& [kind, name] : tables) {
        QAction* action = makeAction(this, tr("Table as %1…").arg(name), "exportTable_" + kind);
        connect(action, &QAction::triggered, this, [this, kind = kind] { askAndExportTable(kind); });
        tableExports_ << action;
    }
    menu->addActions(tableExports_);
    menu->addSeparator();
    galaxiesExport_ = makeAction(this, tr("&Galaxies as a table…"), "exportGalaxies");
    galaxiesExport_->setToolTip(
        tr("The table of galaxies as it is sorted, with every digit; the file's ending names the format"));
    connect(galaxiesExport_, &QAction::triggered, this, &MainWindow::askAndExportGalaxies);
    menu->addAction(galaxiesExport_);
    galaxies_->offer(galaxiesExport_);
    menu->addSeparator();
    paperSize_ = new QActionGroup(this);
    for (const auto& [size, title] : {std::pair{"one-column", tr("Figures one column wide (88 mm)")},
                                      std::pair{"two-columns", tr("Figures two columns wide (180 mm)")}}) {
        QAction* action = makeAction(this, title, QString("paper_") + size);
        action->setCheckable(true);
        action->setData(QString(size));
        paperSize_->addAction(action);
        menu->addAction(action);
    }
    paperSize_->actions().front()->setChecked(true);
}

QList<QAction*> MainWindow::commands() const {
    QList<QAction*> list;
    for (const QAction* top : menuBar()->actions())
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

void MainWindow::updateRecentMenu() {
    recentMenu_->clear();
    const QStringList paths = recentFiles();
    for (const QString& path : paths) {
        QAction* action = recentMenu_->addAction(path);
        connect(action, &QAction::triggered, this, [this, path] { openPath(path); });
    }
    recentMenu_->setEnabled(!paths.isEmpty());
    start_->setRecentFiles(paths);
}

void MainWindow::updateActions() {
    const bool running = workbench_->running();
    run_->setEnabled(panel_->canRun());
    run_->setToolTip(panel_->whyNot().isEmpty() ? tr("Run the study (Ctrl+R)") : panel_->whyNot());
    cancel_->setEnabled(running);
    save_->setEnabled(workbench_->study() != nullptr && !running);
    const FigurePage* page = currentFigurePage();
    const bool drawn = page && page->figure();
    for (QAction* action : figureExports_)
        action->setEnabled(drawn);
    copyFigure_->setEnabled(drawn);
    const bool tabulated = workbench_->study() && !workbench_->study()->scores.empty();
    for (QAction* action : tableExports_)
        action->setEnabled(tabulated);
    copyTable_->setEnabled(tabulated);
    galaxiesExport_->setEnabled(galaxies_->hasRows());
    for (QAction* action : selectActions_)
        action->setEnabled(galaxies_->hasRows());
    missedMenu_->setEnabled(galaxies_->hasRows());
    saveSession_->setEnabled(!workbench_->path().isEmpty() && !running);
    nameSelection_->setEnabled(state().selection.rows.any());
    undo_->setEnabled(state_->done() > 0);
    redo_->setEnabled(state_->done() < state_->history().size());
    const auto count = workbench_->notes().size();
    notesButton_->setVisible(count > 0);
    notesButton_->setText(count == 1 ? tr("1 note") : tr("%1 notes").arg(count));
    notes_->setEnabled(count > 0);
}

FigurePage* MainWindow::currentFigurePage() const {
    return qobject_cast<FigurePage*>(tabs_->currentWidget());
}

const report::TableSpec* MainWindow::currentTable() const {
    for (const Page* page : pages_)
        if (const report::TableSpec* table = page->table())
            return table;
    return nullptr;
}

void MainWindow::askAndExportFigure(const QString& format) {
    const QString path = QFileDialog::getSaveFileName(this, tr("Export the figure"), "figure." + format,
                                                      tr("%1 files (*.%2)").arg(format.toUpper(), format));
    if (!path.isEmpty())
        exportFigureTo(path, format);
}

void MainWindow::askAndExportTable(const QString& format) {
    const QString path = QFileDialog::getSaveFileName(this, tr("Export the table"), "table." + format,
                                                      tr("%1 files (*.%2)").arg(format.toUpper(), format));
    if (!path.isEmpty())
        exportTableTo(path, format);
}

void MainWindow::exportFigureTo(const QString& path, const QString& format) {
    const FigurePage* page = currentFigurePage();
    if (!page || !state().study)
        return;
    try {
        writeFigure(path, format);
        message_->say(MessageBar::Kind::Information, tr("Figure written to %1.").arg(path));
    } catch (const Error& error) {
        message_->say(MessageBar::Kind::Error, QString::fromUtf8(error.what()));
    }
}

void MainWindow::writeFigure(const QString& path, const QString& format) {
    const FigurePage* page = currentFigurePage();
    if (!page || !state().study)
        throw Error("The page in front has no figure: choose one that has, with a study open.");
    workbench_->checkOutput(path);
    const QString size = paperSize_->checkedAction()->data().toString();
    exportFigure(page->figureForPaper(size.toStdString()), path.toStdString(), format.toStdString());
}

void MainWindow::exportTableTo(const QString& path, const QString& format) {
    const report::TableSpec* table = currentTable();
    if (!table)
        return;
    const std::string text = format == "tex"  ? report::toLatex(*table)
                             : format == "md" ? report::toMarkdown(*table)
                                              : report::toCsv(*table);
    try {
        workbench_->checkOutput(path);
        writeFileAtomically(path.toStdString(), text);
        message_->say(MessageBar::Kind::Information, tr("Table written to %1.").arg(path));
    } catch (const Error& error) {
        message_->say(MessageBar::Kind::Error, QString::fromUtf8(error.what()));
    }
}

void MainWindow::askAndExportGalaxies() {
    QStringList filters;
    for (const io::TableWriter& writer : io::allTableWriters())
        filters << QStringLiteral("%1 (%2)").arg(QString::fromStdString(writer.title),
                                                 QString::fromStdString(joinText(writer.patterns, " ")));
    QString chosen;
    QString path = QFileDialog::getSaveFileName(this, tr("Export the galaxies"), "galaxies.csv",
                                                filters.join(";;"), &chosen);
    if (path.isEmpty())
        return;
    if (QFileInfo(path).suffix().isEmpty()) {
        const auto at = static_cast<std::size_t>(std::max<qsizetype>(0, filters.indexOf(chosen)));
        path += QString::fromStdString(io::allTableWriters()[at].patterns.front().substr(1));
    }
    exportGalaxiesTo(path);
}

void MainWindow::exportGalaxiesTo(const QString& path) {
    try {
        workbench_->checkOutput(path);
        galaxies_->exportTo(path);
    } catch (const Error& error) {
        message_->say(MessageBar::Kind::Error, QString::fromUtf8(error.what()));
    }
}

void MainWindow::showNotes() {
    QStringList lines;
    for (const std::string& note : workbench_->notes())
        lines << QString::fromStdString(note);
    message_->say(MessageBar::Kind::Warning, lines.join('\n'));
}

void MainWindow::showAbout() {
    QMessageBox::about(
        this, tr("About Penumbra"),
        tr("<b>Penumbra %1</b><p>Decide which error bar to trust: calibrated uncertainties for "
           "galaxies.</p><p>GPL-3.0-or-later. Built with Qt, QCustomPlot, LibTorch and HDF5.</p>")
            .arg(QString::fromLatin1(versionText)));
}

} // namespace penumbra::gui
