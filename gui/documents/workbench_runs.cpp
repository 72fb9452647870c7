// The list of runs, and what is shown of it: a part of Workbench.
#include "core/base/error.h"
#include "gui/documents/workbench.h"

#include <QFileInfo>

namespace penumbra::gui {

/// Methods that have finished stay; where none has, what was shown before is shown again.
void Workbench::endRun(const JobEnd& end) {
    addNotes(end.notes);
    tell(end);
    if (end.how == JobEnd::How::Finished)
        return;
    if (base_ && !base_->scores.empty())
        keepRun(tr("run %1 (not finished)").arg(runs_.all().size() + 1));
    else if (runs_.find(formerRun_))
        showRun(formerRun_);
    if (end.cancelled())
        Q_EMIT cancelled();
}

void Workbench::keepRun(const QString& name) {
    Run run;
    run.name = name;
    run.when = QDateTime::currentDateTime();
    run.study = base_;
    run.catalogue = catalogue_;
    run.filePath = path_;
    run.studyPath = studyPath_;
    run.networks = networks_;
    run.networksFrom = networksFrom_;
    run.recipes = recipes_;
    run.notes = notes_;
    shownRun_ = runs_.add(std::move(run));
}

/// A file that is opened anew takes its former place; those that a session knows come along.
void Workbench::keepRunsOf(const OpenedFile& file) {
    for (const OpenedRun& opened : file.runs) {
        Run run;
        run.name = opened.name;
        run.when = opened.when;
        run.study = opened.study;
        run.catalogue = opened.study->catalogueHash == (base_ ? base_->catalogueHash : std::string())
                            ? catalogue_
                            : nullptr;
        run.studyPath = opened.unsaved ? QString() : opened.path;
        run.filePath = run.catalogue ? path_ : opened.path;
        run.networks = opened.networks;
        run.networksFrom = run.studyPath;
        if (run.studyPath.isEmpty() || !runs_.ofFile(run.studyPath))
            runs_.add(std::move(run));
    }
    if (!base_)
        return;
    QString name = file.session && !file.session->shownRun.empty()
                       ? QString::fromStdString(file.session->shownRun)
                       : QFileInfo(studyPath_).completeBaseName();
    if (const Run* former = studyPath_.isEmpty() ? nullptr : runs_.ofFile(studyPath_)) {
        name = former->name;
        runs_.remove(former->id);
    }
    keepRun(name);
}

void Workbench::showRun(int id) {
    if (running())
        throw Error("A study is running: another can be shown when it has ended.");
    const Run* found = runs_.find(id);
    if (!found || id == shownRun_)
        return;
    const Run run = *found;
    const bool sameGalaxies = catalogue_ == run.catalogue ||
                              (base_ && run.catalogue && catalogue_ && !base_->catalogueHash.empty() &&
                               base_->catalogueHash == run.study->catalogueHash);
    if (!sameGalaxies) {
        OpenedFile file;
        file.path = run.filePath.toStdString();
        file.catalogue = run.catalogue;
        file.notes = run.notes;
        file.shownAgain = true;
        accept(file); // the catalogue first: what is chosen of its galaxies begins anew
    }
    recalibration_.abandon();
    networks_ = run.networks;
    networksFrom_ = run.networksFrom;
    recipes_ = run.recipes;
    studyPath_ = run.studyPath;
    base_ = run.study;
    shown_.reset();
    shownRun_ = id;
    setUnsaved(run.unsaved());
    notes_.clear();
    addNotes(run.notes);
    follow();
    Q_EMIT runs_.changed();
}

} // namespace penumbra::gui
