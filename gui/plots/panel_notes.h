#pragma once

#include "core/report/figure_spec.h"
#include "gui/plots/series_plottable.h"

namespace penumbra::gui {

/// What stands around one panel's data: reference lines with their numbers, n along the top, letter and
/// heading, or the sentence that says why there is nothing. All words stand outside the frame, so that they
/// cover no data.
class PanelNotes : public QCPLayerable {
public:
    PanelNotes(QCPAxisRect& axes, const report::Panel& panel, const FigureLook& look, bool hasHeadings);
    /// Series whose marker stands before the heading; may be null.
    void setHeadingSample(const SeriesPlottable* series) { headingSample_ = series; }
    /// Small multiples say it once a row: the label of a level line on the right.
    void setLabelsLevels(bool labels) { labelsLevels_ = labels; }
    /// For a frame of about this width: n takes a line of its own where it does not fit beside the heading.
    void fitWidth(double width);
    /// Room the words need beyond the axes' own, in drawing units.
    QMargins margins() const;

protected:
    void draw(QCPPainter* painter) override;
    void applyDefaultAntialiasingHint(QCPPainter* painter) const override;

private:
    void drawLines(QCPPainter* painter) const;
    void drawBinEdges(QCPPainter* painter) const;
    void drawCounts(QCPPainter* painter) const;
    double headingStart() const;
    void drawHeading(QCPPainter* painter) const;
    void drawEmptyMessage(QCPPainter* painter) const;
    double lineHeight() const { return look_.size(FigureLook::kTickPt * 1.35); }

    QCPAxisRect& axes_;
    const report::Panel panel_;
    FigureLook look_;
    bool hasHeadings_;
    bool labelsLevels_ = true;
    bool countsOwnLine_ = false;
    const SeriesPlottable* headingSample_ = nullptr;
};

} // namespace penumbra::gui
