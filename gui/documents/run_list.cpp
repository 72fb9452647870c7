#include "gui/documents/run_list.h"

#include "core/base/error.h"

#include <QFileInfo>
#include <QStringList>

#include <algorithm>
#include <utility>

namespace penumbra::gui {

Run* RunList::mutableFind(int id) {
    const auto found =
        std::find_if(runs_.begin(), runs_.end(), [id](const Run& run) { return run.id == id; });
    return found == runs_.end() ? nullptr : &*found;
}

const Run* RunList::find(int id) const {
    const auto found =
        std::find_if(runs_.begin(), runs_.end(), [id](const Run& run) { return run.id == id; });
    return found == runs_.end() ? nullptr : &*found;
}

const Run& RunList::named(const QString& name) const {
    QStringList names;
    for (const Run& run : runs_) {
        if (run.name == name)
            return run;
        names << run.name;
    }
    throw Error((names.isEmpty()
                     ? QObject::tr("There is no run yet: run a study, or open one.")
                     : QObject::tr("There is no run '%1'. There are: %2.").arg(name, names.join(", ")))
                    .toStdString());
}

const Run* RunList::ofFile(const QString& path) const {
    const QString place = QFileInfo(path).absoluteFilePath();
    const auto found = std::find_if(runs_.begin(), runs_.end(), [&](const Run& run) {
        return !run.studyPath.isEmpty() && QFileInfo(run.studyPath).absoluteFilePath() == place;
    });
    return found == runs_.end() ? nullptr : &*found;
}

std::vector<const Run*> RunList::unsaved() const {
    std::vector<const Run*> list;
    for (const Run& run : runs_)
        if (run.unsaved())
            list.push_back(&run);
    return list;
}

bool RunList::isFree(const QString& name) const {
    return std::none_of(runs_.begin(), runs_.end(), [&](const Run& run) { return run.name == name; });
}

int RunList::add(Run run) {
    run.id = ++last_;
    const QString wanted = run.name.isEmpty() ? tr("run %1").arg(run.id) : run.name;
    run.name = wanted;
    for (int number = 2; !isFree(run.name); ++number)
        run.name = QStringLiteral("%1 (%2)").arg(wanted).arg(number);
    runs_.push_back(std::move(run));
    Q_EMIT changed();
    return last_;
}

void RunList::rename(int id, const QString& name) {
    Run* run = mutableFind(id);
    const QString wanted = name.trimmed();
    if (!run || run->name == wanted)
        return;
    if (wanted.isEmpty())
        throw Error(tr("A run needs a name.").toStdString());
    if (!isFree(wanted))
        throw Error(tr("Another run is called '%1'.").arg(wanted).toStdString());
    run->name = wanted;
    Q_EMIT changed();
}

void RunList::remove(int id) {
    if (std::erase_if(runs_, [id](const Run& run) { return run.id == id; }) > 0)
        Q_EMIT changed();
}

void RunList::setSaved(int id, const QString& path) {
    if (Run* run = mutableFind(id)) {
        run->studyPath = path;
        Q_EMIT changed();
    }
}

} // namespace penumbra::gui
