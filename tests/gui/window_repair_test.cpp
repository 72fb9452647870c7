// The walk from a fault to its use: found, told, mended, shown on galaxies held back, put on new galaxies.
#include "core/base/error.h"
#include "core/base/rng.h"
#include "core/catalogue/catalogue.h"
#include "core/eval/regions.h"
#include "core/io/hdf5_file.h"
#include "gui/options/choice_list.h"
#include "gui/options/option_form.h"
#include "gui/pages/apply_page.h"
#include "gui/pages/mend_panel.h"
#include "gui/pages/region_search.h"
#include "gui/pages/repair_page.h"
#include "gui/window/window_host.h"
#include "tests/gui/window_fixture.h"

#include <QComboBox>
#include <QLineEdit>
#include <QMessageBox>
#include <QPushButton>
#include <QTimer>

#include <cmath>
#include <filesystem>
#include <future>
#include <nlohmann/json.hpp>

using namespace penumbra;
using namespace penumbra::gui;
using namespace penumbra::gui::test;

namespace {

constexpr double cornerFrom = 1.0;

/// a_pred is off by noise four times as large where x1 > 1; a third each to train, calibrate and test on.
std::string writeSurvey(const std::string& path, std::size_t rows, std::uint64_t seed, bool labels) {
    Rng rng(seed);
    Catalogue catalogue;
    catalogue.rowCount = rows;
    catalogue.objectId.name = "object_id";
    std::vector<std::int64_t> ids;
    io::Column x1, prediction;
    x1.name = "x1";
    prediction.name = "a_pred";
    Target a;
    a.name = "a";
    std::vector<double> x, predicted;
    for (std::size_t i = 0; i < rows; ++i) {
        x.push_back(rng.normal());
        predicted.push_back(rng.normal());
        a.values.push_back(predicted.back() + (x.back() > cornerFrom ? 0.4 : 0.1) * rng.normal());
        ids.push_back(static_cast<std::int64_t>(i));
        catalogue.split.push_back(static_cast<std::uint8_t>(i % 3));
    }
    x1.values = x;
    prediction.values = predicted;
    catalogue.objectId.values = ids;
    catalogue.columns.columns = {x1, prediction};
    if (labels)
        catalogue.targets = {a};
    else
        catalogue.split.clear();
    writeCatalogue(catalogue, std::vector<MatrixF>(), path);
    return path;
}

class RepairWalk : public WindowTest {
protected:
    void SetUp() override {
        WindowTest::SetUp();
        survey_ = writeSurvey(file("survey.h5"), 6000, 5, true);
        window_->files().open(QString::fromStdString(survey_));
        ASSERT_TRUE(waitUntil([&] { return window_->workbench().catalogue() != nullptr; }));
        setOption("targets", std::vector<std::string>{"a"});
        setOption("methods", std::vector<std::string>{"VanillaSplit"});
        setOption("prediction-column", std::string("a_pred"));
        setOption("bootstrap", std::int64_t{50});
        setOption("threads", std::int64_t{1});
        window_->files().run();
        ASSERT_TRUE(waitUntil([&] { return finished(); }, 3 * studyLimitMs)) << "a busy machine?";
    }
    std::string file(const char* name) { return (folder_.path() + '/' + name).toStdString(); }
    void apply(const std::string& line) { window_->appState().apply(parseCommand(line)); }
    void rest() {
        ASSERT_TRUE(waitUntil(
            [&] {
                return !window_->bridge().busy() && !window_->bridge().redraws() &&
                       window_->appState().quiet();
            },
            studyLimitMs));
    }
    const TargetStudy& target() { return *window_->state().shownTarget(); }
    std::string survey_;
};

} // namespace

