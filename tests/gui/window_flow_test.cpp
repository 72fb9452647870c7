// From the form of a study to its runs beside each other, and the help about all of it.
#include "gui/pages/figure_page.h"
#include "gui/pages/runs_page.h"
#include "gui/pages/study_page.h"
#include "gui/panels/help_panel.h"
#include "gui/state/session_file.h"
#include "gui/window/session_keeper.h"
#include "gui/window/window_host.h"
#include "tests/gui/window_fixture.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDockWidget>
#include <QLineEdit>
#include <QPushButton>
#include <QSettings>
#include <QTabWidget>
#include <QTableWidget>
#include <QTextBrowser>
#include <QToolButton>
#include <nlohmann/json.hpp>

using namespace penumbra;
using namespace penumbra::gui;
using namespace penumbra::gui::test;

namespace {

class FlowTest : public WindowTest {
protected:
    StudyPage& page() { return *window_->parts().study; }
    std::vector<std::string> ticked() { return page().options().getTextList("methods"); }
    QCheckBox* box(const QString& method) {
        return child<QCheckBox>(*window_, ("method_" + method).toUtf8().constData());
    }
    QString words(const QString& method) {
        return child<QLabel>(*window_, ("methodWords_" + method).toUtf8().constData())->text();
    }
    void run(const std::vector<std::string>& methods, std::int64_t epochs = 2) {
        configure(epochs, methods);
        window_->files().run();
        ASSERT_TRUE(waitUntil([&] { return finished(); }, studyLimitMs));
    }
    void apply(const std::string& line) { window_->appState().apply(parseCommand(line)); }
    const std::vector<penumbra::gui::Run>& runs() { return window_->workbench().runs().all(); }
};

} // namespace

TEST_F(FlowTest, AnOpenedCatalogueShowsTheFormAndRunShowsTheResults) {
    ASSERT_TRUE(openMade());
    EXPECT_EQ(window_->state().page, "study");
    EXPECT_TRUE(page().isVisible());
    EXPECT_EQ(window_->appState().history().size(), 0U) << "turned by the window, not by the user";
    configure(2, {"VanillaSplit"});
    QTest::mouseClick(part<QPushButton>("runButton"), Qt::LeftButton);
    EXPECT_EQ(window_->state().page, "compare");
    ASSERT_TRUE(waitUntil([&] { return finished(); }, studyLimitMs));
}

TEST_F(FlowTest, APredictionColumnGreysWhatCannotRunAndSaysWhy) {
    ASSERT_TRUE(openMade());
    setOption("targets", std::vector<std::string>{"z"});
    EXPECT_EQ(ticked().size(), 9U);
    EXPECT_TRUE(box("LCNet")->isEnabled());
    EXPECT_FALSE(box("DeliveredSpread")->isEnabled());
    EXPECT_FALSE(part<QComboBox>("option_spread-column")->isEnabled());
    child<QToolButton>(*part<OptionForm>("studyForm"), "advancedFold")->click();
    EXPECT_TRUE(words("CQR").contains("quantile networks")) << words("CQR").toStdString();

    setOption("prediction-column", std::string("colour"));
    EXPECT_EQ(ticked(), std::vector<std::string>{"VanillaSplit"}) << "what can run is ticked";
    EXPECT_TRUE(page().canRun()) << page().whyNot().toStdString();
    for (const char* method : {"LCNet", "MADSplit", "CQR", "DeepEnsembles"}) {
        EXPECT_FALSE(box(method)->isEnabled()) << method;
        EXPECT_FALSE(box(method)->isChecked()) << method;
        EXPECT_TRUE(words(method).startsWith("Cannot run")) << words(method).toStdString();
        EXPECT_FALSE(words(method).contains("--")) << words(method).toStdString();
    }
    EXPECT_FALSE(part<QLineEdit>("option_epochs")->isEnabled());
    EXPECT_TRUE(part<QLineEdit>("option_epochs")->toolTip().contains("Nothing is trained"));
    setOption("spread-column", std::string("colour"));
    EXPECT_EQ(ticked(), (std::vector<std::string>{"VanillaSplit", "MADSplit", "DeliveredSpread"}))
        << "the delivered error bars stand beside their recalibration";

    box("MADSplit")->click();
    setOption("prediction-column", std::string());
    EXPECT_EQ(ticked().size(), 8U) << "all but the one that was unticked";
    EXPECT_TRUE(part<QLineEdit>("option_epochs")->isEnabled());
    EXPECT_TRUE(page().canRun()) << "the column of errors waits: " << page().whyNot().toStdString();
    EXPECT_EQ(page().options().getText("spread-column"), "");
    setOption("targets", std::vector<std::string>{"z", "mass"});
    setOption("prediction-column", std::string("colour"));
    EXPECT_FALSE(page().canRun()) << "of which target?";
    EXPECT_TRUE(page().whyNot().contains("Prediction column")) << page().whyNot().toStdString();
    EXPECT_FALSE(page().whyNot().contains("--")) << page().whyNot().toStdString();
}

