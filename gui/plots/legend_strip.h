#pragma once

#include "gui/plots/series_plottable.h"

#include <vector>

namespace penumbra::gui {

/// Names of the series in a strip above the panels, where it can cover no data; wraps into as many lines as
/// needed.
class LegendStrip : public QCPLayoutElement {
public:
    LegendStrip(QCustomPlot& plot, const FigureLook& look);
    /// The first series of a name speaks for all of them.
    void add(const SeriesPlottable* series);
    bool isEmpty() const { return entries_.empty(); }
    /// Takes the height that this width asks for.
    void fitWidth(int width);

protected:
    void draw(QCPPainter* painter) override;
    void applyDefaultAntialiasingHint(QCPPainter* painter) const override;

private:
    struct Entry {
        const SeriesPlottable* series;
        QString text;
        QPointF place; ///< top left, relative to the strip
    };
    double entryWidth(const Entry& entry) const;
    double lineHeight() const;
    FigureLook look_;
    std::vector<Entry> entries_;
};

} // namespace penumbra::gui
