#include "gui/window/window_host.h"

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/io/table_writer.h"
#include "core/report/runs_table.h"
#include "gui/documents/confirm_work.h"
#include "gui/pages/apply_page.h"
#include "gui/pages/figure_page.h"
#include "gui/pages/map_page.h"
#include "gui/pages/mend_panel.h"
#include "gui/pages/region_search.h"
#include "gui/pages/repair_page.h"
#include "gui/pages/runs_page.h"
#include "gui/pages/space_page.h"
#include "gui/pages/study_page.h"
#include "gui/panels/galaxies_panel.h"
#include "gui/panels/galaxy_finder.h"
#include "gui/panels/generate_panel.h"
#include "gui/state/script.h"
#include "gui/window/application.h"
#include "gui/window/main_window.h"
#include "gui/window/session_keeper.h"

#include <QApplication>
#include <QBuffer>
#include <QElapsedTimer>
#include <QFileInfo>
#include <QPolygonF>

#include <cstdio>
#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <set>
#include <unistd.h>

namespace penumbra::gui {

namespace {

QString text(const std::string& utf8) {
    return QString::fromStdString(utf8);
}

} // namespace

std::vector<std::int64_t> rowsInPolygon(const report::FigureSpec& figure,
                                        const std::vector<std::pair<double, double>>& polygon) {
    QPolygonF shape;
    for (const auto& [x, y] : polygon)
        shape << QPointF(x, y);
    std::set<std::int64_t> rows;
    for (const report::Panel& panel : figure.panels) {
        bool galaxies = false;
        for (const report::Series& series : panel.series) {
            galaxies = galaxies || !series.row.empty();
            for (std::size_t i = 0; i < series.row.size(); ++i)
                if (shape.containsPoint({series.x[i], series.y[i]}, Qt::OddEvenFill))
                    rows.insert(series.row[i]);
        }
        if (galaxies)
            break;
    }
    return {rows.begin(), rows.end()};
}

WindowHost::WindowHost(MainWindow& window) : window_(window) {}

WindowHost::~WindowHost() = default;

bool WindowHost::screenRests() const {
    return !window_.bridge().redraws() && window_.appState().quiet() && window_.parts().space->settled();
}

Script& WindowHost::makeScript() {
    Script::Rests rests;
    rests.screen = [this] { return screenRests(); };
    rests.files = [this] {
        return !window_.workbench().handlesFiles() && !window_.sessions().saving() &&
               !window_.parts().galaxies->writing() && !window_.workbench().maps().exporting();
    };
    rests.all = [this] { return screenRests() && !window_.bridge().busy() && !window_.sessions().saving(); };
    script_ = new Script(window_.appState(), *this, rests, this);
    watch_ = new StallWatch(this);
    if (auto* application = qobject_cast<Application*>(QApplication::instance()))
        application->setStallWatch(watch_);
    connect(script_, &Script::ended, this, &WindowHost::scriptEnded);
    connect(&window_.workbench(), &Workbench::failed, script_,
            [this](const QString& error) { script_->fail(error); });
    connect(&window_.sessions(), &SessionKeeper::failed, script_,
            [this](const QString& error) { script_->fail(error); });
    connect(&window_.finder(), &GalaxyFinder::failed, script_,
            [this](const QString& error) { script_->fail(error); });
    connect(&window_.workbench().maps(), &MapList::failed, script_,
            [this](const QString& error) { script_->fail(error); });
    connect(window_.parts().galaxies, &GalaxiesPanel::failed, script_,
            [this](const QString& error) { script_->fail(error); });
    if (const auto* application = qobject_cast<Application*>(QApplication::instance()))
        connect(application, &Application::failed, script_,
                [this](const QString& error) { script_->fail(error); });
    return *script_;
}

void WindowHost::runScript(const std::string& path, const std::string& file) {
    const int input = path == "-" ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (input < 0)
        throw Error(path + ": this script cannot be read. Check the path.");
    Script& script = makeScript();
    script.readFrom(input);
    if (!file.empty())
        open(file);
    script.start(file.empty() ? Rest::Nothing : Rest::File);
}

void WindowHost::open(const std::string& path) {
    window_.workbench().open(text(path));
}

void WindowHost::run(const Options& options) {
    StudyPage& page = *window_.parts().study;
    std::string methods; // last: which can run depends on the others
    for (const auto& [name, value] : options)
        if (name == "methods")
            methods = value;
        else
            page.setOption(name, value);
    if (!methods.empty())
        page.setOption("methods", methods);
    if (window_.workbench().running())
        throw Error("A study is running: wait for it first.");
    if (const QString why = page.whyNot(); !why.isEmpty())
        throw Error(why.toStdString());
    window_.workbench().run(page.options());
}

void WindowHost::begin(const std::string& verb, const Options& options) {
    if (verb == "regions")
        window_.parts().repair->find(options);
    else if (verb == "repair")
        window_.parts().repair->repair(options);
    else if (verb == "apply")
        window_.parts().apply->begin(options);
    else if (verb == "generate")
        window_.parts().generate->begin(options);
    else
        window_.confirming().begin(window_.state(), options.empty() ? std::string() : options.front().second);
}

nlohmann::json WindowHost::found(const std::string& verb) const {
    const WindowParts& parts = window_.parts();
    return verb == "regions"    ? parts.repair->search().report()
           : verb == "repair"   ? parts.repair->mend().report()
           : verb == "apply"    ? parts.apply->report()
           : verb == "generate" ? parts.generate->report()
                                : window_.confirming().report();
}

FoundRegion WindowHost::foundRegion(std::size_t number) const {
    return window_.parts().repair->search().region(number).place;
}

std::vector<std::string> WindowHost::pages() const {
    return window_.parts().pageIds();
}

std::vector<std::string> WindowHost::maps() const {
    window_.workbench().maps().readNow();
    return window_.workbench().maps().names(2);
}

void WindowHost::makeMap(const std::string& algorithm, const std::string& features) {
    window_.workbench().maps().make(algorithm, features, 2);
}

std::vector<std::string> WindowHost::spaceMaps() const {
    window_.workbench().maps().readNow();
    return window_.workbench().maps().names(3);
}

void WindowHost::makeSpaceMap(const std::string& algorithm, const std::string& features) {
    window_.workbench().maps().make(algorithm, features, 3);
}

std::vector<std::int64_t> WindowHost::rowsWithin(const std::string& view,
                                                 const std::vector<std::pair<double, double>>& polygon) {
    if (view == "map" || view == "map-beside")
        return window_.parts().map->rowsWithin(polygon, window_.state(), view == "map-beside");
    if (view == "space")
        return window_.parts().space->rowsWithin(polygon, window_.state());
    const FigurePage* page = window_.parts().figurePage(text(view));
    if (page == nullptr)
        throw Error("There is no figure '" + view + "' to draw a lasso in.");
    return rowsInPolygon(page->figureOf(window_.state()), polygon);
}

void WindowHost::findSimilar(const Command& command, const std::vector<std::int64_t>& examples) {
    window_.finder().findSimilar(window_.state(), command, examples);
}

std::int64_t WindowHost::galaxyAfter(std::int64_t row, int by, bool inside) {
    return window_.parts().galaxies->galaxyAfter(row, by, inside ? &window_.state().selection.rows : nullptr);
}

std::vector<std::int64_t> WindowHost::worstRegion() {
    return window_.parts().map->worstRegion();
}

void WindowHost::writeFigure(const std::string& path) {
    const QString format = QFileInfo(text(path)).suffix().toLower();
    if (!QStringList({"pdf", "svg", "png", "csv"}).contains(format))
        throw UsageError("'" + path + "': a figure is written as .pdf, .svg, .png or .csv.");
    window_.exports().writeFigure(text(path), format);
}

void WindowHost::writeGalaxies(const std::string& path, bool selected) {
    if (!window_.parts().galaxies->hasRows())
        throw Error("There are no galaxies to write: open or run a study first.");
    io::writerFor(path); // an ending that no format has is refused now
    window_.workbench().checkOutput(text(path));
    window_.parts().galaxies->exportTo(text(path), selected);
}

void WindowHost::writeMaps(const std::string& path) {
    window_.workbench().checkOutput(text(path));
    window_.workbench().maps().exportTo(path);
}

void WindowHost::writeTable(const std::string& path) {
    const QString format = QFileInfo(text(path)).suffix().toLower();
    if (!QStringList({"tex", "md", "csv"}).contains(format))
        throw UsageError("'" + path + "': a table is written as .tex, .md or .csv.");
    window_.exports().writeTable(text(path), format);
}

/// What is seen after the layout has come to rest at that size.
void WindowHost::takeScreenshot(const std::string& path, int width, int height) {
    if (QFileInfo(text(path)).suffix().toLower() != "png")
        throw UsageError("'" + path + "': a screenshot is written as .png.");
    if (width > 0)
        window_.resize(width, height);
    constexpr int layoutMs = 300, mostMs = 20000;
    QElapsedTimer clock, resting;
    clock.start();
    resting.start();
    while (clock.elapsed() < mostMs && resting.elapsed() < layoutMs) {
        QApplication::processEvents(QEventLoop::AllEvents, 10);
        if (!screenRests())
            resting.restart();
    }
    if (width > 0 && window_.size() != QSize(width, height))
        throw Error("The window cannot be " + std::to_string(width) + "x" + std::to_string(height) +
                    ": it needs " + std::to_string(window_.width()) + "x" + std::to_string(window_.height()) +
                    ".");
    QByteArray bytes;
    QBuffer buffer(&bytes);
    window_.grab().toImage().save(&buffer, "PNG");
    writeFileAtomically(path, std::string_view(bytes.constData(), static_cast<std::size_t>(bytes.size())));
    if (watch_ != nullptr)
        watch_->forget();
}

void WindowHost::showRun(const std::string& name) {
    window_.workbench().showRun(window_.workbench().runs().named(text(name)).id);
}

void WindowHost::renameRun(const std::string& name, const std::string& to) {
    RunList& runs = window_.workbench().runs();
    runs.rename(runs.named(text(name)).id, text(to));
}

void WindowHost::removeRun(const std::string& name) {
    RunList& runs = window_.workbench().runs();
    const int id = runs.named(text(name)).id;
    if (id == window_.workbench().shownRun())
        throw Error("The run '" + name + "' is shown: show another one first.");
    runs.remove(id);
}

void WindowHost::saveRun(const std::string& name, const std::string& path) {
    window_.workbench().save(text(path), {}, window_.workbench().runs().named(text(name)).id);
}

void WindowHost::compareRuns(const std::vector<std::string>& names) {
    std::vector<int> ids;
    for (const std::string& name : names)
        ids.push_back(window_.workbench().runs().named(text(name)).id);
    window_.parts().runs->compare(ids);
}

nlohmann::json WindowHost::runs() const {
    nlohmann::json list = nlohmann::json::array();
    const Workbench& bench = window_.workbench();
    std::vector<report::NamedStudy> studies;
    for (const Run& run : bench.runs().all())
        studies.push_back({run.name.toStdString(), run.study});
    const auto differences = report::optionDifferences(studies);
    for (std::size_t i = 0; i < studies.size(); ++i) {
        const Run& run = bench.runs().all()[i];
        list.push_back({{"name", studies[i].name},
                        {"shown", run.id == bench.shownRun()},
                        {"saved", run.studyPath.toStdString()},
                        {"methods", run.study->methods},
                        {"differs", differences[i]}});
    }
    return list;
}

void WindowHost::saveSession(const std::string& path) {
    window_.sessions().saveTo(text(path));
}

void WindowHost::recoverSession() {
    const QStringList left = window_.sessions().left();
    if (left.isEmpty())
        throw Error("No window that was killed has left a session.");
    window_.workbench().open(left.front());
}

nlohmann::json WindowHost::stalls() const {
    if (watch_ == nullptr)
        throw Error("Stalls are counted while a script runs.");
    return watch_->report();
}

void WindowHost::report(const std::string& line) {
    std::printf("%s\n", line.c_str());
    std::fflush(stdout);
}

void WindowHost::quit() {
    window_.closeUnasked();
}

} // namespace penumbra::gui
