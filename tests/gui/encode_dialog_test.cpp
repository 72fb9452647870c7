#include "core/aion/random_model.h"
#include "core/workflow/encode.h"
#include "gui/dialogs/encode_dialog.h"
#include "gui/documents/workbench.h"
#include "gui/options/option_form.h"
#include "tests/gui/gui_test_support.h"
#include "tests/gui/photometry_file.h"

#include <QLabel>
#include <QPushButton>
#include <QScreen>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <gtest/gtest.h>

#include <cstdlib>

using namespace penumbra;
using namespace penumbra::gui;
using namespace penumbra::gui::test;

TEST(EncodeDialog, DescribesTheModelBeforeAnythingRuns) {
    QTemporaryDir folder;
    JobBridge bridge;
    EncodeDialog dialog(bridge, "/data/galaxies.h5");
    dialog.setTheme(lightTheme());
    dialog.show();
    auto* form = child<OptionForm>(dialog, "encodeForm");
    auto* model = child<QLabel>(dialog, "encodeModel");
    auto* run = child<QPushButton>(dialog, "encodeRun");
    EXPECT_EQ(dialog.options().getText("out"), "/data/galaxies_encoded.h5");
    EXPECT_FALSE(run->isEnabled());
    // A folder that is no model says why.
    form->setValue("weights", folder.path().toStdString());
    Q_EMIT form->changed();
    EXPECT_TRUE(waitUntil([&] { return model->text().contains("config.json"); }))
        << model->text().toStdString();
    EXPECT_FALSE(run->isEnabled());
    // A usable one is described.
    const std::string good = folder.path().toStdString() + "/tiny";
    aion::writeRandomModel(good, "tiny", {});
    form->setValue("weights", good);
    Q_EMIT form->changed();
    EXPECT_TRUE(waitUntil([&] { return run->isEnabled(); })) << model->text().toStdString();
    EXPECT_TRUE(model->text().contains("Can encode")) << model->text().toStdString();
    EXPECT_TRUE(model->text().contains("RANDOM WEIGHTS"));
    if (const char* shots = std::getenv("PENUMBRA_SHOTS"))
        dialog.grab().save(QString(shots) + "/encode_dialog.png");
    form->setValue("random-weights", std::string("tiny"));
    Q_EMIT form->changed();
    EXPECT_FALSE(run->isEnabled());
    EXPECT_TRUE(child<QLabel>(dialog, "encodeProblem")->text().contains("not both"));
}

TEST(EncodeDialog, RunsInTheBackgroundAndTellsWhatItWrote) {
    QTemporaryDir folder;
    const std::string input = writePhotometry(folder.path().toStdString());
    OptionSet options;
    workflow::describeEncodeOptions(options);
    options.set("input", std::vector<std::string>{input});
    options.set("modalities", std::vector<std::string>{"photometry"});
    options.set("random-weights", std::string("tiny"));
    options.set("device", std::string("cpu"));
    options.set("out", folder.path().toStdString() + "/encoded.h5");
    JobBridge bridge;
    Workbench bench(bridge);
    QSignalSpy done(&bench, &Workbench::encoded), failed(&bench, &Workbench::failed);
    bench.encode(options);
    EXPECT_TRUE(bench.encoding());
    ASSERT_TRUE(waitUntil([&] { return done.count() + failed.count() > 0; }, 60000));
    ASSERT_EQ(done.count(), 1) << failed.value(0).value(0).toString().toStdString();
    EXPECT_FALSE(bench.encoding());
    EXPECT_TRUE(done.first().at(1).toString().contains("30 of 30"))
        << done.first().at(1).toString().toStdString();
    EXPECT_EQ(readCatalogue(folder.path().toStdString() + "/encoded.h5").features.size(), 1U);
    // What cannot be is said, not thrown.
    options.set("modalities", std::vector<std::string>{"image"});
    options.set("out", folder.path().toStdString() + "/other.h5");
    bench.encode(options);
    ASSERT_TRUE(waitUntil([&] { return failed.count() > 0; }, 60000));
    EXPECT_TRUE(failed.first().first().toString().contains("no images"));
}
