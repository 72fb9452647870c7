// Commands about single galaxies: how they are shown, their order, those that are like others.
#include "core/base/error.h"
#include "gui/state/session_file.h"
#include "gui/state/where.h"
#include "tests/gui/state/state_fixture.h"

#include <QTemporaryDir>

#include <array>
#include <cmath>

using namespace penumbra;
using namespace penumbra::gui;
using namespace penumbra::gui::test;

namespace {

class InspectorCommands : public StateTest {
protected:
    void withImages() {
        auto catalogue = std::make_shared<Catalogue>(*catalogue_);
        catalogue->images.count = 5;
        catalogue->images.bandNames = {"DES-G", "DES-R", "DES-Z"};
        state_.takeFile("/data/made.h5", catalogue);
        state_.takeStudy(study_);
    }
    /// What a window would find: rows 1003 and 1001 are most like row 1002.
    Command foundSimilar() const {
        auto likeness = std::make_shared<Likeness>();
        likeness->features = "latent";
        likeness->examples = {1002};
        likeness->similarity.assign(now().rowCount(), 0.1);
        likeness->similarity[1003] = 0.99;
        likeness->similarity[1001] = 0.95;
        likeness->similarity[1000] = std::nan("");
        Command command{
            "similar", {"2"}, RowMask::of(now().rowCount(), std::array<std::int64_t, 2>{1001, 1003}), 1003};
        command.likeness = likeness;
        return command;
    }
};

} // namespace

TEST_F(InspectorCommands, CutoutsAndSpectraAreShownAsAsked) {
    withImages();
    apply("cutout bands DES-R");
    apply("cutout stretch log");
    apply("cutout scale 99.5%");
    const report::CutoutLook cutout = now().inspector.looks.cutout;
    EXPECT_EQ(cutout, (report::CutoutLook{"DES-R", report::Stretch::Log, report::Limits::Percent995}));
    apply("cutout bands colour");
    EXPECT_EQ(now().inspector.looks.cutout.band, "");
    apply("spectrum average 5");
    apply("spectrum wavelength rest");
    apply("spectrum errors off");
    apply("spectrum masked on");
    apply("spectrum lines predicted all");
    const report::SpectrumLook spectrum = now().inspector.looks.spectrum;
    EXPECT_EQ(spectrum, (report::SpectrumLook{5, true, false, true, false, true, true}));
    apply("spectrum average automatic");
    EXPECT_EQ(now().inspector.looks.spectrum.average, 0);
    state_.undo();
    EXPECT_EQ(now().inspector.looks.spectrum.average, 5);
    for (const char* line : {"cutout bands WISE-1",
                             "cutout stretch sqrt",
                             "cutout scale 50%",
                             "cutout",
                             "spectrum",
                             "spectrum average -1",
                             "spectrum average 0",
                             "spectrum lines all",
                             "spectrum errors maybe",
                             "spectrum wavelength air",
                             "gallery none",
                             "neighbours far",
                             "neighbours nearest CQR",
                             "neighbours interval Nobody",
                             "order",
                             "order \"nothing_such\"",
                             "order colour upwards",
                             "similar",
                             "similar 0",
                             "similar many",
                             "next 2"})
        EXPECT_THROW(apply(line), Error) << line;
    EXPECT_EQ(now().inspector.looks.spectrum, spectrum) << "what fails changes nothing";
}

TEST_F(InspectorCommands, OrderAndNeighboursAreChoices) {
    apply("order \"|error| / width\" descending");
    EXPECT_EQ(now().inspector.order, (GalaxyOrder{"|error| / width", true}));
    apply("order colour");
    EXPECT_EQ(now().inspector.order, (GalaxyOrder{"colour", false}));
    apply("order file");
    EXPECT_EQ(now().inspector.order, GalaxyOrder{});
    apply("gallery all");
    EXPECT_TRUE(now().inspector.galleryOfAll);
    apply("neighbours interval CQR");
    EXPECT_EQ(now().inspector.neighbours, "interval");
    EXPECT_EQ(now().inspector.neighboursOf, "CQR");
    apply("neighbours none");
    EXPECT_EQ(now().inspector.neighbours, "");
}

