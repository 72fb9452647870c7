#include "gui/window/main_window.h"

#include "core/base/text.h"
#include "gui/icons/icons.h"
#include "gui/inspector/galaxy_panel.h"
#include "gui/inspector/interval_figure.h"
#include "gui/jobs/job_list.h"
#include "gui/jobs/job_status_bar.h"
#include "gui/models/galaxy_model.h"
#include "gui/options/wheel_guard.h"
#include "gui/plots/figure_view.h"
#include "gui/window/application.h"
#include "gui/window/command_palette.h"
#include "gui/window/compare_page.h"
#include "gui/window/doctor_page.h"
#include "gui/window/explanation_panel.h"
#include "gui/window/figure_page.h"
#include "gui/window/galaxies_panel.h"
#include "gui/window/message_bar.h"
#include "gui/window/raw_table_page.h"
#include "gui/window/recent_files.h"
#include "gui/window/selection_text.h"
#include "gui/window/start_screen.h"
#include "gui/window/study_panel.h"
#include "gui/window/study_toolbar.h"

#include <QApplication>
#include <QDockWidget>
#include <QFileInfo>
#include <QLabel>
#include <QMenu>
#include <QScreen>
#include <QSettings>
#include <QSplitter>
#include <QStackedWidget>
#include <QStatusBar>
#include <QTabWidget>
#include <QToolButton>
#include <QVBoxLayout>

