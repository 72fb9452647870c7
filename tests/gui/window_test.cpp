#include "core/session/study_file.h"
#include "gui/dialogs/import_dialog.h"
#include "gui/models/table_spec_model.h"
#include "gui/panels/study_toolbar.h"
#include "tests/gui/window_fixture.h"

#include <QAbstractItemModelTester>
#include <QApplication>
#include <QClipboard>
#include <QComboBox>
#include <QDoubleSpinBox>
#include <QDropEvent>
#include <QElapsedTimer>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QMessageBox>
#include <QMimeData>
#include <QPushButton>
#include <QScrollArea>
#include <QScrollBar>
#include <QSignalSpy>
#include <QTabWidget>
#include <QTableView>
#include <QTest>
#include <QTimer>
#include <QToolButton>
#include <gtest/gtest.h>

#include <fstream>
#include <functional>

using namespace penumbra;
using namespace penumbra::gui;
using namespace penumbra::gui::test;

TEST_F(WindowTest, StartScreenOffersTheSampleAndOneClickRunsIt) {
    auto* sample = part<QPushButton>("startSample");
    ASSERT_TRUE(sample->isVisible());
    QTest::mouseClick(sample, Qt::LeftButton);
    ASSERT_TRUE(waitUntil([&] { return window_->workbench().running(); }));
    ASSERT_TRUE(waitUntil([&] { return finished(); }, studyLimitMs));
    EXPECT_EQ(window_->workbench().study()->methods,
              (std::vector<std::string>{"LCNet", "LCAion", "LCMADNet", "LCMADAion", "VanillaSplit",
                                        "MADSplit", "CQR", "DeepEnsembles", "MCDropout"}));
    EXPECT_TRUE(waitUntil([&] { return compareHas("MCDropout"); }));
    EXPECT_TRUE(window_->isWindowModified()) << "unsaved results are marked in the title";
}

TEST_F(WindowTest, TheTableFillsMethodByMethod) {
    ASSERT_TRUE(openMade());
    configure(40, {"VanillaSplit", "MADSplit", "CQR"});
    std::vector<std::size_t> finishedCounts;
    QObject::connect(&window_->workbench(), &Workbench::studyChanged, window_.get(), [&] {
        const std::size_t count = window_->state().finishedMethods().size();
        if (finishedCounts.empty() || finishedCounts.back() != count)
            finishedCounts.push_back(count);
    });
    const QAbstractItemModelTester compare(compareModel(),
                                           QAbstractItemModelTester::FailureReportingMode::Warning);
    const QAbstractItemModelTester galaxies(part<QTableView>("galaxiesTable")->model(),
                                            QAbstractItemModelTester::FailureReportingMode::Warning);
    QTest::mouseClick(part<QPushButton>("runButton"), Qt::LeftButton);
    ASSERT_TRUE(window_->workbench().running());
    ASSERT_TRUE(waitUntil([&] { return finished(); }, studyLimitMs));
    EXPECT_EQ(finishedCounts, (std::vector<std::size_t>{0, 1, 2, 3}));
    ASSERT_TRUE(waitUntil([&] { return compareHas("CQR"); }));
    EXPECT_GT(compareModel()->rowCount(), 0);
    EXPECT_EQ(part<QTableView>("galaxiesTable")->model()->rowCount(), 300);
}

TEST_F(WindowTest, CancelLeavesTheWindowUsableAndTheNextRunWorks) {
    ASSERT_TRUE(openMade());
    configure(1000000, {"VanillaSplit"});
    window_->files().run();
    ASSERT_TRUE(waitUntil([&] { return part<QToolButton>("jobCancel")->isVisible(); }));
    QTest::qWait(300);
    QElapsedTimer clock;
    clock.start();
    QTest::mouseClick(part<QToolButton>("jobCancel"), Qt::LeftButton);
    ASSERT_TRUE(waitUntil([&] { return !window_->workbench().running(); }));
    EXPECT_LT(clock.elapsed(), 3000);
    EXPECT_TRUE(message().contains("cancelled")) << message().toStdString();
    configure(2, {"VanillaSplit"});
    ASSERT_TRUE(part<QPushButton>("runButton")->isEnabled());
    part<QAction>("actionRun")->trigger();
    EXPECT_TRUE(waitUntil([&] { return finished(); }, studyLimitMs));
    EXPECT_TRUE(waitUntil([&] { return compareHas("VanillaSplit"); }));
}

