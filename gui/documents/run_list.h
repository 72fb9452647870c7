#pragma once

#include "core/catalogue/catalogue.h"
#include "core/eval/study.h"

#include <QDateTime>
#include <QObject>
#include <QString>

#include <memory>
#include <vector>

namespace penumbra::session {
struct StoredArray;
}

namespace penumbra::gui {

/// A study that was run or opened in this window, with what it takes to show it again at once.
struct Run {
    int id = 0;
    QString name;
    QDateTime when; ///< run, or read
    std::shared_ptr<const Study> study;
    std::shared_ptr<const Catalogue> catalogue; ///< null: it stands alone
    QString filePath;                           ///< of the file that was open
    QString studyPath;                          ///< where it lies; empty: it has not been saved
    /// What its file keeps for new galaxies: in memory, or in the file it was read from.
    std::shared_ptr<const std::vector<session::StoredArray>> networks;
    QString networksFrom;
    /// Of methods repaired in this window: kept beside those, for new galaxies.
    std::shared_ptr<const std::vector<session::StoredArray>> recipes = {};
    std::vector<std::string> notes;
    bool unsaved() const { return studyPath.isEmpty(); }
};

/// All studies of this window, in the order in which they came. Each has a name that no other has.
class RunList : public QObject {
    Q_OBJECT
public:
    using QObject::QObject;
    const std::vector<Run>& all() const { return runs_; }
    const Run* find(int id) const;                ///< null: none
    const Run& named(const QString& name) const;  ///< @throws Error naming what there is
    const Run* ofFile(const QString& path) const; ///< that lies there; null: none
    std::vector<const Run*> unsaved() const;
    /// Under its name, or one like it that is free; without a name "run 3". @returns its id
    int add(Run run);
    void rename(int id, const QString& name); ///< @throws Error where another has it, or it is empty
    void remove(int id);
    void setSaved(int id, const QString& path);

Q_SIGNALS:
    void changed();

private:
    Run* mutableFind(int id);
    bool isFree(const QString& name) const;
    std::vector<Run> runs_;
    int last_ = 0;
};

} // namespace penumbra::gui
