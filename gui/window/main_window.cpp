#include "gui/window/main_window.h"

#include "core/base/error.h"
#include "core/base/text.h"
#include "gui/documents/confirm_work.h"
#include "gui/inspector/galaxy_panel.h"
#include "gui/inspector/interval_figure.h"
#include "gui/jobs/job_status_bar.h"
#include "gui/models/galaxy_model.h"
#include "gui/options/wheel_guard.h"
#include "gui/pages/apply_page.h"
#include "gui/pages/compare_page.h"
#include "gui/pages/figure_page.h"
#include "gui/pages/gallery_page.h"
#include "gui/pages/map_page.h"
#include "gui/pages/mend_panel.h"
#include "gui/pages/raw_table_page.h"
#include "gui/pages/repair_page.h"
#include "gui/pages/runs_page.h"
#include "gui/pages/space_page.h"
#include "gui/pages/start_screen.h"
#include "gui/pages/study_page.h"
#include "gui/panels/data_summary.h"
#include "gui/panels/explanation_panel.h"
#include "gui/panels/galaxies_panel.h"
#include "gui/panels/galaxy_finder.h"
#include "gui/panels/generate_panel.h"
#include "gui/panels/message_bar.h"
#include "gui/panels/selection_text.h"
#include "gui/panels/study_toolbar.h"
#include "gui/panels/subsets_panel.h"
#include "gui/plots/figure_view.h"
#include "gui/state/commands.h"
#include "gui/state/select_command.h"
#include "gui/state/where.h"
#include "gui/window/application.h"
#include "gui/window/session_keeper.h"
#include "gui/window/window_actions.h"
#include "gui/window/window_host.h"

#include <QApplication>
#include <QCloseEvent>
#include <QDockWidget>
#include <QFileInfo>
#include <QMimeData>
#include <QScreen>
#include <QSettings>
#include <QTabBar>
#include <QTabWidget>
#include <QToolButton>