TEST_F(FlowTest, AScriptedRunTellsAMethodThatCannotRun) {
    ASSERT_TRUE(openMade());
    try {
        window_->host().run({{"methods", "CQR"}, {"targets", "z"}, {"prediction-column", "colour"}});
        FAIL() << "nothing was told";
    } catch (const Error& error) {
        EXPECT_NE(std::string(error.what()).find("CQR needs two columns"), std::string::npos) << error.what();
    }
}

TEST_F(FlowTest, TheCommandLineRunsTheSameStudy) {
    ASSERT_TRUE(openMade());
    EXPECT_TRUE(page().commandLine().startsWith("penumbra-cli study ")) << page().commandLine().toStdString();
    EXPECT_FALSE(page().commandLine().contains("--methods")) << "all that can run is the default";
    setOption("targets", std::vector<std::string>{"z"});
    setOption("methods", std::vector<std::string>{"VanillaSplit", "CQR"});
    setOption("epochs", std::int64_t{7});
    const QString line = page().commandLine();
    for (const char* words : {"--targets z", "--methods VanillaSplit,CQR", "--epochs 7", "--out "})
        EXPECT_TRUE(line.contains(words)) << words << " not in " << line.toStdString();
    EXPECT_EQ(part<QLineEdit>("studyCommand")->text(), line);
}

TEST_F(FlowTest, TheTimeIsForetoldAndLearnedFromRuns) {
    QSettings().remove("speed");
    ASSERT_TRUE(openMade());
    ASSERT_TRUE(waitUntil([&] { return !page().expectedTime().isEmpty(); })) << "measured in the background";
    EXPECT_TRUE(part<QLabel>("expectedTime")->toolTip().contains("short measurement"));
    configure(2, {"VanillaSplit"});
    const QString little = page().expectedTime();
    setOption("epochs", std::int64_t{1000000});
    EXPECT_NE(page().expectedTime(), little);
    setOption("epochs", std::int64_t{300});
    window_->files().run();
    ASSERT_TRUE(waitUntil([&] { return finished(); }, studyLimitMs));
    for (int i = 0; i < 12; ++i)
        page().learnFrom(20.0); // had such runs taken that long
    EXPECT_EQ(page().expectedTime(), "about 20 s");
    EXPECT_TRUE(part<QLabel>("expectedTime")->toolTip().contains("last runs"));
    QSettings().remove("speed");
}

TEST_F(FlowTest, RunsAreKeptShownAgainRenamedAndRemoved) {
    ASSERT_TRUE(openMade());
    run({"VanillaSplit"});
    const auto first = window_->workbench().study();
    run({"CQR"}, 3);
    ASSERT_EQ(runs().size(), 2U);
    apply("page runs");
    auto* list = part<QTableWidget>("runsTable");
    ASSERT_TRUE(waitUntil([&] { return list->isVisible() && list->rowCount() == 2; }));
    EXPECT_EQ(list->item(0, 0)->text(), "run 1");
    EXPECT_EQ(list->item(0, 5)->text(), "epochs 2");
    EXPECT_EQ(list->item(1, 5)->text(), "epochs 3");
    list->selectRow(0);
    QTest::mouseClick(part<QPushButton>("runShow"), Qt::LeftButton);
    EXPECT_EQ(window_->workbench().study(), first) << "at once";
    ASSERT_TRUE(waitUntil([&] { return window_->state().study == first; }));
    EXPECT_FALSE(part<QPushButton>("runRemove")->isEnabled()) << "it is shown";

    list->item(0, 0)->setText("plain");
    EXPECT_EQ(runs()[0].name, "plain");
    list->item(1, 0)->setText("plain");
    EXPECT_TRUE(message().contains("Another run is called")) << message().toStdString();
    EXPECT_EQ(list->item(1, 0)->text(), "run 2") << "what was refused does not stay";
    apply("runs rename \"run 2\" quantiles");
    EXPECT_EQ(list->item(1, 0)->text(), "quantiles");
    EXPECT_THROW(apply("runs show nothing"), Error);
    EXPECT_THROW(apply("runs remove plain"), Error) << "it is shown";
    apply("runs show quantiles");
    apply("runs remove plain");
    ASSERT_EQ(runs().size(), 1U);
    EXPECT_EQ(window_->state().page, "runs");
}

