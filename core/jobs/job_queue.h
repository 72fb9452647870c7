#pragma once

#include "core/base/run_context.h"

#include <any>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace penumbra::jobs {

/// Gpu, Cpu: training and other long work. Io: files. Screen: what the window waits to draw, so that no file
/// that is read or written holds it up.
enum class Lane { Gpu, Cpu, Io, Screen };
enum class JobState { Waiting, Running, Done, Failed, Cancelled };

using JobId = std::uint64_t;

/// A job seen from outside: a snapshot, safe to keep.
struct JobStatus {
    JobId id = 0;
    std::string title;
    Lane lane = Lane::Cpu;
    JobState state = JobState::Waiting;
    double fraction = 0.0;
    std::string doing;
    std::string error; ///< Failed: the message
    std::vector<std::string> notes;
    double seconds = 0.0;      ///< run time so far
    double secondsLeft = -1.0; ///< estimate; negative: not known yet
};

/// Runs functions on one worker thread per lane, in order of submission. Lanes Gpu and Cpu, and the threads
/// that their jobs start, run at a lower priority: the window stays quick while training uses every core.
/// Knows no science and no Qt: results are std::shared_ptr<const T> captured by the functions' own `deliver`
/// calls, or the std::any returned.
class JobQueue {
public:
    using Work = std::function<std::any(RunContext& context)>;
    JobQueue();
    ~JobQueue(); ///< asks every job to stop and waits

    JobId submit(Lane lane, std::string title, RunContext base, Work work);
    void cancel(JobId id); ///< nothing happens where it has ended, forgotten or not
    void cancelAll();
    std::vector<JobStatus> jobs() const; ///< oldest first; finished ones stay until forgotten
    JobStatus status(JobId id) const;
    std::any result(JobId id) const; ///< of a Done job
    void forgetFinished();
    /// Blocks until the job has ended or the time is over; for tests and the CLI.
    bool waitFor(JobId id, std::chrono::milliseconds limit) const;
    bool idle() const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace penumbra::jobs
