#pragma once

#include "core/report/figure_spec.h"
#include "gui/style/theme.h"

#include <QWidget>
#include <functional>
#include <memory>

namespace penumbra::gui {

/// Draws any FigureSpec on screen (QCustomPlot): hover shows exact numbers, wheel zooms, drag pans, double
/// click fits; the context menu offers export, copy picture, copy data.
class FigureView : public QWidget {
    Q_OBJECT
public:
    explicit FigureView(QWidget* parent = nullptr);
    ~FigureView() override;
    void setFigure(report::FigureSpec figure);
    const report::FigureSpec& figure() const;
    void setTheme(const Theme& theme);
    /// Rings the points that stand for this catalogue row, in this and later figures; -1: none.
    void markRow(qint64 catalogueRow);
    /// Said in the middle when there is no figure.
    void setEmptyMessage(const QString& sentence);
    QImage toImage() const;
    /// Asked before a figure is written to a chosen file; throws an Error that says why not there.
    void setOutputCheck(std::function<void(const QString& path)> check);

Q_SIGNALS:
    /// A point that stands for a catalogue row was clicked.
    void rowClicked(qint64 catalogueRow);

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace penumbra::gui