TEST_F(InspectorCommands, WalksAlongTheTableAndInsideASelection) {
    apply("next");
    EXPECT_EQ(now().selection.current, 1000);
    EXPECT_EQ(now().selection.rows.count(), 1U);
    apply("next");
    EXPECT_EQ(now().selection.current, 1001);
    apply("first");
    EXPECT_EQ(now().selection.current, 1000) << "from anywhere";
    apply("next");
    apply("select where \"colour < 3\"");
    const RowMask chosen = now().selection.rows;
    ASSERT_GT(chosen.count(), 5U);
    host_.asked.clear();
    apply("previous");
    EXPECT_EQ(host_.asked.front().substr(host_.asked.front().size() - 6), "inside");
    EXPECT_EQ(now().selection.rows, chosen) << "the selection stays while one walks through it";
    EXPECT_EQ(now().selection.where, "colour < 3");
}

TEST_F(InspectorCommands, SimilarGalaxiesBecomeTheSelectionWithScores) {
    EXPECT_THROW(apply("similar 2"), Error) << "nothing is selected that others could be like";
    apply("select rows 1002");
    host_.asked.clear();
    apply("similar 2");
    EXPECT_EQ(host_.asked, std::vector<std::string>{"similar 2 to 1"});
    EXPECT_EQ(now().selection.rows.count(), 1U) << "they are looked for in the background";
    apply("select rows 1002,1005,1007 current 501005");
    apply("similar 3");
    apply("similar 3 selection");
    EXPECT_EQ(host_.asked[1], "similar 3 to 1") << "like the galaxy looked at";
    EXPECT_EQ(host_.asked[2], "similar 3 selection to 3");
    apply("select rows 1002");
    state_.apply(foundSimilar());
    EXPECT_EQ(now().selection.rows.rows(), (std::vector<std::int64_t>{1001, 1003}));
    EXPECT_EQ(now().selection.current, 1003);
    EXPECT_FALSE(now().selection.byOutcome);
    EXPECT_EQ(now().inspector.order, (GalaxyOrder{"similarity", true}));
    EXPECT_EQ(rowsWhere("similarity > 0.9", now()).rows.rows(), (std::vector<std::int64_t>{1001, 1003}));
    const auto names = namesForWhere(now());
    EXPECT_EQ(std::count(names.begin(), names.end(), "similarity"), 1);
    EXPECT_EQ(textOf(state_.history().back().command), "similar 2");
    state_.undo();
    EXPECT_EQ(now().selection.rows.rows(), (std::vector<std::int64_t>{1002}));
    EXPECT_EQ(now().likeness, nullptr);
    EXPECT_THROW(rowsWhere("similarity > 0.9", now()), Error);
}

TEST_F(InspectorCommands, AreKeptWithASession) {
    withImages();
    for (const char* line : {"cutout stretch linear", "cutout bands DES-Z", "spectrum lines true all",
                             "spectrum average 11", "gallery all", "neighbours interval CQR"})
        apply(line);
    state_.apply(foundSimilar());
    const QTemporaryDir folder;
    const auto path = folder.filePath("kept.penumbra").toStdString();
    Session session;
    session.choices = now().choices();
    writeSession(session, path);
    const Session read = readSession(path);
    EXPECT_TRUE(read.notes.empty());
    EXPECT_EQ(read.choices.inspector, now().inspector);
    ASSERT_NE(read.choices.likeness, nullptr);
    EXPECT_EQ(read.choices.likeness->examples, (std::vector<std::int64_t>{1002}));
    EXPECT_DOUBLE_EQ(read.choices.likeness->similarity[1003], 0.99);
    EXPECT_TRUE(std::isnan(read.choices.likeness->similarity[1010])) << "of the selected galaxies alone";
}

TEST_F(InspectorCommands, ColumnsOfTheTableAreChosenKeptAndUndone) {
    const std::vector<std::string> usual = now().inspector.columns;
    EXPECT_FALSE(usual.empty());
    apply("columns width colour error/width");
    EXPECT_EQ(now().inspector.columns, (std::vector<std::string>{"width", "colour", "error/width"}));
    EXPECT_THROW(apply("columns"), UsageError);
    try {
        apply("columns colur");
        FAIL() << "there is no such column";
    } catch (const Error& error) {
        EXPECT_NE(std::string(error.what()).find("colour"), std::string::npos) << error.what();
    }
    const QTemporaryDir folder;
    const std::string path = folder.filePath("a.penumbra").toStdString();
    Session session;
    session.choices = choices();
    writeSession(session, path);
    EXPECT_EQ(readSession(path).choices.inspector.columns, now().inspector.columns);
    apply("columns usual");
    EXPECT_EQ(now().inspector.columns, usual);
    state_.undo();
    EXPECT_EQ(now().inspector.columns, (std::vector<std::string>{"width", "colour", "error/width"}));
}