namespace penumbra::gui {

MainWindow::MainWindow(std::filesystem::path sample, QWidget* parent)
    : QMainWindow(parent), bridge_(std::make_unique<JobBridge>()),
      workbench_(std::make_unique<Workbench>(*bridge_)), state_(std::make_unique<AppState>()),
      host_(std::make_unique<WindowHost>(*this)),
      sessions_(std::make_unique<SessionKeeper>(*state_, *workbench_, *bridge_, *this)) {
    state_->setHost(host_.get());
    Choices first;
    first.dark = QSettings().value("dark", false).toBool();
    state_->takeChoices(first);
    setObjectName("mainWindow");
    setAcceptDrops(true);
    setDockNestingEnabled(true);
    qApp->installEventFilter(new WheelGuard(this));
    finder_ = new GalaxyFinder(*bridge_, this);
    files_ = new FileFlow(*this, *state_, *workbench_, *sessions_, *bridge_, std::move(sample));
    files_->setScripted([this] { return host_->scripted(); });
    actions_ = new WindowActions(*this, *state_, *workbench_, *files_);
    toolbar_ = new StudyToolbar(*state_, actions_->runAction(), this);
    addToolBar(Qt::TopToolBarArea, toolbar_);
    parts_ = std::make_unique<WindowParts>(*this, *state_, *workbench_, *bridge_, files_->hasSample(),
                                           !files_->simulatedSample().empty());
    files_->setParts(*parts_);
    exports_ = new Exports(*this, *state_, *workbench_, *parts_);
    actions_->build(*parts_, *exports_, *toolbar_);
    confirming_ = new ConfirmWork(*bridge_, this);
    connectFiles();
    connectParts();
    connectGalaxies();
    connectWork();
    connectWorkbench();
    connectState();
    resize(QSize(1440, 900).boundedTo(screen()->availableSize()));
    restoreGeometry(QSettings().value("geometry").toByteArray()); // none: nothing happens
    showTheme(first.dark);
    showSpace(parts_->start);
    updateTitle();
}

MainWindow::~MainWindow() {
    // Jobs end before anything they report to goes away.
    bridge_.reset();
    sessions_->end();
    sessions_.reset();
    workbench_.reset();
}

void MainWindow::connectFiles() {
    connect(files_, &FileFlow::recentChanged, actions_, &WindowActions::updateRecent);
    connect(files_, &FileFlow::layoutWanted, this,
            [this](const QByteArray& layout) { restoreState(layout); });
    connect(files_, &FileFlow::spaceWanted, this, &MainWindow::showSpace);
    connect(files_, &FileFlow::titleChanged, this, &MainWindow::updateTitle);
    connect(files_, &FileFlow::closeWanted, this, &QWidget::close);
}

void MainWindow::connectParts() {
    connect(parts_->start, &StartScreen::openWanted, files_, &FileFlow::askAndOpen);
    connect(parts_->start, &StartScreen::sampleWanted, files_, &FileFlow::openSample);
    connect(parts_->start, &StartScreen::simulatedWanted, files_,
            [this] { files_->openAndRun(files_->simulatedSample()); });
    connect(parts_->start, &StartScreen::fileWanted, files_, &FileFlow::open);
    connect(parts_->start, &StartScreen::backWanted, files_, &FileFlow::showFile);
    connect(parts_->summary, &DataSummary::openWanted, files_, &FileFlow::askAndOpen);
    connect(parts_->study, &StudyPage::runWanted, files_, &FileFlow::run);
    connect(parts_->study, &StudyPage::cancelWanted, this, [this] { workbench_->cancelRun(); });
    connect(parts_->study, &StudyPage::changed, actions_, &WindowActions::update);
    connect(parts_->galaxies, &GalaxiesPanel::rowsPicked, this,
            [this](const std::vector<std::int64_t>& rows, qint64 current) {
                select(rows, Combine::Replace, current, false);
            });
    connect(parts_->galaxies, &GalaxiesPanel::wanted, this, &MainWindow::applyOrTell);
    connect(parts_->galaxies, &GalaxiesPanel::exported, this, [this](const QString& path) {
        parts_->message->say(MessageBar::Kind::Information, tr("Galaxies written to %1.").arg(path));
    });
    connect(parts_->galaxies, &GalaxiesPanel::failed, this,
            [this](const QString& error) { parts_->message->say(MessageBar::Kind::Error, error); });
    connect(toolbar_, &StudyToolbar::failed, this,
            [this](const QString& error) { parts_->message->say(MessageBar::Kind::Error, error); });
    connect(parts_->explanation, &ExplanationPanel::rowSelected, this,
            [this](qint64 row) { select({row}, Combine::Replace, row, false); });
    for (Page* page : parts_->pages)
        connect(page, &Page::rowsPicked, this,
                [this, page](const std::vector<std::int64_t>& rows, Combine how) {
                    const std::string id = page->property(pageIdProperty).toString().toStdString();
                    const bool byOutcome = page == parts_->map     ? parts_->map->pickedByOutcome()
                                           : page == parts_->space ? spaceShowsOutcome(state())
                                                                   : showsOutcome(id);
                    const bool one = rows.size() == 1, byEye = page == parts_->map || page == parts_->space;
                    select(rows, how, one ? rows.front() : -1, byOutcome, byEye && !byOutcome && !one);
                });
    for (Page* page : parts_->pages) {
        connect(page, &Page::galaxiesPicked, this, &MainWindow::selectGalaxies);
        connect(page, &Page::membersPicked, this,
                [this](const std::vector<std::int64_t>& rows, bool byOutcome, Combine how) {
                    select(rows, how, -1, byOutcome, !byOutcome);
                });
    }
    for (FigurePage* page : findChildren<FigurePage*>())
        connect(page, &FigurePage::figureDrawn, actions_, &WindowActions::update);
    connect(parts_->map, &MapPage::regionPicked, this,
            [this](const std::vector<std::int64_t>& rows) { select(rows, Combine::Replace, -1, true); });
    connect(parts_->map, &MapPage::wanted, this, &MainWindow::applyOrTell);
    connect(parts_->compare, &ComparePage::wanted, this, &MainWindow::applyOrTell);
    connect(parts_->runs, &RunsPage::wanted, this, &MainWindow::applyOrTell);
    connect(parts_->runs, &RunsPage::showWanted, files_, &FileFlow::showRun);
    connect(parts_->runs, &RunsPage::saveWanted, files_, [this](int run) { files_->askAndSave({}, run); });
    connect(parts_->runs, &RunsPage::removeWanted, files_, &FileFlow::askAndRemoveRun);
    connect(parts_->space, &SpacePage::wanted, this, &MainWindow::applyOrTell);
    connect(parts_->space, &SpacePage::cameraMoved, this,
            [this](const Command& command) { state_->apply(command, AppState::Merge::Allowed); });
    connect(parts_->space, &SpacePage::pictureWanted, exports_, [this] { exports_->askFigure("png"); });
    connect(parts_->tabs, &QTabWidget::currentChanged, this, &MainWindow::choosePage);
    connect(parts_->tabs->tabBar(), &QTabBar::tabBarClicked, this, &MainWindow::choosePage);
    connect(parts_->subsets, &SubsetsPanel::nameWanted, actions_, &WindowActions::askAndNameSelection);
    connect(parts_->jobStatus, &JobStatusBar::listWanted, this,
            [this] { parts_->jobsDock->setVisible(parts_->jobsDock->isHidden()); });
    connect(parts_->notesButton, &QToolButton::clicked, actions_, &WindowActions::showNotes);
    connect(parts_->rawTable, &RawTablePage::importWanted, files_, &FileFlow::askHowToImport);
    for (FigureView* view : findChildren<FigureView*>())
        view->setOutputCheck([this](const QString& path) { workbench_->checkOutput(path); });
    if (const auto* application = qobject_cast<Application*>(QApplication::instance()))
        connect(application, &Application::failed, this,
                [this](const QString& error) { parts_->message->say(MessageBar::Kind::Error, error); });
}

/// Work on the open study that pages begin.
void MainWindow::connectWork() {
    Workbench* bench = workbench_.get();
    connect(parts_->repair, &RepairPage::wanted, this, &MainWindow::applyOrTell);
    connect(parts_->repair, &RepairPage::repaired, bench, &Workbench::takeRepaired);
    connect(parts_->repair, &RepairPage::failed, bench, &Workbench::failed);
    connect(parts_->apply, &ApplyPage::failed, bench, &Workbench::failed);
    connect(parts_->apply, &ApplyPage::repairWanted, this, [this](const QString& galaxies) {
        parts_->repair->mend().aimAt(galaxies);
        apply({"page", {"repair"}});
    });
    connect(confirming_, &ConfirmWork::failed, bench, &Workbench::failed);
    connect(confirming_, &ConfirmWork::told, this,
            [this](const QString& words) { parts_->message->say(MessageBar::Kind::Information, words); });
}

/// What shows single galaxies, and finds others.
void MainWindow::connectGalaxies() {
    connect(parts_->galaxy, &GalaxyPanel::wanted, this, &MainWindow::applyOrTell);
    connect(parts_->gallery, &GalleryPage::wanted, this, &MainWindow::applyOrTell);
    connect(parts_->explanation, &ExplanationPanel::wanted, this, &MainWindow::applyOrTell);
    connect(parts_->explanation, &ExplanationPanel::rowsPicked, this,
            [this](const std::vector<std::int64_t>& rows, qint64 current) {
                select(rows, Combine::Replace, current, false);
            });
    parts_->explanation->setStore(finder_->store());
    connect(parts_->generate, &GeneratePanel::failed, workbench_.get(), &Workbench::failed);
    connect(finder_, &GalaxyFinder::found, this, &MainWindow::applyOrTell);
    connect(finder_, &GalaxyFinder::neighboursFound, parts_->map, &MapPage::showLinks);
    connect(finder_, &GalaxyFinder::failed, this,
            [this](const QString& error) { parts_->message->say(MessageBar::Kind::Error, error); });
}

void MainWindow::applyOrTell(const Command& command) {
    const bool walks = isOneOf(command.verb, {"current", "first", "next", "previous"});
    try {
        state_->apply(command, walks ? AppState::Merge::Allowed : AppState::Merge::Never);
    } catch (const Error& error) { // what was written stays to be mended
        parts_->message->say(MessageBar::Kind::Error, QString::fromUtf8(error.what()));
    }
}

void MainWindow::connectWorkbench() {
    Workbench* bench = workbench_.get();
    const auto inform = [this](const QString& text) {
        parts_->message->say(MessageBar::Kind::Information, text);
    };
    const auto warn = [this](const QString& error) { parts_->message->say(MessageBar::Kind::Error, error); };
    connect(bench, &Workbench::opened, files_, &FileFlow::showOpened);
    connect(bench, &Workbench::filesMissing, files_, &FileFlow::askForFiles);
    connect(bench, &Workbench::studyChanged, this, [this] { state_->takeStudy(workbench_->study()); });
    connect(bench, &Workbench::alphaChanged, this, [this](double alpha) { state_->takeAlpha(alpha); });
    connect(bench, &Workbench::runningChanged, this, [this](bool running) {
        parts_->study->setRunning(running);
        state_->takeRunning(running);
    });
    connect(bench, &Workbench::ran, parts_->study, &StudyPage::learnFrom);
    connect(bench, &Workbench::unsavedChanged, this, &MainWindow::updateTitle);
    connect(bench, &Workbench::saved, this, [this, inform](const QString& path) {
        inform(tr("Study saved as %1.").arg(path));
        files_->remember(path);
    });
    connect(bench, &Workbench::encoded, this,
            [this](const QString& path, const QString& summary, const QString& openThen) {
                files_->openMade(path, tr("Written: %1\n%2").arg(path, summary), openThen);
            });
    connect(bench, &Workbench::imported, files_, &FileFlow::openMade);
    connect(bench, &Workbench::failed, this, warn);
    connect(&bench->maps(), &MapList::failed, this, warn);
    connect(&bench->maps(), &MapList::exported, this, [inform](const QString& path) {
        inform(tr("A copy of the catalogue with the maps is written to %1.").arg(path));
    });
    connect(bench, &Workbench::notesChanged, actions_, &WindowActions::update);
    connect(bench, &Workbench::cancelled, this, [inform] {
        inform(tr("The run was cancelled. Methods that had finished stay; run again to have them all."));
    });
    connect(bench, &Workbench::examined, files_, &FileFlow::showReport);
    connect(sessions_.get(), &SessionKeeper::saved, this, [this, inform](const QString& path) {
        inform(tr("Session saved as %1.").arg(path));
        files_->remember(path);
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
    state_->watch(static_cast<Parts>(Part::Page), parts_->tabs, [this](const ViewState& now, Parts) {
        showingPage_ = true;
        parts_->showPage(now.page);
        showingPage_ = false;
    });
    for (Page* page : parts_->pages) {
        const Parts drawnFrom = page == parts_->map       ? pageParts | Part::Cloud | Part::Inspector
                                : page == parts_->gallery ? pageParts | Part::Inspector
                                : page == parts_->runs    ? pageParts | Part::Alpha
                                : page == parts_->space   ? pageParts | Part::Cloud | Part::Space
                                                          : pageParts;
        state_->watch(drawnFrom | selected, page, [page, drawnFrom](const ViewState& now, Parts changed) {
            if ((changed & drawnFrom) != 0)
                page->setState(now);
            page->showSelection(now);
        });
    }
    state_->watch(pageParts | selected | Part::Inspector, parts_->galaxies,
                  [this](const ViewState& now, Parts) { parts_->galaxies->setState(now); });
    state_->watch(pageParts | selected | Part::Inspector, parts_->galaxy,
                  [this](const ViewState& now, Parts) { parts_->galaxy->setState(now); });
    state_->watch(pageParts | selected | Part::Inspector, parts_->explanation,
                  [this](const ViewState& now, Parts) { parts_->explanation->setState(now); });
    state_->watch(pageParts | selected, parts_->generate,
                  [this](const ViewState& now, Parts) { parts_->generate->setState(now); });
    state_->watch(pageParts | selected | Part::Inspector, finder_,
                  [this](const ViewState& now, Parts) { finder_->setState(now); });
    state_->watch(pageParts | selected, parts_->selectionText,
                  [this](const ViewState& now, Parts) { parts_->selectionText->setState(now); });
    state_->watch(allParts, this, [this](const ViewState&, Parts) { actions_->update(); });
}

void MainWindow::select(const std::vector<std::int64_t>& rows, Combine how, qint64 current, bool byOutcome,
                        bool drawn) {
    const ViewState& now = state_->now();
    Command command = selectRows(now, RowMask::of(now.rowCount(), rows), how, current);
    command.byOutcome = byOutcome;
    command.drawn = drawn;
    state_->apply(command, AppState::Merge::Allowed);
}

void MainWindow::selectGalaxies(const std::string& target, const std::string& formula, Combine how) {
    try {
        if (!target.empty() && target != state().target)
            apply({"target", {target}});
        apply(selectWhere(formula, how));
    } catch (const Error& error) {
        parts_->message->say(MessageBar::Kind::Error, QString::fromUtf8(error.what()));
    }
}

void MainWindow::choosePage(int tab) {
    if (!showingPage_ && tab >= 0 && tab < parts_->tabs->count())
        apply({"page", {parts_->idOfTab(tab)}});
    actions_->update();
}

void MainWindow::showSpace(QWidget* space) {
    parts_->showSpace(space);
    toolbar_->setVisible(space == parts_->workspace);
}

void MainWindow::updateTitle() {
    const QString file = QFileInfo(workbench_->path()).fileName();
    setWindowTitle(file.isEmpty() ? tr("Penumbra") : tr("%1[*] – Penumbra").arg(file));
    setWindowModified(workbench_->unsaved());
    actions_->update();
}

void MainWindow::showTheme(bool dark) {
    const Theme theme = themeOf(dark);
    applyTheme(*qApp, theme);
    parts_->setTheme(theme);
    toolbar_->setTheme(theme);
    actions_->setTheme(theme, dark);
}

void MainWindow::dragEnterEvent(QDragEnterEvent* event) {
    const QList<QUrl> urls = event->mimeData()->urls();
    if (!urls.isEmpty() && urls.front().isLocalFile())
        event->acceptProposedAction();
}

void MainWindow::dropEvent(QDropEvent* event) {
    const QList<QUrl> urls = event->mimeData()->urls();
    if (urls.isEmpty() || !urls.front().isLocalFile())
        return;
    event->acceptProposedAction();
    files_->open(urls.front().toLocalFile());
}

void MainWindow::closeUnasked() {
    closing_ = true;
    close();
}

void MainWindow::closeEvent(QCloseEvent* event) {
    if (closing_)
        event->accept();
    else
        files_->askBeforeClosing(event);
    if (event->isAccepted() && !host_->scripted())
        QSettings().setValue("geometry", saveGeometry());
}

} // namespace penumbra::gui
