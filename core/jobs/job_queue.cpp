#include "core/jobs/job_queue.h"

#include "core/jobs/remaining_time.h"

#include <algorithm>
#include <array>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <sys/resource.h>
#include <thread>

namespace penumbra::jobs {

namespace {

using Clock = std::chrono::steady_clock;

/// All members but `progress` and `stop` (which lock or are atomic themselves) are guarded by the queue's
/// mutex.
struct Job {
    JobId id = 0;
    std::string title;
    Lane lane = Lane::Cpu;
    RunContext base;
    JobQueue::Work work;
    std::stop_source stop;
    Progress progress;
    JobState state = JobState::Waiting;
    std::string error;
    std::vector<std::string> notes;
    std::any result;
    Clock::time_point started, ended;

    bool finished() const { return state != JobState::Waiting && state != JobState::Running; }
};

double secondsBetween(Clock::time_point from, Clock::time_point to) {
    return std::chrono::duration<double>(to - from).count();
}

/// How a piece of work ended.
struct Outcome {
    JobState state = JobState::Failed;
    std::string error;
    std::any result;
};

/// The job boundary: one of the two places where exceptions end (the other is main).
Outcome runWork(const JobQueue::Work& work, RunContext& context) {
    Outcome outcome;
    try {
        outcome.result = work(context);
        outcome.state = JobState::Done;
    } catch (const Cancelled&) {
        outcome.state = JobState::Cancelled;
    } catch (const Error& error) {
        outcome.error = error.what();
    } catch (const std::exception& failure) {
        outcome.error = failureText(failure);
    } catch (...) {
        outcome.error = "An unknown failure.";
    }
    return outcome;
}

/// The thread that draws the window wins a core at once from training that uses them all; on a quiet machine
/// this costs nothing. Threads that a job starts inherit it (Linux: niceness belongs to the thread).
void yieldToTheWindow() {
    constexpr int niceness = 10;
    (void)setpriority(PRIO_PROCESS, 0, std::max(niceness, getpriority(PRIO_PROCESS, 0))); // refused: no harm
}

} // namespace

struct JobQueue::Impl {
    static constexpr std::size_t laneCount = 4;

    mutable std::mutex mutex;
    mutable std::condition_variable changed;
    std::vector<std::shared_ptr<Job>> jobs; ///< oldest first
    std::array<std::deque<std::shared_ptr<Job>>, laneCount> waiting;
    JobId nextId = 1;
    bool closing = false;
    std::array<std::jthread, laneCount> workers; ///< last: joined before the rest goes away

