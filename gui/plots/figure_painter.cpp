#include "gui/plots/figure_painter.h"

#include "gui/plots/figure_axes.h"
#include "gui/plots/legend_strip.h"
#include "gui/plots/panel_notes.h"

#include <algorithm>
#include <cmath>

namespace penumbra::gui {

namespace {

struct DrawnPanel {
    QCPAxisRect* axes = nullptr;
    std::vector<SeriesPlottable*> series;
    std::unique_ptr<PanelNotes> notes;
};

/// Named elsewhere (heading, category axis) or not worth a name.
bool needsLegend(const report::Series& series, const report::Panel& panel) {
    if (series.name.empty() || series.name == panel.heading)
        return false;
    if (series.oracleBand || (series.kind == report::Series::Kind::Band && series.paletteIndex >= 0))
        return true;
    if (series.xIsInterval && !panel.y.tickLabels.empty())
        return false;
    return !series.method.empty() || series.paletteIndex >= 0;
}

} // namespace

struct FigurePainter::Impl {
    explicit Impl(QCustomPlot& canvas) : plot(canvas) {}
    QCustomPlot& plot;
    report::FigureSpec figure;
    FigureLook look;
    LegendStrip* legend = nullptr;
    QCPLayoutGrid* grid = nullptr;
    std::vector<DrawnPanel> panels;
    std::vector<QCPMarginGroup*> marginGroups;

