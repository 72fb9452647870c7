#pragma once

#include "core/jobs/job_queue.h"

#include <QObject>
#include <QPointer>
#include <QString>
#include <QStringList>

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

class QTimer;

namespace penumbra::gui {

/// Runs on the interface's thread.
using Delivery = std::function<void()>;

/// How a job ended.
struct JobEnd {
    enum class How { Finished, Failed, Cancelled };
    How how = How::Finished;
    QString error;                  ///< Failed: what went wrong
    std::vector<std::string> notes; ///< Failed, Cancelled: what it had said
    bool failed() const { return how == How::Failed; }
    bool cancelled() const { return how == How::Cancelled; }
};

/// Between the job queue's workers and the window: values cross threads, widgets do not. Workers put
/// deliveries into a mailbox that is emptied on the interface's thread; progress and endings are polled at 10
/// Hz.
class JobBridge : public QObject {
    Q_OBJECT
public:
    /// With what a job's result would be lost, so that it is asked about first.
    enum class LostWith { Nothing, Window, File };
    struct Request {
        QString title;
        jobs::Lane lane = jobs::Lane::Cpu;
        bool quiet = false; ///< redrawing and the like: not shown in the list of jobs
        /// Window: it writes a file. File: what it makes belongs to the open one, and is lost with the window
        /// as well.
        LostWith lostWith = LostWith::Nothing;
    };
    /// Runs on a worker; returns what to do with the result on the interface's thread.
    using Work = std::function<Delivery(RunContext& context)>;
    using Ended = std::function<void(const JobEnd& end)>;

    explicit JobBridge(QObject* parent = nullptr);
    ~JobBridge() override; ///< stops every job and waits

    /// Deliveries and endings are dropped if `receiver` is gone by then. `unfinished` is called where the job
    /// failed or was cancelled; one that finishes is told by its delivery. Who needs to know whether the work
    /// still runs starts it through a Task.
    jobs::JobId start(const Request& request, QObject* receiver, Work work, Ended unfinished = {});
    /// From any thread: run on the interface's thread, soon, unless receiver is gone. Safe while the bridge
    /// lives.
    void post(const QPointer<QObject>& receiver, Delivery delivery);
    void cancel(jobs::JobId id); ///< nothing happens where it has ended
    void cancelVisible();

    /// Jobs worth showing, oldest first: waiting, running and the last ones that ended.
    std::vector<jobs::JobStatus> visibleJobs() const;
    bool busy() const;    ///< a visible job waits or runs
    bool redraws() const; ///< one that is not shown does
    /// Titles of those that wait or run and would be lost; those lost with the file alone where they have
    /// taken so long.
    QStringList lostWith(LostWith what, double seconds) const;
    void forgetEnded();

Q_SIGNALS:
    void jobsChanged();
    void jobEnded(const penumbra::jobs::JobStatus& status);

private:
    struct Tracked {
        Request request;
        QPointer<QObject> receiver;
        Ended unfinished;
        jobs::JobStatus last;
        std::shared_ptr<std::atomic<bool>> worked; ///< nothing is lost any more: its result is on the way
    };
    struct Letter {
        QPointer<QObject> receiver;
        Delivery delivery;
    };
    void poll();
    void emptyMailbox();

    std::mutex mailboxMutex_;
    std::vector<Letter> mailbox_;
    std::map<jobs::JobId, Tracked> running_;
    std::vector<jobs::JobStatus> ended_;
    QTimer* timer_;
    std::unique_ptr<jobs::JobQueue> queue_; ///< last: its workers stop before anything they use goes away
};

} // namespace penumbra::gui
