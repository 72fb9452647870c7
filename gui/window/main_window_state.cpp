// What the parts watch of the state, and what they write into it; a part of MainWindow.
#include "core/base/error.h"
#include "gui/icons/icons.h"
#include "gui/inspector/galaxy_panel.h"
#include "gui/jobs/job_status_bar.h"
#include "gui/plots/figure_view.h"
#include "gui/state/commands.h"
#include "gui/state/select_command.h"
#include "gui/state/where.h"
#include "gui/window/application.h"
#include "gui/window/doctor_page.h"
#include "gui/window/explanation_panel.h"
#include "gui/window/figure_page.h"
#include "gui/window/galaxies_panel.h"
#include "gui/window/main_window.h"
#include "gui/window/map_page.h"
#include "gui/window/message_bar.h"
#include "gui/window/page.h"
#include "gui/window/raw_table_page.h"
#include "gui/window/recent_files.h"
#include "gui/window/selection_text.h"
#include "gui/window/session_keeper.h"
#include "gui/window/start_screen.h"
#include "gui/window/study_panel.h"
#include "gui/window/study_toolbar.h"
#include "gui/window/subsets_panel.h"
#include "gui/window/window_host.h"

#include <QApplication>
#include <QDockWidget>
#include <QInputDialog>
#include <QMenu>
#include <QSettings>
#include <QTabBar>
#include <QTabWidget>
#include <QToolButton>

