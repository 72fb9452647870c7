#include "core/base/text.h"
#include "core/heads/trainer_impl.h"
#include "core/nn/device.h"
#include "core/nn/worker_scope.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <thread>

namespace penumbra::heads {

namespace {
using Clock = std::chrono::steady_clock;

/// Lanes a team: the fewest that keep (nearly) all threads busy with the given groups.
int lanesFor(int threads, std::int64_t groups, const TrainingPlan& plan) {
    if (plan.resident)
        return 1;
    constexpr std::int64_t fewestRows = 32; // a lane with fewer is not worth its meeting
    const std::int64_t batch =
        std::min<std::int64_t>(plan.options.batch, static_cast<std::int64_t>(plan.split.training.size()));
    int best = 1;
    std::int64_t mostBusy = 0;
    for (int lanes = 1; lanes <= threads && (lanes == 1 || lanes * fewestRows <= batch); ++lanes) {
        const std::int64_t busy = std::min<std::int64_t>(groups, threads / lanes) * lanes;
        if (busy * 10 > mostBusy * 11) { // another lane must bring more than 10 %
            best = lanes;
            mostBusy = busy;
        }
    }
    return best;
}

/// Hands out epochs of groups, epoch by epoch, to teams; a quick team may begin the next epoch while a slow
/// one still finishes the last, so that uneven numbers of groups and threads waste little.
class EpochQueue {
public:
    EpochQueue(const Trainer::Impl& impl, int target)
        : impl_(impl), target_(target), epoch_(impl.epochsDone()), running_(impl.groups.size(), false) {}

    /// The next group to run for an epoch; null when all is done or stopped.
    TrainingGroup* take() {
        std::unique_lock lock(mutex_);
        for (;;) {
            if (next_ == running_.size()) {
                next_ = 0;
                ++epoch_;
            }
            if (stopped_ || epoch_ >= target_)
                return nullptr;
            const std::size_t group = next_;
            if (running_[group]) {
                changed_.wait(lock);
                continue;
            }
            ++next_;
            if (impl_.groups[group]->epochsDone() > epoch_)
                continue; // was ahead when training was stopped
            running_[group] = true;
            return impl_.groups[group].get();
        }
    }
    void giveBack(const TrainingGroup* group) {
        const std::lock_guard lock(mutex_);
        for (std::size_t g = 0; g < running_.size(); ++g)
            if (impl_.groups[g].get() == group)
                running_[g] = false;
        changed_.notify_all();
    }
    void stop() {
        const std::lock_guard lock(mutex_);
        stopped_ = true;
        changed_.notify_all();
    }
    void teamEnded() {
        const std::lock_guard lock(mutex_);
        ++endedTeams_;
        changed_.notify_all();
    }
    /// Waits until something happened, at most 50 ms. Returns whether all teams have ended.
    bool wait(int teams) {
        std::unique_lock lock(mutex_);
        if (endedTeams_ < teams)
            changed_.wait_for(lock, std::chrono::milliseconds(50));
        return endedTeams_ == teams;
    }
    /// Epochs finished by every group, while teams run.
    int epochsDone() {
        const std::lock_guard lock(mutex_);
        int done = target_;
        for (std::size_t g = 0; g < running_.size(); ++g)
            done = std::min(done, running_[g] ? lastDone(g) : impl_.groups[g]->epochsDone());
        return done;
    }

private:
    /// A running group's history belongs to its team; its step counter may be read by all.
    int lastDone(std::size_t group) const {
        return static_cast<int>(std::max<std::int64_t>(0, impl_.groups[group]->steps() - 1) /
                                impl_.plan.stepsPerEpoch());
    }
    const Trainer::Impl& impl_;
    int target_;
    int epoch_;
    std::size_t next_ = 0;
    std::vector<bool> running_;
    bool stopped_ = false;
    int endedTeams_ = 0;
    std::mutex mutex_;
    std::condition_variable changed_;
};

/// A team's lanes with their buffers, and the group they work on.
struct Crew {
    Crew(int lanes, std::function<bool()> stopRequested)
        : team(lanes, std::move(stopRequested)), buffers(lanes) {}
    Team team;
    std::vector<std::unique_ptr<Lane>> buffers;
    TrainingGroup* group = nullptr;
};

void runLane(Crew& crew, int lane, EpochQueue& queue, const Trainer::Impl& impl) {
    const nn::WorkerScope scope;
    auto& buffer = crew.buffers[static_cast<std::size_t>(lane)];
    crew.team.attempt([&] {
        if (!impl.plan.resident)
            buffer = std::make_unique<Lane>(impl.plan, impl.maxGroupSize(), crew.team.lanes());
    });
    bool goOn = crew.team.meet();
    while (goOn) {
        if (lane == 0)
            crew.group = queue.take();
        goOn = crew.team.meet();
        TrainingGroup* group = crew.group;
        if (!goOn || !group)
            break;
        group->runEpoch(crew.team, crew.buffers, lane);
        goOn = crew.team.meet();
        if (lane == 0)
            queue.giveBack(group);
    }
    if (lane == 0) {
        if (crew.team.failed())
            queue.stop();
        queue.teamEnded();
    }
}

std::string progressText(const Trainer::Impl& impl, int done, double secondsPerEpoch) {
    const std::size_t networks = impl.specs.size();
    const int epoch = std::min(done + 1, impl.plan.options.epochs);
    std::string text = "epoch " + std::to_string(epoch) + "/" + std::to_string(impl.plan.options.epochs) +
                       ", " + std::to_string(networks) + (networks == 1 ? " network" : " networks");
    if (secondsPerEpoch > 0.0)
        text += ", " + formatReal(secondsPerEpoch, 2) + " s/epoch";
    return text;
}

/// Draws progress and passes a stop on while the teams run.
class Watch {
public:
    Watch(Trainer::Impl& impl, int target, const RunContext& context)
        : impl_(impl), context_(context), target_(target), seen_(impl.epochsDone()),
          firstSteps_(stepsDone()) {}

