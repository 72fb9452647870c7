#pragma once

#include <QElapsedTimer>
#include <QObject>
#include <QString>

#include <map>
#include <nlohmann/json_fwd.hpp>

class QTimer;

namespace penumbra::gui {

/// Watches whether the interface's thread answers: a clock that ticks there every 10 ms, and is late where
/// something blocks it. A question that waits for an answer blocks nothing. On a busy machine a tick is late
/// through others, too: what the thread itself worked since the last one is told beside it.
class StallWatch : public QObject {
    Q_OBJECT
public:
    explicit StallWatch(QObject* parent = nullptr);
    /// {"longest_ms": lateness of the latest tick, "over_50ms": ticks later than that, "longest_cpu_ms" and
    /// "cpu_over_50ms": the same of the thread's own work between two ticks, "slowest": the events that took
    /// most,
    /// [{"receiver", "event", "cpu_ms"}]}, up to now.
    nlohmann::json report() const;
    void forget(); ///< what has happened since the last tick: a screenshot is no part of what is watched

    /// An event was handled, without those that it sent in turn.
    void handled(const QString& receiver, int eventType, double cpuMs);
    static double threadCpuMs(); ///< spent by the thread that asks

private:
    void tick();
    QTimer* timer_;
    QElapsedTimer sinceTick_;
    double cpuAtTick_ = 0.0;
    qint64 longestMs_ = 0;
    int over50Ms_ = 0;
    double longestCpuMs_ = 0.0;
    int cpuOver50Ms_ = 0;
    std::multimap<double, std::pair<QString, int>> slowest_; ///< by CPU time
};

} // namespace penumbra::gui