TEST_F(WindowTest, TheWindowAnswersWhileAStudyRuns) {
    ASSERT_TRUE(openMade());
    configure(1000000, {"VanillaSplit"});
    window_->files().run();
    qint64 longest = 0;
    QElapsedTimer since, total;
    QTimer beat;
    since.start();
    total.start();
    QObject::connect(&beat, &QTimer::timeout, [&] { longest = std::max(longest, since.restart()); });
    beat.start(10);
    auto* tabs = part<QTabWidget>("pages");
    while (total.elapsed() < 2000) {
        tabs->setCurrentIndex((tabs->currentIndex() + 1) % tabs->count());
        QTest::qWait(50);
    }
    EXPECT_TRUE(window_->workbench().running());
    EXPECT_LT(longest, 1000) << "ms between two beats of the event loop";
}

TEST_F(WindowTest, AlphaRecalibratesEveryPage) {
    ASSERT_TRUE(openMade());
    configure(20, {"VanillaSplit", "CQR"});
    window_->files().run();
    ASSERT_TRUE(waitUntil([&] { return finished(); }, studyLimitMs));
    const auto widthOf = [&] {
        const Prediction& first = window_->workbench().study()->targets[0].predictions[0];
        return first.upper[0] - first.lower[0];
    };
    const double narrow = widthOf();
    auto* alpha = part<QDoubleSpinBox>("toolbarAlpha");
    ASSERT_TRUE(alpha->isEnabled());
    for (const double value : {0.3, 0.2, 0.05}) // as a slider does: faster than the study follows
        alpha->setValue(value);
    ASSERT_TRUE(waitUntil([&] { return std::abs(window_->workbench().study()->alpha - 0.05) < 1e-9; }));
    EXPECT_GT(widthOf(), narrow);
    EXPECT_EQ(window_->state().study, window_->workbench().study());
    alpha->setValue(0.1);
    ASSERT_TRUE(waitUntil([&] { return std::abs(window_->workbench().study()->alpha - 0.1) < 1e-9; }));
    EXPECT_DOUBLE_EQ(widthOf(), narrow);
}

TEST_F(WindowTest, ToolbarChoicesReachPagesAndSelectionReachesTheGalaxy) {
    ASSERT_TRUE(openMade());
    configure(5, {"VanillaSplit", "CQR"});
    setOption("targets", std::vector<std::string>{"z", "mass"});
    window_->files().run();
    ASSERT_TRUE(waitUntil([&] { return finished(); }, studyLimitMs));
    part<QComboBox>("toolbarTarget")->setCurrentText("mass");
    EXPECT_EQ(window_->state().target, "mass");
    auto* table = part<QTableView>("galaxiesTable");
    EXPECT_TRUE(waitUntil([&] { return table->model()->rowCount() == 300; }));
    part<StudyToolbar>("studyToolbar")->methodActions()[1]->trigger();
    EXPECT_EQ(window_->state().methods, std::vector<std::string>{"VanillaSplit"});
    EXPECT_TRUE(waitUntil([&] { return !compareHas("CQR") && compareHas("VanillaSplit"); }));
    auto* condition = part<QComboBox>("toolbarCondition");
    EXPECT_GE(condition->findData("colour"), 0) << "catalogue columns can be conditioned on";
    for (int i = 0; i < condition->count(); ++i) {
        condition->setCurrentIndex(i);
        auto* tabs = part<QTabWidget>("pages");
        tabs->setCurrentIndex(1);
        QTest::qWait(60);
    }
    table->selectRow(3);
    EXPECT_TRUE(waitUntil([&] { return part<QLabel>("galaxyTitle")->isVisible(); }));
    EXPECT_TRUE(part<QLabel>("galaxyTitle")->text().startsWith("11529")) << "ids beyond 2^53 are whole";
    EXPECT_FALSE(part<QLabel>("selectionText")->text().isEmpty());
}

