#include "gui/jobs/latest_only.h"

#include <utility>

namespace penumbra::gui {

LatestOnly::LatestOnly(JobBridge& bridge, QString title, QObject* parent, jobs::Lane lane)
    : QObject(parent), bridge_(bridge), title_(std::move(title)), lane_(lane) {}

void LatestOnly::request(JobBridge::Work work, JobBridge::Ended unfinished) {
    Pending pending{std::move(work), std::move(unfinished)};
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
    const auto unfinished = [this, generation, inner = std::move(pending.unfinished)](const JobEnd& end) {
        if (inner && generation == generation_)
            inner(end);
        finished();
    };
    bridge_.start({title_, lane_, true}, this, work, unfinished);
}

void LatestOnly::finished() {
    running_ = false;
    if (auto next = std::exchange(pending_, std::nullopt))
        start(std::move(*next));
}

} // namespace penumbra::gui
