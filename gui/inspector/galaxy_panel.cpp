#include "gui/inspector/galaxy_panel.h"

#include "core/report/cutout_picture.h"
#include "gui/inspector/galaxy_facts.h"
#include "gui/inspector/interval_figure.h"
#include "gui/inspector/look_bars.h"
#include "gui/options/readable_label.h"
#include "gui/plots/figure_view.h"

#include <QApplication>
#include <QClipboard>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QResizeEvent>
#include <QScrollArea>
#include <QScrollBar>
#include <QToolButton>
#include <QVBoxLayout>

#include <algorithm>

namespace penumbra::gui {

namespace {

constexpr int kLargestCutout = 520, kSimilar = 20;

report::FigureSpec alone(report::Panel panel) {
    report::FigureSpec figure;
    figure.kind = "galaxies";
    figure.panels.push_back(std::move(panel));
    return figure;
}

/// Of all its panels together, in pixels: methods must be told apart.
int heightOf(const report::FigureSpec& figure) {
    int height = 44;
    for (const report::Panel& panel : figure.panels)
        height += std::max(128, 70 + 17 * static_cast<int>(panel.series.size()));
    return height;
}

} // namespace

GalaxyPanel::GalaxyPanel(JobBridge& bridge, QWidget* parent)
    : QWidget(parent), reading_(bridge, tr("Read a galaxy"), this, jobs::Lane::Io) {
    auto* scroll = new QScrollArea(this);
    scroll_ = scroll;
    scroll->setObjectName("galaxyScroll");
    scroll->setWidgetResizable(true);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    scroll->setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOn); // the cutout's size hangs on the width
    scroll->setWidget(build());
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    empty_ = readableLabel(this, "galaxyEmpty");
    empty_->setContentsMargins(12, 8, 12, 8);
    layout->addWidget(empty_);
    layout->addWidget(buildHead());
    layout->addWidget(scroll, 1);
    setState({});
}

QWidget* GalaxyPanel::buildHead() {
    auto* head = new QWidget(this);
    head->setObjectName("galaxyHead");
    auto* layout = new QHBoxLayout(head);
    layout->setContentsMargins(12, 8, 8, 0);
    layout->setSpacing(4);
    title_ = readableLabel(head, "galaxyTitle");
    QFont bold = title_->font();
    bold.setBold(true);
    title_->setFont(bold);
    previous_ = new QToolButton(head);
    previous_->setObjectName("galaxyPrevious");
    previous_->setArrowType(Qt::LeftArrow);
    previous_->setToolTip(tr("The galaxy before this one in the table (Alt+Up)"));
    previous_->setAccessibleName(tr("Previous galaxy"));
    next_ = new QToolButton(head);
    next_->setObjectName("galaxyNext");
    next_->setArrowType(Qt::RightArrow);
    next_->setToolTip(tr("The galaxy after this one in the table (Alt+Down)"));
    next_->setAccessibleName(tr("Next galaxy"));
    layout->addWidget(title_, 1);
    layout->addWidget(previous_, 0, Qt::AlignTop);
    layout->addWidget(next_, 0, Qt::AlignTop);
    for (QToolButton* button : {previous_, next_})
        button->setAutoRaise(true);
    connect(previous_, &QToolButton::clicked, this, [this] { Q_EMIT wanted({"previous", {}}); });
    connect(next_, &QToolButton::clicked, this, [this] { Q_EMIT wanted({"next", {}}); });
    return head;
}

