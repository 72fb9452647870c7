#include "gui/space3d/space_view.h"

#include "core/base/error.h"
#include "gui/cloud/cloud_paint.h"
#include "gui/cloud/cloud_raster.h"
#include "gui/gl/gl_stage.h"
#include "gui/plots/selection_band.h"
#include "gui/style/font_file.h"

#include <QElapsedTimer>
#include <QKeyEvent>
#include <QLineF>
#include <QMouseEvent>
#include <QPainter>
#include <QWheelEvent>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>

namespace penumbra::gui {

namespace {

constexpr double kFlat = 60.0, kHoverRadius = 10.0, kDragPixels = 4.0, kDegreesPerPixel = 0.4, kRing = 9.0;
constexpr int kRestMs = 150, kFrameMs = 60, kDeliverMs = 120;
constexpr int kLegend = 172, kMargin = 12, kRamp = 32;

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

OverlayModel SpaceView::overlayModel() const {
    using Scale = CloudColouring::Scale;
    OverlayModel model;
    model.size = diameter();
    model.opacity = opacity_;
    model.ratio = devicePixelRatioF();
    model.text = theme_.text;
    model.faint = theme_.secondaryText;
    model.raised = theme_.raised;
    model.line = theme_.line;
    model.accent = theme_.accent;
    for (const SpaceSubset& subset : subsets_)
        model.subsets.emplace_back(subset.name, subset.colour);
    if (colouring_.scale == Scale::One)
        return model;
    model.title = colouring_.label;
    model.low = colouring_.low;
    model.high = colouring_.high;
    if (colouring_.scale == Scale::Categories)
        for (std::size_t i = 0; i < colouring_.categories.size(); ++i)
            model.names.emplace_back(colouring_.categories[i],
                                     colourOf(colouring_, static_cast<double>(i), theme_));
    else
        for (int i = 0; i <= kRamp; ++i)
            model.ramp.push_back(
                colourOf(colouring_, model.low + (model.high - model.low) * i / kRamp, theme_));
    if (colouring_.scale == Scale::Diverging)
        model.centre = colouring_.centre;
    model.names.emplace_back(tr("unknown"),
                             colourOf(colouring_, std::numeric_limits<double>::quiet_NaN(), theme_));
    return model;
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

void SpaceView::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.fillRect(rect(), theme_.page);
    if (!picture_.points || pointCount() == 0 || !failure_.isEmpty()) {
        painter.setPen(theme_.secondaryText);
        painter.drawText(rect().adjusted(24, 24, -24, -24), Qt::AlignCenter | Qt::TextWordWrap,
                         failure_.isEmpty() || !picture_.points
                             ? emptyMessage_
                             : tr("%1 The map shows the same galaxies in two "
                                  "dimensions without it.")
                                   .arg(failure_));
        return;
    }
    painter.drawImage(rect(), image_);
    for (std::size_t axis = 0; axis < 3; ++axis)
        paintAxis(painter, axis);
    paintCurrent(painter);
    paintWords(painter);
}

void SpaceView::paintWords(QPainter& painter) const {
    painter.setPen(theme_.secondaryText);
    QString corner = picture_.corner;
    if (shown_ < pointCount())
        corner = tr("showing %L1 of %L2").arg(shown_).arg(pointCount());
    painter.drawText(rect().adjusted(kMargin, 8, -kLegend, -8),
                     Qt::AlignTop | Qt::AlignLeft | Qt::TextWordWrap, corner);
    paintNote(painter, rect(), shapeAt_, shapeLines_, theme_);
}

/// Numbers and name along the edge of the box that stands lowest or, of the
/// upright ones, most to the left.
void SpaceView::paintAxis(QPainter& painter, std::size_t axis) const {
    const SpaceProjection seen = projection();
    const std::array<double, 3>& reach = picture_.points->reach();
    const std::size_t u = (axis + 1) % 3, v = (axis + 2) % 3;
    std::array<double, 3> edge{};
    double best = -1e300;
    for (const double a : {-1.0, 1.0})
        for (const double b : {-1.0, 1.0}) {
            std::array<double, 3> middle{};
            middle[u] = a * reach[u];
            middle[v] = b * reach[v];
            const auto at = seen.project(middle);
            const double worth = !at ? -1e300 : axis == 2 ? -at->pixel.x() : at->pixel.y();
            if (worth > best) {
                best = worth;
                edge = middle;
            }
        }
    const auto middle = seen.project(edge), inside = seen.project({0.0, 0.0, 0.0});
    if (best <= -1e300 || !middle || !inside)
        return;
    QPointF out = middle->pixel - inside->pixel;
    out /= std::max(1.0, std::hypot(out.x(), out.y()));
    const QFontMetrics metrics = painter.fontMetrics();
    const auto write = [&](const QPointF& at, double away, const QString& words) {
        const QPointF place = at + away * out;
        const QRectF box(QPointF(), QSizeF(metrics.horizontalAdvance(words) + 4, metrics.height()));
        QRectF moved = box.translated(place - box.center() + 0.5 * box.width() * QPointF(out.x(), 0.0));
        moved.moveLeft(std::clamp(moved.left(), 4.0, std::max(4.0, width() - moved.width() - 4.0)));
        painter.drawText(moved, Qt::AlignCenter, words);
    };
    std::array<double, 3> lower = edge, upper = edge;
    lower[axis] = -reach[axis];
    upper[axis] = reach[axis];
    const auto from = seen.project(lower), to = seen.project(upper);
    const bool seenFlat = !from || !to || QLineF(from->pixel, to->pixel).length() < kFlat;
    if (seenFlat) // along the line of sight: its numbers would stand on each other
        return;
    double away = 12.0;
    if (picture_.numbers) {
        painter.setPen(theme_.secondaryText);
        const double low = picture_.points->value(static_cast<int>(axis), -reach[axis]),
                     high = picture_.points->value(static_cast<int>(axis), reach[axis]);
        for (const double value : roundTicks(low, high, 4)) {
            std::array<double, 3> place = edge;
            place[axis] = picture_.points->toUnit(static_cast<int>(axis), value);
            if (const auto at = seen.project(place)) {
                painter.drawLine(at->pixel, at->pixel + 5.0 * out);
                write(at->pixel, 14.0, tickText(value));
            }
        }
        away = axis == 2 ? 52.0 : 44.0;
    }
    painter.setPen(theme_.text);
    write(middle->pixel, away, metrics.elidedText(picture_.labels[axis], Qt::ElideRight, width() / 3));
}

void SpaceView::paintCurrent(QPainter& painter) const {
    const auto at = current_ < 0 ? std::nullopt : placeOf(current_);
    if (!at)
        return;
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(theme_.page, 4.0));
    painter.drawEllipse(*at, kRing, kRing);
    painter.setPen(QPen(theme_.accent, 2.0));
    painter.drawEllipse(*at, kRing, kRing);
    painter.setRenderHint(QPainter::Antialiasing, false);
}

void SpaceView::resizeEvent(QResizeEvent*) {
    draw();
}

void SpaceView::showEvent(QShowEvent*) {
    draw();
}

/// By hand: few points until it rests.
void SpaceView::move(const SpaceCamera& camera, bool tell) {
    camera_ = camera;
    camera_.elevation = std::clamp(camera_.elevation, -90.0, 90.0);
    camera_.azimuth = std::remainder(camera_.azimuth, 360.0);
    camera_.zoom = std::clamp(camera_.zoom, 0.2, 1000.0);
    rest_.start();
    draw();
    if (tell)
        Q_EMIT cameraMoved(camera_);
}

void SpaceView::turn(const QPointF& pixels) {
    SpaceCamera next = camera_;
    next.azimuth -= kDegreesPerPixel * pixels.x();
    next.elevation += kDegreesPerPixel * pixels.y();
    move(next, !dragging_);
}

void SpaceView::shift(const QPointF& pixels) {
    SpaceCamera next = camera_;
    const SpaceProjection seen = projection();
    for (std::size_t i = 0; i < 3; ++i)
        next.centre[i] = std::clamp(next.centre[i] + seen.unitsPerPixel() * (pixels.y() * seen.upright()[i] -
                                                                             pixels.x() * seen.right()[i]),
                                    -2.0, 2.0);
    move(next, !dragging_);
}

void SpaceView::mousePressEvent(QMouseEvent* event) {
    if (!picture_.points)
        return;
    overlayHeld_ = event->button() == Qt::LeftButton && pointOverlay(event->position(), true);
    if (overlayHeld_)
        return;
    pressedAt_ = movedFrom_ = event->position();
    moved_ = false;
    if (event->button() == Qt::LeftButton && event->modifiers().testFlag(Qt::ShiftModifier)) {
        const bool lasso = event->modifiers().testFlag(Qt::ControlModifier);
        band_->begin(lasso ? SelectionBand::Shape::Lasso : SelectionBand::Shape::Rectangle, event->position(),
                     theme_.accent);
    }
}

void SpaceView::tellShape(const QPointF& at) {
    if (!shapeText_ || !picture_.points)
        return;
    shapeAt_ = at;
    shapeLines_ = shapeText_(picture_.points->rowsWithin(band_->shape(), projection()));
    QWidget::update();
}

std::optional<std::size_t> SpaceView::pointAt(const QPointF& position) const {
    return picture_.points->pick(position, projection(), 0.5 * diameter(), kHoverRadius);
}

void SpaceView::mouseMoveEvent(QMouseEvent* event) {
    if (!picture_.points)
        return;
    if (band_->active()) {
        band_->extend(event->position());
        tellShape(event->position());
        return;
    }
    if (!dragging_ && pointOverlay(event->position(), overlayHeld_)) {
        Q_EMIT hovered(-1, {});
        return;
    }
    if (event->buttons() == Qt::NoButton) {
        const auto hit = pointAt(event->position());
        Q_EMIT hovered(hit ? picture_.points->row()[*hit] : -1, event->globalPosition().toPoint());
        return;
    }
    moved_ = moved_ || (event->position() - pressedAt_).manhattanLength() > kDragPixels;
    if (!moved_)
        return;
    dragging_ = true;
    const QPointF by = event->position() - std::exchange(movedFrom_, event->position());
    event->buttons().testFlag(Qt::LeftButton) ? turn(by) : shift(by);
}

void SpaceView::mouseReleaseEvent(QMouseEvent* event) {
    if (!picture_.points)
        return;
    if (std::exchange(overlayHeld_, false)) {
        overlaySaw_ = true;
        pointOverlay(event->position(), false);
        return;
    }
    if (std::exchange(dragging_, false)) {
        Q_EMIT cameraMoved(camera_);
        return;
    }
    if (event->button() != Qt::LeftButton)
        return;
    if (band_->active()) {
        const QPolygonF shape = band_->end();
        shapeLines_.clear();
        QWidget::update();
        if ((event->position() - pressedAt_).manhattanLength() > kDragPixels || shape.size() > 4) {
            const bool adds = event->modifiers().testFlag(Qt::AltModifier);
            Q_EMIT rowsPicked(picture_.points->rowsWithin(shape, projection()),
                              adds ? Combine::Add : Combine::Replace);
            return;
        }
    }
    if (moved_)
        return;
    const bool toggles = event->modifiers().testFlag(Qt::ControlModifier);
    if (const auto hit = pointAt(event->position()))
        Q_EMIT rowsPicked({picture_.points->row()[*hit]}, toggles ? Combine::Toggle : Combine::Replace);
}

void SpaceView::mouseDoubleClickEvent(QMouseEvent*) {
    move(SpaceCamera(), true);
}

void SpaceView::wheelEvent(QWheelEvent* event) {
    SpaceCamera next = camera_;
    next.zoom *= std::pow(1.0015, event->angleDelta().y());
    move(next, true);
    event->accept();
}

void SpaceView::keyPressEvent(QKeyEvent* event) {
    constexpr double step = 25.0; // pixels: ten degrees
    SpaceCamera zoomed = camera_;
    switch (event->key()) {
    case Qt::Key_Plus:
    case Qt::Key_Minus:
        zoomed.zoom *= event->key() == Qt::Key_Plus ? 1.25 : 0.8;
        return move(zoomed, true);
    case Qt::Key_0:
        return move(SpaceCamera(), true);
    case Qt::Key_Left:
        return turn({step, 0});
    case Qt::Key_Right:
        return turn({-step, 0});
    case Qt::Key_Up:
        return turn({0, step});
    case Qt::Key_Down:
        return turn({0, -step});
    default:
        QWidget::keyPressEvent(event);
    }
}

void SpaceView::leaveEvent(QEvent*) {
    pointOverlay(QPointF(-1.0, -1.0), false);
    Q_EMIT hovered(-1, {});
}

} // namespace penumbra::gui