TEST_F(WindowTest, ComparePageFitsAndTestsPairs) {
    ASSERT_TRUE(openMade());
    configure(5, {"VanillaSplit", "MADSplit", "CQR"});
    setOption("targets", std::vector<std::string>{"z", "mass"});
    window_->files().run();
    ASSERT_TRUE(waitUntil([&] { return finished(); }, studyLimitMs));
    ASSERT_TRUE(waitUntil([&] { return compareHas("CQR"); }));
    auto* view = part<QTableView>("compareTable");
    for (const int width : {1280, 1440})
        for (const int metrics : {0, 2}) { // the main ones, all
            window_->resize(width, 900);
            part<QComboBox>("compareMetrics")->setCurrentIndex(metrics);
            ASSERT_TRUE(waitUntil([&] { return compareModel()->columnCount() > (metrics == 0 ? 4 : 10); }));
            QTest::qWait(100);
            if (metrics == 0) { // fifteen metrics may scroll, the main ones must not
                EXPECT_EQ(view->horizontalScrollBar()->maximum(), 0) << width;
            }
            part<QComboBox>("compareMetrics")->setCurrentIndex(0);
            ASSERT_TRUE(waitUntil([&] { return compareModel()->columnCount() < 10; }));
        }
    part<QComboBox>("compareShown")->setCurrentIndex(1);
    ASSERT_TRUE(waitUntil([&] {
        return compareModel()->headerData(compareModel()->columnCount() - 1, Qt::Horizontal).toString() ==
               "finding";
    }));
    EXPECT_EQ(compareModel()->rowCount(), 2 * 3 * (1 + 3)) << "targets, metrics, a heading and three pairs";
    EXPECT_TRUE(waitUntil([&] { return view->horizontalScrollBar()->maximum() == 0; }));
    auto* words = part<QLabel>("compareWords");
    EXPECT_FALSE(words->isVisible());
    part<QComboBox>("compareShown")->setCurrentIndex(2);
    for (const char* said : {"<b>z</b>", "<b>mass</b>", "a perfect method"})
        EXPECT_TRUE(waitUntil([&] { return words->isVisible() && words->text().contains(said); })) << said;
    EXPECT_FALSE(view->isVisible());
    part<QComboBox>("compareShown")->setCurrentIndex(0);
    auto* verdict = part<QLabel>("compareVerdict");
    EXPECT_TRUE(waitUntil([&] { return verdict->isVisible() && verdict->text().contains("<b>z</b>"); }));
    EXPECT_FALSE(verdict->text().contains("<b>mass</b>")) << "the toolbar's target alone";
    EXPECT_TRUE(view->isVisible());
}

TEST_F(WindowTest, SavedStudyOpensAgainWithItsCatalogue) {
    ASSERT_TRUE(openMade());
    configure(5, {"VanillaSplit"});
    window_->files().run();
    ASSERT_TRUE(waitUntil([&] { return finished(); }, studyLimitMs));
    const QString path = folder_.filePath("study.h5");
    window_->files().save(path);
    ASSERT_TRUE(waitUntil([&] { return !window_->isWindowModified(); }));
    ASSERT_TRUE(session::isStudyFile(path.toStdString()));
    setOption("epochs", std::int64_t{9});
    window_->files().open(path);
    ASSERT_TRUE(waitUntil([&] { return window_->workbench().path() == path; }));
    EXPECT_TRUE(waitUntil([&] { return part<OptionForm>("studyForm")->options().getInteger("epochs") == 5; }))
        << "the form shows how the opened study was run";
    ASSERT_NE(window_->workbench().study(), nullptr);
    EXPECT_NE(window_->workbench().catalogue(), nullptr);
    EXPECT_TRUE(waitUntil([&] { return compareHas("VanillaSplit"); }));
    part<QDoubleSpinBox>("toolbarAlpha")->setValue(0.2);
    EXPECT_TRUE(waitUntil([&] { return std::abs(window_->workbench().study()->alpha - 0.2) < 1e-9; }));
    EXPECT_EQ(part<OptionForm>("studyForm")->options().getTextList("targets"), std::vector<std::string>{"z"});
    EXPECT_EQ(part<QListWidget>("option_targets")->count(), 2);
}

TEST_F(WindowTest, ClosingAsksOnlyWhenSomethingIsUnsaved) {
    ASSERT_TRUE(openMade());
    EXPECT_TRUE(window_->close());
    window_->show();
    configure(2, {"VanillaSplit"});
    window_->files().run();
    ASSERT_TRUE(waitUntil([&] { return finished(); }, studyLimitMs));
    bool asked = false;
    QTimer::singleShot(0, window_.get(), [&] {
        auto* box = window_->findChild<QMessageBox*>("unsavedQuestion");
        asked = box != nullptr;
        if (box)
            box->button(QMessageBox::Cancel)->click();
    });
    EXPECT_FALSE(window_->close());
    EXPECT_TRUE(asked);
    EXPECT_TRUE(window_->isVisible());
}

