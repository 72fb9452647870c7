#pragma once

#include "core/report/table_spec.h"
#include "gui/style/theme.h"

#include <QString>

#include <string>
#include <vector>

class QDockWidget;
class QMainWindow;
class QStackedWidget;
class QTabWidget;
class QToolButton;

namespace penumbra::gui {

class AppState;
class ApplyPage;
class ComparePage;
class ExplanationPanel;
class FigurePage;
class GalleryPage;
class GalaxiesPanel;
class GalaxyPanel;
class GeneratePanel;
class DataSummary;
class DoctorPage;
class HelpPanel;
class HistoryPanel;
class JobBridge;
class JobStatusBar;
class MapPage;
class MessageBar;
class Page;
class RawTablePage;
class RepairPage;
class RunsPage;
class SelectionText;
class SpacePage;
class StartScreen;
class StudyPage;
class SubsetsPanel;
class WhereBox;
class Workbench;

/// Of a page in the tabs: its id.
extern const char* const pageIdProperty;

/// The widgets of a window (pages, docks, status bar), owned by it. Places them and knows where they are;
/// what they show and do is wired up by MainWindow.
class WindowParts {
public:
    WindowParts(QMainWindow& window, AppState& state, Workbench& workbench, JobBridge& bridge, bool hasSample,
                bool hasSimulated);

    /// Start screen, raw table or workspace.
    void showSpace(QWidget* space);
    bool showsRawTable() const;
    void showPage(const std::string& id); ///< its tab, or its dock
    std::string idOfTab(int tab) const;
    std::vector<std::string> pageIds() const;
    FigurePage* figurePage(const QString& id) const; ///< null: no such figure
    FigurePage* currentFigurePage() const;
    const report::TableSpec* currentTable() const; ///< null: nothing is tabulated
    std::vector<QDockWidget*> docks() const;
    void setTheme(const Theme& theme);

    std::vector<Page*> pages;
    MessageBar* message = nullptr;
    QStackedWidget* spaces = nullptr;
    StartScreen* start = nullptr;
    RawTablePage* rawTable = nullptr;
    QWidget* workspace = nullptr;
    QTabWidget* tabs = nullptr;
    ComparePage* compare = nullptr;
    MapPage* map = nullptr;
    GalleryPage* gallery = nullptr;
    RepairPage* repair = nullptr;
    ApplyPage* apply = nullptr;
    SpacePage* space = nullptr;
    DoctorPage* doctor = nullptr;
    GalaxiesPanel* galaxies = nullptr;
    WhereBox* where = nullptr;
    StudyPage* study = nullptr;
    RunsPage* runs = nullptr;
    DataSummary* summary = nullptr;
    HelpPanel* help = nullptr;
    GalaxyPanel* galaxy = nullptr;
    ExplanationPanel* explanation = nullptr;
    GeneratePanel* generate = nullptr;
    SubsetsPanel* subsets = nullptr;
    HistoryPanel* history = nullptr;
    JobStatusBar* jobStatus = nullptr;
    SelectionText* selectionText = nullptr;
    QToolButton* notesButton = nullptr;
    QDockWidget* jobsDock = nullptr;
    QDockWidget* helpDock = nullptr;

private:
    void addPages();
    void addPage(Page* page, const QString& id, const QString& title, const QString& tip = {});
    void placeSpaces();
    void addDocks();
    void addStatusBar();

    QMainWindow& window_;
    AppState& state_;
    Workbench& workbench_;
    JobBridge& bridge_;
    QDockWidget* dataDock_ = nullptr;
    QDockWidget* galaxyDock_ = nullptr;
    QDockWidget* explanationDock_ = nullptr;
    QDockWidget* generateDock_ = nullptr;
    QDockWidget* subsetsDock_ = nullptr;
    QDockWidget* historyDock_ = nullptr;
};

} // namespace penumbra::gui