namespace penumbra::gui {

namespace {

QDockWidget* addDock(QMainWindow* window, const QString& title, const QString& name, Qt::DockWidgetArea area,
                     QWidget* contents) {
    auto* dock = new QDockWidget(title, window);
    dock->setObjectName(name);
    dock->setWidget(contents);
    dock->setFeatures(QDockWidget::DockWidgetMovable | QDockWidget::DockWidgetClosable);
    window->addDockWidget(area, dock);
    return dock;
}

} // namespace

MainWindow::MainWindow(std::filesystem::path sample, QWidget* parent)
    : QMainWindow(parent), sample_(std::move(sample)), theme_(lightTheme()),
      bridge_(std::make_unique<JobBridge>()), workbench_(std::make_unique<Workbench>(*bridge_)) {
    setObjectName("mainWindow");
    setAcceptDrops(true);
    setDockNestingEnabled(true);
    qApp->installEventFilter(new WheelGuard(this));
    buildActions();
    toolbar_ = new StudyToolbar(run_, this);
    addToolBar(Qt::TopToolBarArea, toolbar_);
    buildPages();
    buildDocks();
    buildStatusBar();
    buildMenus();
    palette_ = new CommandPalette(this);
    connectParts();
    resize(QSize(1440, 900).boundedTo(screen()->availableSize()));
    setDark(QSettings().value("dark", false).toBool());
    start_->setRecentFiles(recentFiles());
    showSpace(start_);
    updateState();
    updateTitle();
}

MainWindow::~MainWindow() {
    // Jobs end before anything they report to goes away.
    bridge_.reset();
    workbench_.reset();
}

void MainWindow::buildPages() {
    message_ = new MessageBar(this);
    start_ = new StartScreen(!sample_.empty(), !simulatedSample().empty(), this);
    rawTable_ = new RawTablePage(this);
    tabs_ = new QTabWidget(this);
    tabs_->setObjectName("pages");
    tabs_->setDocumentMode(true);
    tabs_->setAccessibleName(tr("Pages"));
    tabs_->setUsesScrollButtons(false); // a page out of sight is not found; in a narrow window names shorten
    tabs_->setElideMode(Qt::ElideRight);
    auto* compare = new ComparePage(*bridge_, this);
    pages_.push_back(compare);
    tabs_->addTab(compare, tr("Compare"));
    for (const report::FigureKind& kind : report::allFigures()) {
        auto* page = new FigurePage(kind, *bridge_, this);
        pages_.push_back(page);
        const int tab = tabs_->addTab(page, QString::fromStdString(kind.title));
        tabs_->setTabToolTip(tab, QString::fromStdString(kind.title + ". " + kind.help));
        connect(page, &FigurePage::figureDrawn, this, &MainWindow::updateActions);
    }
    doctor_ = new DoctorPage(this);
    tabs_->setTabToolTip(tabs_->addTab(doctor_, tr("Data check")),
                         tr("What may be wrong with the data, how serious it is, what to do"));
    galaxies_ = new GalaxiesPanel(*bridge_, this);
    auto* splitter = new QSplitter(Qt::Vertical, this);
    splitter->addWidget(tabs_);
    splitter->addWidget(galaxies_);
    splitter->setStretchFactor(0, 3);
    splitter->setStretchFactor(1, 1);
    splitter->setSizes({560, 240});
    splitter->setChildrenCollapsible(false);
    workspace_ = splitter;
    spaces_ = new QStackedWidget(this);
    for (QWidget* space : std::initializer_list<QWidget*>{start_, rawTable_, workspace_})
        spaces_->addWidget(space);
    auto* central = new QWidget(this);
    auto* column = new QVBoxLayout(central);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(message_);
    column->addWidget(spaces_, 1);
    setCentralWidget(central);
}

void MainWindow::buildDocks() {
    panel_ = new StudyPanel(this);
    galaxy_ = new GalaxyPanel(*bridge_, this);
    galaxy_->setMinimumWidth(240);
    dataDock_ = addDock(this, tr("Data and study"), "dataDock", Qt::LeftDockWidgetArea, panel_);
    galaxyDock_ = addDock(this, tr("Galaxy"), "galaxyDock", Qt::RightDockWidgetArea, galaxy_);
    explanation_ = new ExplanationPanel(*bridge_, this);
    explanationDock_ =
        addDock(this, tr("Why this width"), "explanationDock", Qt::RightDockWidgetArea, explanation_);
    tabifyDockWidget(galaxyDock_, explanationDock_);
    galaxyDock_->raise();
    jobsDock_ = addDock(this, tr("Jobs"), "jobsDock", Qt::BottomDockWidgetArea, new JobList(*bridge_, this));
    jobsDock_->hide();
    setCorner(Qt::BottomLeftCorner, Qt::LeftDockWidgetArea);
    setCorner(Qt::BottomRightCorner, Qt::RightDockWidgetArea);
    resizeDocks({dataDock_, galaxyDock_}, {300, 290}, Qt::Horizontal);
}

void MainWindow::buildStatusBar() {
    jobStatus_ = new JobStatusBar(*bridge_, this);
    selectionText_ = new SelectionText(*bridge_, this);
    notesButton_ = new QToolButton(this);
    notesButton_->setObjectName("notesButton");
    notesButton_->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    notesButton_->setAutoRaise(true);
    notesButton_->setToolTip(tr("What needs your attention"));
    statusBar()->setSizeGripEnabled(false);
    statusBar()->addWidget(jobStatus_);
    statusBar()->addWidget(selectionText_, 1);
    statusBar()->addPermanentWidget(notesButton_);
}

void MainWindow::connectParts() {
    connect(start_, &StartScreen::openWanted, this, &MainWindow::askAndOpen);
    connect(start_, &StartScreen::sampleWanted, this, &MainWindow::openSample);
    connect(start_, &StartScreen::simulatedWanted, this, [this] { openAndRun(simulatedSample()); });
    connect(start_, &StartScreen::fileWanted, this, &MainWindow::openPath);
    connect(panel_, &StudyPanel::openWanted, this, &MainWindow::askAndOpen);
    connect(panel_, &StudyPanel::runWanted, this, &MainWindow::runStudy);
    connect(panel_, &StudyPanel::cancelWanted, this, [this] { workbench_->cancelRun(); });
    connect(panel_, &StudyPanel::changed, this, &MainWindow::updateActions);
    connect(toolbar_, &StudyToolbar::choiceChanged, this, &MainWindow::updateState);
    connect(toolbar_, &StudyToolbar::alphaWanted, workbench_.get(), &Workbench::setAlpha);
    connect(galaxies_, &GalaxiesPanel::rowsPicked, this,
            [this](const std::vector<std::int64_t>& rows, qint64 current) {
                setSelection(state_.picked(rows, Combine::Replace, current));
            });
    connect(galaxies_, &GalaxiesPanel::exported, this, [this](const QString& path) {
        message_->say(MessageBar::Kind::Information, tr("Galaxies written to %1.").arg(path));
    });
    connect(galaxies_, &GalaxiesPanel::failed, this,
            [this](const QString& error) { message_->say(MessageBar::Kind::Error, error); });
    connect(explanation_, &ExplanationPanel::rowSelected, this, &MainWindow::select);
    for (Page* page : pages_)
        connect(page, &Page::rowsPicked, this, [this](const std::vector<std::int64_t>& rows, Combine how) {
            setSelection(state_.picked(rows, how, rows.size() == 1 ? rows.front() : -1));
        });
    connect(tabs_, &QTabWidget::currentChanged, this, &MainWindow::updateActions);
    connect(jobStatus_, &JobStatusBar::listWanted, this,
            [this] { jobsDock_->setVisible(jobsDock_->isHidden()); });
    connect(notesButton_, &QToolButton::clicked, this, &MainWindow::showNotes);

    Workbench* bench = workbench_.get();
    connect(bench, &Workbench::opened, this, &MainWindow::showOpened);
    connect(bench, &Workbench::studyChanged, this, &MainWindow::updateState);
    connect(bench, &Workbench::runningChanged, this, [this](bool running) {
        panel_->setRunning(running);
        updateState();
    });
    connect(bench, &Workbench::unsavedChanged, this, &MainWindow::updateTitle);
    connect(bench, &Workbench::saved, this, [this](const QString& path) {
        message_->say(MessageBar::Kind::Information, tr("Study saved as %1.").arg(path));
        rememberFile(path);
        updateRecentMenu();
    });
    connect(bench, &Workbench::encoded, this, [this](const QString& path, const QString& summary) {
        openMade(path, tr("Written: %1\n%2").arg(path, summary));
    });
    connect(bench, &Workbench::imported, this, &MainWindow::openMade);
    connect(bench, &Workbench::failed, this,
            [this](const QString& error) { message_->say(MessageBar::Kind::Error, error); });
    connect(bench, &Workbench::notesChanged, this, &MainWindow::updateActions);
    connect(bench, &Workbench::cancelled, this, [this] {
        message_->say(
            MessageBar::Kind::Information,
            tr("The run was cancelled. Methods that had finished stay; run again to have them all."));
    });
    connect(bench, &Workbench::examined, this, &MainWindow::showReport);
    connect(rawTable_, &RawTablePage::importWanted, this, &MainWindow::askHowToImport);
    for (FigureView* view : findChildren<FigureView*>())
        view->setOutputCheck([bench](const QString& path) { bench->checkOutput(path); });
    if (const auto* application = qobject_cast<Application*>(QApplication::instance()))
        connect(application, &Application::failed, this,
                [this](const QString& error) { message_->say(MessageBar::Kind::Error, error); });
}

void MainWindow::showSpace(QWidget* space) {
    for (QWidget* other : std::initializer_list<QWidget*>{start_, rawTable_}) { // unseen, they need no room
        const auto policy = other == space ? QSizePolicy::Preferred : QSizePolicy::Ignored;
        other->setSizePolicy(policy, policy);
    }
    spaces_->setCurrentWidget(space);
    const bool working = space == workspace_;
    toolbar_->setVisible(working);
    galaxyDock_->setVisible(working);
    explanationDock_->setVisible(working);
    galaxyDock_->raise();
    dataDock_->setVisible(space != start_);
}

void MainWindow::updateState() {
    state_.study = workbench_->study();
    state_.catalogue = workbench_->catalogue();
    state_.running = workbench_->running();
    toolbar_->setStudy(state_.study.get(), state_.catalogue.get());
    toolbar_->setAlpha(workbench_->alpha());
    state_.target = toolbar_->target();
    workbench_->setShownTarget(state_.target);
    state_.methods = toolbar_->methods();
    state_.conditionOn = toolbar_->conditionOn();
    for (Page* page : pages_)
        page->setState(state_);
    showSelection();
    updateActions();
}

void MainWindow::select(qint64 catalogueRow) {
    setSelection(state_.picked({catalogueRow}, Combine::Replace, catalogueRow));
}

void MainWindow::setSelection(const Selection& selection) {
    if (selection == state_.selection)
        return;
    state_.selection = selection;
    showSelection();
}

void MainWindow::showSelection() {
    for (Page* page : pages_)
        page->showSelection(state_.selection);
    galaxies_->setState(state_);
    galaxy_->show(state_.study, state_.target, state_.finishedMethods(), state_.catalogue,
                  state_.selection.current);
    explanation_->setState(state_);
    selectionText_->setState(state_);
}

void MainWindow::updateTitle() {
    const QString file = QFileInfo(workbench_->path()).fileName();
    setWindowTitle(file.isEmpty() ? tr("Penumbra") : tr("%1[*] – Penumbra").arg(file));
    setWindowModified(workbench_->unsaved());
    updateActions();
}

void MainWindow::setDark(bool dark) {
    theme_ = dark ? darkTheme() : lightTheme();
    QSettings().setValue("dark", dark);
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

} // namespace penumbra::gui
