// What is lost, and what is asked before: opening, running, saving, importing and closing.
#include "core/session/study_file.h"
#include "gui/dialogs/import_dialog.h"
#include "gui/options/wheel_guard.h"
#include "gui/pages/map_page.h"
#include "gui/panels/study_toolbar.h"
#include "gui/window/session_keeper.h"
#include "tests/gui/window_fixture.h"

#include <QComboBox>
#include <QFileDialog>
#include <QLineEdit>
#include <QMessageBox>
#include <QPushButton>
#include <QScrollArea>
#include <QScrollBar>
#include <QTabWidget>
#include <QThread>
#include <QTimer>
#include <QToolButton>
#include <QVBoxLayout>
#include <QWheelEvent>
#include <QtTest/qtestspontaneevent.h>

#include <atomic>
#include <fstream>

using namespace penumbra;
using namespace penumbra::gui;
using namespace penumbra::gui::test;

namespace {

constexpr std::int64_t endless = 1000000; // epochs

class LossTest : public WindowTest {
protected:
    /// Presses a button of a question as soon as it stands there.
    void whenAsked(const QString& box, std::function<void(QMessageBox&)> press) {
        auto* timer = new QTimer(window_.get());
        QObject::connect(timer, &QTimer::timeout, window_.get(), [this, box, press, timer] {
            if (auto* question = window_->findChild<QMessageBox*>(box); question && question->isVisible()) {
                timer->deleteLater();
                asked_ << question->text();
                press(*question);
            }
        });
        timer->start(10);
    }
    void whenAsked(const QString& box, const char* button) {
        whenAsked(box, [button](QMessageBox& question) { child<QPushButton>(question, button)->click(); });
    }
    /// Names the file that a dialog asks for; where it exists, says yes to replacing it.
    void nameFile(const QString& path) {
        auto* timer = new QTimer(window_.get());
        QObject::connect(timer, &QTimer::timeout, window_.get(), [this, path, timer] {
            auto* dialog = qobject_cast<QFileDialog*>(QApplication::activeModalWidget());
            if (!dialog)
                return;
            timer->deleteLater();
            dialog->selectFile(path);
            QTimer::singleShot(100, window_.get(), [] { // a timer does not fire while its own slot waits
                if (auto* box = qobject_cast<QMessageBox*>(QApplication::activeModalWidget()))
                    box->button(QMessageBox::Yes)->click();
            });
            static_cast<QDialog*>(dialog)->accept();
        });
        timer->start(10);
    }
    QString copyOfTheCatalogue(const QString& name) {
        const QString path = folder_.filePath(name);
        EXPECT_TRUE(QFile::copy(QString::fromStdString(catalogue_), path));
        return path;
    }
    bool isOpen(const QString& path) {
        return waitUntil([&] { return window_->workbench().path() == path; });
    }
    void runEndlessly() {
        ASSERT_TRUE(openMade());
        configure(endless, {"VanillaSplit"});
        window_->files().run();
        ASSERT_TRUE(window_->workbench().running());
    }
    void runQuickly(const std::vector<std::string>& methods = {"VanillaSplit"}) {
        ASSERT_TRUE(openMade());
        configure(2, methods);
        window_->files().run();
        ASSERT_TRUE(waitUntil([&] { return finished(); }, studyLimitMs));
        ASSERT_TRUE(window_->workbench().unsaved());
    }
    QString saveAs(const QString& name) {
        const QString path = folder_.filePath(name);
        window_->files().save(path);
        EXPECT_TRUE(waitUntil([&] { return !window_->workbench().unsaved(); }));
        return path;
    }

    QStringList asked_;
};

} // namespace