TEST_F(FlowTest, TickedRunsAreComparedAtTheWindowsAlpha) {
    ASSERT_TRUE(openMade());
    run({"VanillaSplit", "CQR"});
    run({"VanillaSplit"}, 4);
    apply("page runs");
    auto* view = part<QTableView>("runsCompared");
    const auto settled = [&] {
        return window_->appState().quiet() && !window_->bridge().redraws() && view->isEnabled();
    };
    ASSERT_TRUE(waitUntil(settled));
    const report::TableSpec* table = window_->parts().runs->table();
    ASSERT_NE(table, nullptr);
    const auto value = [&](const std::string& method, const std::string& name) {
        for (const auto& row : window_->parts().runs->table()->rows)
            if (row[0].text == method && row[1].text == name)
                return row[2].value;
        return -1.0;
    };
    for (const penumbra::gui::Run& run : runs())
        EXPECT_DOUBLE_EQ(value("VanillaSplit", run.name.toStdString()),
                         run.study->score("z", "VanillaSplit", "coverage")->value);
    const double before = value("VanillaSplit", "run 1");
    apply("alpha 0.4");
    ASSERT_TRUE(
        waitUntil([&] { return settled() && std::abs(window_->workbench().study()->alpha - 0.4) < 1e-9; }));
    EXPECT_LT(value("VanillaSplit", "run 1"), before - 0.15)
        << "60 % instead of 90 %, in runs not shown as well";
    apply("runs compare \"run 2\"");
    ASSERT_TRUE(waitUntil(settled));
    EXPECT_EQ(value("CQR", "run 1"), -1.0);
    EXPECT_GT(value("VanillaSplit", "run 2"), 0.0);
}

TEST_F(FlowTest, ASessionKeepsSavedRunsAndTheWindowsOwnAllOfThem) {
    ASSERT_TRUE(openMade());
    run({"VanillaSplit"});
    const QString study = folder_.filePath("first_study.h5");
    window_->files().save(study);
    ASSERT_TRUE(waitUntil([&] { return !window_->workbench().unsaved(); }));
    apply("runs rename \"run 1\" plain");
    run({"CQR"});
    run({"MADSplit"});
    const QString session = folder_.filePath("work.penumbra");
    window_->sessions().saveTo(session);
    ASSERT_TRUE(waitUntil([&] { return !window_->sessions().saving() && QFile::exists(session); }));
    const Session kept = readSession(session.toStdString());
    ASSERT_EQ(kept.runs.size(), 1U) << "by reference: run 2 has no file";
    EXPECT_EQ(kept.runs[0].name, "plain");
    EXPECT_EQ(kept.shownRun, "run 3");

    const std::string own = window_->sessions().ownFile().toStdString();
    ASSERT_TRUE(waitUntil([&] {
        try {
            return readSession(own).runs.size() == 2;
        } catch (const Error&) {
            return false;
        }
    })) << "what would be lost in a crash";
    const Session recovered = readSession(own);
    EXPECT_FALSE(recovered.runs[0].unsaved);
    EXPECT_TRUE(recovered.runs[1].unsaved);

    window_->workbench().runs().remove(runs()[0].id);
    window_->workbench().runs().remove(runs()[0].id);
    window_->files().open(session);
    ASSERT_TRUE(waitUntil([&] { return runs().size() >= 2; }));
    EXPECT_EQ(window_->workbench().runs().named("plain").study->methods,
              std::vector<std::string>{"VanillaSplit"});
    window_->workbench().showRun(window_->workbench().runs().named("plain").id);
    EXPECT_EQ(window_->workbench().study()->methods, std::vector<std::string>{"VanillaSplit"});
}

