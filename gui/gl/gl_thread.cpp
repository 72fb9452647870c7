#include "gui/gl/gl_thread.h"

#include "gui/gl/gl_stage.h"

#include <QGuiApplication>
#include <QMetaObject>
#include <QOffscreenSurface>

namespace penumbra::gui {

GlThread::GlThread(QObject* parent) : QObject(parent) {}

GlThread::~GlThread() {
    if (!worker_)
        return;
    ending_ = true;
    QMetaObject::invokeMethod(
        worker_.get(),
        [this] {
            if (stage_ && last_)
                last_(*stage_);
            stage_.reset();
            thread_.quit();
        },
        Qt::QueuedConnection);
    thread_.wait();
    worker_.reset();
}

QString GlThread::whyNot() {
    for (const char* platform : {"offscreen", "minimal", "linuxfb", "vnc"})
        if (QGuiApplication::platformName() == QLatin1String(platform))
            return tr("OpenGL is not to be had on this display (%1).").arg(QLatin1String(platform));
    return {};
}

void GlThread::begin() {
    QSurfaceFormat format;
    format.setVersion(3, 3);
    format.setProfile(QSurfaceFormat::CoreProfile);
    surface_ = std::make_unique<QOffscreenSurface>();
    surface_->setFormat(format);
    surface_->create();
    worker_ = std::make_unique<QObject>();
    worker_->moveToThread(&thread_);
    thread_.setObjectName("OpenGL");
    thread_.start();
}

void GlThread::post(Work work) {
    if (!worker_)
        begin();
    QMetaObject::invokeMethod(
        worker_.get(),
        [this, work = std::move(work)] {
            if (ending_)
                return;
            if (!stage_)
                stage_ = std::make_unique<GlStage>(*surface_);
            work(*stage_);
        },
        Qt::QueuedConnection);
}

} // namespace penumbra::gui
