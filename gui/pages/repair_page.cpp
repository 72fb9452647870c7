#include "gui/pages/repair_page.h"

#include "gui/options/column_scroll.h"
#include "gui/pages/mend_panel.h"
#include "gui/pages/region_search.h"

#include <QLabel>
#include <QScrollBar>
#include <QTimer>
#include <QVBoxLayout>

namespace penumbra::gui {

namespace {

constexpr int layoutMs = 50; ///< until what was shown has its place

QLabel* heading(const QString& words, QWidget* parent) {
    auto* label = new QLabel(words, parent);
    QFont bold = label->font();
    bold.setBold(true);
    label->setFont(bold);
    return label;
}

} // namespace

RepairPage::RepairPage(Workbench& bench, JobBridge& bridge, QWidget* parent)
    : Page(parent), search_(new RegionSearch(bench, bridge)), mend_(new MendPanel(bench, bridge)) {
    setObjectName("page_repair");
    auto* contents = new QWidget;
    auto* column = new QVBoxLayout(contents);
    column->setContentsMargins(0, 0, 8, 8);
    column->setSpacing(8);
    column->addWidget(heading(tr("Where a method covers too little"), contents));
    column->addWidget(search_);
    column->addSpacing(8);
    column->addWidget(heading(tr("What mends it"), contents));
    column->addWidget(mend_);
    column->addStretch(1);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(12, 8, 12, 8);
    auto* scroll = new ColumnScroll(contents, this);
    layout->addWidget(scroll);
    connect(search_, &RegionSearch::chosen, this,
            [this] { mend_->setRegion(search_->current(), search_->currentName()); });
    connect(search_, &RegionSearch::wanted, this, &RepairPage::wanted);
    connect(search_, &RegionSearch::failed, this, &RepairPage::failed);
    connect(mend_, &MendPanel::failed, this, &RepairPage::failed);
    connect(mend_, &MendPanel::repaired, this, &RepairPage::repaired);
    connect(mend_, &MendPanel::repaired, scroll, [scroll] { // before and after stand at the end
        QTimer::singleShot(layoutMs, scroll, [scroll] {
            scroll->verticalScrollBar()->triggerAction(QScrollBar::SliderToMaximum);
        });
    });
}

void RepairPage::setTheme(const Theme& theme) {
    mend_->setTheme(theme);
}

void RepairPage::showSelection(const ViewState& state) {
    if (isVisible())
        mend_->setState(state);
}

void RepairPage::find(const Host::Options& options) {
    search_->setState(state());
    search_->begin(options);
}

void RepairPage::repair(const Host::Options& options) {
    mend_->setState(state());
    mend_->begin(options);
}

void RepairPage::forgetChoices() {
    search_->forget();
    mend_->forget();
}

void RepairPage::update(const ViewState& state) {
    search_->setState(state);
    mend_->setState(state);
}

} // namespace penumbra::gui
