#pragma once

#include "gui/jobs/job_bridge.h"

#include <optional>

namespace penumbra::gui {

/// Background work of which only the newest request matters (a slider, a plot that follows it): at most one
/// runs, and requests made meanwhile replace each other. Never shown in the list of jobs.
class LatestOnly : public QObject {
    Q_OBJECT
public:
    LatestOnly(JobBridge& bridge, QString title, QObject* parent);
    void request(JobBridge::Work work, JobBridge::Ended failed = {});
    bool busy() const { return running_; }
    /// Forgets what has not started and drops the result of what runs.
    void abandon();

private:
    struct Pending {
        JobBridge::Work work;
        JobBridge::Ended failed;
    };
    void start(Pending pending);
    void finished();

    JobBridge& bridge_;
    QString title_;
    bool running_ = false;
    quint64 generation_ = 0;
    std::optional<Pending> pending_;
};

} // namespace penumbra::gui
