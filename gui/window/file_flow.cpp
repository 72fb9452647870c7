#include "gui/window/file_flow.h"

#include "core/io/table_reader.h"
#include "gui/dialogs/encode_dialog.h"
#include "gui/dialogs/import_dialog.h"
#include "gui/documents/recent_files.h"
#include "gui/documents/workbench.h"
#include "gui/pages/doctor_page.h"
#include "gui/pages/page.h"
#include "gui/pages/raw_table_page.h"
#include "gui/pages/start_screen.h"
#include "gui/pages/study_page.h"
#include "gui/panels/data_summary.h"
#include "gui/panels/message_bar.h"
#include "gui/state/app_state.h"
#include "gui/window/session_keeper.h"
#include "gui/window/window_parts.h"

#include <QCloseEvent>
#include <QFileDialog>
#include <QFileInfo>
#include <QTimer>

#include <utility>

namespace penumbra::gui {

namespace {

QString toOpen(const QString& path) {
    return QObject::tr("open %1").arg(QFileInfo(path).fileName());
}

} // namespace

FileFlow::FileFlow(QWidget& window, AppState& state, Workbench& workbench, SessionKeeper& sessions,
                   JobBridge& bridge, std::filesystem::path sample)
    : QObject(&window), window_(window), state_(state), workbench_(workbench), sessions_(sessions),
      bridge_(bridge), leaving_(window, workbench, bridge, sessions), sample_(std::move(sample)) {}

/// What was saved first is not all that may be asked about.
void FileFlow::proceed(const QString& what, const std::function<void()>& then) {
    using Answer = Leaving::Answer;
    const Answer answer = leaving_.ask(what, JobBridge::LostWith::File, 0.0);
    if (answer == Answer::SaveSession)
        askAndSaveSession([this, what, then] { proceed(what, then); });
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

/// A catalogue that was made meanwhile is opened unless that would end something: a study, or the work on
/// another file.
void FileFlow::openMade(const QString& path, const QString& sentence, const QString& openThen) {
    const bool works = workbench_.running() || workbench_.unsaved();
    if (works || closeWhenFinished_ || workbench_.path() != openThen || !sessions_.keepsSubsets()) {
        parts_->message->say(MessageBar::Kind::Information,
                             (works ? tr("%1\n%2 can be opened when the study has been saved.")
                                    : tr("%1\n%2 is among the recent files."))
                                 .arg(sentence, path));
        remember(path);
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
    parts_->summary->setFile(file);
    parts_->study->setFile(file);
    for (Page* page : parts_->pages)
        page->forgetChoices();
    isRawTable_ = file.isRawTable;
    if (isRawTable_)
        parts_->rawTable->setFile(file);
    else
        parts_->doctor->setFile(file);
    showFile();
    if (!file.session && !file.isRawTable && !file.shownAgain && !(scripted_ && scripted_()))
        showFirstPage(file);
    if (file.session) {
        state_.takeChoices(file.session->choices);
        Q_EMIT layoutWanted(QByteArray::fromBase64(QByteArray::fromStdString(file.session->layout)));
        sessions_.opened(QString::fromStdString(file.sessionPath.string()));
    }
    Q_EMIT titleChanged();
}

void FileFlow::showStart() {
    parts_->start->setOpenFile(QFileInfo(workbench_.path()).fileName());
    Q_EMIT spaceWanted(parts_->start);
}

void FileFlow::showFile() {
    Q_EMIT spaceWanted(isRawTable_ ? static_cast<QWidget*>(parts_->rawTable) : parts_->workspace);
}

/// A catalogue is opened to run a study of it, a study to look at it.
void FileFlow::showFirstPage(const OpenedFile& file) {
    const std::string& page = state_.now().page;
    if (file.study ? page == "study" : page == "compare")
        state_.takePage(file.study ? "compare" : "study");
}

/// Serious findings are said at once; the others wait on the page.
void FileFlow::showReport(const std::shared_ptr<const doctor::Report>& report) {
    if (isRawTable_)
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

void FileFlow::askAndSaveSession(const std::function<void()>& then) {
    const QFileInfo info(workbench_.path());
    QString path = QFileDialog::getSaveFileName(
        &window_, tr("Save the session"), info.absolutePath() + '/' + info.completeBaseName() + ".penumbra",
        tr("Sessions (*.penumbra)"));
    if (path.isEmpty())
        return;
    if (QFileInfo(path).suffix().isEmpty())
        path += ".penumbra";
    sessions_.saveTo(path, then);
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
    ImportDialog dialog(parts_->rawTable->file(), parts_->rawTable->report(), bridge_,
                        themeOf(state_.now().dark), &window_);
    if (dialog.exec() == QDialog::Accepted)
        workbench_.import(dialog.options());
}

/// The study shown stays in the list of runs.
void FileFlow::run() {
    if (!parts_->study->canRun())
        return;
    parts_->message->hide();
    workbench_.run(parts_->study->options());
    if (state_.now().page == "study")
        state_.takePage("compare");
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
    dialog.setTheme(themeOf(state_.now().dark));
    if (dialog.exec() == QDialog::Accepted)
        workbench_.encode(dialog.options());
}

/// The name tells studies from the catalogues beside them.
void FileFlow::askAndSave(const std::function<void()>& then, int run) {
    const Run* other = workbench_.runs().find(run);
    if (!workbench_.study() && !other)
        return;
    const QFileInfo info(other ? other->filePath : workbench_.path());
    QString stem = info.completeBaseName();
    if (other && run != workbench_.shownRun())
        stem += '_' + QString(other->name).replace(' ', '_');
    if (!stem.endsWith("_study"))
        stem += "_study";
    QString path = QFileDialog::getSaveFileName(
        &window_, other ? tr("Save %1").arg(other->name) : tr("Save the study"),
        info.absolutePath() + '/' + stem + ".h5", tr("Studies (*_study.h5);;HDF5 files (*.h5)"));
    if (path.isEmpty())
        return;
    if (QFileInfo(path).suffix().isEmpty())
        path += path.endsWith("_study") ? ".h5" : "_study.h5";
    workbench_.save(path, then, run);
}

/// The one that is looked at first.
void FileFlow::askAndSaveUnsaved(const std::function<void()>& then) {
    const std::vector<const Run*> unsaved = workbench_.runs().unsaved();
    if (unsaved.empty())
        return;
    const Run* shown = workbench_.runs().find(workbench_.shownRun());
    askAndSave(then, shown && shown->unsaved() ? shown->id : unsaved.front()->id);
}

void FileFlow::showRun(int id) {
    const Run* run = workbench_.runs().find(id);
    if (!run)
        return;
    if (run->catalogue == workbench_.catalogue())
        workbench_.showRun(id);
    else
        proceed(tr("show %1").arg(run->name), [this, id] { workbench_.showRun(id); });
}

void FileFlow::askAndRemoveRun(int id) {
    const Run* run = workbench_.runs().find(id);
    if (!run || id == workbench_.shownRun())
        return;
    if (!run->unsaved() || leaving_.agrees("removeRunQuestion", tr("Remove %1?").arg(run->name),
                                           tr("%1 has not been saved. Give it up?").arg(run->name),
                                           tr("&Give it up"), tr("&Keep it")))
        workbench_.runs().remove(id);
}

void FileFlow::remember(const QString& path) {
    rememberFile(path);
    Q_EMIT recentChanged();
}

void FileFlow::askBeforeClosing(QCloseEvent* event) {
    using Answer = Leaving::Answer;
    const Answer answer = leaving_.ask(tr("quit"), JobBridge::LostWith::Window, secondsWorthAsking_);
    event->setAccepted(answer == Answer::GoOn);
    const auto again = [this] { Q_EMIT closeWanted(); };
    if (answer == Answer::SaveStudy)
        askAndSaveUnsaved(again);
    else if (answer == Answer::SaveSession)
        askAndSaveSession(again);
    else if (answer == Answer::WhenFinished)
        closeWhenFinished();
}

void FileFlow::closeWhenFinished() {
    parts_->message->say(MessageBar::Kind::Information, tr("The window closes when that is finished."));
    if (std::exchange(closeWhenFinished_, true))
        return;
    connect(&bridge_, &JobBridge::jobEnded, this, [this](const jobs::JobStatus& status) {
        if (!closeWhenFinished_)
            return;
        if (status.state != jobs::JobState::Done)
            closeWhenFinished_ = false; // it failed, or was given up: to be looked at
        else if (bridge_.lostWith(JobBridge::LostWith::Window, secondsWorthAsking_).isEmpty())
            QTimer::singleShot(0, this, &FileFlow::closeWanted);
    });
}

} // namespace penumbra::gui
