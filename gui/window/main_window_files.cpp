// Opening, running, saving and importing, and the questions they ask; a third of MainWindow.
#include "core/io/table_reader.h"
#include "gui/window/doctor_page.h"
#include "gui/window/encode_dialog.h"
#include "gui/window/import_dialog.h"
#include "gui/window/main_window.h"
#include "gui/window/message_bar.h"
#include "gui/window/page.h"
#include "gui/window/raw_table_page.h"
#include "gui/window/recent_files.h"
#include "gui/window/session_keeper.h"
#include "gui/window/study_panel.h"
#include "gui/window/window_host.h"

#include <QCloseEvent>
#include <QFileDialog>
#include <QFileInfo>
#include <QMessageBox>
#include <QMimeData>
#include <QPushButton>
#include <QStackedWidget>
#include <QTimer>

#include <utility>

namespace penumbra::gui {

namespace {

QString toOpen(const QString& path) {
    return QObject::tr("open %1").arg(QFileInfo(path).fileName());
}

/// Two ways on: true for the one that loses something.
bool agreesToLose(QWidget* window, const QString& name, const QString& title, const QString& question,
                  const QString& goOn, const QString& stay) {
    QMessageBox box(QMessageBox::Question, title, question, QMessageBox::NoButton, window);
    box.setObjectName(name);
    QPushButton* lose = box.addButton(goOn, QMessageBox::AcceptRole);
    QPushButton* keep = box.addButton(stay, QMessageBox::RejectRole);
    lose->setObjectName("goOn");
    keep->setObjectName("stay");
    box.setDefaultButton(keep);
    box.setEscapeButton(keep);
    box.exec();
    return box.clickedButton() == lose;
}

} // namespace

/// While the question stands a run may end: then what it found is asked about.
MainWindow::Answer MainWindow::askBefore(const QString& what, double runSecondsWorthIt) {
    if (workbench_->running()) {
        if (workbench_->runSeconds() < runSecondsWorthIt)
            return Answer::GoOn;
        const QString goOn = tr("&Cancel it and %1").arg(what);
        if (!agreesToLose(
                this, "runningQuestion", tr("A study is running"),
                tr("A study is running. Cancel it and %1? Methods that have finished are lost, too.")
                    .arg(what),
                goOn, tr("&Keep running")))
            return Answer::Stay;
        if (workbench_->running())
            return Answer::GoOn;
    }
    if (!workbench_->unsaved())
        return Answer::GoOn;
    QMessageBox box(QMessageBox::Question, tr("Unsaved study"),
                    tr("The study has not been saved. Save it, then %1?").arg(what),
                    QMessageBox::Save | QMessageBox::Discard | QMessageBox::Cancel, this);
    box.setObjectName("unsavedQuestion");
    box.setDefaultButton(QMessageBox::Save);
    const int answer = box.exec();
    return answer == QMessageBox::Save      ? Answer::SaveFirst
           : answer == QMessageBox::Discard ? Answer::GoOn
                                            : Answer::Stay;
}

void MainWindow::proceed(const QString& what, const std::function<void()>& then) {
    const Answer answer = askBefore(what, 0.0);
    if (answer == Answer::SaveFirst)
        askAndSave(then);
    else if (answer == Answer::GoOn)
        then();
}

void MainWindow::openPath(const QString& path) {
    proceed(toOpen(path), [this, path] {
        message_->hide();
        workbench_->open(path);
    });
}

void MainWindow::importPath(const QString& path) {
    proceed(tr("import %1").arg(QFileInfo(path).fileName()), [this, path] {
        message_->hide();
        workbench_->open(path, [this](const OpenedFile& file) {
            if (file.isRawTable)
                afterCheck_ = [this] { askHowToImport(); }; // its guess heeds the doctor's findings
            else
                message_->say(MessageBar::Kind::Information,
                              tr("%1 needs no import: it has been opened.")
                                  .arg(QString::fromStdString(file.path.filename().string())));
        });
    });
}

void MainWindow::openSample() {
    openAndRun(sample_);
}

std::filesystem::path MainWindow::simulatedSample() const {
    const auto path = sample_.parent_path() / "simulated_sample.h5";
    std::error_code ignored;
    return std::filesystem::is_regular_file(path, ignored) ? path : std::filesystem::path();
}

void MainWindow::openAndRun(const std::filesystem::path& sample) {
    if (sample.empty())
        return;
    const QString path = QString::fromStdString(sample.string());
    proceed(toOpen(path), [this, path] {
        message_->hide();
        workbench_->open(path, [this](const OpenedFile& file) {
            if (!file.catalogue)
                return;
            panel_->chooseQuickStudy();
            runStudy();
        });
    });
}

/// A catalogue that was made meanwhile is opened unless that would end a study.
void MainWindow::openMade(const QString& path, const QString& sentence) {
    if (workbench_->running() || workbench_->unsaved()) {
        message_->say(MessageBar::Kind::Information,
                      tr("%1\n%2 can be opened when the study has been saved.").arg(sentence, path));
        return;
    }
    workbench_->open(path, [this, sentence](const OpenedFile&) {
        fileSentence_ = sentence;
        message_->say(MessageBar::Kind::Information, sentence);
    });
}

/// Choices made for one file do not rule the next.
void MainWindow::showOpened(const OpenedFile& file) {
    rememberFile(file.session ? QString::fromStdString(file.sessionPath.string()) : workbench_->path());
    updateRecentMenu();
    afterCheck_ = nullptr;
    fileSentence_.clear();
    state_->takeFile(workbench_->path().toStdString(), file.catalogue);
    state_->takeAlpha(workbench_->alpha());
    state_->takeStudy(file.study);
    panel_->setFile(file);
    for (Page* page : pages_)
        page->forgetChoices();
    if (file.isRawTable) {
        rawTable_->setFile(file);
        showSpace(rawTable_);
    } else {
        doctor_->setFile(file);
        showSpace(workspace_);
    }
    if (file.session) {
        state_->takeChoices(file.session->choices);
        restoreState(QByteArray::fromBase64(QByteArray::fromStdString(file.session->layout)));
        sessions_->opened(QString::fromStdString(file.sessionPath.string()));
    }
    updateTitle();
}

/// Serious findings are said at once; the others wait on the page.
void MainWindow::showReport(const std::shared_ptr<const doctor::Report>& report) {
    if (spaces_->currentWidget() == rawTable_)
        rawTable_->setReport(report);
    else
        doctor_->setReport(report);
    if (const std::size_t serious = report ? report->count(doctor::Severity::Serious) : 0; serious > 0) {
        const QString first = QString::fromStdString(doctor::oneLine(report->findings.front()));
        const QString finding =
            serious == 1 ? tr("Serious (see Data check): %1").arg(first)
                         : tr("%1 serious findings (see Data check), first: %2").arg(serious).arg(first);
        message_->say(MessageBar::Kind::Warning,
                      fileSentence_.isEmpty() ? finding : fileSentence_ + '\n' + finding);
    }
    fileSentence_.clear(); // told once
    if (auto then = std::exchange(afterCheck_, nullptr))
        QTimer::singleShot(0, this, then);
}

/// Files of a session that are not where they were. A script is not asked.
void MainWindow::askForFiles(const OpenedFile& session) {
    const QString name = QString::fromStdString(session.sessionPath.string());
    const std::string first = session.missing.front().path.string();
    if (host_->scripted()) {
        Q_EMIT workbench_->failed(
            tr("%1 builds upon %2, which is neither there nor beside the session (known by its contents).")
                .arg(name, QString::fromStdString(first)));
        return;
    }
    Located located;
    for (const FileReference& missing : session.missing) {
        const QString lost = QString::fromStdString(missing.path.string());
        const QString found = QFileDialog::getOpenFileName(
            this, tr("Where is %1?").arg(QFileInfo(lost).fileName()), QFileInfo(name).absolutePath());
        located[missing.path] = found.toStdString(); // none: the rest is opened without it
    }
    workbench_->open(name, {}, located);
}

void MainWindow::askAndSaveSession() {
    const QFileInfo info(workbench_->path());
    QString path = QFileDialog::getSaveFileName(
        this, tr("Save the session"), info.absolutePath() + '/' + info.completeBaseName() + ".penumbra",
        tr("Sessions (*.penumbra)"));
    if (path.isEmpty())
        return;
    if (QFileInfo(path).suffix().isEmpty())
        path += ".penumbra";
    sessions_->saveTo(path);
}

void MainWindow::offerRecovery() {
    const QStringList left = sessions_->left();
    if (left.isEmpty())
        message_->say(MessageBar::Kind::Information,
                      tr("There is nothing to recover: every window was closed in good order."));
    else
        openPath(left.front());
}

void MainWindow::sayWhatWasLeft() {
    if (!sessions_->left().isEmpty())
        message_->say(MessageBar::Kind::Warning,
                      tr("A window was ended before it was closed. What it showed was kept: "
                         "File > Recover a session opens it."));
}

void MainWindow::closeUnasked() {
    closing_ = true;
    close();
}

void MainWindow::askHowToImport() {
    if (spaces_->currentWidget() != rawTable_)
        return;
    ImportDialog dialog(rawTable_->file(), rawTable_->report(), theme_, this);
    if (dialog.exec() == QDialog::Accepted)
        workbench_->import(dialog.options());
}

void MainWindow::runStudy() {
    if (panel_->canRun())
        proceed(tr("run it again"), [this] {
            message_->hide();
            workbench_->run(panel_->options());
        });
}

void MainWindow::saveStudyTo(const QString& path) {
    workbench_->save(path);
}

void MainWindow::askAndOpen() {
    const QString folder = QFileInfo(workbench_->path()).absolutePath();
    const QString path = QFileDialog::getOpenFileName(
        this, tr("Open a catalogue, a study or a table"), folder,
        tr("Catalogues, studies, sessions and tables (%1 *.penumbra);;All files (*)")
            .arg(QString::fromStdString(io::readablePatterns())));
    if (!path.isEmpty())
        openPath(path);
}

/// The open table, else one to choose.
void MainWindow::askAndImport() {
    if (spaces_->currentWidget() == rawTable_) {
        askHowToImport();
        return;
    }
    const QString folder = QFileInfo(workbench_->path()).absolutePath();
    const QString path = QFileDialog::getOpenFileName(
        this, tr("Import a table"), folder,
        tr("Tables (%1);;All files (*)").arg(QString::fromStdString(io::readablePatterns())));
    if (!path.isEmpty())
        importPath(path);
}

void MainWindow::askAndEncode() {
    if (workbench_->encoding()) {
        message_->say(MessageBar::Kind::Warning,
                      tr("A catalogue is being encoded; the list of jobs shows how far."));
        return;
    }
    const auto catalogue = workbench_->catalogue();
    const bool hasPixels = catalogue && (catalogue->images.count > 0 || catalogue->spectra.count > 0);
    EncodeDialog dialog(*bridge_, hasPixels ? QString::fromStdString(catalogue->path.string()) : QString(),
                        this);
    dialog.setTheme(theme_);
    if (dialog.exec() == QDialog::Accepted)
        workbench_->encode(dialog.options());
}

/// The name tells studies from the catalogues beside them.
void MainWindow::askAndSave(const std::function<void()>& then) {
    if (!workbench_->study())
        return;
    const QFileInfo info(workbench_->path());
    QString stem = info.completeBaseName();
    if (!stem.endsWith("_study"))
        stem += "_study";
    QString path =
        QFileDialog::getSaveFileName(this, tr("Save the study"), info.absolutePath() + '/' + stem + ".h5",
                                     tr("Studies (*_study.h5);;HDF5 files (*.h5)"));
    if (path.isEmpty())
        return;
    if (QFileInfo(path).suffix().isEmpty())
        path += path.endsWith("_study") ? ".h5" : "_study.h5";
    workbench_->save(path, then);
}

void MainWindow::dragEnterEvent(QDragEnterEvent* event) {
    const QList<QUrl> urls = event->mimeData()->urls();
    if (!urls.isEmpty() && urls.front().isLocalFile())
        event->acceptProposedAction();
}

void MainWindow::dropEvent(QDropEvent* event) {
    const QList<QUrl> urls = event->mimeData()->urls();
    if (urls.isEmpty() || !urls.front().isLocalFile())
        return;
    event->acceptProposedAction();
    openPath(urls.front().toLocalFile());
}

void MainWindow::closeEvent(QCloseEvent* event) {
    if (closing_) {
        event->accept();
        return;
    }
    const Answer answer = askBefore(tr("quit"), secondsWorthAsking_);
    event->setAccepted(answer == Answer::GoOn);
    if (answer == Answer::SaveFirst)
        askAndSave([this] { close(); });
}

} // namespace penumbra::gui