    void serve(std::size_t lane);
    void runJob(const std::shared_ptr<Job>& job);
    std::shared_ptr<Job> find(JobId id) const;
    void requestStop(const std::shared_ptr<Job>& job);
    JobStatus snapshot(const Job& job) const;
};

void JobQueue::Impl::serve(std::size_t lane) {
    const auto own = static_cast<Lane>(lane);
    if (own == Lane::Gpu || own == Lane::Cpu) // what the user waits for keeps its priority
        yieldToTheWindow();
    for (;;) {
        std::shared_ptr<Job> job;
        {
            std::unique_lock lock(mutex);
            changed.wait(lock, [&] { return closing || !waiting[lane].empty(); });
            if (closing)
                return;
            job = waiting[lane].front();
            waiting[lane].pop_front();
            job->state = JobState::Running;
            job->started = Clock::now();
        }
        changed.notify_all();
        runJob(job);
    }
}

void JobQueue::Impl::runJob(const std::shared_ptr<Job>& job) {
    RunContext context = job->base;
    context.stop = job->stop.get_token();
    context.progress = &job->progress;
    context.say = [this, job, outer = job->base.say](const std::string& line) {
        {
            const std::lock_guard lock(mutex);
            job->notes.push_back(line);
        }
        if (outer)
            outer(line);
    };
    Outcome outcome = runWork(job->work, context);
    Work spent; // captured data is released here, outside the lock
    {
        const std::lock_guard lock(mutex);
        job->ended = Clock::now();
        job->error = std::move(outcome.error);
        job->result = std::move(outcome.result);
        job->state = outcome.state;
        spent = std::move(job->work);
        job->work = nullptr;
    }
    changed.notify_all();
}

std::shared_ptr<Job> JobQueue::Impl::find(JobId id) const {
    for (const auto& job : jobs)
        if (job->id == id)
            return job;
    throw Error("There is no job number " + std::to_string(id) + " (it may have been forgotten).");
}

void JobQueue::Impl::requestStop(const std::shared_ptr<Job>& job) {
    job->stop.request_stop();
    if (job->state != JobState::Waiting)
        return;
    std::erase(waiting[static_cast<std::size_t>(job->lane)], job);
    job->state = JobState::Cancelled;
    job->work = nullptr;
}

JobStatus JobQueue::Impl::snapshot(const Job& job) const {
    JobStatus status;
    status.id = job.id;
    status.title = job.title;
    status.lane = job.lane;
    status.state = job.state;
    status.error = job.error;
    status.notes = job.notes;
    const Progress::State progress = job.progress.state();
    status.fraction = job.state == JobState::Done ? 1.0 : progress.fraction;
    status.doing = progress.doing;
    if (job.started != Clock::time_point{})
        status.seconds = secondsBetween(job.started, job.finished() ? job.ended : Clock::now());
    if (job.state == JobState::Running)
        status.secondsLeft = secondsLeft(status.seconds, status.fraction);
    else if (job.finished())
        status.secondsLeft = 0.0;
    return status;
}

JobQueue::JobQueue() : impl_(std::make_unique<Impl>()) {
    Impl* impl = impl_.get();
    for (std::size_t lane = 0; lane < Impl::laneCount; ++lane)
        impl->workers[lane] = std::jthread([impl, lane] { impl->serve(lane); });
}

JobQueue::~JobQueue() {
    cancelAll();
    {
        const std::lock_guard lock(impl_->mutex);
        impl_->closing = true;
    }
    impl_->changed.notify_all();
    for (std::jthread& worker : impl_->workers)
        worker.join();
}

JobId JobQueue::submit(Lane lane, std::string title, RunContext base, Work work) {
    auto job = std::make_shared<Job>();
    job->title = std::move(title);
    job->lane = lane;
    job->base = std::move(base);
    job->work = std::move(work);
    {
        const std::lock_guard lock(impl_->mutex);
        job->id = impl_->nextId++;
        impl_->jobs.push_back(job);
        impl_->waiting[static_cast<std::size_t>(lane)].push_back(job);
    }
    impl_->changed.notify_all();
    return job->id;
}

void JobQueue::cancel(JobId id) {
    {
        const std::lock_guard lock(impl_->mutex);
        for (const auto& job : impl_->jobs)
            if (job->id == id)
                impl_->requestStop(job);
    }
    impl_->changed.notify_all();
}

void JobQueue::cancelAll() {
    {
        const std::lock_guard lock(impl_->mutex);
        for (const auto& job : impl_->jobs)
            if (!job->finished())
                impl_->requestStop(job);
    }
    impl_->changed.notify_all();
}

std::vector<JobStatus> JobQueue::jobs() const {
    const std::lock_guard lock(impl_->mutex);
    std::vector<JobStatus> statuses;
    statuses.reserve(impl_->jobs.size());
    for (const auto& job : impl_->jobs)
        statuses.push_back(impl_->snapshot(*job));
    return statuses;
}

JobStatus JobQueue::status(JobId id) const {
    const std::lock_guard lock(impl_->mutex);
    return impl_->snapshot(*impl_->find(id));
}

std::any JobQueue::result(JobId id) const {
    const std::lock_guard lock(impl_->mutex);
    const auto job = impl_->find(id);
    if (job->state != JobState::Done)
        throw Error("Job '" + job->title + "' has no result: it has not finished successfully.");
    return job->result;
}

void JobQueue::forgetFinished() {
    std::vector<std::shared_ptr<Job>> forgotten; // results are released outside the lock
    const std::lock_guard lock(impl_->mutex);
    auto& jobs = impl_->jobs;
    const auto kept =
        std::stable_partition(jobs.begin(), jobs.end(), [](const auto& job) { return !job->finished(); });
    forgotten.assign(kept, jobs.end());
    jobs.erase(kept, jobs.end());
}

bool JobQueue::waitFor(JobId id, std::chrono::milliseconds limit) const {
    std::unique_lock lock(impl_->mutex);
    const auto job = impl_->find(id);
    return impl_->changed.wait_for(lock, limit, [&] { return job->finished(); });
}

bool JobQueue::idle() const {
    const std::lock_guard lock(impl_->mutex);
    return std::all_of(impl_->jobs.begin(), impl_->jobs.end(),
                       [](const auto& job) { return job->finished(); });
}

} // namespace penumbra::jobs
