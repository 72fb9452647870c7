#pragma once

#include "core/report/table_spec.h"
#include "gui/state/app_state.h"
#include "gui/style/theme.h"
#include "gui/window/workbench.h"

#include <QMainWindow>

#include <filesystem>
#include <functional>
#include <memory>
#include <vector>

class QActionGroup;
class QDockWidget;
class QStackedWidget;
class QTabWidget;
class QToolButton;

namespace penumbra::gui {

class CommandPalette;
class DoctorPage;
class FigurePage;
class GalaxiesPanel;
class ExplanationPanel;
class GalaxyPanel;
class JobStatusBar;
class HistoryPanel;
class MapPage;
class MessageBar;
class Page;
class RawTablePage;
class SelectionText;
class SessionKeeper;
class StartScreen;
class StudyPanel;
class StudyToolbar;
class SubsetsPanel;
class WhereBox;
class WindowHost;

/// Of a page in the tabs: its id.
extern const char* const pageIdProperty;

/// Arranges the parts: they are views of the state and write into it. It decides nothing about the data.
class MainWindow : public QMainWindow {
    Q_OBJECT
public:
    /// `sample`: path of the sample catalogue; empty if there is none.
    explicit MainWindow(std::filesystem::path sample, QWidget* parent = nullptr);
    ~MainWindow() override;

    void openPath(const QString& path);
    void importPath(const QString& path); ///< opens a raw table and asks how to import it
    void openSample();                    ///< opens the sample and runs a quick study of it
    void runStudy();
    void askAndEncode(); ///< the dialog, then the run in the background
    void saveStudyTo(const QString& path);
    void exportFigureTo(const QString& path,
                        const QString& format); ///< pdf, svg, png, csv; errors go to the bar
    void exportTableTo(const QString& path, const QString& format); ///< tex, md, csv
    void exportGalaxiesTo(const QString& path);                     ///< by the ending, in the background
    void setDark(bool dark);
    StudyPanel& studyPanel() { return *panel_; }
    FigurePage* figurePage(const QString& id) const; ///< null: no such figure
    MapPage& mapPage() const { return *map_; }
    /// The page's figure, made for paper. @throws Error
    void writeFigure(const QString& path, const QString& format);
    std::vector<std::string> pageIds() const;
    void sayWhatWasLeft(); ///< by windows that were killed
    void closeUnasked();   ///< what has not been saved is lost
    /// A run that has taken less is given up unasked when the window closes.
    void setSecondsWorthAsking(double seconds) { secondsWorthAsking_ = seconds; }
    Workbench& workbench() { return *workbench_; }
    JobBridge& bridge() { return *bridge_; }
    AppState& appState() { return *state_; }
    WindowHost& host() { return *host_; }
    SessionKeeper& sessions() { return *sessions_; }
    const ViewState& state() const { return state_->now(); }

protected:
    void closeEvent(QCloseEvent* event) override;
    void dragEnterEvent(QDragEnterEvent* event) override;
    void dropEvent(QDropEvent* event) override;

private:
    void buildActions();
    void buildMenus();
    void buildExportMenu();
    void buildViewMenu();
    void buildPages();
    void buildDocks();
    void buildStatusBar();
    void connectParts();
    void connectWorkbench();
    void connectState();
    void showTheme(bool dark);
    void showPage(const std::string& id);
    void choosePage(int tab);
    void apply(const Command& command) { state_->apply(command); }
    void askForFiles(const OpenedFile& session);
    void askAndSaveSession();
    void offerRecovery();
    void fillSubsetsMenu();
    void askAndNameSelection();
    void showOpened(const OpenedFile& file);
    void showReport(const std::shared_ptr<const doctor::Report>& report);
    void askAndImport();
    void askHowToImport(); ///< the table that is open
    void updateActions();
    void updateTitle();
    void updateRecentMenu();
    void select(const std::vector<std::int64_t>& rows, Combine how, qint64 current, bool byOutcome);
    void buildSelectMenu();
    void fillMissedMenu();
    void showNotes();
    void showAbout();
    void askAndOpen();
    void askAndSave(const std::function<void()>& then = {}); ///< `then`: when it is written
    enum class Answer { GoOn, SaveFirst, Stay };
    /// Asks, if a study that runs (for that long at least) or has not been saved would be lost. `what` comes
    /// next: "open galaxies.fits".
    Answer askBefore(const QString& what, double runSecondsWorthIt);
    void proceed(const QString& what, const std::function<void()>& then); ///< unless the user stays
    void openMade(const QString& path, const QString& sentence);
    void askAndExportFigure(const QString& format);
    void askAndExportTable(const QString& format);
    void askAndExportGalaxies();
    void showSpace(QWidget* space);
    QList<QAction*> commands() const;
    FigurePage* currentFigurePage() const;
    const report::TableSpec* currentTable() const;

    std::filesystem::path simulatedSample() const; ///< beside the other sample; empty if it is not there
    void openAndRun(const std::filesystem::path& sample);
    std::filesystem::path sample_;
    std::function<void()> afterCheck_; ///< when the doctor has looked at the open file
    QString fileSentence_;             ///< of how the open file was made: said again beside the findings
    double secondsWorthAsking_ = 10.0; ///< of a run, before the window closes on it
    Theme theme_;
    bool closing_ = false;     ///< unasked
    bool showingPage_ = false; ///< we turn the page, not the user
    std::unique_ptr<JobBridge> bridge_;
    std::unique_ptr<Workbench> workbench_;
    std::unique_ptr<AppState> state_;
    std::unique_ptr<WindowHost> host_;
    std::unique_ptr<SessionKeeper> sessions_;
    std::vector<Page*> pages_;

    MessageBar* message_;
    QStackedWidget* spaces_;
    StartScreen* start_;
    RawTablePage* rawTable_;
    MapPage* map_ = nullptr;
    DoctorPage* doctor_;
    QWidget* workspace_;
    QTabWidget* tabs_;
    GalaxiesPanel* galaxies_;
    StudyPanel* panel_;
    GalaxyPanel* galaxy_;
    ExplanationPanel* explanation_;
    StudyToolbar* toolbar_;
    WhereBox* where_;
    SubsetsPanel* subsets_;
    HistoryPanel* history_;
    JobStatusBar* jobStatus_;
    CommandPalette* palette_;
    QDockWidget* dataDock_;
    QDockWidget* galaxyDock_;
    QDockWidget* explanationDock_;
    QDockWidget* jobsDock_;
    QDockWidget* subsetsDock_;
    QDockWidget* historyDock_;
    SelectionText* selectionText_;
    QToolButton* notesButton_;

    QAction* open_;
    QAction* import_;
    QAction* save_;
    QAction* saveSession_;
    QAction* undo_;
    QAction* redo_;
    QAction* nameSelection_;
    QAction* quit_;
    QAction* run_;
    QAction* encode_;
    QAction* cancel_;
    QAction* sampleStudy_;
    QAction* dark_;
    QAction* findCommand_;
    QAction* copyTable_;
    QAction* copyFigure_;
    QAction* notes_;
    QMenu* recentMenu_;
    QMenu* missedMenu_;
    QMenu* subsetsMenu_;
    QList<QAction*> selectActions_;
    QActionGroup* paperSize_;
    QList<QAction*> figureExports_;
    QList<QAction*> tableExports_;
    QAction* galaxiesExport_;
};

} // namespace penumbra::gui
