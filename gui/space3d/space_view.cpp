#include "gui/space3d/space_view.h"

#include "core/base/error.h"
#include "gui/cloud/cloud_raster.h"
#include "gui/gl/gl_stage.h"
#include "gui/plots/selection_band.h"
#include "gui/style/font_file.h"

#include <QElapsedTimer>

#include <algorithm>
#include <atomic>
#include <cmath>

namespace penumbra::gui {

namespace {

constexpr int kRestMs = 150, kFrameMs = 60, kDeliverMs = 120;

} // namespace

struct SpaceView::Painter {
    std::unique_ptr<SpaceScene> scene;
    QString failure;
    std::atomic<quint64> newest = 0; ///< picture that is wanted
    std::size_t budget = 50000;      ///< points that were drawn within kFrameMs
    std::size_t total = 0;
    std::unique_ptr<SpaceOverlay> overlay;
    OverlayModel model;
    OverlayInput pointer;
    Frame last; ///< less its image
    QSize pixels;
    std::atomic<quint64> newestPointer = 0;

    /// The picture with the overlay upon it.
    Frame finish(GlStage& stage) {
        stage.begin(pixels);
        if (!overlay)
            overlay = std::make_unique<SpaceOverlay>(plainFontFile());
        const OverlayEdit first = overlay->draw(pixels, model, pointer); // its size follows what stood in it
        scene->copyTo(stage.framebuffer());
        stage.begin(pixels);
        last.edit = overlay->draw(pixels, model, pointer);
        if (first.any())
            last.edit = first;
        last.overlay = overlay->area();
        Frame frame = last;
        frame.image = stage.picture();
        return frame;
    }
    /// Whether there is something to draw with; makes it the first time.
    bool begins(GlStage& stage, const QSize& size) {
        if (!failure.isEmpty())
            return false;
        failure = stage.failure();
        if (!failure.isEmpty())
            return false;
        stage.begin(size);
        if (scene)
            return true;
        try {
            scene = makeSpaceScene();
        } catch (const Error& error) {
            failure = QString::fromUtf8(error.what());
        }
        return scene != nullptr;
    }
    /// Draws the first points, as many as keep pace.
    std::size_t first() {
        QElapsedTimer clock;
        clock.start();
        const std::size_t shown = scene->drawFirst(budget);
        failure = scene->failure();
        const double perPoint =
            (1.0 + static_cast<double>(clock.elapsed())) / std::max<double>(1.0, static_cast<double>(shown));
        const double fits = kFrameMs / perPoint;
        budget = static_cast<std::size_t>(std::clamp(0.5 * (static_cast<double>(budget) + fits), 1e4, 5e6));
        return shown;
    }
};

SpaceView::SpaceView(QWidget* parent)
    : QWidget(parent), emptyMessage_(tr("There is nothing to draw yet.")), band_(new SelectionBand(this)),
      painter_(std::make_shared<Painter>()) {
    setMouseTracking(true);
    setFocusPolicy(Qt::StrongFocus);
    setMinimumSize(260, 200);
    rest_.setSingleShot(true);
    rest_.setInterval(kRestMs);
    connect(&rest_, &QTimer::timeout, this, &SpaceView::draw);
}

SpaceView::~SpaceView() {
    painter_->newest = 0;
    thread_.reset();
}

bool SpaceView::canDraw() {
    if (failure_.isEmpty() && !thread_) {
        failure_ = GlThread::whyNot();
        if (failure_.isEmpty()) {
            thread_ = std::make_unique<GlThread>();
            thread_->setLast([painter = painter_](GlStage& stage) {
                if (!stage.failure().isEmpty())
                    return;
                stage.begin({1, 1});
                painter->overlay.reset();
                painter->scene.reset();
            });
        }
    }
    return failure_.isEmpty();
}

/// Work with the scene, once there is one, before the next picture.
void SpaceView::onThread(std::function<void(SpaceScene&)> work) {
    if (thread_)
        thread_->post([painter = painter_, work = std::move(work)](GlStage& stage) {
            if (painter->begins(stage, {1, 1}))
                work(*painter->scene);
        });
}

void SpaceView::setPicture(SpacePicture picture) {
    const bool samePoints = picture.points == picture_.points;
    picture_ = std::move(picture);
    setAccessibleDescription(picture_.points
                                 ? tr("%L1 points in the space of %2, %3 and %4")
                                       .arg(pointCount())
                                       .arg(picture_.labels[0], picture_.labels[1], picture_.labels[2])
                                 : emptyMessage_);
    if (!samePoints && thread_ && picture_.points)
        onThread([points = picture_.points, painter = painter_.get()](SpaceScene& scene) {
            scene.setPoints(points);
            painter->total = points->size();
        });
    if (!samePoints) {
        image_ = QImage();
        sendColours();
        sendMarks();
    }
    draw();
}

void SpaceView::setColouring(CloudColouring colouring) {
    colouring_ = std::move(colouring);
    sendColours();
    sendMarks();
    draw();
}

void SpaceView::setTheme(const Theme& theme) {
    theme_ = theme;
    sendColours();
    sendMarks();
    draw();
}

void SpaceView::markRows(const RowMask& selected, const std::vector<SpaceSubset>& subsets, qint64 current) {
    const bool any = selected.any() || selection_.any();
    selection_ = selected;
    subsets_ = subsets;
    current_ = current;
    if (any)
        sendColours();
    sendMarks();
    draw();
}

void SpaceView::setLook(double size, double opacity) {
    if (size == size_ && opacity == opacity_)
        return;
    size_ = size;
    opacity_ = opacity;
    draw();
}

void SpaceView::setCamera(const SpaceCamera& camera) {
    if (camera == camera_ || dragging_)
        return;
    camera_ = camera;
    draw();
}

void SpaceView::setEmptyMessage(const QString& sentence) {
    emptyMessage_ = sentence;
    QWidget::update();
}

void SpaceView::setShapeText(std::function<QString(const std::vector<std::int64_t>&)> text) {
    shapeText_ = std::move(text);
}

/// What is not selected pales.
void SpaceView::sendColours() {
    if (!thread_ || !picture_.points)
        return;
    std::vector<QRgb> colours = coloursOf(colouring_, picture_.points->row(), theme_);
    if (selection_.any())
        for (QRgb& colour : colours)
            colour = mixedColour(colour, theme_.page.rgb(), kPaleShare);
    onThread([colours = std::move(colours)](SpaceScene& scene) { scene.setColours(colours); });
}

void SpaceView::sendMarks() {
    if (!thread_ || !picture_.points)
        return;
    const std::vector<std::int64_t>& rows = picture_.points->row();
    std::vector<SpaceMark> marks(subsets_.size() + 1);
    for (std::size_t s = 0; s < subsets_.size(); ++s)
        marks[s + 1] = {{}, {subsets_[s].colour.rgb()}, 1.0};
    marks[0].widen = 1.5;
    std::vector<std::int64_t> selected;
    const bool anySelected = selection_.any();
    if (anySelected || !subsets_.empty())
        for (std::size_t i = 0; i < rows.size(); ++i) {
            if (anySelected && selection_.contains(rows[i])) {
                marks[0].points.push_back(static_cast<std::uint32_t>(i));
                selected.push_back(rows[i]);
            }
            for (std::size_t s = 0; s < subsets_.size(); ++s)
                if (subsets_[s].rows.contains(rows[i]))
                    marks[s + 1].points.push_back(static_cast<std::uint32_t>(i));
        }
    marks[0].colours = coloursOf(colouring_, selected, theme_);
    onThread([marks = std::move(marks)](SpaceScene& scene) { scene.setMarks(marks); });
}

double SpaceView::diameter() const {
    return size_ > 0.0 ? size_ : std::max(2.0, fittingDiameter(pointCount(), size()));
}

bool SpaceView::isComplete() const {
    return !failure_.isEmpty() || !picture_.points || pointCount() == 0 || !isVisible() ||
           (got_ == asked_ && shown_ == pointCount() && !rest_.isActive());
}

void SpaceView::draw() {
    QWidget::update();
    if (!picture_.points || !isVisible() || size().isEmpty())
        return;
    if (!thread_) { // the first picture
        if (!canDraw())
            return;
        onThread([points = picture_.points, painter = painter_.get()](SpaceScene& scene) {
            scene.setPoints(points);
            painter->total = points->size();
        });
        sendColours();
        sendMarks();
    }
    const double ratio = devicePixelRatioF();
    const SpaceLook look{diameter() * ratio, opacity_, theme_.page.rgb(), theme_.line.rgb()};
    const QSize pixels = size() * ratio;
    const bool moving = rest_.isActive();
    const quint64 number = ++asked_;
    painter_->newest = number;
    // Draws what is left in parts, unless another picture is wanted by then.
    using Next = std::function<void(GlStage&)>;
    const auto last = std::make_shared<QElapsedTimer>();
    const auto deliver = [this, number](GlStage& stage, Painter& painter, std::size_t shown) {
        painter.last.shown = shown;
        painter.last.number = number;
        QMetaObject::invokeMethod(
            this, [this, frame = painter.finish(stage)]() mutable { take(std::move(frame)); },
            Qt::QueuedConnection);
    };
    const auto more = std::make_shared<Next>();
    *more = [painter = painter_, number, deliver, last, thread = thread_.get(),
             weak = std::weak_ptr<Next>(more), pixels](GlStage& stage) {
        const auto again = weak.lock();
        if (painter->newest != number || !again)
            return;
        stage.begin(pixels);
        const std::size_t shown = painter->scene->drawMore();
        if (shown == painter->total || last->elapsed() > kDeliverMs) {
            deliver(stage, *painter, shown);
            last->restart();
        }
        if (shown < painter->total)
            thread->post([again](GlStage& next) { (*again)(next); });
    };
    thread_->post([this, painter = painter_, number, pixels, look, camera = camera_, moving, deliver, last,
                   more, thread = thread_.get(), model = overlayModel()](GlStage& stage) {
        if (painter->newest != number)
            return;
        std::size_t shown = 0;
        if (painter->begins(stage, pixels)) {
            painter->model = model;
            painter->pixels = pixels;
            painter->scene->setLook(look);
            painter->scene->setView(camera, pixels);
            shown = painter->first();
        }
        if (!painter->failure.isEmpty()) {
            QMetaObject::invokeMethod(
                this,
                [this, why = painter->failure] {
                    failure_ = why;
                    QWidget::update();
                },
                Qt::QueuedConnection);
            return;
        }
        deliver(stage, *painter, shown);
        last->start();
        if (!moving && shown < painter->total)
            thread->post([more](GlStage& next) { (*more)(next); });
    });
}

void SpaceView::take(Frame frame) {
    if (frame.number < got_)
        return;
    got_ = frame.number;
    image_ = std::move(frame.image);
    shown_ = frame.shown;
    overlay_ = frame.overlay;
    QWidget::update();
    if (frame.edit.any())
        Q_EMIT lookEdited(frame.edit);
}

bool SpaceView::pointOverlay(const QPointF& position, bool down) {
    const double ratio = devicePixelRatioF();
    const QPointF at = position * ratio;
    const bool over = overlayHeld_ || overlay_.contains(at.toPoint());
    if (!thread_ || !failure_.isEmpty() || !(over || overlaySaw_))
        return false;
    overlaySaw_ = over;
    const quint64 number = ++painter_->newestPointer;
    thread_->post([this, painter = painter_, input = OverlayInput{at, down}, number](GlStage& stage) {
        const bool turns = painter->pointer.down != input.down; // never passed over
        if (!painter->overlay || (!turns && painter->newestPointer != number))
            return;
        stage.begin(painter->pixels);
        painter->pointer = {input.at, painter->pointer.down}; // it comes before it presses
        OverlayEdit edit = painter->finish(stage).edit;
        painter->pointer = input;
        Frame frame = painter->finish(stage);
        if (edit.any())
            frame.edit = edit;
        QMetaObject::invokeMethod(
            this, [this, frame = std::move(frame)]() mutable { take(std::move(frame)); },
            Qt::QueuedConnection);
    });
    return over;
}

std::optional<QPointF> SpaceView::placeOf(std::int64_t row) const {
    for (std::size_t i = 0; i < pointCount(); ++i)
        if (picture_.points->row()[i] == row) {
            const auto seen = projection().project(picture_.points->place(i));
            return seen ? std::optional(seen->pixel) : std::nullopt;
        }
    return std::nullopt;
}

void SpaceView::resizeEvent(QResizeEvent*) {
    draw();
}

void SpaceView::showEvent(QShowEvent*) {
    draw();
}

} // namespace penumbra::gui