    /// @throws Cancelled
    void look(int epochsDone) {
        const double now = std::chrono::duration<double>(Clock::now() - begin_).count();
        for (; seen_ < epochsDone; ++seen_) { // several at once share the time
            impl_.epochSeconds.resize(static_cast<std::size_t>(seen_) + 1, 0.0);
            impl_.epochSeconds.back() = (now - lastEpoch_) / (epochsDone - seen_);
            lastEpoch_ += impl_.epochSeconds.back();
        }
        const auto groups = static_cast<double>(impl_.groups.size());
        const auto perEpoch = static_cast<double>(impl_.plan.stepsPerEpoch()) * groups;
        const double steps = stepsDone();
        const double epochs = (steps - firstSteps_) / perEpoch;
        const double wanted = target_ - firstSteps_ / perEpoch;
        context_.step(wanted > 0.0 ? epochs / wanted : 1.0,
                      progressText(impl_, epochsDone, epochs > 0.0 ? now / epochs : 0.0));
    }

private:
    double stepsDone() const {
        double steps = 0.0;
        for (const auto& group : impl_.groups)
            steps += static_cast<double>(group->steps());
        return steps;
    }
    Trainer::Impl& impl_;
    const RunContext& context_;
    int target_;
    int seen_;
    double firstSteps_;
    Clock::time_point begin_ = Clock::now();
    double lastEpoch_ = 0.0;
};
} // namespace

std::vector<EpochReport> Trainer::runUntil(int epoch, const RunContext& context) {
    Impl& impl = *impl_;
    const int target = std::min(epoch, impl.plan.options.epochs);
    const int before = impl.epochsDone();
    if (target <= before)
        return {};
    context.checkStop();
    const auto groups = static_cast<std::int64_t>(impl.groups.size());
    const int threads = impl.plan.resident ? 1 : nn::threadCount(context);
    const int lanes = lanesFor(threads, groups, impl.plan);
    const int teams = static_cast<int>(std::min<std::int64_t>(groups, threads / lanes));

    EpochQueue queue(impl, target);
    std::atomic<bool> stop{false};
    std::vector<std::unique_ptr<Crew>> crews;
    for (int t = 0; t < teams; ++t)
        crews.push_back(std::make_unique<Crew>(lanes, [&] { return stop || context.stop.stop_requested(); }));
    Watch watch(impl, target, context);
    bool cancelled = false;
    {
        std::vector<std::jthread> pool;
        for (auto& crew : crews)
            for (int lane = 0; lane < lanes; ++lane)
                pool.emplace_back([&crew, lane, &queue, &impl] { runLane(*crew, lane, queue, impl); });
        while (!queue.wait(teams)) {
            try {
                if (!cancelled)
                    watch.look(queue.epochsDone());
            } catch (const Cancelled&) {
                cancelled = true;
                stop = true;
                queue.stop();
            }
            for (const auto& crew : crews) // one team failed: the others need not go on
                if (crew->team.failed()) {
                    stop = true;
                    queue.stop();
                }
        }
    }
    for (const auto& crew : crews)
        if (crew->team.failure())
            std::rethrow_exception(crew->team.failure());
    if (cancelled || impl.epochsDone() < target)
        throw Cancelled();
    watch.look(target);
    std::vector<EpochReport> reports;
    for (int done = before + 1; done <= target; ++done)
        reports.push_back(impl.report(done));
    return reports;
}

} // namespace penumbra::heads
