#include "gui/state/stall_watch.h"

#include <QTimer>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace penumbra::gui {

namespace {
constexpr int periodMs = 10;
constexpr qint64 stallMs = 50;
} // namespace

StallWatch::StallWatch(QObject* parent) : QObject(parent), timer_(new QTimer(this)) {
    timer_->setTimerType(Qt::PreciseTimer);
    connect(timer_, &QTimer::timeout, this, &StallWatch::tick);
    sinceTick_.start();
    timer_->start(periodMs);
}

void StallWatch::tick() {
    const qint64 late = std::max<qint64>(0, sinceTick_.restart() - periodMs);
    longestMs_ = std::max(longestMs_, late);
    over50Ms_ += late > stallMs ? 1 : 0;
}

nlohmann::json StallWatch::report() const {
    return {{"longest_ms", longestMs_}, {"over_50ms", over50Ms_}};
}

} // namespace penumbra::gui
