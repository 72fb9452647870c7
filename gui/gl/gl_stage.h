#pragma once

#include <QImage>
#include <QSize>
#include <QString>

#include <memory>

class QOffscreenSurface;
class QOpenGLContext;
class QOpenGLExtraFunctions;

namespace penumbra::gui {

/// OpenGL 3.3 without a window: what is drawn into its framebuffer is read back
/// as a picture. It belongs to the thread that made it.
class GlStage {
public:
    /// @param surface made on the interface's thread; outlives the stage
    explicit GlStage(QOffscreenSurface& surface);
    ~GlStage();
    GlStage(const GlStage&) = delete;
    GlStage& operator=(const GlStage&) = delete;

    const QString& failure() const { return failure_; }   ///< in words; empty: it works
    const QString& renderer() const { return renderer_; } ///< as the driver names itself
    /// Whether a graphics processor draws, and not the processor in its place.
    bool hardware() const;
    /// Makes its context current and binds a framebuffer of that size.
    void begin(const QSize& pixels);
    unsigned framebuffer() const { return framebuffer_; }
    QOpenGLExtraFunctions& gl() const;
    /// What stands in the framebuffer. Opaque.
    QImage picture() const;

private:
    QOffscreenSurface& surface_;
    std::unique_ptr<QOpenGLContext> context_;
    QString failure_, renderer_;
    QSize pixels_;
    unsigned framebuffer_ = 0, colour_ = 0, depth_ = 0;
};

/// Mesa's renderers that run on the processor call themselves llvmpipe and
/// softpipe (and swrast before).
bool isSoftwareRenderer(const QString& renderer);

} // namespace penumbra::gui
