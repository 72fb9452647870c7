#include "gui/window/file_flow.h"

#include "core/io/table_reader.h"
#include "gui/dialogs/encode_dialog.h"
#include "gui/dialogs/import_dialog.h"
#include "gui/documents/recent_files.h"
#include "gui/documents/workbench.h"
#include "gui/pages/doctor_page.h"
#include "gui/pages/page.h"
#include "gui/pages/raw_table_page.h"
#include "gui/panels/message_bar.h"
#include "gui/panels/study_panel.h"
#include "gui/state/app_state.h"
#include "gui/window/session_keeper.h"
#include "gui/window/window_parts.h"

#include <QCloseEvent>
#include <QFileDialog>
#include <QFileInfo>
#include <QMessageBox>
#include <QPushButton>
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

FileFlow::FileFlow(QWidget& window, AppState& state, Workbench& workbench, SessionKeeper& sessions,
                   JobBridge& bridge, std::filesystem::path sample)
    : QObject(&window), window_(window), state_(state), workbench_(workbench), sessions_(sessions),
      bridge_(bridge), sample_(std::move(sample)) {}

/// While the question stands a run may end: then what it found is asked about.
FileFlow::Answer FileFlow::askBefore(const QString& what, double runSecondsWorthIt) {
    if (workbench_.running()) {
        if (workbench_.runSeconds() < runSecondsWorthIt)
            return Answer::GoOn;
        const QString goOn = tr("&Cancel it and %1").arg(what);
        if (!agreesToLose(
                &window_, "runningQuestion", tr("A study is running"),
                tr("A study is running. Cancel it and %1? Methods that have finished are lost, too.")
                    .arg(what),
                goOn, tr("&Keep running")))
            return Answer::Stay;
        if (workbench_.running())
            return Answer::GoOn;
    }
    if (!workbench_.unsaved())
        return Answer::GoOn;
    QMessageBox box(QMessageBox::Question, tr("Unsaved study"),
                    tr("The study has not been saved. Save it, then %1?").arg(what),
                    QMessageBox::Save | QMessageBox::Discard | QMessageBox::Cancel, &window_);
    box.setObjectName("unsavedQuestion");
    box.setDefaultButton(QMessageBox::Save);
    const int answer = box.exec();
    return answer == QMessageBox::Save      ? Answer::SaveFirst
           : answer == QMessageBox::Discard ? Answer::GoOn
                                            : Answer::Stay;
}

void FileFlow::proceed(const QString& what, const std::function<void()>& then) {
    const Answer answer = askBefore(what, 0.0);
    if (answer == Answer::SaveFirst)
        askAndSave(then);
    else if (answer == Answer::GoOn)
        then();
}

void FileFlow::open(const QString& path) {
    proceed(toOpen(path), [this, path] {
        parts_->message->hide();
        workbench_.open(path);
    });
}

void FileFlow::import(const QString& path) {
    proceed(tr("import %1").arg(QFileInfo(path).fileName()), [this, path] {
        parts_->message->hide();
        workbench_.open(path, [this](const OpenedFile& file) {
            if (file.isRawTable)
                afterCheck_ = [this] { askHowToImport(); }; // its guess heeds the doctor's findings
            else
                parts_->message->say(MessageBar::Kind::Information,
                                     tr("%1 needs no import: it has been opened.")
                                         .arg(QString::fromStdString(file.path.filename().string())));
        });
    });
}

std::filesystem::path FileFlow::simulatedSample() const {
    const auto path = sample_.parent_path() / "simulated_sample.h5";
    std::error_code ignored;
    return std::filesystem::is_regular_file(path, ignored) ? path : std::filesystem::path();
}

void FileFlow::openAndRun(const std::filesystem::path& sample) {
    if (sample.empty())
        return;
    const QString path = QString::fromStdString(sample.string());
    proceed(toOpen(path), [this, path] {
        parts_->message->hide();
        workbench_.open(path, [this](const OpenedFile& file) {
            if (!file.catalogue)
                return;
            parts_->study->chooseQuickStudy();
            run();
        });
    });
}