TEST_F(LossTest, OpeningAFileDuringARunAsksAndLeavesNothingBehind) {
    const QString other = copyOfTheCatalogue("other.h5");
    runEndlessly();
    whenAsked("runningQuestion", "stay");
    window_->files().open(other);
    ASSERT_EQ(asked_.size(), 1);
    EXPECT_TRUE(asked_[0].contains("open other.h5")) << asked_[0].toStdString();
    QTest::qWait(200);
    EXPECT_EQ(window_->workbench().path().toStdString(), catalogue_);
    EXPECT_TRUE(window_->workbench().running());

    whenAsked("runningQuestion", "goOn");
    window_->files().open(other);
    ASSERT_TRUE(isOpen(other));
    EXPECT_FALSE(window_->workbench().running());
    EXPECT_EQ(part<QPushButton>("runButton")->text(), "Run study");
    EXPECT_TRUE(part<QAction>("actionRun")->isEnabled());
    EXPECT_FALSE(part<QAction>("actionCancel")->isEnabled());
    window_->workbench().cancelRun(); // what there was to cancel is gone
    window_->files().open(QString::fromStdString(catalogue_));
    ASSERT_TRUE(isOpen(QString::fromStdString(catalogue_)));
    EXPECT_EQ(message(), "");
    EXPECT_EQ(window_->workbench().study(), nullptr) << "nothing of the abandoned run comes";
    configure(2, {"VanillaSplit"});
    window_->files().run();
    EXPECT_TRUE(waitUntil([&] { return finished(); }, studyLimitMs));
}

TEST_F(LossTest, AFileThatCannotBeReadDoesNotEndTheRun) {
    runEndlessly();
    whenAsked("runningQuestion", "goOn");
    window_->files().open(folder_.filePath("absent.h5"));
    ASSERT_TRUE(waitUntil([&] { return message().contains("absent.h5"); }));
    EXPECT_TRUE(window_->workbench().running());
}

TEST_F(LossTest, AfterACancelledCheckTheNextFileOpens) {
    const QString big = QString::fromStdString(writeMadeCatalogue(folder_.path().toStdString(), 200000));
    window_->files().open(big);
    ASSERT_TRUE(isOpen(big));
    ASSERT_TRUE(waitUntil([&] { return part<QToolButton>("jobTitle")->text().contains("Look"); }) ||
                part<QToolButton>("jobCancel")->isVisible());
    bool told = false;
    QObject::connect(&window_->workbench(), &Workbench::examined, window_.get(),
                     [&](const auto& report) { told = report == nullptr; });
    QTest::mouseClick(part<QToolButton>("jobCancel"), Qt::LeftButton);
    ASSERT_TRUE(waitUntil([&] { return told; })) << "the check was cancelled";
    const QString other = copyOfTheCatalogue("other.h5");
    window_->files().open(other);
    ASSERT_TRUE(isOpen(other));
    EXPECT_EQ(message(), "");
}

TEST_F(LossTest, AnotherFileAndAnotherRunKeepTheStudy) {
    const QTemporaryDir elsewhere;
    const QString other = QString::fromStdString(writeMadeCatalogue(elsewhere.path().toStdString(), 600));
    runQuickly();
    const auto first = window_->workbench().study();
    const int firstRun = window_->workbench().shownRun();
    window_->files().open(other); // no question: nothing is lost
    ASSERT_TRUE(isOpen(other));
    EXPECT_EQ(window_->workbench().study(), nullptr);
    ASSERT_EQ(window_->workbench().runs().all().size(), 1U);
    configure(2, {"CQR"});
    window_->files().run();
    ASSERT_TRUE(waitUntil([&] { return finished(); }, studyLimitMs));
    ASSERT_EQ(window_->workbench().runs().all().size(), 2U);
    window_->workbench().showRun(firstRun);
    EXPECT_EQ(window_->workbench().study(), first);
    EXPECT_EQ(window_->workbench().path().toStdString(), catalogue_) << "with its own catalogue";
    EXPECT_TRUE(window_->workbench().unsaved());
    EXPECT_EQ(asked_.size(), 0);
}

