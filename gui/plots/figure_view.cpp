#include "gui/plots/figure_view.h"

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/report/number_text.h"
#include "gui/plots/clicked.h"
#include "gui/plots/figure_export.h"
#include "gui/plots/figure_painter.h"
#include "gui/plots/plot_keys.h"
#include "gui/plots/qcp.h"
#include "gui/plots/selection_band.h"

#include <QApplication>
#include <QClipboard>
#include <QFileDialog>
#include <QFileInfo>
#include <QLabel>
#include <QMenu>
#include <QMessageBox>
#include <QScrollArea>
#include <QStackedLayout>
#include <QToolButton>
#include <QToolTip>

#include <algorithm>

namespace penumbra::gui {

namespace {

constexpr double kScreenUnit = 1.75; ///< pixels in a figure's point: 7.5 pt text becomes 13 px
constexpr double kHoverRadius = 12.0;
constexpr int kDragPixels = 4;
const QCP::Interactions interactions = QCP::iRangeDrag | QCP::iRangeZoom;

/// Below this size the panels of a figure cannot be told apart. It also keeps long labels and legends from
/// saying how narrow the window may be.
QSize readableSize(const report::FigureSpec& figure) {
    const int columns = std::max(1, figure.columns), panels = static_cast<int>(figure.panels.size());
    const int rows = (panels + columns - 1) / columns;
    if (columns == 1 && rows == 1)
        return {190, 140};
    if (std::all_of(figure.panels.begin(), figure.panels.end(), [](const auto& panel) { return panel.bare; }))
        return {110 * columns, 125 * rows}; // pictures have no axes
    const auto hasArea =
        [](const report::Panel& panel) { // it needs height as well, and a scale of its colours
            return std::any_of(panel.series.begin(), panel.series.end(), [](const report::Series& series) {
                return series.kind == report::Series::Kind::Cells ||
                       series.kind == report::Series::Kind::HeatMap;
            });
        };
    if (std::any_of(figure.panels.begin(), figure.panels.end(), hasArea))
        return {290 * columns, 40 + 250 * rows};
    return {172 * columns, 40 + 125 * rows};
}

QString exactNumber(double value, const report::Axis& axis) {
    return axis.percent
               ? QString::fromStdString(formatReal(100.0 * value, 5)) + QStringLiteral(" %")
               : QString::fromStdString(report::textBeside(value, std::min(1.0, std::abs(value)), 6));
}

QString withInterval(double value, const std::vector<double>& low, const std::vector<double>& high,
                     std::size_t i, const report::Axis& axis) {
    QString text = exactNumber(value, axis);
    if (i < low.size() && i < high.size())
        text += QStringLiteral("  [%1, %2]").arg(exactNumber(low[i], axis), exactNumber(high[i], axis));
    return text;
}

/// What a click on a point that stands for many galaxies does; empty where it stands for none.
QString selectWords(const report::Series& series, std::size_t i) {
    if (i < series.members.size())
        return QStringLiteral("<i>Click selects its galaxies</i>");
    if (i >= series.galaxies.size() || series.galaxies[i].empty())
        return {};
    return QStringLiteral("<i>Click selects its galaxies:</i> %1")
        .arg(QString::fromStdString(series.galaxies[i]).toHtmlEscaped());
}

/// What is known of a bin, whatever the method.
QString describeBin(const report::Panel& panel, const report::Series& series, std::size_t i) {
    return QStringLiteral("bin %1 to %2<br>%3")
        .arg(exactNumber(series.xLow[i], panel.x), exactNumber(series.xHigh[i], panel.x),
             selectWords(series, i));
}

/// Everything the figure knows of one point, a line each.
QString describePoint(const report::Panel& panel, const report::Series& series, std::size_t i) {
    static const std::vector<double> none;
    const auto lineOf = [](const report::Axis& axis, const QString& number) {
        QString label = drawnText(axis.label);
        label.remove(QStringLiteral(", %"));
        return QStringLiteral("%1: %2").arg(label, number).toHtmlEscaped();
    };
    QStringList lines;
    if (!series.name.empty())
        lines << QStringLiteral("<b>%1</b>").arg(drawnText(series.name).toHtmlEscaped());
    if (panel.x.tickPositions.empty())
        lines << lineOf(panel.x, withInterval(series.x[i], series.xIsInterval ? series.xLow : none,
                                              series.xHigh, i, panel.x));
    if (!series.xIsInterval && i < series.xLow.size() && i < series.xHigh.size())
        lines << QStringLiteral("bin %1 to %2")
                     .arg(exactNumber(series.xLow[i], panel.x), exactNumber(series.xHigh[i], panel.x));
    if (panel.y.tickPositions.empty())
        lines << lineOf(panel.y, withInterval(series.y[i], series.yLow, series.yHigh, i, panel.y));
    if (i < series.n.size())
        lines << QStringLiteral("n = %1").arg(
            QString::fromStdString(withThousands(static_cast<long long>(series.n[i]))));
    if (i < series.row.size())
        lines << QStringLiteral("catalogue row %1").arg(series.row[i]);
    if (const QString words = selectWords(series, i); !words.isEmpty())
        lines << words;
    return lines.join(QStringLiteral("<br>"));
}

} // namespace

struct FigureView::Impl {
    FigureView& view;
    QCustomPlot* plot;
    QScrollArea* area; ///< scrolls a figure of more panels than there is room for
    QLabel* message;
    QStackedLayout* pages;
    std::unique_ptr<FigurePainter> painter;
    report::FigureSpec figure;
    Theme theme = lightTheme();
    QString emptyMessage = QStringLiteral("There is no figure yet.");
    std::function<void(const QString&)> outputCheck;
    QPoint pressedAt;
    RowMask selected;
    std::vector<ColouredRows> subsets;
    qint64 current = -1;
    SelectionBand* band;
    QToolButton* home; ///< seen while the plot is moved or zoomed

