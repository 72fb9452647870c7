#pragma once

#include "core/catalogue/doctor.h"
#include "gui/documents/open_file.h"
#include "gui/window/leaving.h"

#include <QObject>
#include <QString>

#include <filesystem>
#include <functional>
#include <memory>

class QCloseEvent;
class QWidget;

namespace penumbra::gui {

class AppState;
class SessionKeeper;
class WindowParts;
class Workbench;

/// Opening, importing, encoding, running, saving and leaving, with the questions that keep work from being
/// lost.
class FileFlow : public QObject {
    Q_OBJECT
public:
    /// @param window what dialogs stand before
    /// @param sample the sample catalogue; empty if there is none
    FileFlow(QWidget& window, AppState& state, Workbench& workbench, SessionKeeper& sessions,
             JobBridge& bridge, std::filesystem::path sample);
    void setParts(WindowParts& parts) { parts_ = &parts; }

    bool hasSample() const { return !sample_.empty(); }
    std::filesystem::path simulatedSample() const; ///< beside the other sample; empty if it is not there
    void setScripted(std::function<bool()> scripted) { scripted_ = std::move(scripted); } ///< nobody to ask
    /// A run that has taken less is given up unasked when the window closes.
    void setSecondsWorthAsking(double seconds) { secondsWorthAsking_ = seconds; }

    void open(const QString& path);
    void import(const QString& path); ///< opens a raw table and asks how to import it
    void openAndRun(const std::filesystem::path& sample);
    void openSample() { openAndRun(sample_); }
    /// Unless that would end a study, or another file than `openThen` is open.
    void openMade(const QString& path, const QString& sentence, const QString& openThen);
    void run();
    void save(const QString& path);
    void recover();        ///< what a window showed that was killed
    void sayWhatWasLeft(); ///< by windows that were killed

    void askAndOpen();
    void askAndImport(); ///< the open table, else one to choose
    void askHowToImport();
    void askAndEncode();
    /// A run of the list, else (0) the study shown. `then`: when it is written.
    void askAndSave(const std::function<void()>& then = {}, int run = 0);
    void askAndSaveSession(const std::function<void()>& then = {});
    void askAndRemoveRun(int id); ///< asks where it has not been saved
    void showRun(int id);
    void askForFiles(const OpenedFile& session);
    void askBeforeClosing(QCloseEvent* event);

    void showOpened(const OpenedFile& file);
    void showReport(const std::shared_ptr<const doctor::Report>& report);
    void remember(const QString& path); ///< among the recent files
    void showStart();                   ///< the start screen; what is open stays open
    void showFile();                    ///< and back from it

Q_SIGNALS:
    void recentChanged();
    void layoutWanted(const QByteArray& state); ///< of a session
    void spaceWanted(QWidget* space);
    void titleChanged();
    void closeWanted();

private:
    void showFirstPage(const OpenedFile& file);
    void askAndSaveUnsaved(const std::function<void()>& then);
    void closeWhenFinished();
    void proceed(const QString& what, const std::function<void()>& then); ///< unless the user stays

    QWidget& window_;
    AppState& state_;
    Workbench& workbench_;
    SessionKeeper& sessions_;
    JobBridge& bridge_;
    Leaving leaving_;
    WindowParts* parts_ = nullptr;
    bool isRawTable_ = false; ///< what is open
    std::filesystem::path sample_;
    std::function<bool()> scripted_;
    std::function<void()> afterCheck_; ///< when the doctor has looked at the open file
    QString fileSentence_;             ///< of how the open file was made: said again beside the findings
    double secondsWorthAsking_ = 10.0; ///< of a run or a map, before the window closes on it
    bool closeWhenFinished_ = false;
};

} // namespace penumbra::gui
