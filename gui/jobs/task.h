#pragma once

#include "gui/jobs/job_bridge.h"

#include <QElapsedTimer>

namespace penumbra::gui {

/// One kind of background work, of which at most one runs: its owner holds no job's number, and what a
/// former one still brings is dropped.
class Task : public QObject {
    Q_OBJECT
public:
    explicit Task(JobBridge& bridge, QObject* parent = nullptr);
    ~Task() override; ///< as abandon()

    /// Abandons the former work and starts this. Its delivery runs first, then `ended`, once, however it
    /// ended; running() is false in both.
    void start(const JobBridge::Request& request, JobBridge::Work work, JobBridge::Ended ended = {});
    /// Asks it to stop; `ended` tells when it has.
    void cancel();
    /// Asks it to stop; nothing of it is told or delivered any more, also what it has posted().
    void abandon();
    bool running() const { return id_ != 0; }
    double seconds() const; ///< since it was started; 0 where nothing runs
    /// From the worker: delivered on the interface's thread unless the work was abandoned. To be made before
    /// start(), of which it is a part.
    std::function<void(Delivery)> poster();

Q_SIGNALS:
    void runningChanged(bool running);

private:
    void end(quint64 generation, const JobBridge::Ended& ended, const JobEnd& how);
    QPointer<JobBridge> bridge_; ///< may go first: it ends all work
    jobs::JobId id_ = 0;
    quint64 generation_ = 0; ///< of the work that runs, or ran last
    QElapsedTimer clock_;
};

} // namespace penumbra::gui
