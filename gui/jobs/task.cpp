#include "gui/jobs/task.h"

#include <utility>

namespace penumbra::gui {

Task::Task(JobBridge& bridge, QObject* parent) : QObject(parent), bridge_(&bridge) {}

Task::~Task() {
    cancel();
}

void Task::start(const JobBridge::Request& request, JobBridge::Work work, JobBridge::Ended ended) {
    const bool ran = running();
    cancel();
    const quint64 generation = ++generation_;
    const auto wrapped = [this, generation, ended, work = std::move(work)](RunContext& context) -> Delivery {
        Delivery delivery = work(context);
        return [this, generation, ended, delivery = std::move(delivery)] {
            if (generation != generation_)
                return;
            id_ = 0;
            if (delivery)
                delivery();
            end(generation, ended, {});
        };
    };
    id_ = bridge_->start(request, this, wrapped, [this, generation, ended](const JobEnd& how) {
        if (generation == generation_) {
            id_ = 0;
            end(generation, ended, how);
        }
    });
    clock_.start();
    if (!ran)
        Q_EMIT runningChanged(true);
}

/// A delivery may have started the next work, whose state is not ours to tell.
void Task::end(quint64 generation, const JobBridge::Ended& ended, const JobEnd& how) {
    if (generation == generation_)
        Q_EMIT runningChanged(false);
    if (ended)
        ended(how);
}

void Task::cancel() {
    if (running() && bridge_)
        bridge_->cancel(id_);
}

void Task::abandon() {
    cancel();
    ++generation_;
    if (std::exchange(id_, 0) != 0)
        Q_EMIT runningChanged(false);
}

double Task::seconds() const {
    return running() ? static_cast<double>(clock_.elapsed()) / 1000.0 : 0.0;
}

std::function<void(Delivery)> Task::poster() {
    const QPointer<QObject> self(this);
    return [this, self, bridge = bridge_.data(), generation = generation_ + 1](Delivery delivery) {
        bridge->post(self, [this, generation, delivery = std::move(delivery)] {
            if (generation == generation_)
                delivery();
        });
    };
}

} // namespace penumbra::gui
