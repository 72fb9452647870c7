#pragma once

#include "gui/jobs/job_bridge.h"

#include <optional>

namespace penumbra::gui {

/// Background work of which only the newest request matters (a slider, a plot that follows it): at most one
/// runs, and requests made meanwhile replace each other. Never shown in the list of jobs. It runs on the
/// screen's lane, so that neither training nor a file holds up what is on screen.
class LatestOnly : public QObject {
    Q_OBJECT
public:
    LatestOnly(JobBridge& bridge, QString title, QObject* parent, jobs::Lane lane = jobs::Lane::Screen);
    /// `unfinished`: where it failed or was cancelled.
    void request(JobBridge::Work work, JobBridge::Ended unfinished = {});
    bool busy() const { return running_; }
    /// Forgets what has not started and drops the result of what runs.
    void abandon();

private:
    struct Pending {
        JobBridge::Work work;
        JobBridge::Ended unfinished;
    };
    void start(Pending pending);
    void finished();

    JobBridge& bridge_;
    QString title_;
    jobs::Lane lane_;
    bool running_ = false;
    quint64 generation_ = 0;
    std::optional<Pending> pending_;
};

} // namespace penumbra::gui
