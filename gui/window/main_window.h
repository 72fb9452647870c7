#pragma once

#include "core/report/table_spec.h"
#include "gui/style/theme.h"
#include "gui/window/view_state.h"
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
class MessageBar;
class Page;
class RawTablePage;
class SelectionText;
class StartScreen;
class StudyPanel;
class StudyToolbar;

/// Arranges the parts and passes values between them; it decides nothing about the data.
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
    /// A run that has taken less is given up unasked when the window closes.
    void setSecondsWorthAsking(double seconds) { secondsWorthAsking_ = seconds; }
    Workbench& workbench() { return *workbench_; }
    const ViewState& state() const { return state_; }

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
    void showOpened(const OpenedFile& file);
    void showReport(const std::shared_ptr<const doctor::Report>& report);
    void askAndImport();
    void askHowToImport(); ///< the table that is open
    void updateState();
    void updateActions();
    void updateTitle();
    void updateRecentMenu();
    void select(qint64 catalogueRow); ///< this galaxy alone
    void setSelection(const Selection& selection);
    void showSelection();
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
    ViewState state_;
    std::unique_ptr<JobBridge> bridge_;
    std::unique_ptr<Workbench> workbench_;
    std::vector<Page*> pages_;

    MessageBar* message_;
    QStackedWidget* spaces_;
    StartScreen* start_;
    RawTablePage* rawTable_;
    DoctorPage* doctor_;
    QWidget* workspace_;
    QTabWidget* tabs_;
    GalaxiesPanel* galaxies_;
    StudyPanel* panel_;
    GalaxyPanel* galaxy_;
    ExplanationPanel* explanation_;
    StudyToolbar* toolbar_;
    JobStatusBar* jobStatus_;
    CommandPalette* palette_;
    QDockWidget* dataDock_;
    QDockWidget* galaxyDock_;
    QDockWidget* explanationDock_;
    QDockWidget* jobsDock_;
    SelectionText* selectionText_;
    QToolButton* notesButton_;

    QAction* open_;
    QAction* import_;
    QAction* save_;
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
    QList<QAction*> selectActions_;
    QActionGroup* paperSize_;
    QList<QAction*> figureExports_;
    QList<QAction*> tableExports_;
    QAction* galaxiesExport_;
};

} // namespace penumbra::gui