/// A catalogue that was made meanwhile is opened unless that would end a study.
void FileFlow::openMade(const QString& path, const QString& sentence) {
    if (workbench_.running() || workbench_.unsaved()) {
        parts_->message->say(MessageBar::Kind::Information,
                             tr("%1\n%2 can be opened when the study has been saved.").arg(sentence, path));
        return;
    }
    workbench_.open(path, [this, sentence](const OpenedFile&) {
        fileSentence_ = sentence;
        parts_->message->say(MessageBar::Kind::Information, sentence);
    });
}

/// Choices made for one file do not rule the next.
void FileFlow::showOpened(const OpenedFile& file) {
    remember(file.session ? QString::fromStdString(file.sessionPath.string()) : workbench_.path());
    afterCheck_ = nullptr;
    fileSentence_.clear();
    state_.takeFile(workbench_.path().toStdString(), file.catalogue);
    state_.takeAlpha(workbench_.alpha());
    state_.takeStudy(file.study);
    parts_->study->setFile(file);
    for (Page* page : parts_->pages)
        page->forgetChoices();
    if (file.isRawTable) {
        parts_->rawTable->setFile(file);
        Q_EMIT spaceWanted(parts_->rawTable);
    } else {
        parts_->doctor->setFile(file);
        Q_EMIT spaceWanted(parts_->workspace);
    }
    if (file.session) {
        state_.takeChoices(file.session->choices);
        Q_EMIT layoutWanted(QByteArray::fromBase64(QByteArray::fromStdString(file.session->layout)));
        sessions_.opened(QString::fromStdString(file.sessionPath.string()));
    }
    Q_EMIT titleChanged();
}

/// Serious findings are said at once; the others wait on the page.
void FileFlow::showReport(const std::shared_ptr<const doctor::Report>& report) {
    if (parts_->showsRawTable())
        parts_->rawTable->setReport(report);
    else
        parts_->doctor->setReport(report);
    if (const std::size_t serious = report ? report->count(doctor::Severity::Serious) : 0; serious > 0) {
        const QString first = QString::fromStdString(doctor::oneLine(report->findings.front()));
        const QString finding =
            serious == 1 ? tr("Serious (see Data check): %1").arg(first)
                         : tr("%1 serious findings (see Data check), first: %2").arg(serious).arg(first);
        parts_->message->say(MessageBar::Kind::Warning,
                             fileSentence_.isEmpty() ? finding : fileSentence_ + '\n' + finding);
    }
    fileSentence_.clear(); // told once
    if (auto then = std::exchange(afterCheck_, nullptr))
        QTimer::singleShot(0, this, then);
}

/// Files of a session that are not where they were. A script is not asked.
void FileFlow::askForFiles(const OpenedFile& session) {
    const QString name = QString::fromStdString(session.sessionPath.string());
    const std::string first = session.missing.front().path.string();
    if (scripted_ && scripted_()) {
        Q_EMIT workbench_.failed(
            tr("%1 builds upon %2, which is neither there nor beside the session (known by its contents).")
                .arg(name, QString::fromStdString(first)));
        return;
    }
    Located located;
    for (const FileReference& missing : session.missing) {
        const QString lost = QString::fromStdString(missing.path.string());
        const QString found = QFileDialog::getOpenFileName(
            &window_, tr("Where is %1?").arg(QFileInfo(lost).fileName()), QFileInfo(name).absolutePath());
        located[missing.path] = found.toStdString(); // none: the rest is opened without it
    }
    workbench_.open(name, {}, located);
}

void FileFlow::askAndSaveSession() {
    const QFileInfo info(workbench_.path());
    QString path = QFileDialog::getSaveFileName(
        &window_, tr("Save the session"), info.absolutePath() + '/' + info.completeBaseName() + ".penumbra",
        tr("Sessions (*.penumbra)"));
    if (path.isEmpty())
        return;
    if (QFileInfo(path).suffix().isEmpty())
        path += ".penumbra";
    sessions_.saveTo(path);
}