TEST_F(LossTest, ACancelledRunShowsTheFormerStudyAgain) {
    runQuickly();
    const auto first = window_->workbench().study();
    configure(endless, {"VanillaSplit"});
    window_->files().run();
    ASSERT_TRUE(window_->workbench().running());
    EXPECT_EQ(asked_.size(), 0) << "the former study stays in the list";
    QTest::qWait(200);
    window_->workbench().cancelRun();
    ASSERT_TRUE(waitUntil([&] { return !window_->workbench().running(); }));
    EXPECT_TRUE(waitUntil([&] { return window_->workbench().study() == first; }));
    EXPECT_EQ(window_->workbench().runs().all().size(), 1U);
}

TEST_F(LossTest, QuittingAsksAboutEveryStudyThatHasNotBeenSaved) {
    runQuickly();
    configure(2, {"CQR"});
    window_->files().run();
    ASSERT_TRUE(waitUntil([&] { return finished(); }, studyLimitMs));
    ASSERT_EQ(window_->workbench().runs().unsaved().size(), 2U);
    whenAsked("unsavedQuestion",
              [](QMessageBox& question) { question.button(QMessageBox::Cancel)->click(); });
    EXPECT_FALSE(window_->close());
    ASSERT_EQ(asked_.size(), 1);
    EXPECT_TRUE(asked_[0].contains("run 1") && asked_[0].contains("run 2")) << asked_[0].toStdString();
    saveAs("second_study.h5");
    EXPECT_EQ(window_->workbench().runs().unsaved().size(), 1U);
    whenAsked("unsavedQuestion",
              [](QMessageBox& question) { question.button(QMessageBox::Discard)->click(); });
    EXPECT_TRUE(window_->close());
}

TEST_F(LossTest, SavingBeforeClosingClosesAndAFailedSaveDoesNot) {
    runQuickly();
    const auto closeAndSaveAs = [&](const QString& path) {
        whenAsked("unsavedQuestion",
                  [](QMessageBox& question) { question.button(QMessageBox::Save)->click(); });
        nameFile(path);
        EXPECT_FALSE(window_->close()) << "not before it is written";
    };
    closeAndSaveAs(QString::fromStdString(catalogue_)); // refused: the study is made of it
    QTest::qWait(300);
    EXPECT_TRUE(window_->isVisible());
    EXPECT_TRUE(message().contains("Choose another name")) << message().toStdString();
    closeAndSaveAs(folder_.filePath("kept_study.h5"));
    EXPECT_TRUE(waitUntil([&] { return !window_->isVisible(); }));
    EXPECT_TRUE(session::isStudyFile(folder_.filePath("kept_study.h5").toStdString()));
}

TEST_F(LossTest, ClosingOnALongRunAsks) {
    runEndlessly();
    window_->files().setSecondsWorthAsking(0.0);
    whenAsked("runningQuestion", "stay");
    EXPECT_FALSE(window_->close());
    ASSERT_EQ(asked_.size(), 1);
    EXPECT_TRUE(asked_[0].contains("quit")) << asked_[0].toStdString();
    EXPECT_TRUE(window_->workbench().running());
    window_->files().setSecondsWorthAsking(1e6);
    EXPECT_TRUE(window_->close());
    EXPECT_EQ(asked_.size(), 1);
}

TEST_F(LossTest, AStudyOfAnotherCatalogueIsShownWithoutIt) {
    runQuickly();
    const QString study = saveAs("kept_study.h5");
    const std::vector<double> truth = window_->workbench().study()->targets[0].testTruth();
    writeMadeCatalogue(folder_.path().toStdString(), 600); // the same name, other galaxies
    window_->files().open(study);
    ASSERT_TRUE(isOpen(study));
    EXPECT_EQ(window_->workbench().catalogue(), nullptr);
    ASSERT_NE(window_->workbench().study(), nullptr);
    EXPECT_EQ(window_->workbench().study()->targets[0].testTruth(), truth);
    EXPECT_TRUE(waitUntil([&] { return compareHas("VanillaSplit"); }));
    bool told = false;
    for (const std::string& note : window_->workbench().notes())
        told |= note.find("made.h5 has changed") != std::string::npos;
    EXPECT_TRUE(told);
}

