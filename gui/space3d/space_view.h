#pragma once

#include "core/catalogue/row_mask.h"
#include "gui/cloud/colouring.h"
#include "gui/gl/gl_thread.h"
#include "gui/space3d/space_overlay.h"
#include "gui/space3d/space_scene.h"
#include "gui/style/theme.h"

#include <QImage>
#include <QTimer>
#include <QWidget>

#include <functional>
#include <memory>

namespace penumbra::gui {

class SelectionBand;

/// What a cloud in three dimensions shows: points and what the axes mean.
struct SpacePicture {
    std::shared_ptr<const SpacePoints> points; ///< null: none
    std::array<QString, 3> labels;
    bool numbers = true; ///< on the axes; a map's mean nothing
    QString corner;      ///< said in the corner: what is drawn, rows without a place
};

/// A named set of galaxies, drawn in its colour.
struct SpaceSubset {
    QString name;
    QColor colour;
    RowMask rows;
};

/// Galaxies as points in a box that can be turned. Drawn with OpenGL on a
/// thread of its own: while it moves, only as many points as keep pace, and it
/// says how many; at rest, all. Drag turns, right drag shifts, wheel zooms,
/// double click goes back; a click selects (with Ctrl: takes in or out),
/// dragging with Shift selects a rectangle, with Shift and Ctrl a lasso, of all
/// points seen there, hidden or not; Alt adds. Keys: arrows turn, + and - zoom,
/// 0 goes back.
class SpaceView : public QWidget {
    Q_OBJECT
public:
    explicit SpaceView(QWidget* parent = nullptr);
    ~SpaceView() override;

    void setPicture(SpacePicture picture);
    void setColouring(CloudColouring colouring);
    void setTheme(const Theme& theme);
    void markRows(const RowMask& selected, const std::vector<SpaceSubset>& subsets, qint64 current);
    void setCamera(const SpaceCamera& camera);
    /// size: diameter of a point in pixels, 0: as suits their number; opacity:
    /// 0.05 to 1
    void setLook(double size, double opacity);
    void setEmptyMessage(const QString& sentence);
    /// Lines shown beside a shape while it is drawn, of the catalogue rows
    /// inside.
    void setShapeText(std::function<QString(const std::vector<std::int64_t>& rows)> text);

    const SpacePicture& picture() const { return picture_; }
    const SpaceCamera& camera() const { return camera_; }
    SpaceProjection projection() const { return {camera_, QSizeF(size())}; }
    /// Of a catalogue row, in pixels of the widget.
    std::optional<QPointF> placeOf(std::int64_t row) const;
    /// All points stand in the picture, or there is no way to draw them.
    bool isComplete() const;
    /// Why nothing can be drawn here; empty: it can, as far as is known.
    const QString& failure() const { return failure_; }
    /// Where legend and controls stand over the picture, in pixels of the device.
    const QRect& overlayArea() const { return overlay_; }
    std::size_t shown() const { return shown_; } ///< points in the picture
    QSize sizeHint() const override { return {640, 480}; }

Q_SIGNALS:
    void lookEdited(const penumbra::gui::OverlayEdit& edit); ///< in the overlay
    void rowsPicked(const std::vector<std::int64_t>& rows, penumbra::Combine how);
    void hovered(qint64 row, const QPoint& globalPosition);     ///< -1: nothing there
    void cameraMoved(const penumbra::gui::SpaceCamera& camera); ///< by hand

protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void showEvent(QShowEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    void wheelEvent(QWheelEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void leaveEvent(QEvent* event) override;

private:
    struct Painter; ///< what lives on OpenGL's thread
    struct Frame {
        QImage image;
        std::size_t shown = 0;
        quint64 number = 0;
        QRect overlay; ///< in pixels of the device
        OverlayEdit edit = {};
    };
    std::size_t pointCount() const { return picture_.points ? picture_.points->size() : 0; }
    bool canDraw();
    void onThread(std::function<void(SpaceScene& scene)> work);
    void sendColours();
    void sendMarks();
    void draw();
    void take(Frame frame);
    OverlayModel overlayModel() const;
    /// Lets the overlay see the pointer; false: it is elsewhere.
    bool pointOverlay(const QPointF& position, bool down);
    void move(const SpaceCamera& camera, bool tell);
    void turn(const QPointF& pixels);
    void shift(const QPointF& pixels);
    double diameter() const; ///< pixels of the widget
    std::optional<std::size_t> pointAt(const QPointF& position) const;
    void tellShape(const QPointF& at);
    void paintAxis(QPainter& painter, std::size_t axis) const;
    void paintCurrent(QPainter& painter) const;
    void paintWords(QPainter& painter) const;

    SpacePicture picture_;
    CloudColouring colouring_;
    RowMask selection_;
    std::vector<SpaceSubset> subsets_;
    qint64 current_ = -1;
    Theme theme_ = lightTheme();
    SpaceCamera camera_;
    double size_ = 0.0, opacity_ = 1.0;
    QString emptyMessage_, shapeLines_, failure_;
    std::function<QString(const std::vector<std::int64_t>&)> shapeText_;
    SelectionBand* band_;
    QImage image_;
    std::size_t shown_ = 0;
    quint64 asked_ = 0, got_ = 0; ///< numbers of pictures
    QTimer rest_;                 ///< runs while the camera moves
    QPointF pressedAt_, movedFrom_, shapeAt_;
    bool dragging_ = false, moved_ = false;
    QRect overlay_;
    bool overlayHeld_ = false, overlaySaw_ = false; ///< it is being dragged; the pointer was over it
    std::shared_ptr<Painter> painter_;
    std::unique_ptr<GlThread> thread_; ///< goes first
};

} // namespace penumbra::gui
