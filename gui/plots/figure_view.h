#pragma once

#include "core/catalogue/row_mask.h"
#include "core/report/figure_spec.h"
#include "gui/plots/coloured_rows.h"
#include "gui/style/theme.h"

#include <QWidget>
#include <functional>
#include <memory>
#include <vector>

namespace penumbra::gui {

/// Draws any FigureSpec on screen (QCustomPlot): hover shows exact numbers, wheel zooms, drag pans, double
/// click fits; the context menu offers export, copy picture, copy data. Where points stand for galaxies, a
/// click selects one (Shift adds it, Alt removes it, Ctrl takes it in or out), dragging with Shift those in a
/// rectangle, with Shift and Ctrl those in a lasso; Alt adds them to the selection. Where points, bins or
/// cells stand for many galaxies, a click selects these; hovering says which.
class FigureView : public QWidget {
    Q_OBJECT
public:
    explicit FigureView(QWidget* parent = nullptr);
    ~FigureView() override;
    void setFigure(report::FigureSpec figure);
    const report::FigureSpec& figure() const;
    void setTheme(const Theme& theme);
    /// Lets the points of the selected catalogue rows stand out and rings those of the current one (-1:
    /// none), in this and later figures.
    void markRows(const RowMask& selected, qint64 current);
    /// Gives the points of these rows a colour of their own, in this and later figures.
    void markSubsets(const std::vector<ColouredRows>& subsets);
    /// Said in the middle when there is no figure.
    void setEmptyMessage(const QString& sentence);
    QImage toImage() const;
    /// Asked before a figure is written to a chosen file; throws an Error that says why not there.
    void setOutputCheck(std::function<void(const QString& path)> check);

Q_SIGNALS:
    /// Points that stand for catalogue rows were clicked, or a shape was drawn about them (perhaps none).
    void rowsPicked(const std::vector<std::int64_t>& rows, penumbra::Combine how);
    /// What stands for the galaxies of a formula was clicked.
    void galaxiesPicked(const std::string& formula, penumbra::Combine how);
    /// What stands for some rows was clicked. `byOutcome`: their truth sorted them there.
    void membersPicked(const std::vector<std::int64_t>& rows, bool byOutcome, penumbra::Combine how);

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace penumbra::gui
