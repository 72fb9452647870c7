#include "core/aion/random_model.h"
#include "core/base/error.h"
#include "gui/options/option_form.h"
#include "gui/panels/generate_panel.h"
#include "gui/plots/figure_view.h"
#include "tests/gui/gui_test_support.h"
#include "tests/gui/photometry_file.h"

#include <QComboBox>
#include <QLabel>
#include <QPushButton>
#include <QSettings>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

using namespace penumbra;
using namespace penumbra::gui;
using namespace penumbra::gui::test;

namespace {

class GeneratePanelTest : public testing::Test {
protected:
    void SetUp() override {
        QSettings().remove("aion");
        const std::string folder = folder_.path().toStdString();
        weights_ = folder + "/tiny";
        aion::writeRandomModel(weights_, "tiny", {});
        state_.catalogue = std::make_shared<const Catalogue>(readCatalogue(writePhotometry(folder)));
        state_.selection.current = 7;
        panel_.resize(320, 900);
        panel_.show();
    }
    void TearDown() override { QSettings().remove("aion"); }
    bool answered() {
        return waitUntil([&] { return panel_.report().contains("targets"); }, 60000);
    }

    QTemporaryDir folder_;
    std::string weights_;
    ViewState state_;
    JobBridge bridge_;
    GeneratePanel panel_{bridge_};
};

} // namespace

TEST_F(GeneratePanelTest, SaysWhatIsMissing) {
    auto* run = child<QPushButton>(panel_, "generateRun");
    auto* problem = child<QLabel>(panel_, "generateProblem");
    EXPECT_FALSE(run->isEnabled());
    EXPECT_TRUE(problem->text().contains("catalogue"));
    panel_.setState(state_);
    EXPECT_FALSE(run->isEnabled());
    EXPECT_TRUE(problem->text().contains("weights", Qt::CaseInsensitive)) << problem->text().toStdString();
    EXPECT_FALSE(problem->text().contains("--"));
    EXPECT_THROW(panel_.begin({}), Error);
    EXPECT_THROW(panel_.begin({{"coverage", "none"}}), UsageError);
    panel_.begin({{"weights", weights_}, {"device", "cpu"}});
    EXPECT_TRUE(answered());
    EXPECT_FALSE(problem->isVisible());
}

TEST_F(GeneratePanelTest, ShowsPosteriorAndDrawsOfTheGalaxyLookedAt) {
    panel_.setState(state_);
    QSignalSpy failed(&panel_, &GeneratePanel::failed);
    panel_.begin(
        {{"weights", weights_}, {"device", "cpu"}, {"target", "z,xp_bp"}, {"draws", "3"}, {"steps", "2"}});
    ASSERT_TRUE(answered()) << failed.value(0).value(0).toString().toStdString();
    EXPECT_EQ(panel_.report().at("galaxy"), "7");
    auto* words = child<QLabel>(panel_, "generateWords");
    auto* caveat = child<QLabel>(panel_, "generateCaveat");
    auto* targets = child<QComboBox>(panel_, "generateTarget");
    EXPECT_TRUE(words->text().contains("RANDOM WEIGHTS")) << words->text().toStdString();
    EXPECT_TRUE(words->text().contains("FLUX_G"));
    ASSERT_EQ(targets->count(), 2);
    EXPECT_EQ(panel_.figure().panels.front().x.label, "Z");
    targets->setCurrentIndex(1);
    Q_EMIT targets->activated(1);
    EXPECT_EQ(panel_.figure().panels.front().x.label, "coefficient");
    EXPECT_TRUE(caveat->text().contains("not a calibrated joint posterior"));
    if (const char* shots = std::getenv("PENUMBRA_SHOTS"))
        panel_.grab().save(QString(shots) + "/generate_panel.png");
    // The catalogue has neither redshifts nor coefficients to compare with.
    panel_.begin({{"coverage", "3"}});
    ASSERT_TRUE(waitUntil([&] { return panel_.report().contains("coverage"); }, 60000));
    EXPECT_EQ(panel_.report().at("coverage").at(0).at("galaxies"), 0);
    EXPECT_TRUE(child<QLabel>(panel_, "generateCoverage")->text().contains("no galaxy"));
    // What was said of one galaxy is not shown beside another.
    state_.selection.current = 8;
    panel_.setState(state_);
    EXPECT_FALSE(panel_.report().contains("galaxy"));
    EXPECT_FALSE(child<FigureView>(panel_, "generateFigure")->isVisible());
}

TEST_F(GeneratePanelTest, WeightsAreRememberedAndErrorsNameNoFlags) {
    panel_.setState(state_);
    QSignalSpy failed(&panel_, &GeneratePanel::failed);
    panel_.begin({{"weights", weights_}, {"device", "cpu"}});
    ASSERT_TRUE(answered());
    GeneratePanel other(bridge_);
    EXPECT_EQ(child<OptionForm>(other, "generateForm")->options().getText("weights"), weights_);
    panel_.begin({{"modalities", "image"}});
    ASSERT_TRUE(waitUntil([&] { return failed.count() > 0; }, 60000));
    const QString error = failed.first().first().toString();
    EXPECT_TRUE(error.contains("no images")) << error.toStdString();
    panel_.begin({{"modalities", "photometry"}, {"target", "flux_g"}});
    ASSERT_TRUE(waitUntil([&] { return failed.count() > 1; }, 60000));
    EXPECT_FALSE(failed.last().first().toString().contains("--"))
        << failed.last().first().toString().toStdString();
}
