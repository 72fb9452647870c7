#include "gui/jobs/job_bridge.h"

#include <QMetaObject>
#include <QTimer>

#include <algorithm>

namespace penumbra::gui {

namespace {

constexpr int pollMs = 100;
constexpr std::size_t endedKept = 50;

JobEnd endOf(const jobs::JobStatus& status) {
    const bool cancelled = status.state == jobs::JobState::Cancelled;
    return {cancelled ? JobEnd::How::Cancelled : JobEnd::How::Failed, QString::fromStdString(status.error),
            status.notes};
}

bool hasEnded(jobs::JobState state) {
    return state == jobs::JobState::Done || state == jobs::JobState::Failed ||
           state == jobs::JobState::Cancelled;
}

} // namespace

JobBridge::JobBridge(QObject* parent)
    : QObject(parent), timer_(new QTimer(this)), queue_(std::make_unique<jobs::JobQueue>()) {
    timer_->setInterval(pollMs);
    connect(timer_, &QTimer::timeout, this, &JobBridge::poll);
}

JobBridge::~JobBridge() {
    queue_.reset();
}

jobs::JobId JobBridge::start(const Request& request, QObject* receiver, Work work, Ended unfinished) {
    const QPointer<QObject> guard(receiver);
    auto worked = std::make_shared<std::atomic<bool>>(false);
    const auto wrapped = [this, guard, worked, work = std::move(work)](RunContext& context) -> std::any {
        Delivery delivery = work(context);
        *worked = true; // before its delivery, which may ask what would be lost now
        post(guard, std::move(delivery));
        return {};
    };
    const jobs::JobId id = queue_->submit(request.lane, request.title.toStdString(), RunContext{}, wrapped);
    running_[id] = Tracked{request, guard, std::move(unfinished), queue_->status(id), worked};
    timer_->start();
    if (!request.quiet)
        Q_EMIT jobsChanged();
    return id;
}

void JobBridge::post(const QPointer<QObject>& receiver, Delivery delivery) {
    {
        const std::lock_guard lock(mailboxMutex_);
        mailbox_.push_back({receiver, std::move(delivery)});
    }
    QMetaObject::invokeMethod(this, &JobBridge::emptyMailbox, Qt::QueuedConnection);
}

void JobBridge::cancel(jobs::JobId id) {
    queue_->cancel(id);
    timer_->start();
}

void JobBridge::cancelVisible() {
    for (const auto& [id, tracked] : running_)
        if (!tracked.request.quiet)
            queue_->cancel(id);
}

std::vector<jobs::JobStatus> JobBridge::visibleJobs() const {
    std::vector<jobs::JobStatus> list = ended_;
    for (const auto& [id, tracked] : running_)
        if (!tracked.request.quiet)
            list.push_back(tracked.last);
    return list;
}

bool JobBridge::busy() const {
    return std::any_of(running_.begin(), running_.end(),
                       [](const auto& entry) { return !entry.second.request.quiet; });
}

bool JobBridge::redraws() const {
    return std::any_of(running_.begin(), running_.end(),
                       [](const auto& entry) { return entry.second.request.quiet; });
}

QStringList JobBridge::lostWith(LostWith what, double seconds) const {
    QStringList titles;
    for (const auto& [id, tracked] : running_) {
        if (*tracked.worked)
            continue;
        const bool ofFile = tracked.request.lostWith == LostWith::File && what != LostWith::Nothing;
        const bool ofWindow = tracked.request.lostWith == LostWith::Window && what == LostWith::Window;
        if (ofWindow || (ofFile && queue_->status(id).seconds >= seconds))
            titles << tracked.request.title;
    }
    return titles;
}

void JobBridge::forgetEnded() {
    ended_.clear();
    Q_EMIT jobsChanged();
}

void JobBridge::emptyMailbox() {
    std::vector<Letter> letters;
    {
        const std::lock_guard lock(mailboxMutex_);
        letters.swap(mailbox_);
    }
    for (const Letter& letter : letters)
        if (letter.receiver && letter.delivery)
            letter.delivery();
}

void JobBridge::poll() {
    bool visible = false;
    std::vector<Tracked> over;
    for (auto it = running_.begin(); it != running_.end();) {
        it->second.last = queue_->status(it->first);
        visible |= !it->second.request.quiet;
        if (hasEnded(it->second.last.state)) {
            over.push_back(std::move(it->second));
            it = running_.erase(it);
        } else {
            ++it;
        }
    }
    if (running_.empty())
        queue_->forgetFinished(); // only now is it sure that no ending is lost
    emptyMailbox();               // a result is delivered before its ending is told
    for (const Tracked& job : over)
        if (!job.request.quiet)
            ended_.push_back(job.last);
    if (ended_.size() > endedKept)
        ended_.erase(ended_.begin(), ended_.end() - static_cast<std::ptrdiff_t>(endedKept));
    if (running_.empty())
        timer_->stop(); // before the callbacks, which may start the next job
    for (const Tracked& job : over) {
        if (job.last.state != jobs::JobState::Done && job.unfinished && job.receiver)
            job.unfinished(endOf(job.last));
        if (!job.request.quiet)
            Q_EMIT jobEnded(job.last);
    }
    if (visible)
        Q_EMIT jobsChanged();
}

} // namespace penumbra::gui
