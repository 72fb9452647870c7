#pragma once

#include "core/catalogue/row_mask.h"
#include "core/report/figure_spec.h"
#include "gui/plots/coloured_rows.h"
#include "gui/plots/figure_look.h"

#include <QPointF>
#include <QPolygonF>
#include <QSize>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

class QCustomPlot;

namespace penumbra::gui {

/// Lays a FigureSpec out on a QCustomPlot: legend strip, panels, notes. The one drawing for screen and
/// export. Must be destroyed before the plot.
class FigurePainter {
public:
    explicit FigurePainter(QCustomPlot& plot);
    ~FigurePainter();
    void build(const report::FigureSpec& figure, const FigureLook& look);
    /// Wraps legend and labels for a canvas of this size, in drawing units. Call before drawing at a new
    /// size.
    void layoutFor(const QSize& size);
    /// All panels show all their data.
    void fit();
    void fitPanelAt(const QPointF& pixel);
    /// Rings every point of the current catalogue row (-1: none) and lets the selected ones stand out, until
    /// the next build.
    void markRows(const RowMask& selected, std::int64_t current);
    /// Gives the points of these rows their colour, until the next build.
    void markSubsets(const std::vector<ColouredRows>& subsets);
    /// Catalogue rows of the points inside a shape, of the panel where it begins; each once.
    std::vector<std::int64_t> rowsWithin(const QPolygonF& shape) const;
    bool hasRows() const; ///< some points stand for catalogue rows

    struct Hit {
        std::size_t panel = 0, series = 0, point = 0;
        QPointF pixel;
    };
    /// The drawn point nearest to a place, within a radius in drawing units.
    std::optional<Hit> nearest(const QPointF& pixel, double radius) const;
    /// The bin above or below a place that stands for galaxies, where it is one for all series of the panel.
    std::optional<Hit> binAt(const QPointF& pixel) const;
    /// The filled cell under a place.
    std::optional<Hit> cellAt(const QPointF& pixel) const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace penumbra::gui
