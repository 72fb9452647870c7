#pragma once

#include "core/catalogue/row_mask.h"
#include "gui/cloud/cloud_links.h"
#include "gui/cloud/cloud_raster.h"
#include "gui/cloud/colouring.h"
#include "gui/style/theme.h"

#include <QTimer>
#include <QWidget>

#include <functional>
#include <memory>

namespace penumbra::gui {

class SelectionBand;

/// What a cloud shows: points and what their axes mean.
struct CloudPicture {
    std::shared_ptr<const CloudPoints> points; ///< null: none
    QString xLabel, yLabel;
    bool xLog = false, yLog = false; ///< the points' coordinates are logarithms, numbers on the axes are not
    bool map = false;                ///< an embedding's map: one scale for both axes and no numbers on them
    QString corner;                  ///< said in the corner: quality of a map, rows without a place
    bool density = false;            ///< numbers of points instead of points
};

/// Galaxies as points, a million of them without waiting: drawn in slices, so that the window answers while
/// they come, and it says how many are there yet. Wheel zooms, drag pans, double click fits; a click selects
/// (with Ctrl: takes in or out), dragging with Shift selects a rectangle, with Shift and Ctrl a lasso; Alt
/// adds. Keys: + and - zoom, arrows move, 0 fits.
class CloudView : public QWidget {
    Q_OBJECT
public:
    explicit CloudView(QWidget* parent = nullptr);

    /// keepView: of the same axes, as a map that is still being made.
    void setPicture(CloudPicture picture, bool keepView = false);
    void setColouring(CloudColouring colouring);
    void setTheme(const Theme& theme);
    void markRows(const RowMask& selected, qint64 current);
    const RowMask& marked() const { return selection_; }
    void setLinks(CloudLinks links); ///< of the galaxy looked at; in this and later pictures
    const PlacedLinks& links() const { return placed_; }
    void setEmptyMessage(const QString& sentence);
    /// Lines shown beside a shape while it is drawn, of the catalogue rows inside.
    void setShapeText(std::function<QString(const std::vector<std::int64_t>& rows)> text);
    void fit();
    void zoomTo(const RowMask& rows); ///< nothing happens where none of them has a place
    /// Of a catalogue row, in pixels of the widget; for tests and callers that point at a galaxy.
    std::optional<QPointF> placeOf(std::int64_t row) const;
    bool isComplete() const { return next_.selected && next_.from >= pointCount(); }
    const CloudPicture& picture() const { return picture_; }
    QSize sizeHint() const override { return {640, 480}; }

Q_SIGNALS:
    void rowsPicked(const std::vector<std::int64_t>& rows, penumbra::Combine how);
    void hovered(qint64 row, const QPoint& globalPosition); ///< -1: nothing there

protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    void wheelEvent(QWheelEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void leaveEvent(QEvent* event) override;

private:
    std::size_t pointCount() const { return picture_.points ? picture_.points->size() : 0; }
    QRect plotArea() const;
    QPointF inPlot(const QPointF& position) const; ///< device pixels of the picture
    void redraw();                                 ///< from the first slice on
    void drawSlice();
    void zoom(double factor, const QPointF& at);
    void pan(const QPointF& pixels);
    void paintAxes(QPainter& painter) const;
    void paintLegend(QPainter& painter) const;
    void paintLinks(QPainter& painter) const;
    void paintCurrent(QPainter& painter) const;
    void tellShape(const QPointF& at);
    QPolygonF toData(const QPolygonF& shape) const;

    CloudPicture picture_;
    CloudColouring colouring_;
    std::vector<QRgb> colours_;
    std::vector<std::uint8_t> selected_;
    RowMask selection_;
    qint64 current_ = -1;
    CloudLinks links_;
    PlacedLinks placed_;
    Theme theme_ = lightTheme();
    QString emptyMessage_, shapeLines_;
    std::function<QString(const std::vector<std::int64_t>&)> shapeText_;
    SelectionBand* band_;
    CloudFrame frame_;
    bool fitted_ = true; ///< follows the widget's size
    QImage image_;
    CloudPart next_; ///< where drawing goes on
    QTimer slices_;
    QPointF pressedAt_, movedFrom_, shapeAt_;
    bool panning_ = false;
};

} // namespace penumbra::gui
