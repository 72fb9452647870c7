#pragma once

#include "gui/documents/workbench.h"
#include "gui/state/app_state.h"
#include "gui/window/exports.h"
#include "gui/window/file_flow.h"
#include "gui/window/window_parts.h"

#include <QMainWindow>

#include <filesystem>
#include <memory>
#include <vector>

namespace penumbra::gui {

class ConfirmWork;
class GalaxyFinder;
class SessionKeeper;
class StudyToolbar;
class WindowActions;
class WindowHost;

/// Arranges the parts: they are views of the state and write into it. It decides nothing about the data.
class MainWindow : public QMainWindow {
    Q_OBJECT
public:
    /// `sample`: path of the sample catalogue; empty if there is none.
    explicit MainWindow(std::filesystem::path sample, QWidget* parent = nullptr);
    ~MainWindow() override;

    FileFlow& files() { return *files_; }
    Exports& exports() { return *exports_; }
    WindowParts& parts() { return *parts_; }
    Workbench& workbench() { return *workbench_; }
    JobBridge& bridge() { return *bridge_; }
    AppState& appState() { return *state_; }
    WindowHost& host() { return *host_; }
    SessionKeeper& sessions() { return *sessions_; }
    GalaxyFinder& finder() { return *finder_; }
    ConfirmWork& confirming() { return *confirming_; }
    const ViewState& state() const { return state_->now(); }
    void closeUnasked(); ///< what has not been saved is lost

protected:
    void closeEvent(QCloseEvent* event) override;
    void dragEnterEvent(QDragEnterEvent* event) override;
    void dropEvent(QDropEvent* event) override;

private:
    void connectFiles();
    void connectParts();
    void connectGalaxies();
    void connectWork();
    void connectWorkbench();
    void connectState();
    void showTheme(bool dark);
    void showSpace(QWidget* space);
    void choosePage(int tab);
    void apply(const Command& command) { state_->apply(command); }
    void applyOrTell(const Command& command); ///< what is wrong with it goes to the bar
    void updateTitle();
    void select(const std::vector<std::int64_t>& rows, Combine how, qint64 current, bool byOutcome,
                bool drawn = false);
    void selectGalaxies(const std::string& target, const std::string& formula, Combine how);

    bool closing_ = false;     ///< unasked
    bool showingPage_ = false; ///< we turn the page, not the user
    std::unique_ptr<JobBridge> bridge_;
    std::unique_ptr<Workbench> workbench_;
    std::unique_ptr<AppState> state_;
    std::unique_ptr<WindowHost> host_;
    std::unique_ptr<SessionKeeper> sessions_;
    std::unique_ptr<WindowParts> parts_;
    GalaxyFinder* finder_;
    FileFlow* files_;
    Exports* exports_;
    WindowActions* actions_;
    ConfirmWork* confirming_;
    StudyToolbar* toolbar_;
};

} // namespace penumbra::gui
