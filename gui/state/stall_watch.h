#pragma once

#include <QElapsedTimer>
#include <QObject>

#include <nlohmann/json_fwd.hpp>

class QTimer;

namespace penumbra::gui {

/// Watches whether the interface's thread answers: a clock that ticks there every 10 ms, and is late where
/// something blocks it. A question that waits for an answer blocks nothing.
class StallWatch : public QObject {
    Q_OBJECT
public:
    explicit StallWatch(QObject* parent = nullptr);
    /// {"longest_ms": lateness of the latest tick, "over_50ms": ticks later than that}, up to now.
    nlohmann::json report() const;

private:
    void tick();
    QTimer* timer_;
    QElapsedTimer sinceTick_;
    qint64 longestMs_ = 0;
    int over50Ms_ = 0;
};

} // namespace penumbra::gui