    explicit Impl(FigureView& owner);
    void rebuild();
    void layoutAgain();
    void showHome();
    void fit();
    void hover(QMouseEvent* event);
    void press(QMouseEvent* event);
    void release(QMouseEvent* event);
    void click(QMouseEvent* event);
    std::optional<FigurePainter::Hit> hitAt(const QPointF& pixel) const;
    bool selects(const FigurePainter::Hit& hit) const; ///< a click there selects galaxies
    void showMenu(const QPoint& at);
    void exportAs(const QString& format);
};

FigureView::Impl::Impl(FigureView& owner)
    : view(owner), plot(new QCustomPlot(&owner)), area(new QScrollArea(&owner)), message(new QLabel(&owner)),
      pages(new QStackedLayout(&owner)), band(new SelectionBand(plot)), home(new QToolButton(area)) {
    pages->setContentsMargins(0, 0, 0, 0);
    pages->addWidget(message);
    area->setObjectName("figureArea"); // its edge shows the focus
    area->setFrameShape(QFrame::NoFrame);
    area->setWidgetResizable(true);
    area->setWidget(plot);
    pages->addWidget(area);
    message->setAlignment(Qt::AlignCenter);
    message->setWordWrap(true);
    message->setMargin(24);
    plot->setMouseTracking(true);
    plot->setInteractions(interactions);
    plot->setContextMenuPolicy(Qt::CustomContextMenu);
    plot->setFocusPolicy(Qt::StrongFocus);
    painter = std::make_unique<FigurePainter>(*plot);
    home->setObjectName("figureHome");
    home->setText(QStringLiteral("Show all"));
    home->setToolTip(QStringLiteral("Back to all of the data (Home, or a double click)"));
    home->hide();
    QObject::connect(home, &QToolButton::clicked, &view, [this] { fit(); });
    new PlotKeys(
        *plot, *area, [this] { showHome(); }, [this] { fit(); });
    QObject::connect(plot, &QCustomPlot::mouseWheel, &view, [this] { showHome(); });
    QObject::connect(plot, &QCustomPlot::mouseMove, &view, [this](QMouseEvent* event) { hover(event); });
    QObject::connect(plot, &QCustomPlot::mousePress, &view, [this](QMouseEvent* event) { press(event); });
    QObject::connect(plot, &QCustomPlot::mouseRelease, &view, [this](QMouseEvent* event) { release(event); });
    QObject::connect(plot, &QCustomPlot::mouseDoubleClick, &view, [this](QMouseEvent* event) {
        painter->fitPanelAt(event->position());
        plot->replot(QCustomPlot::rpQueuedReplot);
    });
    QObject::connect(plot, &QWidget::customContextMenuRequested, &view,
                     [this](const QPoint& at) { showMenu(at); });
    QObject::connect(plot, &QCustomPlot::afterLayout, &view, [this] { layoutAgain(); });
}

/// The legend and long labels wrap with the width; QCustomPlot has no height-for-width, so we set it before
/// it draws.
void FigureView::Impl::layoutAgain() {
    static const char* const kLaidOutFor = "penumbraLaidOutFor";
    if (plot->property(kLaidOutFor).toSize() == plot->viewport().size())
        return;
    plot->setProperty(kLaidOutFor, plot->viewport().size());
    painter->layoutFor(plot->viewport().size());
    plot->replot(QCustomPlot::rpQueuedReplot);
}

void FigureView::Impl::showHome() {
    home->adjustSize();
    home->move(area->viewport()->width() - home->width(), 0);
    home->setStyleSheet(QStringLiteral("background: %1; border: 1px solid %2; color: %3;")
                            .arg(theme.raised.name(), theme.line.name(), theme.text.name()));
    home->show();
    home->raise();
}

void FigureView::Impl::fit() {
    painter->fit();
    home->hide();
    plot->replot(QCustomPlot::rpQueuedReplot);
}

void FigureView::Impl::rebuild() {
    home->hide();
    const bool empty = figure.panels.empty();
    const bool onlyMessage = figure.panels.size() == 1 && !figure.panels[0].emptyMessage.empty();
    message->setText(onlyMessage ? drawnText(figure.panels[0].emptyMessage) : emptyMessage);
    QPalette palette = message->palette();
    palette.setColor(QPalette::WindowText, theme.secondaryText);
    palette.setColor(QPalette::Window, theme.page);
    message->setPalette(palette);
    message->setAutoFillBackground(true);
    pages->setCurrentWidget(empty || onlyMessage ? static_cast<QWidget*>(message) : area);
    view.setAccessibleName(drawnText(figure.caption));
    if (empty || onlyMessage)
        return;
    plot->setMinimumSize(readableSize(figure));
    painter->build(figure, FigureLook{theme, kScreenUnit, figureFontFamily()});
    painter->markSubsets(subsets);
    painter->markRows(selected, current);
    painter->layoutFor(plot->viewport().size());
    plot->replot(QCustomPlot::rpQueuedReplot);
}

void FigureView::Impl::hover(QMouseEvent* event) {
    if (band->active()) {
        band->extend(event->position());
        return;
    }
    const bool still = event->buttons() == Qt::NoButton;
    const auto hit = still ? hitAt(event->position()) : std::nullopt;
    const auto bin = still && !hit ? painter->binAt(event->position()) : std::nullopt;
    plot->setCursor(bin || (hit && selects(*hit)) ? Qt::PointingHandCursor : Qt::ArrowCursor);
    if (!hit && !bin) {
        QToolTip::hideText();
        return;
    }
    const report::Panel& panel = figure.panels[(hit ? hit : bin)->panel];
    const report::Series& series = panel.series[(hit ? hit : bin)->series];
    QToolTip::showText(
        event->globalPosition().toPoint(),
        hit ? describePoint(panel, series, hit->point) : describeBin(panel, series, bin->point), plot);
}

/// With Shift a shape is drawn instead of moving the plot.
void FigureView::Impl::press(QMouseEvent* event) {
    pressedAt = event->pos();
    const bool draws = event->button() == Qt::LeftButton && event->modifiers().testFlag(Qt::ShiftModifier) &&
                       painter->hasRows();
    if (!draws)
        return;
    plot->setInteractions({});
    const bool lasso = event->modifiers().testFlag(Qt::ControlModifier);
    band->begin(lasso ? SelectionBand::Shape::Lasso : SelectionBand::Shape::Rectangle, event->position(),
                theme.accent);
}

void FigureView::Impl::release(QMouseEvent* event) {
    if (!band->active()) {
        click(event);
        return;
    }
    plot->setInteractions(interactions);
    const QPolygonF shape = band->end();
    if ((event->pos() - pressedAt).manhattanLength() <= kDragPixels && shape.size() <= 4) {
        click(event); // no drag: Shift is as good as none
        return;
    }
    const bool adds = event->modifiers().testFlag(Qt::AltModifier);
    Q_EMIT view.rowsPicked(painter->rowsWithin(shape), adds ? Combine::Add : Combine::Replace);
}

void FigureView::Impl::click(QMouseEvent* event) {
    if (event->button() != Qt::LeftButton)
        return;
    if ((event->pos() - pressedAt).manhattanLength() > kDragPixels) {
        showHome(); // the plot was moved
        return;
    }
    auto hit = hitAt(event->position());
    if (!hit)
        hit = painter->binAt(event->position());
    if (!hit)
        return;
    const report::Series& series = figure.panels[hit->panel].series[hit->series];
    const Combine how = howClicked(event->modifiers());
    if (hit->point < series.row.size())
        Q_EMIT view.rowsPicked({series.row[hit->point]}, how);
    else if (hit->point < series.members.size())
        Q_EMIT view.membersPicked(series.members[hit->point], series.membersByOutcome, how);
    else if (selects(*hit))
        Q_EMIT view.galaxiesPicked(series.galaxies[hit->point], how);
}

/// The point near a place, else the cell under it.
std::optional<FigurePainter::Hit> FigureView::Impl::hitAt(const QPointF& pixel) const {
    const auto point = painter->nearest(pixel, kHoverRadius);
    return point ? point : painter->cellAt(pixel);
}

bool FigureView::Impl::selects(const FigurePainter::Hit& hit) const {
    const report::Series& series = figure.panels[hit.panel].series[hit.series];
    return hit.point < series.row.size() || hit.point < series.members.size() ||
           (hit.point < series.galaxies.size() && !series.galaxies[hit.point].empty());
}

void FigureView::Impl::showMenu(const QPoint& at) {
    QMenu menu(&view);
    for (const char* format : {"PDF", "SVG", "PNG", "CSV"})
        menu.addAction(QStringLiteral("Export as %1…").arg(QLatin1String(format)), &view,
                       [this, format] { exportAs(QString::fromLatin1(format).toLower()); });
    menu.addSeparator();
    menu.addAction(QStringLiteral("Copy picture"), &view,
                   [this] { QApplication::clipboard()->setImage(view.toImage()); });
    menu.addAction(QStringLiteral("Copy data"), &view, [this] {
        QApplication::clipboard()->setText(QString::fromStdString(report::toCsv(figure)));
    });
    menu.addSeparator();
    menu.addAction(QStringLiteral("Show all of the data"), &view, [this] { fit(); });
    menu.exec(plot->mapToGlobal(at));
}

void FigureView::Impl::exportAs(const QString& format) {
    const QString suggested = QString::fromStdString(figure.kind) + QLatin1Char('.') + format;
    QString path = QFileDialog::getSaveFileName(&view, QStringLiteral("Export figure"), suggested,
                                                QStringLiteral("%1 (*.%2)").arg(format.toUpper(), format));
    if (path.isEmpty())
        return;
    if (QFileInfo(path).suffix().isEmpty())
        path += QLatin1Char('.') + format;
    try {
        if (outputCheck)
            outputCheck(path);
        exportFigure(figure, path.toStdString(), format.toStdString());
    } catch (const Error& problem) {
        QMessageBox::warning(&view, QStringLiteral("The figure was not written"),
                             QString::fromUtf8(problem.what()));
    }
}

FigureView::FigureView(QWidget* parent) : QWidget(parent), impl_(std::make_unique<Impl>(*this)) {
    impl_->rebuild();
}

void FigureView::setOutputCheck(std::function<void(const QString&)> check) {
    impl_->outputCheck = std::move(check);
}

FigureView::~FigureView() {
    QObject::disconnect(impl_->plot, nullptr, this, nullptr);
}

void FigureView::setFigure(report::FigureSpec figure) {
    impl_->figure = std::move(figure);
    impl_->rebuild();
}

const report::FigureSpec& FigureView::figure() const {
    return impl_->figure;
}

void FigureView::setTheme(const Theme& theme) {
    impl_->theme = theme;
    impl_->rebuild();
}

void FigureView::markRows(const RowMask& selected, qint64 current) {
    if (impl_->current == current && impl_->selected == selected)
        return;
    impl_->selected = selected;
    impl_->current = current;
    impl_->painter->markRows(selected, current);
    impl_->plot->replot(QCustomPlot::rpQueuedReplot);
}

void FigureView::markSubsets(const std::vector<ColouredRows>& subsets) {
    if (impl_->subsets == subsets)
        return;
    impl_->subsets = subsets;
    impl_->painter->markSubsets(subsets);
    impl_->plot->replot(QCustomPlot::rpQueuedReplot);
}

void FigureView::setEmptyMessage(const QString& sentence) {
    impl_->emptyMessage = sentence;
    impl_->rebuild();
}

QImage FigureView::toImage() const {
    if (impl_->pages->currentWidget() != impl_->area)
        return impl_->message->grab().toImage();
    return impl_->plot->toPixmap(0, 0, devicePixelRatioF()).toImage();
}

} // namespace penumbra::gui