TEST_F(LossTest, ChoicesForOneFileDoNotRuleTheNext) {
    const QString other = copyOfTheCatalogue("other.h5");
    runQuickly({"VanillaSplit", "MADSplit"});
    const QString study = saveAs("kept_study.h5");
    part<StudyToolbar>("studyToolbar")->methodActions()[1]->trigger();
    EXPECT_EQ(window_->state().methods.size(), 1U);
    auto* strip = part<OptionForm>("strip_coverage-by-bin");
    strip->setValue("y-range", std::vector<double>{0.8, 1.0});
    window_->files().open(other);
    ASSERT_TRUE(isOpen(other));
    const OptionSet fresh = part<OptionForm>("studyForm")->options();
    EXPECT_EQ(fresh.getTextList("methods").size(), 9U) << "those of the former study were two";
    EXPECT_NE(fresh.getInteger("epochs"), 2);
    const Option& range = strip->options().find("y-range");
    EXPECT_EQ(range.value, range.defaultValue);
    window_->files().open(study);
    ASSERT_TRUE(isOpen(study));
    EXPECT_EQ(window_->state().methods.size(), 2U) << "nothing is unticked in a file just opened";
    EXPECT_EQ(part<OptionForm>("studyForm")->options().getTextList("methods").size(), 2U);
}

TEST_F(LossTest, AnImportTakesNoOtherCataloguesName) {
    const QString table = folder_.filePath("survey.csv");
    std::ofstream(table.toStdString())
        << "id,mag_g,mag_r,z\n1,20.1,19.2,0.1\n2,20.3,19.1,0.2\n3,20.2,19.7,0.4\n";
    const OpenedFile file = openFile(table.toStdString(), RunContext{});
    EXPECT_EQ(guessImport(file).getText("out"), folder_.filePath("survey_catalogue.h5").toStdString());
    copyOfTheCatalogue("survey_catalogue.h5");
    EXPECT_EQ(guessImport(file).getText("out"), folder_.filePath("survey_catalogue_2.h5").toStdString());
    copyOfTheCatalogue("survey_catalogue_2.h5");
    EXPECT_EQ(guessImport(file).getText("out"), folder_.filePath("survey_catalogue_3.h5").toStdString());

    auto* dialog = new ImportDialog(file, nullptr, window_->bridge(), lightTheme(), window_.get());
    child<OptionForm>(*dialog, "importForm")
        ->setValue("out", folder_.filePath("survey_catalogue.h5").toStdString());
    dialog->show();
    whenAsked("replaceQuestion",
              [](QMessageBox& question) { question.button(QMessageBox::Cancel)->click(); });
    dialog->accept();
    EXPECT_EQ(asked_.size(), 1);
    EXPECT_TRUE(dialog->isVisible()) << "not accepted";
}

namespace {

/// Work that ends when it is told to, or stopped.
class Held {
public:
    Held(MainWindow& window, JobBridge::LostWith lost) : window_(window) {
        window.bridge().start({"Write big.fits", jobs::Lane::Io, false, lost}, &window,
                              [go = go_](RunContext& context) -> Delivery {
                                  while (!*go) {
                                      context.checkStop();
                                      QThread::msleep(5);
                                  }
                                  return {};
                              });
    }
    void finish() { *go_ = true; }
    bool isThere() const { return !window_.bridge().lostWith(JobBridge::LostWith::Window, 0.0).isEmpty(); }

private:
    MainWindow& window_;
    std::shared_ptr<std::atomic<bool>> go_ = std::make_shared<std::atomic<bool>>(false);
};

} // namespace

