#pragma once

#include <QObject>
#include <QString>
#include <QThread>

#include <atomic>
#include <functional>
#include <memory>

class QOffscreenSurface;

namespace penumbra::gui {

class GlStage;

/// A thread of its own that draws with OpenGL, so that a slow driver never
/// holds up the window: pictures come back as values. Nothing of OpenGL is
/// loaded before the first work.
class GlThread : public QObject {
    Q_OBJECT
public:
    using Work = std::function<void(GlStage& stage)>;

    explicit GlThread(QObject* parent = nullptr);
    ~GlThread() override; ///< what waits is dropped, what runs is waited for

    /// Runs on the thread, after what was posted before; from any thread once the
    /// first was posted on the interface's. Where OpenGL does not work the stage
    /// says so (GlStage::failure).
    void post(Work work);
    /// Runs last on the thread: what lives there ends there.
    void setLast(Work last) { last_ = std::move(last); }
    /// Why there can be no OpenGL here, without asking a driver; empty: there may
    /// be.
    static QString whyNot();

private:
    void begin();
    QThread thread_;
    std::unique_ptr<QObject> worker_;
    std::unique_ptr<QOffscreenSurface> surface_;
    std::unique_ptr<GlStage> stage_; ///< the thread's
    Work last_;
    std::atomic<bool> ending_ = false;
};

} // namespace penumbra::gui