void FileFlow::recover() {
    const QStringList left = sessions_.left();
    if (left.isEmpty())
        parts_->message->say(MessageBar::Kind::Information,
                             tr("There is nothing to recover: every window was closed in good order."));
    else
        open(left.front());
}

void FileFlow::sayWhatWasLeft() {
    if (!sessions_.left().isEmpty())
        parts_->message->say(MessageBar::Kind::Warning,
                             tr("A window was ended before it was closed. What it showed was kept: "
                                "File > Recover a session opens it."));
}

void FileFlow::askHowToImport() {
    if (!parts_->showsRawTable())
        return;
    ImportDialog dialog(parts_->rawTable->file(), parts_->rawTable->report(),
                        state_.now().dark ? darkTheme() : lightTheme(), &window_);
    if (dialog.exec() == QDialog::Accepted)
        workbench_.import(dialog.options());
}

void FileFlow::run() {
    if (parts_->study->canRun())
        proceed(tr("run it again"), [this] {
            parts_->message->hide();
            workbench_.run(parts_->study->options());
        });
}

void FileFlow::save(const QString& path) {
    workbench_.save(path);
}

void FileFlow::askAndOpen() {
    const QString folder = QFileInfo(workbench_.path()).absolutePath();
    const QString path = QFileDialog::getOpenFileName(
        &window_, tr("Open a catalogue, a study or a table"), folder,
        tr("Catalogues, studies, sessions and tables (%1 *.penumbra);;All files (*)")
            .arg(QString::fromStdString(io::readablePatterns())));
    if (!path.isEmpty())
        open(path);
}

/// The open table, else one to choose.
void FileFlow::askAndImport() {
    if (parts_->showsRawTable()) {
        askHowToImport();
        return;
    }
    const QString folder = QFileInfo(workbench_.path()).absolutePath();
    const QString path = QFileDialog::getOpenFileName(
        &window_, tr("Import a table"), folder,
        tr("Tables (%1);;All files (*)").arg(QString::fromStdString(io::readablePatterns())));
    if (!path.isEmpty())
        import(path);
}

void FileFlow::askAndEncode() {
    if (workbench_.encoding()) {
        parts_->message->say(MessageBar::Kind::Warning,
                             tr("A catalogue is being encoded; the list of jobs shows how far."));
        return;
    }
    const auto catalogue = workbench_.catalogue();
    const bool hasPixels = catalogue && (catalogue->images.count > 0 || catalogue->spectra.count > 0);
    EncodeDialog dialog(bridge_, hasPixels ? QString::fromStdString(catalogue->path.string()) : QString(),
                        &window_);
    dialog.setTheme(state_.now().dark ? darkTheme() : lightTheme());
    if (dialog.exec() == QDialog::Accepted)
        workbench_.encode(dialog.options());
}

/// The name tells studies from the catalogues beside them.
void FileFlow::askAndSave(const std::function<void()>& then) {
    if (!workbench_.study())
        return;
    const QFileInfo info(workbench_.path());
    QString stem = info.completeBaseName();
    if (!stem.endsWith("_study"))
        stem += "_study";
    QString path =
        QFileDialog::getSaveFileName(&window_, tr("Save the study"), info.absolutePath() + '/' + stem + ".h5",
                                     tr("Studies (*_study.h5);;HDF5 files (*.h5)"));
    if (path.isEmpty())
        return;
    if (QFileInfo(path).suffix().isEmpty())
        path += path.endsWith("_study") ? ".h5" : "_study.h5";
    workbench_.save(path, then);
}

void FileFlow::remember(const QString& path) {
    rememberFile(path);
    Q_EMIT recentChanged();
}

void FileFlow::askBeforeClosing(QCloseEvent* event) {
    const Answer answer = askBefore(tr("quit"), secondsWorthAsking_);
    event->setAccepted(answer == Answer::GoOn);
    if (answer == Answer::SaveFirst)
        askAndSave([this] { Q_EMIT closeWanted(); });
}

} // namespace penumbra::gui