TEST_F(LossTest, ClosingOnWorkThatWritesAFileAsksAndCanWait) {
    ASSERT_TRUE(openMade());
    Held work(*window_, JobBridge::LostWith::Window);
    whenAsked("workQuestion", "stay");
    EXPECT_FALSE(window_->close());
    ASSERT_EQ(asked_.size(), 1);
    EXPECT_TRUE(asked_[0].contains("Write big.fits")) << asked_[0].toStdString();
    EXPECT_TRUE(asked_[0].contains("quit")) << asked_[0].toStdString();
    EXPECT_TRUE(work.isThere());
    whenAsked("workQuestion", "whenFinished");
    EXPECT_FALSE(window_->close()) << "not before it is finished";
    QTest::qWait(200);
    EXPECT_TRUE(window_->isVisible());
    EXPECT_TRUE(work.isThere());
    work.finish();
    EXPECT_TRUE(waitUntil([&] { return !window_->isVisible(); }));
    EXPECT_EQ(asked_.size(), 2) << "nothing else was there to ask about";
}

TEST_F(LossTest, AnotherFileEndsWhatBelongsToThisOneAlone) {
    const QString other = copyOfTheCatalogue("other.h5");
    ASSERT_TRUE(openMade());
    Held writing(*window_, JobBridge::LostWith::Window);
    window_->files().open(other); // it goes on beside another file: no question
    writing.finish();
    ASSERT_TRUE(isOpen(other));
    EXPECT_EQ(asked_.size(), 0);
    ASSERT_TRUE(waitUntil([&] { return !writing.isThere(); }));
    Held mapping(*window_, JobBridge::LostWith::File);
    whenAsked("workQuestion", "stay");
    window_->files().open(QString::fromStdString(catalogue_));
    ASSERT_EQ(asked_.size(), 1);
    EXPECT_TRUE(asked_[0].contains("open made.h5")) << asked_[0].toStdString();
    QTest::qWait(100);
    EXPECT_EQ(window_->workbench().path(), other);
    window_->files().setSecondsWorthAsking(1e6);
    EXPECT_TRUE(window_->close()) << "what took no time is given up unasked";
    EXPECT_EQ(asked_.size(), 1);
}

TEST_F(LossTest, WhatWritesFilesOrMakesMapsIsAskedAbout) {
    ASSERT_TRUE(openMade());
    const auto lost = [&](JobBridge::LostWith with) { return window_->bridge().lostWith(with, 0.0); };
    Held lane(*window_, JobBridge::LostWith::Nothing); // what comes on the lane of files waits
    const QString table = folder_.filePath("survey.csv");
    std::ofstream(table.toStdString())
        << "id,mag_g,mag_r,z\n1,20.1,19.2,0.1\n2,20.3,19.1,0.2\n3,20.2,19.7,0.4\n";
    window_->workbench().import(guessImport(openFile(table.toStdString(), RunContext{})));
    EXPECT_EQ(lost(JobBridge::LostWith::Window), QStringList{"Import survey.csv"});
    EXPECT_TRUE(lost(JobBridge::LostWith::File).isEmpty());
    lane.finish();
    ASSERT_TRUE(waitUntil([&] { return lost(JobBridge::LostWith::Window).isEmpty(); }));
    ASSERT_TRUE(openMade());
    window_->workbench().maps().make("pca", "", 2);
    EXPECT_EQ(lost(JobBridge::LostWith::File).size(), 1);
    EXPECT_EQ(lost(JobBridge::LostWith::Window).size(), 1) << "lost with the window as well";
}

TEST_F(LossTest, WhatWasMadeMeanwhileTakesNoOtherFilesPlace) {
    const QString other = copyOfTheCatalogue("other.h5"), made = copyOfTheCatalogue("encoded.h5");
    ASSERT_TRUE(openMade());
    const QString then = window_->workbench().path();
    window_->files().open(other);
    ASSERT_TRUE(isOpen(other));
    Q_EMIT window_->workbench().encoded(made, "5 galaxies", then);
    EXPECT_TRUE(waitUntil([&] { return message().contains("encoded.h5 is among the recent files"); }))
        << message().toStdString();
    EXPECT_EQ(window_->workbench().path(), other);
    Q_EMIT window_->workbench().encoded(made, "5 galaxies", other);
    EXPECT_TRUE(isOpen(made)) << "nothing was opened since: shown at once";
}