QWidget* GalaxyPanel::build() {
    contents_ = new QWidget;
    contents_->setObjectName("galaxyContents");
    auto* layout = new QVBoxLayout(contents_);
    layout->setContentsMargins(12, 4, 12, 8);
    layout->setSpacing(6);
    const auto addView = [&](const char* name, const QString& title) {
        auto* view = new FigureView(contents_);
        view->setObjectName(name);
        view->setAccessibleName(title);
        return view;
    };
    facts_ = readableLabel(contents_, "galaxyFacts");
    noImage_ = readableLabel(contents_, "galaxyNoImage");
    noImage_->setProperty("secondary", true);
    cutout_ = addView("galaxyCutout", tr("Cutout of the galaxy"));
    cutoutBar_ = new CutoutBar(contents_);
    spectrum_ = addView("galaxySpectrum", tr("Spectrum of the galaxy"));
    spectrum_->setMinimumHeight(220);
    spectrumBar_ = new SpectrumBar(contents_);
    view_ = addView("galaxyIntervals", tr("Intervals of the galaxy"));
    similar_ = new QPushButton(tr("Galaxies like this one"), contents_);
    similar_->setObjectName("galaxySimilar");
    similar_->setToolTip(
        tr("Selects the %1 galaxies whose features point most nearly the same way").arg(kSimilar));
    numbers_ = readableLabel(contents_, "galaxyNumbers");
    columnsHeading_ = readableLabel(contents_, "galaxyColumnsHeading");
    columnsHeading_->setText(tr("<b>In the catalogue</b>"));
    columns_ = readableLabel(contents_, "galaxyColumns");
    for (QWidget* widget :
         std::initializer_list<QWidget*>{cutout_, cutoutBar_, noImage_, spectrum_, spectrumBar_, facts_,
                                         view_, numbers_, similar_, buildLinks(), columnsHeading_, columns_})
        layout->addWidget(widget);
    layout->addStretch(1);
    connect(cutoutBar_, &CutoutBar::wanted, this, &GalaxyPanel::wanted);
    connect(spectrumBar_, &SpectrumBar::wanted, this, &GalaxyPanel::wanted);
    connect(similar_, &QPushButton::clicked, this, [this] {
        Q_EMIT wanted({"similar", {std::to_string(kSimilar)}});
    });
    return contents_;
}

QWidget* GalaxyPanel::buildLinks() {
    links_ = new QWidget(contents_);
    auto* layout = new QHBoxLayout(links_);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(4);
    address_ = new QLineEdit(links_);
    address_->setObjectName("galaxyAddress");
    address_->setReadOnly(true);
    address_->setAccessibleName(tr("Address in the Legacy Survey viewer"));
    auto* copy = new QPushButton(tr("Copy"), links_);
    copy->setObjectName("galaxyCopyAddress");
    copy->setToolTip(tr("Copies the address of this place in the Legacy Survey viewer, for a browser"));
    layout->addWidget(address_, 1);
    layout->addWidget(copy);
    connect(copy, &QPushButton::clicked, this,
            [this] { QApplication::clipboard()->setText(address_->text()); });
    return links_;
}

void GalaxyPanel::setState(const ViewState& state) {
    state_ = state;
    const std::int64_t row = state.selection.current;
    const bool some = state.study && row >= 0 && !state.target.empty();
    empty_->setVisible(!some);
    for (QWidget* part : {title_->parentWidget(), scroll_})
        part->setVisible(some);
    read();
    if (!some) {
        empty_->setText(
            state.study ? tr("Select a galaxy in the table below, or click its point in a plot, to see every "
                             "method's interval for it.")
                        : tr("Run a study, then select a galaxy to see every method's interval for it."));
        return;
    }
    const bool known = state.catalogue && static_cast<std::size_t>(row) < state.catalogue->rowCount;
    title_->setText(known ? QString::fromStdString(state.catalogue->idText(static_cast<std::size_t>(row)))
                          : tr("Row %1").arg(row));
    facts_->setText(factsOf(*state.study, state.catalogue.get(), row));
    cutoutBar_->show(state.inspector.looks.cutout,
                     state.catalogue ? state.catalogue->images.bandNames : std::vector<std::string>());
    spectrumBar_->show(state.inspector.looks.spectrum);
    similar_->setEnabled(state.catalogue && !state.catalogue->features.empty());
    showIntervals();
    showAddress();
    showPixels();
}

