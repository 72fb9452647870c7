#include "gui/window/window_parts.h"

#include "gui/icons/icons.h"
#include "gui/inspector/galaxy_panel.h"
#include "gui/inspector/interval_figure.h"
#include "gui/jobs/job_list.h"
#include "gui/jobs/job_status_bar.h"
#include "gui/models/galaxy_model.h"
#include "gui/options/column_scroll.h"
#include "gui/pages/added_pages.h"
#include "gui/pages/apply_page.h"
#include "gui/pages/compare_page.h"
#include "gui/pages/doctor_page.h"
#include "gui/pages/figure_page.h"
#include "gui/pages/gallery_page.h"
#include "gui/pages/map_page.h"
#include "gui/pages/raw_table_page.h"
#include "gui/pages/repair_page.h"
#include "gui/pages/runs_page.h"
#include "gui/pages/space_page.h"
#include "gui/pages/start_screen.h"
#include "gui/pages/study_page.h"
#include "gui/panels/data_summary.h"
#include "gui/panels/explanation_panel.h"
#include "gui/panels/galaxies_panel.h"
#include "gui/panels/generate_panel.h"
#include "gui/panels/help_panel.h"
#include "gui/panels/history_panel.h"
#include "gui/panels/message_bar.h"
#include "gui/panels/selection_text.h"
#include "gui/panels/subsets_panel.h"
#include "gui/panels/where_box.h"
#include "gui/state/app_state.h"

#include <QDockWidget>
#include <QMainWindow>
#include <QSplitter>
#include <QStackedWidget>
#include <QStatusBar>
#include <QTabWidget>
#include <QToolButton>
#include <QVBoxLayout>