TEST_F(LossTest, SubsetsThatNoSessionKeepsAreAskedAbout) {
    const QString other = copyOfTheCatalogue("other.h5");
    ASSERT_TRUE(openMade());
    window_->appState().apply(parseCommand("subset add blue where \"colour > 0\""));
    whenAsked("unsavedSubsetsQuestion",
              [](QMessageBox& question) { question.button(QMessageBox::Cancel)->click(); });
    window_->files().open(other);
    ASSERT_EQ(asked_.size(), 1);
    QTest::qWait(100);
    EXPECT_EQ(window_->workbench().path().toStdString(), catalogue_);
    const QString session = folder_.filePath("kept.penumbra");
    bool written = false;
    window_->sessions().saveTo(session, [&] { written = true; });
    ASSERT_TRUE(waitUntil([&] { return written; }));
    window_->files().open(other);
    ASSERT_TRUE(isOpen(other)) << "kept now: no question";
    EXPECT_EQ(asked_.size(), 1);
    window_->files().open(session);
    ASSERT_TRUE(waitUntil([&] { return !window_->state().subsets.empty(); }));
    EXPECT_TRUE(window_->close()) << "the session that was opened keeps them";
}

namespace {

/// As the system sends it, which also gives the focus.
void turnWheel(QWidget* over) {
    const QPointF at(over->width() / 2.0, over->height() / 2.0);
    QWheelEvent event(at, over->mapToGlobal(at), {}, {0, -120}, Qt::NoButton, Qt::NoModifier,
                      Qt::NoScrollPhase, false);
    QSpontaneKeyEvent::setSpontaneous(&event);
    qApp->notify(over, &event); // sendEvent() would make it one of the program's own
}

} // namespace

TEST_F(LossTest, TheWheelChangesNoSettingThatHasNotTheFocus) {
    ASSERT_TRUE(openMade());
    auto* preset = part<QComboBox>("option_preset");
    auto* scroll = child<QScrollArea>(*window_, "studyScroll");
    window_->activateWindow();
    ASSERT_TRUE(QTest::qWaitForWindowActive(window_.get()));
    part<QTableView>("galaxiesTable")->setFocus();
    preset->setCurrentIndex(0);
    ASSERT_GT(scroll->verticalScrollBar()->maximum(), 0) << "the form is longer than the panel";
    turnWheel(preset);
    EXPECT_EQ(preset->currentIndex(), 0);
    EXPECT_FALSE(preset->hasFocus());
    EXPECT_GT(scroll->verticalScrollBar()->value(), 0) << "the panel scrolls instead";
    preset->setFocus();
    turnWheel(preset);
    EXPECT_EQ(preset->currentIndex(), 1);
}

TEST_F(WindowTest, AStudySavedFromTheWindowCanPredictNewGalaxies) {
    ASSERT_TRUE(openMade());
    configure(3, {"VanillaSplit", "MADSplit"});
    window_->files().run();
    ASSERT_TRUE(waitUntil([&] { return finished(); }, studyLimitMs));
    QTemporaryDir folder;
    const auto save = [&](const QString& name) {
        const QString path = folder.filePath(name);
        bool written = false;
        window_->workbench().save(path, [&] { written = true; });
        EXPECT_TRUE(waitUntil([&] { return written; }));
        return path;
    };
    const QString first = save("first.h5");
    const auto networks = session::readNetworks(first.toStdString());
    ASSERT_FALSE(networks.empty());
    window_->files().open(first);
    ASSERT_TRUE(waitUntil([&] { return window_->workbench().path() == first; }));
    for (const QString& name :
         {QStringLiteral("second.h5"), QStringLiteral("first.h5")}) { // elsewhere, and over itself
        const auto again = session::readNetworks(save(name).toStdString());
        ASSERT_EQ(again.size(), networks.size());
        for (std::size_t i = 0; i < networks.size(); ++i) {
            EXPECT_EQ(again[i].name, networks[i].name);
            EXPECT_EQ(again[i].values, networks[i].values);
        }
    }
}
