#pragma once

#include "core/base/option_set.h"
#include "core/catalogue/doctor.h"
#include "gui/jobs/job_bridge.h"
#include "gui/jobs/latest_only.h"
#include "gui/window/open_file.h"

#include <QObject>
#include <QString>

namespace penumbra::gui {

/// What the window is about: the open catalogue and study, and the work on them. It starts jobs and tells
/// when values change; it shows nothing.
class Workbench : public QObject {
    Q_OBJECT
public:
    explicit Workbench(JobBridge& bridge, QObject* parent = nullptr);

    void open(const QString& path);
    /// Makes a catalogue from a raw table in the background and opens it.
    void import(const OptionSet& options);
    /// Runs a study on the open catalogue; methods appear one by one through studyChanged().
    void run(const OptionSet& options);
    void cancelRun();
    /// Runs the encode command; the open catalogue stays as it is.
    void encode(const OptionSet& options);
    bool encoding() const { return encodeJob_ != 0; }
    /// Recalibrates the study for another alpha; requests made meanwhile replace each other.
    void setAlpha(double alpha);
    void save(const QString& path);
    /// Before anything is written there: @throws UsageError if the open file, its catalogue or the study's
    /// would be replaced.
    void checkOutput(const QString& path) const;

    bool running() const { return runJob_ != 0; }
    bool unsaved() const { return unsaved_; }
    double alpha() const { return alpha_; }
    QString path() const { return path_; } ///< of the open file
    std::shared_ptr<const Catalogue> catalogue() const { return catalogue_; }
    std::shared_ptr<const Study> study() const { return shown_; } ///< at alpha()
    const std::vector<std::string>& notes() const { return notes_; }

Q_SIGNALS:
    void opened(const penumbra::gui::OpenedFile& file);
    void studyChanged();
    void runningChanged(bool running);
    void cancelled();             ///< a run, by the user
    void runEnded(bool finished); ///< false: cancelled or failed, partial results stay
    void imported(const QString& path, const QString& sentence); ///< rows in, rows in quarantine
    void examined(std::shared_ptr<const doctor::Report> report); ///< of the file opened last
    void saved(const QString& path);
    void encoded(const QString& path, const QString& summary);
    void unsavedChanged(bool unsaved);
    void notesChanged();
    void failed(const QString& message);

private:
    void accept(const OpenedFile& file);
    void examine(const OpenedFile& file);
    void takeStudy(std::shared_ptr<const Study> study);
    void follow();
    void checkCatalogueStays(const QString& path) const;
    void setUnsaved(bool unsaved);
    void addNotes(const std::vector<std::string>& notes);

    JobBridge& bridge_;
    LatestOnly recalibration_;
    QString path_;
    std::shared_ptr<const Catalogue> catalogue_;
    std::shared_ptr<const io::Table> table_; ///< a raw table
    std::shared_ptr<const Study> base_;      ///< as run or read
    std::shared_ptr<const Study> shown_;     ///< base_ at alpha_
    std::vector<std::string> notes_;
    double alpha_ = 0.1;
    bool unsaved_ = false;
    jobs::JobId runJob_ = 0;
    jobs::JobId openJob_ = 0;
    jobs::JobId encodeJob_ = 0;
    jobs::JobId examineJob_ = 0;
    quint64 runNumber_ = 0; ///< partial results of an abandoned run are ignored
};

} // namespace penumbra::gui
