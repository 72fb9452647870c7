#include "gui/state/stall_watch.h"

#include <QEvent>
#include <QMetaEnum>
#include <QTimer>

#include <algorithm>
#include <cmath>
#include <ctime>
#include <nlohmann/json.hpp>

namespace penumbra::gui {

namespace {
constexpr int periodMs = 10;
constexpr qint64 stallMs = 50;
constexpr double eventWorthTellingMs = 5.0;
constexpr std::size_t eventsTold = 8;
} // namespace

StallWatch::StallWatch(QObject* parent) : QObject(parent), timer_(new QTimer(this)) {
    timer_->setTimerType(Qt::PreciseTimer);
    connect(timer_, &QTimer::timeout, this, &StallWatch::tick);
    timer_->start(periodMs);
    forget();
}

double StallWatch::threadCpuMs() {
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec) * 1e-6;
}

void StallWatch::forget() {
    sinceTick_.start();
    cpuAtTick_ = threadCpuMs();
}

void StallWatch::tick() {
    const qint64 late = std::max<qint64>(0, sinceTick_.elapsed() - periodMs);
    const double worked = threadCpuMs() - cpuAtTick_;
    forget();
    longestMs_ = std::max(longestMs_, late);
    over50Ms_ += late > stallMs ? 1 : 0;
    longestCpuMs_ = std::max(longestCpuMs_, worked);
    cpuOver50Ms_ += worked > static_cast<double>(stallMs) ? 1 : 0;
}

void StallWatch::handled(const QString& receiver, int eventType, double cpuMs) {
    if (cpuMs < eventWorthTellingMs)
        return;
    slowest_.emplace(cpuMs, std::pair{receiver, eventType});
    if (slowest_.size() > eventsTold)
        slowest_.erase(slowest_.begin());
}

nlohmann::json StallWatch::report() const {
    nlohmann::json slowest = nlohmann::json::array();
    const QMetaEnum types = QMetaEnum::fromType<QEvent::Type>();
    for (auto event = slowest_.rbegin(); event != slowest_.rend(); ++event) {
        const char* name = types.valueToKey(event->second.second);
        slowest.push_back(
            {{"receiver", event->second.first.toStdString()},
             {"event", name != nullptr ? std::string(name) : std::to_string(event->second.second)},
             {"cpu_ms", std::round(event->first)}});
    }
    return {{"longest_ms", longestMs_},
            {"over_50ms", over50Ms_},
            {"longest_cpu_ms", std::round(longestCpuMs_)},
            {"cpu_over_50ms", cpuOver50Ms_},
            {"slowest", std::move(slowest)}};
}

} // namespace penumbra::gui
