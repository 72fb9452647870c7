#include "gui/pages/map_page.h"

#include "core/base/error.h"
#include "gui/options/column_scroll.h"
#include "gui/state/where.h"

#include <QCheckBox>
#include <QResizeEvent>
#include <QSplitter>
#include <QVBoxLayout>

namespace penumbra::gui {

namespace {
constexpr int kBesideFrom = 700; ///< pixels: in less the second view stands below
}

MapPage::MapPage(MapList& maps, JobBridge& bridge, QWidget* parent)
    : Page(parent), maps_(maps), first_(new MapPane(MapPane::Place::First, maps, bridge, this)),
      beside_(new MapPane(MapPane::Place::Beside, maps, bridge, this)),
      splitter_(new QSplitter(Qt::Horizontal, this)), split_(new QCheckBox(tr("Two views"), this)) {
    setObjectName("page_map");
    split_->setObjectName("mapSplit");
    split_->setToolTip(
        tr("A second view beside this one, with positions and colours of its own; both show the "
           "same selection"));
    first_->addControl(split_);
    splitter_->addWidget(first_);
    splitter_->addWidget(beside_);
    splitter_->setChildrenCollapsible(false);
    splitter_->setHandleWidth(12);
    beside_->hide();
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(12, 8, 12, 8);
    layout->addWidget(new ColumnScroll(splitter_, this)); // two views may need more height than there is
    connectPane(first_);
    connectPane(beside_);
    connect(split_, &QCheckBox::clicked, this, [this](bool on) {
        Q_EMIT wanted({"beside", {on ? "on" : "off"}});
    });
    connect(&maps_, &MapList::changed, this, &MapPage::refresh);
    connect(&maps_, &MapList::came, this, [this](const std::string& name, std::size_t dims) {
        if (dims == 2 && this->state().cloud.positions != name)
            Q_EMIT wanted({"positions", {name}});
    });
}

void MapPage::connectPane(MapPane* pane) {
    connect(pane, &MapPane::wanted, this, &MapPage::wanted);
    connect(pane, &MapPane::regionPicked, this, &MapPage::regionPicked);
    connect(pane, &MapPane::rowsPicked, this,
            [this, pane](const std::vector<std::int64_t>& rows, Combine how) {
                pickedBeside_ = pane == beside_;
                Q_EMIT rowsPicked(rows, how);
            });
}

void MapPage::setTheme(const Theme& theme) {
    first_->setTheme(theme);
    beside_->setTheme(theme);
}

void MapPage::showSelection(const ViewState& state) {
    first_->showSelection(state);
    beside_->showSelection(state);
}

void MapPage::showLinks(const CloudLinks& links) {
    first_->showLinks(links);
    beside_->showLinks(links);
}

void MapPage::forgetChoices() {
    first_->forget();
    beside_->forget();
}

void MapPage::update(const ViewState& state) {
    const bool two = state.cloudBeside.has_value();
    split_->setChecked(two);
    beside_->setVisible(two);
    first_->setState(state);
    if (two)
        beside_->setState(state.viewBeside());
}

void MapPage::resizeEvent(QResizeEvent* event) {
    Page::resizeEvent(event);
    splitter_->setOrientation(event->size().width() < kBesideFrom ? Qt::Vertical : Qt::Horizontal);
}

std::vector<std::int64_t> MapPage::rowsWithin(const std::vector<std::pair<double, double>>& polygon,
                                              const ViewState& state, bool beside) {
    if (beside && !state.cloudBeside)
        throw Error("The map has one view: a second one comes by beside on.");
    return beside ? beside_->rowsWithin(polygon, state.viewBeside()) : first_->rowsWithin(polygon, state);
}

const std::vector<std::int64_t>& MapPage::worstRegion() const {
    const auto& second = beside_->worstRegion();
    const auto& rows = first_->worstRegion().empty() && beside_->isVisible() ? second : first_->worstRegion();
    if (rows.empty() || !isVisible()) // out of sight it may be of another alpha
        throw Error(
            "No local coverage is shown: go to the page map and colour it by local_coverage(METHOD).");
    return rows;
}

bool MapPage::pickedByOutcome() const {
    return cloudShowsOutcome(pickedBeside_ ? state().viewBeside() : state());
}

bool MapPage::settled() const {
    return maps_.settled() && first_->settled() && beside_->settled();
}

} // namespace penumbra::gui
