#pragma once

#include "gui/state/commands.h"
#include "tests/gui/gui_test_support.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace penumbra::gui::test {

/// A window that only notes what it is asked for.
class NotingHost : public Host {
public:
    std::vector<std::string> asked, reported;
    std::vector<std::int64_t> inPolygon;
    FoundRegion region;
    void open(const std::string& path) override { asked.push_back("open " + path); }
    void run(const Options& options) override { begin("run", options); }
    void begin(const std::string& verb, const Options& options) override {
        std::string text = verb;
        for (const auto& [name, value] : options)
            text.append(" ").append(name).append("=").append(value);
        asked.push_back(text);
    }
    nlohmann::json found(const std::string& verb) const override { return {{"of", verb}}; }
    FoundRegion foundRegion(std::size_t) const override { return region; }
    std::vector<std::string> pages() const override { return {"compare", "coverage-by-bin", "galaxies"}; }
    std::vector<std::string> maps() const override { return {"e_umap_2d"}; }
    void makeMap(const std::string& algorithm, const std::string& features) override {
        asked.push_back("map " + algorithm + " " + features);
    }
    std::vector<std::string> spaceMaps() const override { return {"e_umap_3d"}; }
    void makeSpaceMap(const std::string& algorithm, const std::string& features) override {
        asked.push_back("space " + algorithm + " " + features);
    }
    std::vector<std::int64_t> rowsWithin(const std::string& view,
                                         const std::vector<std::pair<double, double>>& polygon) override {
        asked.push_back("lasso " + view + " " + std::to_string(polygon.size()));
        return inPolygon;
    }
    void findSimilar(const Command& command, const std::vector<std::int64_t>& examples) override {
        asked.push_back(textOf(command) + " to " + std::to_string(examples.size()));
    }
    /// A table in the order of the file, of rows 1000 to 1059.
    std::int64_t galaxyAfter(std::int64_t row, int by, bool inside) override {
        asked.push_back(std::string("after ") + std::to_string(row) + (inside ? " inside" : ""));
        return row < 0 ? 1000 : std::clamp<std::int64_t>(row + by, 1000, 1059);
    }
    std::vector<std::int64_t> worstRegion() override { return inPolygon; }
    void writeFigure(const std::string& path) override { asked.push_back("figure " + path); }
    void writeGalaxies(const std::string& path, bool selected) override {
        asked.push_back((selected ? "selection " : "galaxies ") + path);
    }
    void writeMaps(const std::string& path) override { asked.push_back("maps " + path); }
    void writeTable(const std::string& path) override { asked.push_back("table " + path); }
    void takeScreenshot(const std::string& path, int width, int height) override {
        asked.push_back("screenshot " + path + " " + std::to_string(width) + " " + std::to_string(height));
    }
    void showRun(const std::string& name) override { asked.push_back("show run " + name); }
    void renameRun(const std::string& name, const std::string& to) override {
        asked.push_back("rename run " + name + " " + to);
    }
    void removeRun(const std::string& name) override { asked.push_back("remove run " + name); }
    void saveRun(const std::string& name, const std::string& path) override {
        asked.push_back("save run " + name + " " + path);
    }
    void compareRuns(const std::vector<std::string>& names) override {
        asked.push_back("compare runs " + std::to_string(names.size()));
    }
    nlohmann::json runs() const override { return {{{"name", "run 1"}}}; }
    void saveSession(const std::string& path) override { asked.push_back("session " + path); }
    void recoverSession() override { asked.push_back("recover"); }
    nlohmann::json stalls() const override { return {{"longest_ms", 3}, {"over_50ms", 0}}; }
    void report(const std::string& line) override { reported.push_back(line); }
    void quit() override { asked.push_back("quit"); }
};

/// 1,060 catalogue rows with a column `colour` (row % 7) and target z; test rows are 1000 to 1059.
class StateTest : public testing::Test {
protected:
    static constexpr std::size_t testRows = 60;
    void SetUp() override {
        study_ = madeStudy(testRows, {"VanillaSplit", "MADSplit", "CQR"});
        auto catalogue = std::make_shared<Catalogue>();
        catalogue->rowCount = 1000 + testRows;
        std::vector<std::int64_t> ids;
        std::vector<double> colour;
        Target z;
        z.name = "z";
        for (std::size_t row = 0; row < catalogue->rowCount; ++row) {
            ids.push_back(static_cast<std::int64_t>(500000 + row));
            colour.push_back(static_cast<double>(row % 7));
            z.values.push_back(std::nan(""));
        }
        const TargetStudy& target = study_->targets.front();
        const auto rows = target.testRows();
        const auto truth = target.testTruth();
        for (std::size_t i = 0; i < rows.size(); ++i)
            z.values[static_cast<std::size_t>(rows[i])] = truth[i];
        catalogue->objectId.name = "object_id";
        catalogue->objectId.values = ids;
        io::Column column;
        column.name = "colour";
        column.values = colour;
        catalogue->columns.columns.push_back(column);
        catalogue->targets.push_back(z);
        catalogue_ = catalogue;
        state_.setHost(&host_);
        state_.takeFile("/data/made.h5", catalogue_);
        state_.takeStudy(study_);
    }
    void apply(const std::string& line) { state_.apply(parseCommand(line)); }
    const ViewState& now() const { return state_.now(); }
    const Choices& choices() const { return state_.now().choices(); }
    std::vector<std::int64_t> selected() const { return now().selection.rows.rows(); }

    NotingHost host_;
    AppState state_;
    std::shared_ptr<Study> study_;
    std::shared_ptr<const Catalogue> catalogue_;
};

} // namespace penumbra::gui::test
