#include "gui/window/session_keeper.h"

#include "core/base/error.h"
#include "core/session/maps_file.h"
#include "gui/documents/workbench.h"

#include <QDateTime>
#include <QDir>
#include <QFileInfo>
#include <QLockFile>
#include <QMainWindow>
#include <QStandardPaths>
#include <QTimer>

#include <unistd.h>
#include <utility>

namespace penumbra::gui {

namespace fs = std::filesystem;

namespace {

constexpr int soonMs = 300;

/// `what`: "study", "maps"
QString beside(const QString& session, const char* what) {
    const QFileInfo info(session);
    return QStringLiteral("%1/%2_%3.h5")
        .arg(info.absolutePath(), info.completeBaseName(), QLatin1String(what));
}

/// A file that another session may build upon is not replaced; this one's own is.
fs::path freePath(const fs::path& session, const char* what, std::optional<FileReference> Session::*part) {
    const fs::path wanted = beside(QString::fromStdString(session.string()), what).toStdString();
    std::error_code problem;
    try {
        if (fs::exists(session, problem) && isSessionFile(session)) {
            const Session former = readSession(session);
            if (former.*part && (former.*part)->relative == wanted.filename())
                return wanted;
        }
    } catch (const Error&) { // a damaged one is no reason to keep a name
    }
    fs::path free = wanted;
    for (int i = 2; fs::exists(free, problem); ++i)
        free = wanted.parent_path() / (wanted.stem().string() + "_" + std::to_string(i) + ".h5");
    return free;
}

/// Where the window's own session keeps a run that has not been saved.
fs::path runBeside(const fs::path& session, int run) {
    return session.parent_path() / (session.stem().string() + "_run" + std::to_string(run) + ".h5");
}

} // namespace

/// Files are read once for their hash, unless they change.
struct SessionKeeper::Hashes {
    struct Known {
        fs::file_time_type changed;
        FileReference reference;
    };
    std::map<fs::path, Known> known;
    FileReference of(const fs::path& file, const fs::path& folder, const RunContext& context) {
        std::error_code problem;
        const auto changed = fs::last_write_time(file, problem);
        const auto size = fs::file_size(file, problem);
        const auto found = known.find(file);
        if (found != known.end() && found->second.changed == changed &&
            found->second.reference.size == size) {
            FileReference reference = found->second.reference;
            const fs::path relative = fs::relative(file, folder, problem);
            reference.relative = problem ? file.filename().string() : relative.string();
            return reference;
        }
        const FileReference reference = referTo(file, folder, context);
        known[file] = {changed, reference};
        return reference;
    }
};

struct SessionKeeper::Contents {
    Choices choices;
    std::string layout;
    fs::path catalogue, table, studyFile;
    std::shared_ptr<const Study> unsaved;               ///< to be written beside the session
    std::vector<std::shared_ptr<const MapPlaces>> maps; ///< lie, or are to be written, at mapsPath
    fs::path mapsPath;
    bool mapsLieThere = false;
    std::string shownRun;
    std::vector<Run> runs;   ///< the others
    Workbench::Writer write; ///< writes it
    std::shared_ptr<Hashes> hashes;
};

SessionKeeper::SessionKeeper(AppState& state, Workbench& bench, JobBridge& bridge, QMainWindow& window)
    : state_(state), bench_(bench), bridge_(bridge), window_(window),
      keeping_(bridge, tr("Keep the session"), this, jobs::Lane::Io), soon_(new QTimer(this)),
      hashes_(std::make_shared<Hashes>()) {
    soon_->setSingleShot(true);
    soon_->setInterval(soonMs);
    connect(soon_, &QTimer::timeout, this, &SessionKeeper::autosave);
    state_.watch(allParts, this, [this](const ViewState& now, Parts) {
        if (!now.path.empty() && !ended_ && !soon_->isActive())
            soon_->start();
    });
    connect(&bench_.runs(), &RunList::changed, this, [this] {
        if (!bench_.path().isEmpty() && !ended_ && !soon_->isActive())
            soon_->start();
    });
    connect(&bench_.maps(), &MapList::madeChanged, this, [this] {
        if (!bench_.path().isEmpty() && !ended_ && !soon_->isActive())
            soon_->start();
    });
    const QString name = QDateTime::currentDateTime().toString("yyyyMMdd-hhmmss-zzz");
    own_ = QStringLiteral("%1/%2-%3.penumbra").arg(folder(), name).arg(::getpid());
}

SessionKeeper::~SessionKeeper() = default;

QString SessionKeeper::folder() {
    return QStandardPaths::writableLocation(QStandardPaths::AppDataLocation) + "/recovery";
}

SessionKeeper::Contents SessionKeeper::contents() const {
    Contents contents;
    contents.choices = state_.now().choices();
    contents.layout = window_.saveState().toBase64().toStdString();
    if (const auto catalogue = bench_.catalogue()) {
        contents.catalogue = catalogue->path;
        contents.maps = bench_.maps().made();
    }
    if (const auto study = bench_.baseStudy(); study && !bench_.running()) {
        contents.studyFile = bench_.studyPath().toStdString();
        if (contents.studyFile.empty() && !study->scores.empty())
            contents.unsaved = study;
        contents.write = bench_.studyWriter();
        for (const Run& run : bench_.runs().all())
            if (run.id == bench_.shownRun())
                contents.shownRun = run.name.toStdString();
    } else if (contents.catalogue.empty()) {
        contents.table = bench_.path().toStdString();
    }
    for (const Run& run : bench_.runs().all())
        if (run.id != bench_.shownRun())
            contents.runs.push_back(run);
    contents.hashes = hashes_;
    return contents;
}

/// On a worker. `studyPath`: for a study that has not been saved; it stands there after that.
Session SessionKeeper::write(const Contents& contents, const fs::path& path, const fs::path& studyPath,
                             const RunContext& context) {
    const fs::path folder = fs::absolute(path).parent_path();
    Session session;
    session.choices = contents.choices;
    session.layout = contents.layout;
    if (contents.unsaved)
        contents.write(*contents.unsaved, studyPath, context);
    const fs::path study = contents.studyFile.empty() ? studyPath : contents.studyFile;
    if (!study.empty())
        session.study = contents.hashes->of(study, folder, context);
    if (!contents.catalogue.empty())
        session.catalogue = contents.hashes->of(contents.catalogue, folder, context);
    if (!contents.maps.empty()) {
        std::vector<Samples> maps;
        if (!contents.mapsLieThere)
            for (const auto& places : contents.maps)
                maps.push_back(samplesOf(*places));
        if (!maps.empty())
            session::writeMaps(contents.mapsPath, maps, contents.maps.front()->x.size(),
                               session.catalogue->hash, context);
        session.maps = contents.hashes->of(contents.mapsPath, folder, context);
    }
    if (!contents.table.empty())
        session.table = contents.hashes->of(contents.table, folder, context);
    session.shownRun = contents.shownRun;
    for (const Run& run : contents.runs) {
        std::error_code problem;
        const fs::path place =
            run.unsaved() ? runBeside(path, run.id) : fs::path(run.studyPath.toStdString());
        if (!fs::is_regular_file(place, problem))
            continue; // not saved, and the session is not of the kind that keeps such; or gone since
        session.runs.push_back({run.name.toStdString(), run.when.toString(Qt::ISODate).toStdString(),
                                contents.hashes->of(place, folder, context), run.unsaved()});
    }
    return session;
}

bool SessionKeeper::keepsSubsets() const {
    const std::vector<Subset>& subsets = state_.now().subsets;
    return subsets.empty() || subsets == savedSubsets_;
}

void SessionKeeper::saveTo(const QString& path, const std::function<void()>& then) {
    if (bench_.path().isEmpty())
        throw Error("Nothing is open that a session could keep.");
    if (bench_.running())
        throw Error("A study is running: a session can be saved when it has ended.");
    bench_.checkOutput(path);
    Contents what = contents();
    const fs::path file = fs::absolute(path.toStdString());
    const fs::path studyPath = what.unsaved ? freePath(file, "study", &Session::study) : fs::path();
    if (!what.maps.empty())
        what.mapsPath = freePath(file, "maps", &Session::maps);
    ++saving_;
    const auto work = [this, what, file, studyPath, path, then](RunContext& context) -> Delivery {
        writeSession(write(what, file, studyPath, context), file);
        return [this, what, studyPath, path, then] {
            --saving_;
            savedSubsets_ = what.choices.subsets;
            if (what.unsaved)
                bench_.tookSaved(what.unsaved, QString::fromStdString(studyPath.string()));
            Q_EMIT saved(path);
            if (then)
                then();
        };
    };
    bridge_.start({tr("Save session %1").arg(QFileInfo(path).fileName()), jobs::Lane::Io, false,
                   JobBridge::LostWith::Window},
                  this, work, [this](const JobEnd& end) {
                      --saving_;
                      if (end.failed())
                          Q_EMIT failed(end.error);
                  });
}

/// What cannot be kept is not lost yet: no question and no message.
void SessionKeeper::autosave() {
    if (ended_ || bench_.path().isEmpty() || !QDir().mkpath(folder()))
        return;
    if (!lock_) {
        lock_ = std::make_unique<QLockFile>(own_ + ".lock");
        lock_->setStaleLockTime(0); // held as long as the process lives
        if (!lock_->tryLock(0))
            return;
    }
    Contents what = contents();
    const auto kept = what.unsaved;
    const fs::path study = what.unsaved ? fs::path(beside(own_, "study").toStdString()) : fs::path();
    if (what.unsaved == keptStudy_)
        what.unsaved.reset(); // stands there already
    what.mapsPath = beside(own_, "maps").toStdString();
    what.mapsLieThere = what.maps == keptMaps_;
    const auto work = [this, what, kept, study, own = own_](RunContext& context) -> Delivery {
        for (const Run& run : what.runs) { // those that another session may have kept lie there already
            const fs::path place = runBeside(own.toStdString(), run.id);
            std::error_code problem;
            if (run.unsaved() && !fs::exists(place, problem))
                Workbench::writerOf(run)(*run.study, place, context);
        }
        Session session = write(what, own.toStdString(), study, context);
        session.studyIsUnsaved = kept != nullptr;
        writeSession(session, own.toStdString());
        return [this, kept, maps = what.maps] {
            keptStudy_ = kept;
            keptMaps_ = maps;
            for (const QString& former : std::exchange(recovered_, {}))
                removeFiles(former);
        };
    };
    keeping_.request(work);
}

QStringList SessionKeeper::left() const {
    QStringList paths;
    const QDir place(folder());
    for (const QString& name : place.entryList({"*.penumbra"}, QDir::Files, QDir::Name | QDir::Reversed)) {
        const QString path = place.filePath(name);
        QLockFile lock(path + ".lock");
        lock.setStaleLockTime(0);
        if (path != own_ && lock.tryLock(0)) // nobody holds it
            paths << path;
    }
    return paths;
}

void SessionKeeper::opened(const QString& session) {
    savedSubsets_ = state_.now().subsets;
    if (QFileInfo(session).absolutePath() == QFileInfo(own_).absolutePath())
        recovered_ << session;
}

void SessionKeeper::removeFiles(const QString& session) {
    for (const QString& file :
         {session, beside(session, "study"), beside(session, "maps"), session + ".lock"})
        QFile::remove(file);
    const QFileInfo info(session);
    const QDir place = info.absoluteDir();
    for (const QString& run : place.entryList({info.completeBaseName() + "_run*.h5"}, QDir::Files))
        QFile::remove(place.filePath(run));
}

void SessionKeeper::end() {
    if (std::exchange(ended_, true))
        return;
    soon_->stop();
    keeping_.abandon();
    const bool kept = lock_ != nullptr;
    lock_.reset(); // it removes its own file
    if (kept)
        removeFiles(own_);
    for (const QString& former : std::exchange(recovered_, {}))
        removeFiles(former);
}

} // namespace penumbra::gui