TEST_F(RepairWalk, AFaultIsFoundMendedAndTheMethodPutOnNewGalaxies) {
    apply("page repair");
    rest();
    part<QPushButton>("regionSearch")->click();
    rest();
    const auto* page = part<RepairPage>("page_repair");
    const ListedRegion& found = page->search().region(1);
    ASSERT_EQ(found.finding.method, "VanillaSplit");
    EXPECT_NE(found.words.find("x1 >"), std::string::npos) << found.words;
    EXPECT_NE(found.words.find("held back"), std::string::npos);
    EXPECT_TRUE(found.region().confirmed);
    EXPECT_EQ(page->search().report().at("regions").at(0).at("method"), "VanillaSplit");

    // One click selects, another names; both are commands that can be undone.
    part<QPushButton>("regionSelect")->click();
    EXPECT_EQ(window_->state().selection.where, found.place.where);
    EXPECT_GT(window_->state().selection.rows.count(), 100U);
    part<QPushButton>("regionSubset")->click();
    ASSERT_EQ(window_->state().subsets.size(), 1U);
    EXPECT_EQ(window_->state().subsets.front().name, "region1");
    apply("undo");
    apply("undo");
    EXPECT_FALSE(window_->state().selection.rows.any());
    EXPECT_TRUE(window_->state().subsets.empty());

    // What fits is proposed; the region's own threshold comes first.
    ASSERT_GE(part<ChoiceList>("repairProposal")->count(), 2);
    const QString line = part<QLineEdit>("repairLine")->text();
    EXPECT_TRUE(line.contains("--by subset:region1")) << line.toStdString();
    EXPECT_TRUE(line.contains("--held-back")) << line.toStdString();
    part<QPushButton>("repairRun")->click();
    rest();
    const std::string repaired = "VanillaSplit+subset(region1)";
    EXPECT_EQ(window_->state().study->methods.back(), repaired);
    EXPECT_TRUE(window_->workbench().unsaved()) << "what the study holds now is in no file";
    const auto json = page->mend().report().at("repairs").at(0);
    EXPECT_TRUE(json.at("held_back_only").get<bool>());
    const auto& inside = json.at("groups").back();
    EXPECT_EQ(inside.at("n"), found.region().n) << "counted on the galaxies that judged the region";
    EXPECT_NEAR(inside.at("before").at("coverage").get<double>(), found.region().coverage, 1e-12);
    EXPECT_LT(inside.at("before").at("high").get<double>(), inside.at("after").at("coverage").get<double>());
    EXPECT_GE(inside.at("after").at("coverage").get<double>(), inside.at("perfect_low").get<double>());

    // Put on new galaxies: the study is saved beside the file, which names it.
    const std::string fresh = writeSurvey(file("fresh.h5"), 300, 6, false), out = file("out.h5");
    apply("page apply");
    apply("apply " + fresh + " to " + out + " methods=VanillaSplit");
    rest();
    ASSERT_TRUE(std::filesystem::exists(out)) << message().toStdString();
    EXPECT_FALSE(window_->workbench().unsaved());
    EXPECT_TRUE(std::filesystem::exists(file("out_study.h5")));
    const auto written = io::Hdf5File::openForReading(out);
    const auto lower = written.readReals("/predictions/a/VanillaSplit/lower"),
               upper = written.readReals("/predictions/a/VanillaSplit/upper");
    ASSERT_EQ(lower.size(), 300U);
    const Prediction& ours = *target().prediction("VanillaSplit");
    EXPECT_NEAR(upper[0] - lower[0], ours.upper[0] - ours.lower[0], 1e-9) << "one width for all";
    const auto* applied = part<ApplyPage>("page_apply");
    EXPECT_EQ(applied->report().at("rows"), 300);
    ASSERT_EQ(applied->firstGalaxies().rows.size(), 50U);
    const report::Cell& cell = applied->firstGalaxies().rows[0][1];
    EXPECT_EQ(cell.low, lower[0]);
    EXPECT_EQ(cell.high, upper[0]);
    EXPECT_TRUE(part<QLabel>("applyWords")->text().contains("calibration"));
}

TEST_F(RepairWalk, NothingIsReplacedUnasked) {
    const std::string fresh = writeSurvey(file("fresh.h5"), 300, 6, false), out = file("out.csv");
    std::filesystem::copy_file(fresh, out);
    const auto before = std::filesystem::file_size(out);
    apply("page apply");
    rest();
    part<OptionForm>("applyForm")->setValue("galaxies", fresh);
    part<OptionForm>("applyForm")->setValue("out", out);
    bool asked = false;
    QTimer::singleShot(0, window_.get(), [&] {
        auto* box = window_->findChild<QMessageBox*>("replaceQuestion");
        asked = box != nullptr;
        if (box)
            box->reject();
    });
    part<QPushButton>("applyRun")->click();
    EXPECT_TRUE(asked);
    rest();
    EXPECT_EQ(std::filesystem::file_size(out), before);
    EXPECT_THROW(apply("apply " + survey_ + " to " + survey_), Error) << "an open file is never replaced";
}

TEST_F(RepairWalk, WhatWasChosenByEyeIsTestedOnTheHalfHeldBack) {
    apply("select where \"x1 > 1\"");
    apply("confirm");
    rest();
    const nlohmann::json json = window_->host().found("confirm");
    ASSERT_TRUE(json.is_object()) << message().toStdString();
    const auto& one = json.at("methods").at(0);
    // Counted by hand.
    const auto truth = target().testTruth();
    const auto rows = target().testRows();
    const auto searched = searchedHalf(truth, window_->state().study->seed);
    const auto& x1 = std::get<std::vector<double>>(window_->state().catalogue->columns.find("x1")->values);
    const Prediction& prediction = *target().prediction("VanillaSplit");
    int n = 0, covered = 0;
    for (std::size_t i = 0; i < truth.size(); ++i)
        if (!searched[i] && x1[static_cast<std::size_t>(rows[i])] > 1.0) {
            ++n;
            covered += prediction.lower[i] <= truth[i] && truth[i] <= prediction.upper[i] ? 1 : 0;
        }
    EXPECT_EQ(one.at("n"), n);
    EXPECT_DOUBLE_EQ(one.at("coverage").get<double>(), static_cast<double>(covered) / n);
    EXPECT_TRUE(one.at("confirmed").get<bool>());
    EXPECT_TRUE(message().contains("too little, confirmed")) << message().toStdString();

    apply("select where \"missed(VanillaSplit)\"");
    EXPECT_THROW(apply("confirm"), Error) << "chosen by the outcome";
    apply("select rows 2,5,8");
    EXPECT_THROW(apply("confirm"), Error) << "picked one by one";
}

TEST_F(RepairWalk, ASearchAndARepairCanBeStopped) {
    apply("page repair");
    // The lane is kept busy, so that the search has not ended before it is cancelled.
    std::promise<void> release;
    window_->bridge().start({QStringLiteral("Hold the lane"), jobs::Lane::Cpu, true}, window_.get(),
                            [held = release.get_future().share()](RunContext&) -> Delivery {
                                held.wait();
                                return [] {};
                            });
    apply("regions");
    window_->bridge().cancelVisible();
    release.set_value();
    rest();
    EXPECT_THROW(apply("regions select 1"), Error);
    apply("repair asymmetric methods=VanillaSplit");
    window_->bridge().cancelVisible();
    rest();
    apply("regions columns=x1");
    rest();
    apply("regions select 1");
    EXPECT_GT(window_->state().selection.rows.count(), 100U);
}
