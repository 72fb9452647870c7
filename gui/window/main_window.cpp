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
#include "gui/window/history_panel.h"
#include "gui/window/map_page.h"
#include "gui/window/message_bar.h"
#include "gui/window/raw_table_page.h"
#include "gui/window/recent_files.h"
#include "gui/window/selection_text.h"
#include "gui/window/session_keeper.h"
#include "gui/window/start_screen.h"
#include "gui/window/study_panel.h"
#include "gui/window/study_toolbar.h"
#include "gui/window/subsets_panel.h"
#include "gui/window/where_box.h"
#include "gui/window/window_host.h"

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

const char* const pageIdProperty = "pageId";

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
      bridge_(std::make_unique<JobBridge>()), workbench_(std::make_unique<Workbench>(*bridge_)),
      state_(std::make_unique<AppState>()), host_(std::make_unique<WindowHost>(*this)),
      sessions_(std::make_unique<SessionKeeper>(*state_, *workbench_, *bridge_, *this)) {
    state_->setHost(host_.get());
    Choices first;
    first.dark = QSettings().value("dark", false).toBool();
    state_->takeChoices(first);
    setObjectName("mainWindow");
    setAcceptDrops(true);
    setDockNestingEnabled(true);
    qApp->installEventFilter(new WheelGuard(this));
    buildActions();
    toolbar_ = new StudyToolbar(*state_, run_, this);
    addToolBar(Qt::TopToolBarArea, toolbar_);
    buildPages();
    buildDocks();
    buildStatusBar();
    buildMenus();
    palette_ = new CommandPalette(this);
    connectParts();
    connectWorkbench();
    connectState();
    resize(QSize(1440, 900).boundedTo(screen()->availableSize()));
    showTheme(first.dark);
    start_->setRecentFiles(recentFiles());
    showSpace(start_);
    updateTitle();
}

MainWindow::~MainWindow() {
    // Jobs end before anything they report to goes away.
    bridge_.reset();
    sessions_->end();
    sessions_.reset();
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
    tabs_->setUsesScrollButtons(
        true); // shortened, a dozen names would say nothing and still widen the window
    tabs_->setElideMode(Qt::ElideNone);
    auto* compare = new ComparePage(*bridge_, this);
    pages_.push_back(compare);
    compare->setProperty(pageIdProperty, "compare");
    tabs_->addTab(compare, tr("Compare"));
    for (const report::FigureKind& kind : report::allFigures()) {
        auto* page = new FigurePage(kind, *bridge_, this);
        pages_.push_back(page);
        page->setProperty(pageIdProperty, QString::fromStdString(kind.id));
        const int tab = tabs_->addTab(page, QString::fromStdString(kind.title));
        tabs_->setTabToolTip(tab, QString::fromStdString(kind.title + ". " + kind.help));
        connect(page, &FigurePage::figureDrawn, this, &MainWindow::updateActions);
    }
    map_ = new MapPage(*bridge_, this);
    pages_.push_back(map_);
    map_->setProperty(pageIdProperty, "map");
    tabs_->setTabToolTip(
        tabs_->addTab(map_, tr("Map")),
        tr("Every galaxy as a point, on a map of the features or at two columns; draw a region to see "
           "how each method covers it"));
    doctor_ = new DoctorPage(this);
    doctor_->setProperty(pageIdProperty, "data-check");
    tabs_->setTabToolTip(tabs_->addTab(doctor_, tr("Data check")),
                         tr("What may be wrong with the data, how serious it is, what to do"));
    galaxies_ = new GalaxiesPanel(*bridge_, this);
    where_ = new WhereBox(*state_, *bridge_, this);
    galaxies_->putAbove(where_);
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
    subsets_ = new SubsetsPanel(*state_, *bridge_, this);
    subsetsDock_ = addDock(this, tr("Subsets"), "subsetsDock", Qt::LeftDockWidgetArea, subsets_);
    history_ = new HistoryPanel(*state_, this);
    historyDock_ = addDock(this, tr("History"), "historyDock", Qt::LeftDockWidgetArea, history_);
    tabifyDockWidget(dataDock_, subsetsDock_);
    tabifyDockWidget(subsetsDock_, historyDock_);
    dataDock_->raise();
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
    for (QDockWidget* dock : {dataDock_, subsetsDock_, historyDock_})
        dock->setVisible(space != start_);
    dataDock_->raise();
}

void MainWindow::updateTitle() {
    const QString file = QFileInfo(workbench_->path()).fileName();
    setWindowTitle(file.isEmpty() ? tr("Penumbra") : tr("%1[*] – Penumbra").arg(file));
    setWindowModified(workbench_->unsaved());
    updateActions();
}

} // namespace penumbra::gui
