#pragma once

#include "core/report/figure_spec.h"
#include "gui/state/host.h"
#include "gui/state/stall_watch.h"

#include <QObject>
#include <QString>

namespace penumbra::gui {

class MainWindow;
class Script;

/// Does in the window what commands ask for, and runs scripts of them.
class WindowHost : public QObject, public Host {
    Q_OBJECT
public:
    explicit WindowHost(MainWindow& window);
    ~WindowHost() override;
    /// Of lines in a file, or of standard input ("-"); `file`, if not empty, is opened first.
    /// @throws Error if the script cannot be read
    void runScript(const std::string& path, const std::string& file = {});
    bool scripted() const { return script_ != nullptr; } ///< nobody is there to be asked

    void open(const std::string& path) override;
    void run(const Options& options) override;
    void begin(const std::string& verb, const Options& options) override;
    nlohmann::json found(const std::string& verb) const override;
    FoundRegion foundRegion(std::size_t number) const override;
    std::vector<std::string> pages() const override;
    std::vector<std::string> maps() const override;
    void makeMap(const std::string& algorithm, const std::string& features) override;
    std::vector<std::string> spaceMaps() const override;
    void makeSpaceMap(const std::string& algorithm, const std::string& features) override;
    std::vector<std::int64_t> rowsWithin(const std::string& view,
                                         const std::vector<std::pair<double, double>>& polygon) override;
    void findSimilar(const Command& command, const std::vector<std::int64_t>& examples) override;
    std::int64_t galaxyAfter(std::int64_t row, int by, bool inside) override;
    std::vector<std::int64_t> worstRegion() override;
    void writeFigure(const std::string& path) override;
    void writeGalaxies(const std::string& path, bool selected) override;
    void writeMaps(const std::string& path) override;
    void writeTable(const std::string& path) override;
    void takeScreenshot(const std::string& path, int width, int height) override;
    void showRun(const std::string& name) override;
    void renameRun(const std::string& name, const std::string& to) override;
    void removeRun(const std::string& name) override;
    void saveRun(const std::string& name, const std::string& path) override;
    void compareRuns(const std::vector<std::string>& names) override;
    nlohmann::json runs() const override;
    void saveSession(const std::string& path) override;
    void recoverSession() override;
    nlohmann::json stalls() const override;
    void report(const std::string& line) override;
    void quit() override;

Q_SIGNALS:
    void scriptEnded(int exitCode, const QString& error);

private:
    Script& makeScript();
    bool screenRests() const;
    MainWindow& window_;
    Script* script_ = nullptr;
    StallWatch* watch_ = nullptr; ///< while a script runs
};

/// Catalogue rows of the points of a figure that lie in a polygon, in the data of the first panel that draws
/// galaxies.
std::vector<std::int64_t> rowsInPolygon(const report::FigureSpec& figure,
                                        const std::vector<std::pair<double, double>>& polygon);

} // namespace penumbra::gui