void GalaxyPanel::showIntervals() {
    const auto methods = state_.finishedMethods();
    const std::int64_t row = state_.selection.current;
    view_->setFigure(intervalFigure(*state_.study, state_.target, methods, row));
    view_->setMinimumHeight(heightOf(view_->figure()));
    numbers_->setText(intervalNumbers(*state_.study, methods, row));
    numbers_->setVisible(!numbers_->text().isEmpty());
}

void GalaxyPanel::showAddress() {
    const auto row = static_cast<std::size_t>(state_.selection.current);
    const Catalogue* catalogue = state_.catalogue.get();
    const bool placed = catalogue != nullptr && row < catalogue->ra.size() && row < catalogue->dec.size();
    address_->setText(placed ? legacyViewerAddress(catalogue->ra[row], catalogue->dec[row]) : QString());
    address_->setCursorPosition(0);
    links_->setVisible(!address_->text().isEmpty());
}

/// One galaxy is some 200 kB of a file that may lie far away: read where it is shown, once. The former
/// galaxy's pictures go at once.
void GalaxyPanel::read() {
    const std::int64_t row = state_.selection.current;
    const auto catalogue = state_.study && row >= 0 ? state_.catalogue : nullptr;
    if (catalogue == readFrom_ && row == readRow_)
        return;
    readFrom_ = catalogue;
    readRow_ = row;
    pixels_.reset();
    reading_.abandon();
    const auto index = static_cast<std::size_t>(row);
    if (!catalogue || index >= catalogue->rowCount)
        return;
    reading_.request([this, catalogue, index](RunContext&) -> Delivery {
        auto pixels = std::make_shared<const GalaxyPixels>(readGalaxy(*catalogue, index));
        return [this, pixels] {
            pixels_ = pixels;
            showPixels();
        };
    });
}

/// What has been read, as the state wants it shown.
void GalaxyPanel::showPixels() {
    const bool image = pixels_ && pixels_->cutout, spectrum = pixels_ && pixels_->spectrum;
    for (QWidget* part : std::initializer_list<QWidget*>{cutout_, cutoutBar_})
        part->setVisible(image);
    for (QWidget* part : std::initializer_list<QWidget*>{spectrum_, spectrumBar_})
        part->setVisible(spectrum);
    if (image) {
        report::Panel panel;
        panel.bare = true;
        panel.series.push_back(report::pictureOf(*pixels_->cutout, state_.inspector.looks.cutout));
        cutout_->setFigure(alone(std::move(panel)));
        fitCutout();
    }
    const std::int64_t row = state_.selection.current;
    if (spectrum)
        spectrum_->setFigure(alone(report::spectrumPanel(
            *pixels_->spectrum, redshiftsOf(state_.study.get(), state_.catalogue.get(), row),
            state_.inspector.looks.spectrum)));
    noImage_->setVisible(pixels_ && !(image && spectrum));
    if (pixels_)
        noImage_->setText(!pixels_->problem.empty() ? QString::fromStdString(pixels_->problem)
                          : image                   ? tr("No spectrum of this galaxy in the catalogue.")
                          : spectrum                ? tr("No image of this galaxy in the catalogue.")
                                     : tr("Neither image nor spectrum of this galaxy in the catalogue."));
    columns_->setText(state_.catalogue && pixels_
                          ? catalogueNumbers(*state_.catalogue, pixels_->features, row)
                          : QString());
    columns_->setVisible(!columns_->text().isEmpty());
    columnsHeading_->setVisible(columns_->isVisibleTo(contents_));
}

/// A square as wide as the panel.
void GalaxyPanel::fitCutout() {
    const int room = contents_->width() - 24;
    cutout_->setFixedHeight(std::clamp(room, 140, kLargestCutout));
}

void GalaxyPanel::resizeEvent(QResizeEvent* event) {
    QWidget::resizeEvent(event);
    fitCutout();
}

void GalaxyPanel::setTheme(const Theme& theme) {
    for (FigureView* view : {cutout_, spectrum_, view_})
        view->setTheme(theme);
}

const report::FigureSpec& GalaxyPanel::figure() const {
    return view_->figure();
}

} // namespace penumbra::gui