namespace penumbra::gui {

void MainWindow::connectParts() {
    connect(start_, &StartScreen::openWanted, this, &MainWindow::askAndOpen);
    connect(start_, &StartScreen::sampleWanted, this, &MainWindow::openSample);
    connect(start_, &StartScreen::simulatedWanted, this, [this] { openAndRun(simulatedSample()); });
    connect(start_, &StartScreen::fileWanted, this, &MainWindow::openPath);
    connect(panel_, &StudyPanel::openWanted, this, &MainWindow::askAndOpen);
    connect(panel_, &StudyPanel::runWanted, this, &MainWindow::runStudy);
    connect(panel_, &StudyPanel::cancelWanted, this, [this] { workbench_->cancelRun(); });
    connect(panel_, &StudyPanel::changed, this, &MainWindow::updateActions);
    connect(galaxies_, &GalaxiesPanel::rowsPicked, this,
            [this](const std::vector<std::int64_t>& rows, qint64 current) {
                select(rows, Combine::Replace, current, false);
            });
    connect(galaxies_, &GalaxiesPanel::exported, this, [this](const QString& path) {
        message_->say(MessageBar::Kind::Information, tr("Galaxies written to %1.").arg(path));
    });
    connect(galaxies_, &GalaxiesPanel::failed, this,
            [this](const QString& error) { message_->say(MessageBar::Kind::Error, error); });
    connect(explanation_, &ExplanationPanel::rowSelected, this,
            [this](qint64 row) { select({row}, Combine::Replace, row, false); });
    for (Page* page : pages_)
        connect(page, &Page::rowsPicked, this,
                [this, page](const std::vector<std::int64_t>& rows, Combine how) {
                    const std::string id = page->property(pageIdProperty).toString().toStdString();
                    const bool byOutcome = page == map_ ? cloudShowsOutcome(state()) : showsOutcome(id);
                    select(rows, how, rows.size() == 1 ? rows.front() : -1, byOutcome);
                });
    connect(map_, &MapPage::regionPicked, this,
            [this](const std::vector<std::int64_t>& rows) { select(rows, Combine::Replace, -1, true); });
    connect(map_, &MapPage::wanted, this, [this](const Command& command) {
        try {
            apply(command);
        } catch (const Error& error) { // what was written stays to be mended
            message_->say(MessageBar::Kind::Error, QString::fromUtf8(error.what()));
        }
    });
    connect(tabs_, &QTabWidget::currentChanged, this, &MainWindow::choosePage);
    connect(tabs_->tabBar(), &QTabBar::tabBarClicked, this, &MainWindow::choosePage);
    connect(subsets_, &SubsetsPanel::nameWanted, this, &MainWindow::askAndNameSelection);
    connect(jobStatus_, &JobStatusBar::listWanted, this,
            [this] { jobsDock_->setVisible(jobsDock_->isHidden()); });
    connect(notesButton_, &QToolButton::clicked, this, &MainWindow::showNotes);
    connect(rawTable_, &RawTablePage::importWanted, this, &MainWindow::askHowToImport);
    for (FigureView* view : findChildren<FigureView*>())
        view->setOutputCheck([this](const QString& path) { workbench_->checkOutput(path); });
    if (const auto* application = qobject_cast<Application*>(QApplication::instance()))
        connect(application, &Application::failed, this,
                [this](const QString& error) { message_->say(MessageBar::Kind::Error, error); });
}

void MainWindow::connectWorkbench() {
    Workbench* bench = workbench_.get();
    const auto inform = [this](const QString& text) { message_->say(MessageBar::Kind::Information, text); };
    const auto warn = [this](const QString& error) { message_->say(MessageBar::Kind::Error, error); };
    connect(bench, &Workbench::opened, this, &MainWindow::showOpened);
    connect(bench, &Workbench::filesMissing, this, &MainWindow::askForFiles);
    connect(bench, &Workbench::studyChanged, this, [this] { state_->takeStudy(workbench_->study()); });
    connect(bench, &Workbench::alphaChanged, this, [this](double alpha) { state_->takeAlpha(alpha); });
    connect(bench, &Workbench::runningChanged, this, [this](bool running) {
        panel_->setRunning(running);
        state_->takeRunning(running);
    });
    connect(bench, &Workbench::unsavedChanged, this, &MainWindow::updateTitle);
    connect(bench, &Workbench::saved, this, [this, inform](const QString& path) {
        inform(tr("Study saved as %1.").arg(path));
        rememberFile(path);
        updateRecentMenu();
    });
    connect(bench, &Workbench::encoded, this, [this](const QString& path, const QString& summary) {
        openMade(path, tr("Written: %1\n%2").arg(path, summary));
    });
    connect(bench, &Workbench::imported, this, &MainWindow::openMade);
    connect(bench, &Workbench::failed, this, warn);
    connect(bench, &Workbench::notesChanged, this, &MainWindow::updateActions);
    connect(bench, &Workbench::cancelled, this, [inform] {
        inform(tr("The run was cancelled. Methods that had finished stay; run again to have them all."));
    });
    connect(bench, &Workbench::examined, this, &MainWindow::showReport);
    connect(sessions_.get(), &SessionKeeper::saved, this, [this, inform](const QString& path) {
        inform(tr("Session saved as %1.").arg(path));
        rememberFile(path);
        updateRecentMenu();
    });
    connect(sessions_.get(), &SessionKeeper::failed, this, warn);
}

/// The one list of who shows what.
void MainWindow::connectState() {
    constexpr Parts selected = Part::Selection | Part::Subsets;
    state_->watch(Part::Target | Part::Alpha | Part::Study, this, [this](const ViewState& now, Parts) {
        workbench_->setShownTarget(now.target);
        workbench_->setAlpha(now.alpha);
    });
    state_->watch(static_cast<Parts>(Part::Theme), this,
                  [this](const ViewState& now, Parts) { showTheme(now.dark); });
    state_->watch(pageParts | Part::Alpha, toolbar_,
                  [this](const ViewState& now, Parts) { toolbar_->showState(now); });
    state_->watch(static_cast<Parts>(Part::Page), tabs_,
                  [this](const ViewState& now, Parts) { showPage(now.page); });
    for (Page* page : pages_) {
        const Parts drawnFrom = page == map_ ? pageParts | Part::Cloud : pageParts;
        state_->watch(drawnFrom | selected, page, [page, drawnFrom](const ViewState& now, Parts changed) {
            if ((changed & drawnFrom) != 0)
                page->setState(now);
            page->showSelection(now);
        });
    }
    state_->watch(pageParts | selected, galaxies_,
                  [this](const ViewState& now, Parts) { galaxies_->setState(now); });
    state_->watch(pageParts | selected, galaxy_, [this](const ViewState& now, Parts) {
        galaxy_->show(now.study, now.target, now.finishedMethods(), now.catalogue, now.selection.current);
    });
    state_->watch(pageParts | selected, explanation_,
                  [this](const ViewState& now, Parts) { explanation_->setState(now); });
    state_->watch(pageParts | selected, selectionText_,
                  [this](const ViewState& now, Parts) { selectionText_->setState(now); });
    state_->watch(allParts, this, [this](const ViewState&, Parts) { updateActions(); });
}

void MainWindow::select(const std::vector<std::int64_t>& rows, Combine how, qint64 current, bool byOutcome) {
    const ViewState& now = state_->now();
    Command command = selectRows(now, RowMask::of(now.rowCount(), rows), how, current);
    command.byOutcome = byOutcome;
    state_->apply(command, AppState::Merge::Allowed);
}

std::vector<std::string> MainWindow::pageIds() const {
    std::vector<std::string> ids;
    for (int i = 0; i < tabs_->count(); ++i)
        ids.push_back(tabs_->widget(i)->property(pageIdProperty).toString().toStdString());
    for (const char* beside : {"galaxies", "study", "subsets", "history"})
        ids.emplace_back(beside);
    return ids;
}

FigurePage* MainWindow::figurePage(const QString& id) const {
    for (Page* page : pages_)
        if (page->property(pageIdProperty).toString() == id)
            return qobject_cast<FigurePage*>(page);
    return nullptr;
}

/// The table of galaxies and the docks are in sight beside every page.
void MainWindow::showPage(const std::string& id) {
    showingPage_ = true;
    for (int i = 0; i < tabs_->count(); ++i)
        if (tabs_->widget(i)->property(pageIdProperty).toString().toStdString() == id)
            tabs_->setCurrentIndex(i);
    showingPage_ = false;
    if (id == "galaxies")
        galaxies_->setFocus();
    for (const auto& [name, dock] : {std::pair{"study", dataDock_}, std::pair{"subsets", subsetsDock_},
                                     std::pair{"history", historyDock_}})
        if (id == name) {
            dock->show();
            dock->raise();
        }
}

void MainWindow::choosePage(int tab) {
    if (!showingPage_ && tab >= 0 && tab < tabs_->count())
        apply({"page", {tabs_->widget(tab)->property(pageIdProperty).toString().toStdString()}});
    updateActions();
}

void MainWindow::setDark(bool dark) {
    QSettings().setValue("dark", dark);
    apply({"theme", {dark ? "dark" : "light"}});
}

void MainWindow::showTheme(bool dark) {
    theme_ = dark ? darkTheme() : lightTheme();
    dark_->setChecked(dark);
    applyTheme(*qApp, theme_);
    message_->setTheme(theme_);
    start_->setTheme(theme_);
    rawTable_->setTheme(theme_);
    doctor_->setTheme(theme_);
    panel_->setTheme(theme_);
    toolbar_->setTheme(theme_);
    galaxies_->setTheme(theme_);
    galaxy_->setTheme(theme_);
    jobStatus_->setTheme(theme_);
    for (Page* page : pages_)
        page->setTheme(theme_);
    open_->setIcon(themedIcon("open", theme_));
    save_->setIcon(themedIcon("save", theme_));
    run_->setIcon(themedIcon("run", theme_));
    cancel_->setIcon(themedIcon("stop", theme_));
    findCommand_->setIcon(themedIcon("search", theme_));
    notesButton_->setIcon(tintedIcon("warning", theme_.warning));
}

void MainWindow::askAndNameSelection() {
    bool agreed = false;
    const QString name =
        QInputDialog::getText(this, tr("Name the selection"), tr("Name:"), QLineEdit::Normal, {}, &agreed);
    if (agreed && !name.trimmed().isEmpty())
        apply({"subset", {"add", name.trimmed().toStdString()}});
}

void MainWindow::fillSubsetsMenu() {
    subsetsMenu_->clear();
    for (const Subset& subset : state_->now().subsets) {
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

void MainWindow::fillMissedMenu() {
    missedMenu_->clear();
    for (const std::string& method : state().finishedMethods()) {
        QAction* action = missedMenu_->addAction(QString::fromStdString(method));
        connect(action, &QAction::triggered, this, [this, method] {
            apply({"select", {"where", std::string("missed(") + method + ")"}});
        });
    }
    if (missedMenu_->isEmpty())
        missedMenu_->addAction(tr("no results yet"))->setEnabled(false);
}

} // namespace penumbra::gui