TEST_F(WindowTest, ADroppedCatalogueIsOpened) {
    QMimeData data;
    data.setUrls({QUrl::fromLocalFile(QString::fromStdString(catalogue_))});
    QDragEnterEvent enter(QPoint(400, 300), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(window_.get(), &enter);
    EXPECT_TRUE(enter.isAccepted());
    QDropEvent drop(QPointF(400, 300), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(window_.get(), &drop);
    ASSERT_TRUE(waitUntil([&] { return window_->workbench().catalogue() != nullptr; }));
    EXPECT_EQ(part<QLabel>("dataName")->text(), "made.h5");
    EXPECT_TRUE(part<QLabel>("dataFacts")->text().contains("900"));
}

class DamagedFileTest : public WindowTest, public testing::WithParamInterface<const char*> {};
INSTANTIATE_TEST_SUITE_P(Kinds, DamagedFileTest, testing::Values("truncated", "empty", "garbage", "absent"));

TEST_P(DamagedFileTest, IsToldInTheBarAndTheWindowSurvives) {
    const std::string kind = GetParam();
    const QString path = folder_.filePath("damaged.h5");
    if (kind == "truncated") {
        std::ifstream whole(catalogue_, std::ios::binary);
        std::string bytes((std::istreambuf_iterator<char>(whole)), {});
        std::ofstream(path.toStdString(), std::ios::binary) << bytes.substr(0, bytes.size() / 3);
    } else if (kind != "absent") {
        std::ofstream(path.toStdString(), std::ios::binary)
            << (kind == "empty" ? std::string() : std::string("\x89HDF\r\n\x1a\n\0\0garbage\xff\xfe", 20));
    }
    window_->files().open(path);
    ASSERT_TRUE(waitUntil([&] { return !message().isEmpty(); }));
    EXPECT_TRUE(message().contains("damaged.h5")) << message().toStdString();
    EXPECT_TRUE(part<QToolButton>("messageCopy")->isVisible());
    EXPECT_TRUE(openMade()) << "a good file opens afterwards";
}

TEST_F(WindowTest, ARawTableIsShownAndItsImportExplained) {
    const QString path = folder_.filePath("table.csv");
    std::ofstream(path.toStdString())
        << "id,mag_g,Mcz,mag_r,e.mag_r\n1,20.1,0.3,19.2,0.1\n2,21.0,0.2,20.3,0.1\n3,19.5,0.4,18.9,0.2\n";
    EXPECT_TRUE(part<QAction>("actionImport")->isEnabled()) << "at any time: it asks for a table";
    window_->files().open(path);
    ASSERT_TRUE(waitUntil([&] { return part<QWidget>("rawTablePage")->isVisible(); }));
    EXPECT_TRUE(part<QAction>("actionImport")->isEnabled());
    EXPECT_EQ(part<QTableView>("rawColumns")->model()->rowCount(), 5);
    EXPECT_TRUE(part<QLineEdit>("importCommand")->text().contains("penumbra-cli import"));
    EXPECT_TRUE(part<QLineEdit>("importCommand")->text().contains("--target Mcz")); // not the last, an error
    EXPECT_FALSE(part<QPushButton>("runButton")->isEnabled());
}

TEST_F(WindowTest, TheImportsGuessHeedsTheDoctor) {
    const QString path = folder_.filePath("codes.csv");
    std::ofstream file(path.toStdString());
    file << "id,mag_g,mag_r,const,z\n";
    for (int i = 0; i < 200; ++i)
        file << i << ',' << (i % 50 == 7 ? -99.0 : 20 + 0.01 * i) << ',' << 19 + 0.013 * ((7 * i) % 60)
             << ",5," << 0.1 + 0.001 * ((11 * i) % 60) << '\n';
    file.close();
    window_->files().open(path);
    const auto command = [&] { return part<QLineEdit>("importCommand")->text(); };
    ASSERT_TRUE(waitUntil([&] { return command().contains("--missing"); })) << command().toStdString();
    EXPECT_TRUE(command().contains("=-99")) << command().toStdString();
    EXPECT_FALSE(command().contains("const")) << command().toStdString();
}

TEST_F(WindowTest, ImportingARawTableOpensItsCatalogue) {
    const QString path = folder_.filePath("survey.csv");
    std::ofstream file(path.toStdString());
    file << "id,mag_g,mag_r,z\n";
    for (int i = 0; i < 60; ++i)
        file << i << ',' << 20 + 0.01 * i << ',' << 19 + 0.013 * ((7 * i) % 60) << ','
             << 0.1 + 0.001 * ((11 * i) % 60) << '\n';
    file.close();
    window_->files().open(path);
    ASSERT_TRUE(waitUntil([&] { return part<QWidget>("rawTablePage")->isVisible(); }));
    QTimer::singleShot(0, [this] {
        auto* dialog = part<QDialog>("importDialog");
        EXPECT_EQ(child<QTableView>(*dialog, "importColumns")->model()->rowCount(), 4);
        EXPECT_TRUE(part<QPushButton>("importStart")->isEnabled());
        part<QPushButton>("importStart")->click();
    });
    part<QPushButton>("importButton")->click(); // returns when the dialog is closed
    ASSERT_TRUE(waitUntil([&] { return window_->workbench().catalogue() != nullptr; }));
    EXPECT_EQ(window_->workbench().catalogue()->targets.at(0).name, "z");
    EXPECT_EQ(window_->workbench().catalogue()->features.at(0).width, 3U)
        << "two magnitudes and their colour";
    EXPECT_TRUE(QFile::exists(folder_.filePath("survey_catalogue.h5")));
    EXPECT_TRUE(message().startsWith("Imported 60 of 60 rows of survey.csv")) << message().toStdString();
    EXPECT_TRUE(message().contains("none is in quarantine")) << message().toStdString();
}

namespace {

/// A table as surveys give them: names, positions, magnitudes with gaps, a redshift, two codes of kinds.
QString writeSurvey(const QString& path, int rows = 120) {
    std::ofstream file(path.toStdString());
    file << "Name,RA,DEC,u,g,r,i,zspec,class,kind\n";
    for (int i = 0; i < rows; ++i)
        file << "NGC_" << i << ',' << 0.37 + 2.9 * i << ',' << -4.9 + 0.51 * i << ','
             << (i % 40 == 3 ? std::string() : std::to_string(19.03 + 0.01 * ((13 * i) % 90))) << ','
             << 18.2 + 0.011 * ((7 * i) % 100) << ',' << 17.4 + 0.012 * ((11 * i) % 80) << ','
             << 17.1 + 0.013 * ((17 * i) % 70) << ',' << 0.05 + 0.0011 * ((19 * i) % 60) << ','
             << (i % 3 ? "GAL" : "QSO") << ',' << i % 4 << '\n';
    return path;
}

} // namespace

TEST_F(WindowTest, TheImportsGuessKnowsNamesPositionsAndKinds) {
    const OpenedFile file = openFile(writeSurvey(folder_.filePath("survey.csv")).toStdString(), RunContext{});
    const OptionSet guess = guessImport(file);
    EXPECT_EQ(guess.getText("id"), "Name");
    EXPECT_EQ(guess.getText("ra"), "RA");
    EXPECT_EQ(guess.getText("dec"), "DEC");
    EXPECT_EQ(guess.getTextList("features-from"),
              (std::vector<std::string>{"u", "g", "r", "i", "u-g", "g-r", "r-i"}))
        << "magnitudes and the colours of neighbours";
    EXPECT_EQ(guess.getTextList("columns"), std::vector<std::string>{"*"}) << "nothing is dropped";
    EXPECT_EQ(guess.getTextList("target"), std::vector<std::string>{"zspec"});
}

TEST_F(WindowTest, NamesThatComeTwiceAreNoIdentity) {
    const QString path = folder_.filePath("twice.csv");
    std::ofstream(path.toStdString()) << "designation,plug_ra,plug_dec,g,z\nA,10.5,2.5,20.5,0.1\nA,400.5,2.6,"
                                         "20.6,0.2\nB,12.5,2.7,20.7,0.3\n";
    const OptionSet guess = guessImport(openFile(path.toStdString(), RunContext{}));
    EXPECT_EQ(guess.getText("id"), "");
    EXPECT_EQ(guess.getText("ra"), "") << "no right ascension lies beyond 360";
    EXPECT_EQ(guess.getText("dec"), "plug_dec");
    EXPECT_EQ(guess.getTextList("features-from"), std::vector<std::string>{"g"});
}

TEST_F(WindowTest, EnterInABoxDoesNotStartTheImport) {
    const OpenedFile file = openFile(writeSurvey(folder_.filePath("survey.csv")).toStdString(), RunContext{});
    ImportDialog dialog(file, nullptr, window_->bridge(), lightTheme());
    dialog.show();
    const QSignalSpy accepted(&dialog, &QDialog::accepted);
    for (const char* box : {"option_ra", "option_out", "option_features-name"})
        QTest::keyClick(child<QWidget>(dialog, box), Qt::Key_Return);
    EXPECT_EQ(accepted.count(), 0);
    QTest::keyClick(child<QPushButton>(dialog, "importStart"), Qt::Key_Return);
    EXPECT_EQ(accepted.count(), 1);
}

TEST_F(WindowTest, ImportAsksForATableAndTellsWhatBecameOfIt) {
    ASSERT_TRUE(openMade());
    bool asked = false;
    QTimer answer;
    QObject::connect(&answer, &QTimer::timeout, window_.get(), [&] {
        if (auto* start = window_->findChild<QPushButton*>("importStart"); start && start->isVisible()) {
            asked = true;
            start->click();
        }
    });
    answer.start(20);
    window_->files().import(writeSurvey(folder_.filePath("survey.csv")));
    ASSERT_TRUE(waitUntil([&] { return window_->workbench().path().endsWith("survey_catalogue.h5"); }));
    EXPECT_TRUE(asked);
    EXPECT_TRUE(message().contains("3 in quarantine")) << message().toStdString();
    EXPECT_TRUE(message().contains("Data check")) << message().toStdString();
}

TEST_F(WindowTest, TheTargetsAreThoseOfTheOpenCatalogue) {
    ASSERT_TRUE(openMade());
    auto* form = part<OptionForm>("studyForm");
    EXPECT_EQ(form->options().getTextList("targets").size(), 2U) << "z, mass";
    const std::string survey = writeSurvey(folder_.filePath("survey.csv")).toStdString();
    OptionSet options = guessImport(openFile(survey, RunContext{}));
    const auto listed = [&] {
        QStringList names;
        const auto* list = part<QListWidget>("option_targets");
        for (int i = 0; i < list->count(); ++i)
            names << list->item(i)->text() + (list->item(i)->checkState() == Qt::Checked ? "+" : "-");
        return names;
    };
    const auto openAs = [&](const std::string& targets, const QString& name) {
        options.setFromText("target", targets);
        options.set("out", folder_.filePath(name).toStdString());
        window_->workbench().import(options);
        return waitUntil([&] { return window_->workbench().path().endsWith(name); });
    };
    ASSERT_TRUE(openAs("zspec", "other.h5"));
    EXPECT_EQ(listed(), QStringList{"zspec+"});
    EXPECT_TRUE(part<QPushButton>("runButton")->isEnabled());
    ASSERT_TRUE(openAs("zspec,bright=r,blue=u", "more.h5"));
    EXPECT_EQ(listed(), (QStringList{"blue+", "bright+", "zspec+"})) << "nothing had been unticked";
    setOption("targets", std::vector<std::string>{"blue", "zspec"});
    ASSERT_TRUE(openAs("zspec,red=i,bright=r", "last.h5"));
    EXPECT_EQ(listed(), (QStringList{"bright-", "red-", "zspec+"})) << "ticks stay where the name is known";
}

TEST_F(WindowTest, GalaxiesAreCopiedAndExported) {
    ASSERT_TRUE(openMade());
    EXPECT_FALSE(part<QAction>("exportGalaxies")->isEnabled());
    configure(5, {"VanillaSplit", "CQR"});
    window_->files().run();
    ASSERT_TRUE(waitUntil([&] { return finished(); }, studyLimitMs));
    ASSERT_TRUE(part<QAction>("exportGalaxies")->isEnabled());
    auto* table = part<QTableView>("galaxiesTable");
    table->sortByColumn(1, Qt::DescendingOrder);
    window_->activateWindow();
    ASSERT_TRUE(QTest::qWaitForWindowActive(window_.get()));
    table->setFocus();
    QTest::keyClick(table, Qt::Key_A, Qt::ControlModifier);
    QApplication::clipboard()->clear();
    QTest::keyClick(table, Qt::Key_C, Qt::ControlModifier);
    ASSERT_TRUE(waitUntil([] { return QApplication::clipboard()->text().count('\n') == 301; }));
    const QStringList copied = QApplication::clipboard()->text().split('\n');
    EXPECT_EQ(copied[0].split('\t').size(), table->model()->columnCount());
    EXPECT_GE(copied[1].split('\t')[1].toDouble(), copied[2].split('\t')[1].toDouble());
    EXPECT_EQ(copied[1].split('\t')[0], table->model()->index(0, 0).data().toString());
    window_->exports().galaxiesTo(folder_.filePath("galaxies.csv"));
    ASSERT_TRUE(waitUntil([&] { return message().contains("galaxies.csv"); }));
    std::ifstream file(folder_.filePath("galaxies.csv").toStdString());
    const std::string text((std::istreambuf_iterator<char>(file)), {});
    EXPECT_EQ(QString::fromStdString(text).replace(',', '\t'), QApplication::clipboard()->text());
    window_->exports().galaxiesTo(folder_.filePath("no/such/folder/galaxies.csv"));
    EXPECT_TRUE(waitUntil([&] { return message().contains("no/such/folder"); }));
    EXPECT_TRUE(table->actions().contains(part<QAction>("exportGalaxies"))) << "in the context menu";
}

TEST_F(WindowTest, NothingOpenIsReplacedByAnExport) {
    ASSERT_TRUE(openMade());
    configure(5, {"VanillaSplit"});
    window_->files().run();
    ASSERT_TRUE(waitUntil([&] { return finished(); }, studyLimitMs));
    ASSERT_TRUE(waitUntil([&] { return compareHas("VanillaSplit"); })) << "there is a table to export";
    const QString open = QString::fromStdString(catalogue_);
    const auto bytes = [&] {
        std::ifstream file(open.toStdString(), std::ios::binary);
        return std::string(std::istreambuf_iterator<char>(file), {});
    };
    const std::string before = bytes();
    part<QTabWidget>("pages")->setCurrentIndex(1); // a page with a figure
    for (const auto& write : std::vector<std::function<void()>>{
             [&] { window_->files().save(open); }, [&] { window_->exports().galaxiesTo(open); },
             [&] { window_->exports().tableTo(open, "csv"); },
             [&] { window_->exports().figureTo(open, "csv"); }}) {
        part<QLabel>("messageText")->clear();
        write();
        EXPECT_TRUE(waitUntil([&] { return message().contains("Choose another name"); }))
            << message().toStdString();
        EXPECT_FALSE(message().contains("--")) << message().toStdString();
    }
    EXPECT_EQ(bytes(), before);
}

TEST_F(WindowTest, AnExceptionInASlotIsToldAndTheWindowGoesOn) {
    ASSERT_TRUE(openMade());
    QTimer::singleShot(0, window_.get(), [] { throw Error("the disk is gone"); });
    EXPECT_TRUE(waitUntil([&] { return message().contains("the disk is gone"); }));
    QTimer::singleShot(0, window_.get(), [] { throw std::bad_alloc(); });
    EXPECT_TRUE(waitUntil([&] { return message().contains("Out of memory"); }));
    EXPECT_NE(window_->workbench().catalogue(), nullptr);
}

TEST_F(WindowTest, TheStudyFormIsNeverCutOffNorScrolledSideways) {
    ASSERT_TRUE(openMade());
    auto* scroll = part<QScrollArea>("studyScroll");
    child<QToolButton>(*scroll, "advancedFold")->click();
    for (const QSize size : {QSize(1280, 800), QSize(1024, 700), QSize(1500, 900)}) {
        window_->resize(size);
        part<QComboBox>("option_preset")->setCurrentText(size.width() == 1024 ? "quick" : "paper");
        for (QWidget* control : scroll->widget()->findChildren<QWidget*>())
            if (control->isVisible() && control->focusPolicy() != Qt::NoFocus)
                control->setFocus();
        QTest::qWait(50);
        EXPECT_LE(window_->width(), size.width()) << "the window can be that narrow";
        EXPECT_LE(scroll->widget()->width(), scroll->viewport()->width()) << size.width();
        EXPECT_GE(scroll->widget()->width(), scroll->widget()->minimumSizeHint().width()) << size.width();
        EXPECT_EQ(scroll->horizontalScrollBar()->maximum(), 0) << size.width();
        EXPECT_EQ(scroll->horizontalScrollBar()->value(), 0) << size.width();
    }
}

TEST_F(WindowTest, FindingsOfTheDoctorJumpToTheirRows) {
    const QString path = folder_.filePath("codes.csv");
    std::ofstream file(path.toStdString());
    file << "id,mag_g\n";
    for (int i = 0; i < 100; ++i)
        file << i << ',' << (i == 42 || i == 77 ? -99.0 : 18 + 0.05 * i) << '\n';
    file.close();
    window_->files().open(path);
    ASSERT_TRUE(waitUntil([&] { return window_->findChild<QPushButton*>("doctorShowRows") != nullptr; }));
    child<QTabWidget>(*window_, "rawPages")->setCurrentIndex(1);
    auto* page = child<QWidget>(*window_, "rawTablePage");
    child<QPushButton>(*page, "doctorShowRows")->click();
    auto* rows = child<QTableView>(*page, "doctorRows");
    ASSERT_EQ(rows->selectionModel()->selectedRows().size(), 2);
    EXPECT_EQ(rows->currentIndex().row(), 42);
    EXPECT_EQ(rows->currentIndex().data().toString(), "-99");
}

TEST_F(WindowTest, CommandPaletteFindsAndRunsACommand) {
    ASSERT_TRUE(openMade());
    window_->activateWindow(); // shortcuts belong to the active window
    ASSERT_TRUE(QTest::qWaitForWindowActive(window_.get()));
    QTest::keyClick(window_.get(), Qt::Key_K, Qt::ControlModifier);
    auto* line = part<QLineEdit>("commandLine");
    ASSERT_TRUE(waitUntil([&] { return line->isVisible(); }));
    QTest::keyClicks(line, "dark th");
    EXPECT_EQ(part<QListWidget>("commandList")->count(), 1);
    QTest::keyClick(line, Qt::Key_Return);
    EXPECT_FALSE(line->isVisible());
    EXPECT_TRUE(waitUntil([&] { return part<QAction>("actionDark")->isChecked() && window_->state().dark; }));
    QTest::keyClick(window_.get(), Qt::Key_K, Qt::ControlModifier);
    QTest::keyClicks(line, "theme light"); // a command in words
    EXPECT_EQ(part<QListWidget>("commandList")->item(0)->text(), "Run: theme light");
    QTest::keyClick(line, Qt::Key_Return);
    EXPECT_TRUE(waitUntil([&] { return !window_->state().dark; }));
    QTest::keyClick(window_.get(), Qt::Key_K, Qt::ControlModifier);
    QTest::keyClicks(line, "theme violet");
    QTest::keyClick(line, Qt::Key_Return);
    EXPECT_TRUE(message().contains("violet")) << message().toStdString();
}

TEST_F(WindowTest, FiguresAndTablesAreExported) {
    ASSERT_TRUE(openMade());
    configure(5, {"VanillaSplit", "CQR"});
    window_->files().run();
    ASSERT_TRUE(waitUntil([&] { return finished(); }, studyLimitMs));
    ASSERT_TRUE(waitUntil([&] { return compareHas("CQR"); }));
    part<QTabWidget>("pages")->setCurrentIndex(1);
    ASSERT_TRUE(waitUntil([&] { return part<QAction>("exportFigure_pdf")->isEnabled(); }));
    for (const QString format : {"pdf", "svg", "png", "csv"}) {
        const QString path = folder_.filePath("figure." + format);
        window_->exports().figureTo(path, format);
        EXPECT_GT(QFileInfo(path).size(), 100) << format.toStdString();
    }
    for (const QString format : {"tex", "md", "csv"}) {
        const QString path = folder_.filePath("table." + format);
        window_->exports().tableTo(path, format);
        std::ifstream file(path.toStdString());
        const std::string text((std::istreambuf_iterator<char>(file)), {});
        EXPECT_NE(text.find("CQR"), std::string::npos) << format.toStdString();
    }
    window_->exports().figureTo(folder_.filePath("no/such/folder/figure.pdf"), "pdf");
    EXPECT_TRUE(message().contains("no/such/folder"));
}

TEST_F(WindowTest, EveryControlHasAnAccessibleName) {
    ASSERT_TRUE(openMade());
    for (QWidget* widget : window_->findChildren<QWidget*>()) {
        if (!widget->isVisible() || widget->focusPolicy() == Qt::NoFocus ||
            widget->objectName().startsWith("qt_"))
            continue;
        const bool speaks = qobject_cast<QAbstractButton*>(widget)
                                ? !qobject_cast<QAbstractButton*>(widget)->text().isEmpty() ||
                                      !widget->accessibleName().isEmpty()
                                : true;
        EXPECT_TRUE(speaks) << widget->objectName().toStdString() << " " << widget->metaObject()->className();
        const bool input = widget->inherits("QLineEdit") || widget->inherits("QComboBox") ||
                           widget->inherits("QAbstractSpinBox") || widget->inherits("QSlider");
        if (input && widget->parentWidget() && !widget->parentWidget()->inherits("QComboBox")) {
            EXPECT_FALSE(widget->accessibleName().isEmpty()) << widget->objectName().toStdString();
        }
    }
}