    void clear();
    void addPanel(const report::Panel& panel, std::size_t index);
    void addSeries(const report::Panel& panel, DrawnPanel& drawn);
    void alignMargins();
    void shareAxes();
    void balance(const QSize& size);
    bool isLastOfRow(std::size_t index) const;
    QList<double> widthShares() const; ///< of the columns, 1 on average
    bool isLowest(std::size_t index) const {
        return index + static_cast<std::size_t>(columns()) >= figure.panels.size();
    }
    int columns() const;
};

FigurePainter::FigurePainter(QCustomPlot& plot) : impl_(std::make_unique<Impl>(plot)) {
    plot.setAutoAddPlottableToLegend(false);
    plot.setLocale(QLocale::c()); // the same figure on every desk
    plot.setNoAntialiasingOnDrag(false);
    plot.setPlottingHint(QCP::phCacheLabels, false); // cached labels are pixmaps: blurred in vector files
}

FigurePainter::~FigurePainter() {
    impl_->panels.clear();
}

void FigurePainter::Impl::clear() {
    panels.clear();
    plot.clearPlottables();
    plot.plotLayout()->clear();
    qDeleteAll(marginGroups);
    marginGroups.clear();
    legend = nullptr;
    grid = nullptr;
}

int FigurePainter::Impl::columns() const {
    return std::clamp(figure.columns, 1, std::max(1, static_cast<int>(figure.panels.size())));
}

void FigurePainter::Impl::addSeries(const report::Panel& panel, DrawnPanel& drawn) {
    const auto moved = [&](const report::Series& series) {
        return panel.dodge && series.kind == report::Series::Kind::Points;
    };
    const int places = static_cast<int>(std::count_if(panel.series.begin(), panel.series.end(), moved));
    int place = 0;
    for (const report::Series& series : panel.series) {
        auto* plottable =
            new SeriesPlottable(drawn.axes->axis(QCPAxis::atBottom), drawn.axes->axis(QCPAxis::atLeft),
                                series, look, moved(series) ? place : 0, moved(series) ? places : 1);
        place += moved(series) ? 1 : 0;
        plottable->setPercent(panel.y.percent);
        // Bands lie under the reference lines, which lie under the data.
        plottable->setLayer(series.kind == report::Series::Kind::Band ? QStringLiteral("background")
                                                                      : QStringLiteral("main"));
        plottable->setSelectable(QCP::stNone);
        drawn.series.push_back(plottable);
        if (series.name == panel.heading && !series.name.empty() && drawn.notes)
            drawn.notes->setHeadingSample(plottable);
        if (needsLegend(series, panel))
            legend->add(plottable);
    }
}

void FigurePainter::Impl::addPanel(const report::Panel& panel, std::size_t index) {
    auto* axes = new QCPAxisRect(&plot, true);
    grid->addElement(static_cast<int>(index) / columns(), static_cast<int>(index) % columns(), axes);
    const bool empty = !panel.emptyMessage.empty();
    for (const auto type : {QCPAxis::atBottom, QCPAxis::atLeft, QCPAxis::atTop, QCPAxis::atRight}) {
        QCPAxis* axis = axes->axis(type);
        const bool drawn = !empty && !panel.bare && (type == QCPAxis::atBottom || type == QCPAxis::atLeft);
        axis->setVisible(drawn);
        axis->setLayer(QStringLiteral("axes"));
        axis->grid()->setLayer(QStringLiteral("grid"));
        if (drawn)
            styleAxis(*axis, type == QCPAxis::atBottom ? panel.x : panel.y, look);
        else
            axis->grid()->setVisible(false);
    }
    if (!empty && !panel.bare)
        styleGrid(*axes, panel, look);
    if (panel.bare)
        axes->setRangeDrag({});
    else
        axes->setRangeDrag(panel.y.tickPositions.empty() ? Qt::Horizontal | Qt::Vertical : Qt::Horizontal);
    axes->setRangeZoom(axes->rangeDrag());
    const bool headings =
        std::any_of(figure.panels.begin(), figure.panels.end(),
                    [](const report::Panel& any) { return !any.heading.empty() || !any.letter.empty(); });
    DrawnPanel drawn;
    drawn.axes = axes;
    drawn.notes = std::make_unique<PanelNotes>(*axes, panel, look, headings);
    drawn.notes->fitWidth(1e9);
    drawn.notes->setLabelsLevels(!figure.sharedAxes || isLastOfRow(index));
    axes->setMinimumMargins(drawn.notes->margins());
    addSeries(panel, drawn);
    panels.push_back(std::move(drawn));
}

/// Frames stand in line: the same left and right margins down a column, the same top and bottom along a row.
void FigurePainter::Impl::alignMargins() {
    for (std::size_t i = 0; i < panels.size(); ++i) {
        const std::size_t column = i % static_cast<std::size_t>(columns());
        const std::size_t row = i / static_cast<std::size_t>(columns());
        while (marginGroups.size() < static_cast<std::size_t>(columns()) + row + 1)
            marginGroups.push_back(new QCPMarginGroup(&plot));
        panels[i].axes->setMarginGroup(QCP::msLeft | QCP::msRight, marginGroups[column]);
        panels[i].axes->setMarginGroup(QCP::msTop | QCP::msBottom,
                                       marginGroups[static_cast<std::size_t>(columns()) + row]);
    }
}

bool FigurePainter::Impl::isLastOfRow(std::size_t index) const {
    return (index + 1) % static_cast<std::size_t>(columns()) == 0 || index + 1 == figure.panels.size();
}

QList<double> FigurePainter::Impl::widthShares() const {
    QList<double> shares(columns(), 0.0);
    for (std::size_t i = 0; i < figure.panels.size(); ++i) {
        double& share = shares[static_cast<int>(i) % columns()];
        share = std::max(share, figure.panels[i].widthShare);
    }
    double sum = 0.0;
    for (const double share : shares)
        sum += share;
    for (double& share : shares)
        share *= sum > 0.0 ? columns() / sum : 0.0;
    return shares;
}

/// One range for all panels, also while zooming; numbers and names along the outer frames only.
void FigurePainter::Impl::shareAxes() {
    for (std::size_t i = 0; i < panels.size(); ++i)
        for (const auto type : {QCPAxis::atBottom, QCPAxis::atLeft}) {
            QCPAxis* axis = panels[i].axes->axis(type);
            axis->setTickLabels(type == QCPAxis::atLeft ? i % static_cast<std::size_t>(columns()) == 0
                                                        : isLowest(i));
            for (std::size_t other = 0; other < panels.size(); ++other)
                if (other != i)
                    QObject::connect(axis, qOverload<const QCPRange&>(&QCPAxis::rangeChanged),
                                     panels[other].axes->axis(type),
                                     qOverload<const QCPRange&>(&QCPAxis::setRange));
        }
}

/// Gives all frames of a row the same width and all frames of a column the same height: the outer panels need
/// more room for their numbers.
void FigurePainter::Impl::balance(const QSize& size) {
    grid->setColumnStretchFactors(QList<double>(grid->columnCount(), 1.0));
    grid->setRowStretchFactors(QList<double>(grid->rowCount(), 1.0));
    plot.setViewport(QRect(QPoint(0, 0), size));
    for (const auto phase :
         {QCPLayoutElement::upPreparation, QCPLayoutElement::upMargins, QCPLayoutElement::upLayout})
        plot.plotLayout()->update(phase);
    const auto factors = [](const QList<int>& margins, int whole, const QList<double>& shares) {
        int used = 0;
        for (const int margin : margins)
            used += margin;
        const double inner =
            std::max(1.0, static_cast<double>(whole - used) / static_cast<double>(margins.size()));
        QList<double> out;
        for (int i = 0; i < margins.size(); ++i)
            out << (inner * shares[i] + margins[i]) / whole;
        return out;
    };
    QList<int> across(grid->columnCount(), 0), down(grid->rowCount(), 0);
    for (std::size_t i = 0; i < panels.size(); ++i) {
        const QMargins margins = panels[i].axes->margins();
        const auto column = static_cast<int>(i) % columns(), row = static_cast<int>(i) / columns();
        across[column] = std::max(across[column], margins.left() + margins.right());
        down[row] = std::max(down[row], margins.top() + margins.bottom());
    }
    const QSize whole = grid->rect().size() - QSize(grid->columnSpacing() * (grid->columnCount() - 1),
                                                    grid->rowSpacing() * (grid->rowCount() - 1));
    if (whole.width() < 1 || whole.height() < 1)
        return;
    grid->setColumnStretchFactors(factors(across, whole.width(), widthShares()));
    grid->setRowStretchFactors(factors(down, whole.height(), QList<double>(down.size(), 1.0)));
}

void FigurePainter::build(const report::FigureSpec& figure, const FigureLook& look) {
    Impl& d = *impl_;
    d.clear();
    d.figure = figure;
    d.look = look;
    d.plot.setBackground(QBrush(look.theme.page));
    d.legend = new LegendStrip(d.plot, look);
    d.grid = new QCPLayoutGrid;
    QCPLayoutGrid& outer = *d.plot.plotLayout();
    outer.addElement(0, 0, d.legend);
    outer.addElement(1, 0, d.grid);
    outer.setRowSpacing(look.whole(3));
    outer.setMargins(QMargins(look.whole(2), look.whole(3), look.whole(2), look.whole(2)));
    d.grid->setMargins(QMargins());
    d.grid->setRowSpacing(look.whole(4));
    d.grid->setColumnSpacing(look.whole(5));
    for (std::size_t i = 0; i < figure.panels.size(); ++i)
        d.addPanel(figure.panels[i], i);
    d.alignMargins();
    if (figure.sharedAxes)
        d.shareAxes();
    fit();
}

void FigurePainter::layoutFor(const QSize& size) {
    Impl& d = *impl_;
    if (d.legend == nullptr || d.panels.empty())
        return;
    d.legend->fitWidth(size.width() - 2 * d.look.whole(2));
    const int rows = (static_cast<int>(d.panels.size()) + d.columns() - 1) / d.columns();
    const double height = static_cast<double>(size.height() - d.legend->minimumSize().height()) / rows;
    const QList<double> shares = d.widthShares();
    const double onceOutside = d.look.size(64) / d.columns(); // numbers, names and levels of shared axes
    for (std::size_t i = 0; i < d.panels.size(); ++i) {
        const report::Panel& panel = d.figure.panels[i];
        const double width =
            static_cast<double>(size.width()) / d.columns() * shares[static_cast<int>(i) % d.columns()];
        const double alone = width - d.panels[i].notes->margins().right() - d.look.size(34);
        d.panels[i].notes->fitWidth(d.figure.sharedAxes ? width - onceOutside : alone);
        const QMargins notes = d.panels[i].notes->margins();
        d.panels[i].axes->setMinimumMargins(notes);
        // What the axes keep of the panel, after tick numbers and labels.
        const double along = d.figure.sharedAxes ? width - onceOutside : alone;
        const double up = height - notes.top() - d.look.size(26);
        QCPAxis* x = d.panels[i].axes->axis(QCPAxis::atBottom);
        QCPAxis* y = d.panels[i].axes->axis(QCPAxis::atLeft);
        const bool namesX = !d.figure.sharedAxes || d.isLowest(i);
        const bool namesY = !d.figure.sharedAxes || i % static_cast<std::size_t>(d.columns()) == 0;
        x->setLabel(namesX ? wrappedLabel(panel.x.label, x->labelFont(), along) : QString());
        y->setLabel(namesY ? wrappedLabel(panel.y.label, y->labelFont(), up) : QString());
        thinTicks(*x, panel.x, along, d.look);
        thinTicks(*y, panel.y, up, d.look);
    }
    d.balance(size);
}

void FigurePainter::fit() {
    for (std::size_t i = 0; i < impl_->panels.size(); ++i)
        fitAxes(*impl_->panels[i].axes, impl_->figure.panels[i]);
}

void FigurePainter::fitPanelAt(const QPointF& pixel) {
    for (std::size_t i = 0; i < impl_->panels.size(); ++i)
        if (impl_->panels[i].axes->outerRect().contains(pixel.toPoint()))
            fitAxes(*impl_->panels[i].axes, impl_->figure.panels[i]);
}

void FigurePainter::markRows(const RowMask& selected, std::int64_t current) {
    for (const DrawnPanel& panel : impl_->panels)
        for (SeriesPlottable* series : panel.series)
            series->markRows(selected, current);
}

void FigurePainter::markSubsets(const std::vector<ColouredRows>& subsets) {
    for (const DrawnPanel& panel : impl_->panels)
        for (SeriesPlottable* series : panel.series)
            series->markSubsets(subsets);
}

std::vector<std::int64_t> FigurePainter::rowsWithin(const QPolygonF& shape) const {
    std::vector<std::int64_t> rows;
    for (const DrawnPanel& panel : impl_->panels) {
        if (shape.isEmpty() || !panel.axes->rect().contains(shape.front().toPoint()))
            continue;
        for (const SeriesPlottable* series : panel.series) {
            const auto found = series->rowsWithin(shape);
            rows.insert(rows.end(), found.begin(), found.end());
        }
    }
    std::sort(rows.begin(), rows.end());
    rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
    return rows;
}

bool FigurePainter::hasRows() const {
    for (const report::Panel& panel : impl_->figure.panels)
        for (const report::Series& series : panel.series)
            if (!series.row.empty())
                return true;
    return false;
}

std::optional<FigurePainter::Hit> FigurePainter::nearest(const QPointF& pixel, double radius) const {
    std::optional<Hit> best;
    double bestDistance = radius;
    for (std::size_t p = 0; p < impl_->panels.size(); ++p) {
        if (!impl_->panels[p].axes->rect().contains(pixel.toPoint()))
            continue;
        for (std::size_t s = 0; s < impl_->panels[p].series.size(); ++s) {
            const auto kind = impl_->figure.panels[p].series[s].kind;
            if (kind != report::Series::Kind::Points && kind != report::Series::Kind::Bars)
                continue;
            const auto points = impl_->panels[p].series[s]->pixels();
            for (std::size_t i = 0; i < points.size(); ++i) {
                const double distance = std::hypot(points[i].x() - pixel.x(), points[i].y() - pixel.y());
                if (distance <= bestDistance) {
                    bestDistance = distance;
                    best = Hit{p, s, i, points[i]};
                }
            }
        }
    }
    return best;
}

std::optional<FigurePainter::Hit> FigurePainter::binAt(const QPointF& pixel) const {
    std::optional<Hit> found;
    for (std::size_t p = 0; p < impl_->panels.size(); ++p) {
        if (!impl_->panels[p].axes->rect().contains(pixel.toPoint()))
            continue;
        const double x = impl_->panels[p].axes->axis(QCPAxis::atBottom)->pixelToCoord(pixel.x());
        const std::vector<report::Series>& all = impl_->figure.panels[p].series;
        for (std::size_t s = 0; s < all.size(); ++s)
            for (std::size_t i = 0; !all[s].xIsInterval && i < all[s].galaxies.size(); ++i) {
                if (i >= all[s].xLow.size() || !(all[s].xLow[i] <= x && x < all[s].xHigh[i]))
                    continue;
                if (found && all[found->series].galaxies[found->point] != all[s].galaxies[i])
                    return std::nullopt; // bins of each method's own
                found = Hit{p, s, i, pixel};
            }
    }
    return found;
}

std::optional<FigurePainter::Hit> FigurePainter::cellAt(const QPointF& pixel) const {
    for (std::size_t p = 0; p < impl_->panels.size(); ++p) {
        if (!impl_->panels[p].axes->rect().contains(pixel.toPoint()))
            continue;
        const QCPAxis *across = impl_->panels[p].axes->axis(QCPAxis::atBottom),
                      *up = impl_->panels[p].axes->axis(QCPAxis::atLeft);
        const std::vector<report::Series>& all = impl_->figure.panels[p].series;
        for (std::size_t s = 0; s < all.size(); ++s)
            for (std::size_t cell = 0; !all[s].z.empty() && all[s].corners > 0 && cell < all[s].x.size();
                 ++cell) {
                QPolygonF outline;
                for (std::size_t c = cell * all[s].corners; c < (cell + 1) * all[s].corners; ++c)
                    outline << QPointF(across->coordToPixel(all[s].cornersX[c]),
                                       up->coordToPixel(all[s].cornersY[c]));
                if (outline.containsPoint(pixel, Qt::OddEvenFill))
                    return Hit{p, s, cell, pixel};
            }
    }
    return std::nullopt;
}

} // namespace penumbra::gui
