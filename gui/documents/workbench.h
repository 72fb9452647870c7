#pragma once

#include "core/base/option_set.h"
#include "core/catalogue/doctor.h"
#include "gui/documents/map_list.h"
#include "gui/documents/open_file.h"
#include "gui/documents/run_list.h"
#include "gui/jobs/job_bridge.h"
#include "gui/jobs/latest_only.h"
#include "gui/jobs/task.h"

#include <QElapsedTimer>
#include <QObject>
#include <QString>

#include <filesystem>
#include <functional>

namespace penumbra::session {
struct StoredArray;
}

namespace penumbra::gui {

/// What the window is about: the open catalogue and study, and the work on them. It starts jobs and tells
/// when values change; it shows nothing.
class Workbench : public QObject {
    Q_OBJECT
public:
    explicit Workbench(JobBridge& bridge, QObject* parent = nullptr);

    /// Reads a file and takes it in place of what is open; a study that runs is given up only then. `then`
    /// goes on from there; it is forgotten where the file cannot be read, or another is opened meanwhile.
    void open(const QString& path, std::function<void(const OpenedFile& file)> then = {},
              const Located& located = {});
    bool handlesFiles() const { return open_.running() || writing_ > 0; } ///< opens or writes one
    /// Makes a catalogue from a raw table in the background; imported() tells of it.
    void import(const OptionSet& options);
    /// Runs a study on the open catalogue; methods appear one by one through studyChanged().
    void run(const OptionSet& options);
    void cancelRun();
    /// Shows a study of the list again: at once where it is of the open catalogue, else in place of what is
    /// open. @throws Error while a study runs
    void showRun(int id);
    RunList& runs() { return runs_; }
    const RunList& runs() const { return runs_; }
    MapList& maps() { return maps_; } ///< of the open catalogue
    const MapList& maps() const { return maps_; }
    int shownRun() const { return shownRun_; }           ///< 0: none, or one that is being made
    double runSeconds() const { return run_.seconds(); } ///< 0: no study runs
    /// Runs the encode command; the open catalogue stays as it is.
    void encode(const OptionSet& options);
    bool encoding() const { return encode_.running(); }
    /// Recalibrates the study for another alpha; requests made meanwhile replace each other.
    void setAlpha(double alpha);
    void setShownTarget(const std::string& target) { shownTarget_ = target; } ///< scored first at a new alpha
    /// Writes a study of the list, else (0) the one shown, in the background; `then` goes on when it is
    /// written.
    void save(const QString& path, std::function<void()> then = {}, int run = 0);
    /// A study that holds what `from` holds, and more methods: it takes the place of that one, and has not
    /// been saved. Where another is open by now it is dropped, and failed() says so.
    /// @param recipes what puts its new methods on new galaxies: written with the study
    void takeRepaired(const std::shared_ptr<const Study>& study, const std::shared_ptr<const Study>& from,
                      const std::vector<session::StoredArray>& recipes);
    /// It has been written there in another way.
    void tookSaved(const std::shared_ptr<const Study>& study, const QString& path);
    /// Before anything is written there: @throws UsageError if the open file, its catalogue or the study's
    /// would be replaced.
    void checkOutput(const QString& path) const;

    bool running() const { return run_.running(); }
    bool unsaved() const { return unsaved_; }
    /// Writes a study with its networks; to be called on a worker. Returns what is to be told: that those of
    /// the file it came from can no longer be read.
    using Writer = std::function<std::string(const Study& study, const std::filesystem::path& path,
                                             const RunContext& context)>;
    Writer studyWriter() const; ///< of the study shown
    static Writer writerOf(const Run& run);
    double alpha() const { return alpha_; }
    QString path() const { return path_; }           ///< of the open file
    QString studyPath() const { return studyPath_; } ///< where the study lies; empty: it has not been saved
    std::shared_ptr<const Study> baseStudy() const { return base_; } ///< as run or read
    std::shared_ptr<const Catalogue> catalogue() const { return catalogue_; }
    std::shared_ptr<const Study> study() const { return shown_; } ///< at alpha()
    const std::vector<std::string>& notes() const { return notes_; }

Q_SIGNALS:
    void opened(const penumbra::gui::OpenedFile& file);
    /// Files that a session builds upon were not found: it has not been opened.
    void filesMissing(const penumbra::gui::OpenedFile& session);
    void alphaChanged(double alpha); ///< not by setAlpha(): of a study that is run, or the only one left
    void studyChanged();
    void runningChanged(bool running);
    void ran(double seconds); ///< a study has finished, not cancelled, after so long
    void cancelled();         ///< a run, by the user; partial results stay
    /// Rows in, rows in quarantine. `openThen`: the file that was open when it began.
    void imported(const QString& path, const QString& sentence, const QString& openThen);
    /// Of the file opened last; null: the check was cancelled or failed.
    void examined(std::shared_ptr<const doctor::Report> report);
    void saved(const QString& path);
    void encoded(const QString& path, const QString& summary, const QString& openThen);
    void unsavedChanged(bool unsaved);
    void notesChanged();
    void failed(const QString& message);

private:
    void accept(const OpenedFile& file);
    void show(std::shared_ptr<const Study> study);
    void examine(const OpenedFile& file);
    void takeStudy(std::shared_ptr<const Study> study);
    void endRun(const JobEnd& end);
    void keepRun(const QString& name);
    void keepRunsOf(const OpenedFile& file);
    void follow();
    void tell(const JobEnd& end); ///< by failed(), where it failed
    void checkCatalogueStays(const QString& path) const;
    void setUnsaved(bool unsaved);
    void addNotes(const std::vector<std::string>& notes);

    JobBridge& bridge_;
    LatestOnly recalibration_;
    QString path_, studyPath_;
    int writing_ = 0; ///< files on their way
    std::shared_ptr<const Catalogue> catalogue_;
    std::shared_ptr<const io::Table> table_; ///< a raw table
    std::shared_ptr<const Study> base_;      ///< as run or read
    std::shared_ptr<const Study> shown_;     ///< base_ at alpha_
    /// What base_'s file keeps for new galaxies: of a study that was run, or in the file it was read from.
    std::shared_ptr<const std::vector<session::StoredArray>> networks_;
    QString networksFrom_;
    std::shared_ptr<const std::vector<session::StoredArray>> recipes_; ///< of repairs made since it was read
    std::vector<std::string> notes_;
    double alpha_ = 0.1;
    bool unsaved_ = false;
    RunList runs_;
    MapList maps_;
    int shownRun_ = 0, formerRun_ = 0; ///< former: shown before the one that is being made
    std::string shownTarget_;
    QElapsedTimer runClock_;
    Task open_, check_, run_, encode_;
};

} // namespace penumbra::gui
