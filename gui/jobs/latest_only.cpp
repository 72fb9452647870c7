#include "gui/jobs/latest_only.h"

#include <utility>

namespace penumbra::gui {

LatestOnly::LatestOnly(JobBridge& bridge, QString title, QObject* parent)
    : QObject(parent), bridge_(bridge), title_(std::move(title)) {}

void LatestOnly::request(JobBridge::Work work, JobBridge::Ended failed) {
    Pending pending{std::move(work), std::move(failed)};
    if (running_)
        pending_ = std::move(pending);
    else
        start(std::move(pending));
}

void LatestOnly::abandon() {
    pending_.reset();
    ++generation_;
}

void LatestOnly::start(Pending pending) {
    running_ = true;
    const quint64 generation = generation_;
    const auto work = [this, generation, inner = std::move(pending.work)](RunContext& context) -> Delivery {
        Delivery delivery = inner(context);
        return [this, generation, delivery] {
            if (generation == generation_)
                delivery();
            finished();
        };
    };
    const auto failed = [this, generation, inner = std::move(pending.failed)](
                            const QString& error, const std::vector<std::string>& notes) {
        if (inner && generation == generation_)
            inner(error, notes);
        finished();
    };
    // The Io lane, so that a training run on the other lanes does not hold up what is on screen.
    bridge_.start({title_, jobs::Lane::Io, true}, this, work, failed);
}

void LatestOnly::finished() {
    running_ = false;
    if (auto next = std::exchange(pending_, std::nullopt))
        start(std::move(*next));
}

} // namespace penumbra::gui
