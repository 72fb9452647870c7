#pragma once

#include "core/jobs/job_queue.h"

#include <QObject>
#include <QPointer>
#include <QString>

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

class QTimer;

namespace penumbra::gui {

/// Runs on the interface's thread.
using Delivery = std::function<void()>;

/// Between the job queue's workers and the window: values cross threads, widgets do not. Workers put
/// deliveries into a mailbox that is emptied on the interface's thread; progress and endings are polled at 10
/// Hz.
class JobBridge : public QObject {
    Q_OBJECT
public:
    struct Request {
        QString title;
        jobs::Lane lane = jobs::Lane::Cpu;
        bool quiet = false; ///< redrawing and the like: not shown in the list of jobs
    };
    /// Runs on a worker; returns what to do with the result on the interface's thread.
    using Work = std::function<Delivery(RunContext& context)>;
    /// `error` is empty when the job was cancelled.
    using Ended = std::function<void(const QString& error, const std::vector<std::string>& notes)>;

    explicit JobBridge(QObject* parent = nullptr);
    ~JobBridge() override; ///< stops every job and waits

    /// Deliveries and endings are dropped if `receiver` is gone by then. `failed` is called for errors and
    /// cancellations, `done` notes come with the status.
    jobs::JobId start(const Request& request, QObject* receiver, Work work, Ended failed = {});
    /// From any thread: run on the interface's thread, soon, unless receiver is gone. Safe while the bridge
    /// lives.
    void post(const QPointer<QObject>& receiver, Delivery delivery);
    void cancel(jobs::JobId id);
    void cancelVisible();

    /// Jobs worth showing, oldest first: waiting, running and the last ones that ended.
    std::vector<jobs::JobStatus> visibleJobs() const;
    bool busy() const; ///< a visible job waits or runs
    void forgetEnded();

Q_SIGNALS:
    void jobsChanged();
    void jobEnded(const penumbra::jobs::JobStatus& status);

private:
    struct Tracked {
        Request request;
        QPointer<QObject> receiver;
        Ended failed;
        jobs::JobStatus last;
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
