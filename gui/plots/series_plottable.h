#pragma once

#include "core/catalogue/row_mask.h"
#include "core/report/figure_spec.h"
#include "gui/plots/coloured_rows.h"
#include "gui/plots/figure_look.h"
#include "gui/plots/qcp.h"

#include <array>
#include <vector>

namespace penumbra::gui {

/// Draws one Series in one panel. QCPGraph is not used: its adaptive sampling drops points, and points of
/// several methods at one x must be moved apart in pixels, whatever the zoom.
class SeriesPlottable : public QCPAbstractPlottable {
public:
    /// `place` of `places`: this series' slot among those drawn side by side; 0 of 1 for none.
    SeriesPlottable(QCPAxis* xAxis, QCPAxis* yAxis, const report::Series& series, const FigureLook& look,
                    int place, int places);

    void setPercent(bool percent) { percent_ = percent; } ///< the vertical axis shows fractions in per cent
    /// Where the points stand on the canvas, moved apart.
    std::vector<QPointF> pixels() const;
    /// A ring around the current galaxy's points. Where several are selected, theirs stand out and the others
    /// are dimmed.
    void markRows(const RowMask& selected, std::int64_t current);
    /// Points of these rows take their colour; of the last that has them.
    void markSubsets(const std::vector<ColouredRows>& subsets);
    /// Catalogue rows of the points inside a shape on the canvas.
    std::vector<std::int64_t> rowsWithin(const QPolygonF& shape) const;
    /// Line and marker for a legend.
    void drawSample(QCPPainter* painter, const QRectF& area) const;
    void drawMarkerAt(QCPPainter* painter, const QPointF& centre) const;
    QPen bandPen() const;

    double selectTest(const QPointF& position, bool onlySelectable, QVariant* details) const override;
    QCPRange getKeyRange(bool& found, QCP::SignDomain domain) const override;
    QCPRange getValueRange(bool& found, QCP::SignDomain domain, const QCPRange& keys) const override;

protected:
    void draw(QCPPainter* painter) override;
    void drawLegendIcon(QCPPainter* painter, const QRectF& area) const override;

private:
    QPointF pixelOf(double x, double y) const;
    void drawPoints(QCPPainter* painter) const;
    void drawCurve(QCPPainter* painter, const std::vector<QPointF>& points) const;
    void drawIntervals(QCPPainter* painter, const std::vector<QPointF>& points) const;
    void drawInterval(QCPPainter* painter, const QPointF& centre, const std::array<QPointF, 2>& ends,
                      const std::array<bool, 2>& unbounded) const;
    void drawMarkers(QPainter& painter, const std::vector<QPointF>& points) const;
    void drawRasterised(QCPPainter* painter, const std::vector<QPointF>& points, double size,
                        const QColor& color) const;
    void drawCrowd(QCPPainter* painter, const std::vector<QPointF>& points, double size, const QColor& color,
                   double opacity) const;
    double crowdOpacity() const;
    void drawBand(QCPPainter* painter) const;
    void drawBars(QCPPainter* painter) const;
    void drawHeatMap(QCPPainter* painter) const;
    void drawViolin(QCPPainter* painter) const;
    void drawPicture(QCPPainter* painter) const;
    void drawScaleBar(QCPPainter* painter, const QRectF& area) const;
    void drawRings(QCPPainter* painter, const std::vector<QPointF>& points) const;
    void drawMarker(QPainter& painter, const QPointF& centre, double size) const;
    double markerSize() const;

    report::Series series_;
    FigureLook look_;
    MethodStyle style_;
    int place_;
    int places_;
    bool percent_ = false;
    std::vector<std::size_t> marked_; ///< points in rings
    struct ColouredPoints {
        std::vector<std::size_t> points;
        QColor colour;
    };
    std::vector<ColouredPoints> coloured_;
    std::vector<std::size_t> selected_; ///< points that stand out
};

/// Above this many points a scatter is drawn as a picture, on screen and in vector files.
constexpr std::size_t kDenseScatter = 5000;

} // namespace penumbra::gui
