#include "gui/gl/gl_stage.h"

#include <QOffscreenSurface>
#include <QOpenGLContext>
#include <QOpenGLExtraFunctions>

namespace penumbra::gui {

namespace {
constexpr GLenum kBgra = 0x80E1; // of a QImage's bytes on little-endian machines
}

bool isSoftwareRenderer(const QString& renderer) {
    for (const char* name : {"llvmpipe", "softpipe", "swrast", "Software Rasterizer", "SwiftShader"})
        if (renderer.contains(QLatin1String(name), Qt::CaseInsensitive))
            return true;
    return false;
}

GlStage::GlStage(QOffscreenSurface& surface)
    : surface_(surface), context_(std::make_unique<QOpenGLContext>()) {
    context_->setFormat(surface.requestedFormat());
    if (!context_->create() || !context_->makeCurrent(&surface_)) {
        failure_ = QStringLiteral("OpenGL could not be started on this display.");
        return;
    }
    if (context_->format().version() < qMakePair(3, 3)) {
        failure_ = QStringLiteral("OpenGL 3.3 is needed; this display offers %1.%2.")
                       .arg(context_->format().majorVersion())
                       .arg(context_->format().minorVersion());
        return;
    }
    const GLubyte* name = gl().glGetString(GL_RENDERER);
    renderer_ = name ? QString::fromLatin1(reinterpret_cast<const char*>(name)) : QString();
    gl().glGenFramebuffers(1, &framebuffer_);
    gl().glGenRenderbuffers(1, &colour_);
    gl().glGenRenderbuffers(1, &depth_);
}

GlStage::~GlStage() {
    if (framebuffer_ == 0 || !context_->makeCurrent(&surface_))
        return;
    gl().glDeleteFramebuffers(1, &framebuffer_);
    gl().glDeleteRenderbuffers(1, &colour_);
    gl().glDeleteRenderbuffers(1, &depth_);
    context_->doneCurrent();
}

bool GlStage::hardware() const {
    return failure_.isEmpty() && !isSoftwareRenderer(renderer_);
}

QOpenGLExtraFunctions& GlStage::gl() const {
    return *context_->extraFunctions();
}

void GlStage::begin(const QSize& pixels) {
    context_->makeCurrent(&surface_);
    QOpenGLExtraFunctions& f = gl();
    f.glBindFramebuffer(GL_FRAMEBUFFER, framebuffer_);
    if (pixels != pixels_) {
        pixels_ = pixels;
        f.glBindRenderbuffer(GL_RENDERBUFFER, colour_);
        f.glRenderbufferStorage(GL_RENDERBUFFER, GL_RGBA8, pixels.width(), pixels.height());
        f.glFramebufferRenderbuffer(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_RENDERBUFFER, colour_);
        f.glBindRenderbuffer(GL_RENDERBUFFER, depth_);
        f.glRenderbufferStorage(GL_RENDERBUFFER, GL_DEPTH24_STENCIL8, pixels.width(), pixels.height());
        f.glFramebufferRenderbuffer(GL_FRAMEBUFFER, GL_DEPTH_STENCIL_ATTACHMENT, GL_RENDERBUFFER, depth_);
    }
    f.glViewport(0, 0, pixels.width(), pixels.height());
}

QImage GlStage::picture() const {
    QImage picture(pixels_, QImage::Format_RGB32);
    gl().glBindFramebuffer(GL_FRAMEBUFFER, framebuffer_);
    gl().glPixelStorei(GL_PACK_ALIGNMENT, 4);
    gl().glReadPixels(0, 0, pixels_.width(), pixels_.height(), kBgra, GL_UNSIGNED_BYTE, picture.bits());
    return picture.mirrored();
}

} // namespace penumbra::gui