TEST_F(FlowTest, F1ExplainsWhatHasTheFocus) {
    ASSERT_TRUE(openMade());
    window_->activateWindow();
    ASSERT_TRUE(QTest::qWaitForWindowActive(window_.get()));
    auto* help = window_->parts().help;
    const auto explained = [&](QWidget* focus) {
        focus->setFocus();
        part<QAction>("actionHelp")->trigger();
        return help->topic();
    };
    EXPECT_EQ(explained(box("CQR")), "method:CQR");
    EXPECT_TRUE(help->text().contains("conformalised quantile regression")) << help->text().toStdString();
    EXPECT_TRUE(help->text().contains("Romano"));
    EXPECT_EQ(explained(part<QComboBox>("option_preset")), "option:preset");
    EXPECT_TRUE(help->text().contains("500 epochs"));
    EXPECT_TRUE(window_->parts().helpDock->isVisible());
    part<QTableView>("galaxiesTable")->setFocus();
    apply("page coverage-by-bin");
    ASSERT_TRUE(waitUntil([&] { return window_->appState().quiet(); }));
    window_->setFocus();
    part<QAction>("actionHelp")->trigger();
    EXPECT_EQ(help->topic(), "page:coverage-by-bin");
    run({"VanillaSplit", "CQR"});
    apply("page compare");
    auto* table = part<QTableView>("compareTable");
    ASSERT_TRUE(waitUntil([&] { return finished() && compareHas("CQR") && table->isVisible(); }));
    for (int column = 1; column < table->model()->columnCount(); ++column)
        if (table->model()->headerData(column, Qt::Horizontal).toString().startsWith("mean")) {
            table->setCurrentIndex(table->model()->index(1, column));
            EXPECT_EQ(explained(table), "metric:mean_width");
        }
    for (int tab = 0; tab < window_->parts().tabs->count(); ++tab) {
        const std::string id = window_->parts().idOfTab(tab);
        help->showTopic("page:" + QString::fromStdString(id));
        EXPECT_EQ(help->topic(), "page:" + QString::fromStdString(id)) << "no word about a page";
    }
}

TEST_F(FlowTest, HelpListsShortcutsAndCitations) {
    ASSERT_TRUE(openMade());
    part<QAction>("actionShortcuts")->trigger();
    auto* help = window_->parts().help;
    EXPECT_TRUE(help->text().contains("Ctrl+R")) << help->text().toStdString();
    part<QAction>("actionCite")->trigger();
    EXPECT_TRUE(help->text().contains("Penumbra developers"));
    EXPECT_FALSE(help->text().contains("Conformalized"));
    run({"CQR"});
    part<QAction>("actionCite")->trigger();
    EXPECT_TRUE(help->text().contains("Conformalized Quantile Regression")) << help->text().toStdString();
    part<QLineEdit>("helpFilter")->setText("outlier");
    EXPECT_EQ(help->topic(), "index");
    EXPECT_TRUE(help->text().contains("Outlier threshold"));
    EXPECT_FALSE(help->text().contains("Learning rate"));
}

TEST_F(FlowTest, AFormulaCanBeConditionedOn) {
    ASSERT_TRUE(openMade());
    run({"VanillaSplit"});
    apply("page coverage-by-bin");
    auto* condition = part<QComboBox>("toolbarCondition");
    const auto write = [&](const QString& text) {
        condition->lineEdit()->setFocus();
        condition->lineEdit()->selectAll();
        QTest::keyClicks(condition->lineEdit(), text);
        QTest::keyClick(condition->lineEdit(), Qt::Key_Return);
    };
    write("abs(colour)+mass*0");
    EXPECT_EQ(window_->state().conditionOn, "abs(colour)+mass*0") << "columns and other targets";
    FigurePage* figure = window_->parts().figurePage("coverage-by-bin");
    ASSERT_TRUE(waitUntil([&] { return finished() && figure->figure() != nullptr; }));
    EXPECT_EQ(figure->figure()->panels[0].x.label, "abs(colour)+mass*0");
    write("log10(nothing)");
    EXPECT_TRUE(message().contains("nothing")) << message().toStdString();
    EXPECT_EQ(window_->state().conditionOn, "abs(colour)+mass*0");
    apply("condition colour");
    ASSERT_TRUE(waitUntil([&] { return condition->currentText() == "colour"; }));
    EXPECT_THROW(apply("condition \"colour +\""), Error);
}
