#pragma once

#include "gui/jobs/latest_only.h"
#include "gui/state/app_state.h"
#include "gui/state/session_file.h"

#include <QObject>
#include <QStringList>

#include <functional>
#include <map>

class QLockFile;
class QMainWindow;
class QTimer;

namespace penumbra::gui {

class Workbench;
struct MapPlaces;

/// Writes what is open and how it is shown: where the user says, and a moment after every change into a file
/// of its own, which a window that ends in good order removes. One that was killed leaves it.
class SessionKeeper : public QObject {
    Q_OBJECT
public:
    SessionKeeper(AppState& state, Workbench& bench, JobBridge& bridge, QMainWindow& window);
    ~SessionKeeper() override;
    /// In the background. A study that has not been saved is written beside the session.
    /// `then` goes on when it is written.
    void saveTo(const QString& path, const std::function<void()>& then = {});
    /// Whether a session that was saved or opened holds the subsets there are.
    bool keepsSubsets() const;
    bool saving() const { return saving_ > 0; }
    QStringList left() const;            ///< by windows that were killed, newest first
    void opened(const QString& session); ///< one of those is removed when its contents are kept anew
    void end();                          ///< in good order: nothing is left
    static QString folder();             ///< where they lie
    QString ownFile() const { return own_; }

Q_SIGNALS:
    void saved(const QString& path);
    void failed(const QString& error);

private:
    /// What a job needs, as values.
    struct Contents;
    Contents contents() const;
    void autosave();
    static Session write(const Contents& contents, const std::filesystem::path& path,
                         const std::filesystem::path& studyPath, const RunContext& context);
    void removeFiles(const QString& session);
    AppState& state_;
    Workbench& bench_;
    JobBridge& bridge_;
    QMainWindow& window_;
    LatestOnly keeping_;
    QTimer* soon_;
    int saving_ = 0;
    bool ended_ = false;
    QString own_;
    std::unique_ptr<QLockFile> lock_;
    std::shared_ptr<const Study> keptStudy_;                 ///< lies beside own_
    std::vector<std::shared_ptr<const MapPlaces>> keptMaps_; ///< lie beside own_
    std::vector<Subset> savedSubsets_;                       ///< by the user
    QStringList recovered_;                                  ///< to be removed
    struct Hashes;
    std::shared_ptr<Hashes> hashes_; ///< used by jobs alone, one at a time
};

} // namespace penumbra::gui