namespace penumbra::gui {

const char* const pageIdProperty = "pageId";

namespace {

QString tr(const char* text) {
    return QObject::tr(text);
}

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

WindowParts::WindowParts(QMainWindow& window, AppState& state, Workbench& workbench, JobBridge& bridge,
                         bool hasSample, bool hasSimulated)
    : window_(window), state_(state), workbench_(workbench), bridge_(bridge) {
    message = new MessageBar(&window);
    start = new StartScreen(hasSample, hasSimulated, &window);
    rawTable = new RawTablePage(&window);
    addPages();
    placeSpaces();
    addDocks();
    addStatusBar();
}

void WindowParts::addPage(Page* page, const QString& id, const QString& title, const QString& tip) {
    pages.push_back(page);
    page->setProperty(pageIdProperty, id);
    tabs->setTabToolTip(tabs->addTab(page, title), tip);
}

/// One line a page; figures come from their own table.
void WindowParts::addPages() {
    tabs = new QTabWidget(&window_);
    tabs->setObjectName("pages");
    tabs->setDocumentMode(true);
    tabs->setAccessibleName(tr("Pages"));
    tabs->setUsesScrollButtons(true); // shortened, a dozen names would say nothing and still widen the window
    tabs->setElideMode(Qt::ElideNone);
    addPage(compare = new ComparePage(bridge_, &window_), "compare", tr("Compare"));
    for (const report::FigureKind& kind : report::allFigures())
        addPage(new FigurePage(kind, bridge_, &window_), QString::fromStdString(kind.id),
                QString::fromStdString(kind.title), QString::fromStdString(kind.title + ". " + kind.help));
    addPage(map = new MapPage(workbench_.maps(), bridge_, &window_), "map", tr("Map"),
            tr("Every galaxy as a point, on a map of the features or at two columns; draw a region to see "
               "how each method covers it"));
    addPage(gallery = new GalleryPage(bridge_, &window_), "gallery", tr("Gallery"),
            tr("Images of the selected galaxies, or of all, sorted by anything: the worst misses first"));
    addPage(study = new StudyPage(bridge_, &window_), "study", tr("Study"),
            tr("What is to be predicted, from what, by which methods; how long it takes"));
    addPage(runs = new RunsPage(workbench_, bridge_, &window_), "runs", tr("Runs"),
            tr("The studies run or opened in this window, beside each other"));
    addPage(repair = new RepairPage(workbench_, bridge_, &window_), "repair", tr("Repair"),
            tr("Where a method covers too little, and what mends it"));
    addPage(apply = new ApplyPage(workbench_, bridge_, &window_), "apply", tr("Apply"),
            tr("Intervals of galaxies without labels, and whether they are like those calibrated on"));
    for (const PageKind& kind : addedPages())
        addPage(kind.make(bridge_, &window_), kind.id, kind.title, kind.help);
    addPage(space = new SpacePage(workbench_.maps(), bridge_, &window_), "space", tr("Space"),
            tr("Every galaxy as a point in three dimensions: on a map of the features, by position and "
               "redshift, or "
               "at three columns"));
    doctor = new DoctorPage(&window_); // of the data, not of a study's state
    doctor->setProperty(pageIdProperty, "data-check");
    tabs->setTabToolTip(tabs->addTab(doctor, tr("Data check")),
                        tr("What may be wrong with the data, how serious it is, what to do"));
}

void WindowParts::placeSpaces() {
    galaxies = new GalaxiesPanel(bridge_, &window_);
    where = new WhereBox(state_, bridge_, &window_);
    galaxies->putAbove(where);
    auto* splitter = new QSplitter(Qt::Vertical, &window_);
    splitter->addWidget(tabs);
    splitter->addWidget(galaxies);
    splitter->setStretchFactor(0, 3);
    splitter->setStretchFactor(1, 1);
    splitter->setSizes({560, 240});
    splitter->setChildrenCollapsible(false);
    workspace = splitter;
    spaces = new QStackedWidget(&window_);
    for (QWidget* each : std::initializer_list<QWidget*>{start, rawTable, workspace})
        spaces->addWidget(each);
    auto* central = new QWidget(&window_);
    auto* column = new QVBoxLayout(central);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(spaces, 1);
    window_.setCentralWidget(central);
    message->floatOver(central);
}

void WindowParts::addDocks() {
    summary = new DataSummary(&window_);
    auto* data = new QWidget(&window_);
    auto* inData = new QVBoxLayout(data);
    inData->setContentsMargins(12, 4, 8, 8);
    inData->addWidget(summary);
    inData->addStretch(1);
    galaxy = new GalaxyPanel(bridge_, &window_);
    galaxy->setMinimumWidth(240);
    dataDock_ =
        addDock(&window_, tr("Data"), "dataDock", Qt::LeftDockWidgetArea, new ColumnScroll(data, &window_));
    galaxyDock_ = addDock(&window_, tr("Galaxy"), "galaxyDock", Qt::RightDockWidgetArea, galaxy);
    explanation = new ExplanationPanel(bridge_, &window_);
    explanationDock_ =
        addDock(&window_, tr("Why this width"), "explanationDock", Qt::RightDockWidgetArea, explanation);
    window_.tabifyDockWidget(galaxyDock_, explanationDock_);
    generate = new GeneratePanel(bridge_, &window_);
    generateDock_ = addDock(&window_, tr("Generate"), "generateDock", Qt::RightDockWidgetArea, generate);
    window_.tabifyDockWidget(explanationDock_, generateDock_);
    help = new HelpPanel(&window_);
    for (int tab = 0; tab < tabs->count(); ++tab)
        help->addPage(QString::fromStdString(idOfTab(tab)), tabs->tabText(tab), tabs->tabToolTip(tab));
    helpDock = addDock(&window_, tr("Help"), "helpDock", Qt::RightDockWidgetArea, help);
    window_.tabifyDockWidget(generateDock_, helpDock);
    helpDock->hide();
    galaxyDock_->raise();
    jobsDock =
        addDock(&window_, tr("Jobs"), "jobsDock", Qt::BottomDockWidgetArea, new JobList(bridge_, &window_));
    jobsDock->hide();
    subsets = new SubsetsPanel(state_, bridge_, &window_);
    subsetsDock_ = addDock(&window_, tr("Subsets"), "subsetsDock", Qt::LeftDockWidgetArea, subsets);
    history = new HistoryPanel(state_, &window_);
    historyDock_ = addDock(&window_, tr("History"), "historyDock", Qt::LeftDockWidgetArea, history);
    window_.tabifyDockWidget(dataDock_, subsetsDock_);
    window_.tabifyDockWidget(subsetsDock_, historyDock_);
    dataDock_->raise();
    window_.setCorner(Qt::BottomLeftCorner, Qt::LeftDockWidgetArea);
    window_.setCorner(Qt::BottomRightCorner, Qt::RightDockWidgetArea);
    window_.resizeDocks({dataDock_, galaxyDock_}, {300, 310}, Qt::Horizontal);
}

void WindowParts::addStatusBar() {
    jobStatus = new JobStatusBar(bridge_, &window_);
    selectionText = new SelectionText(bridge_, &window_);
    notesButton = new QToolButton(&window_);
    notesButton->setObjectName("notesButton");
    notesButton->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    notesButton->setAutoRaise(true);
    notesButton->setToolTip(tr("What needs your attention"));
    QStatusBar* bar = window_.statusBar();
    bar->setSizeGripEnabled(false);
    bar->addWidget(jobStatus);
    bar->addWidget(selectionText, 1);
    bar->addPermanentWidget(notesButton);
}

void WindowParts::showSpace(QWidget* shown) {
    for (QWidget* other : std::initializer_list<QWidget*>{start, rawTable}) { // unseen, they need no room
        const auto policy = other == shown ? QSizePolicy::Preferred : QSizePolicy::Ignored;
        other->setSizePolicy(policy, policy);
    }
    spaces->setCurrentWidget(shown);
    const bool working = shown == workspace;
    galaxyDock_->setVisible(working);
    explanationDock_->setVisible(working);
    generateDock_->setVisible(working);
    galaxyDock_->raise();
    for (QDockWidget* dock : {dataDock_, subsetsDock_, historyDock_})
        dock->setVisible(shown != start);
    dataDock_->raise();
}

bool WindowParts::showsRawTable() const {
    return spaces->currentWidget() == rawTable;
}

std::string WindowParts::idOfTab(int tab) const {
    return tabs->widget(tab)->property(pageIdProperty).toString().toStdString();
}

std::vector<std::string> WindowParts::pageIds() const {
    std::vector<std::string> ids;
    for (int i = 0; i < tabs->count(); ++i)
        ids.push_back(idOfTab(i));
    for (const char* beside : {"galaxies", "data", "subsets", "history", "galaxy", "why", "generate"})
        ids.emplace_back(beside);
    return ids;
}

/// The table of galaxies and the docks are in sight beside every page.
void WindowParts::showPage(const std::string& id) {
    for (int i = 0; i < tabs->count(); ++i)
        if (idOfTab(i) == id)
            tabs->setCurrentIndex(i);
    if (id == "galaxies")
        galaxies->setFocus();
    for (const auto& [name, dock] :
         {std::pair{"data", dataDock_}, std::pair{"subsets", subsetsDock_},
          std::pair{"history", historyDock_}, std::pair{"galaxy", galaxyDock_},
          std::pair{"why", explanationDock_}, std::pair{"generate", generateDock_}})
        if (id == name) {
            dock->show();
            dock->raise();
        }
}

FigurePage* WindowParts::figurePage(const QString& id) const {
    for (Page* page : pages)
        if (page->property(pageIdProperty).toString() == id)
            return qobject_cast<FigurePage*>(page);
    return nullptr;
}

FigurePage* WindowParts::currentFigurePage() const {
    return qobject_cast<FigurePage*>(tabs->currentWidget());
}

const report::TableSpec* WindowParts::currentTable() const {
    for (const Page* page : pages)
        if (const report::TableSpec* table = page->table())
            return table;
    return nullptr;
}

std::vector<QDockWidget*> WindowParts::docks() const {
    return {dataDock_,        subsetsDock_,  historyDock_, galaxyDock_,
            explanationDock_, generateDock_, helpDock,     jobsDock};
}

void WindowParts::setTheme(const Theme& theme) {
    message->setTheme(theme);
    start->setTheme(theme);
    rawTable->setTheme(theme);
    doctor->setTheme(theme);
    summary->setTheme(theme);
    galaxies->setTheme(theme);
    galaxy->setTheme(theme);
    generate->setTheme(theme);
    jobStatus->setTheme(theme);
    for (Page* page : pages)
        page->setTheme(theme);
    notesButton->setIcon(tintedIcon("warning", theme.warning));
}

} // namespace penumbra::gui
