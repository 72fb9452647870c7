#include "gui/panels/frozen_table.h"

#include <QHeaderView>
#include <QScrollBar>

namespace penumbra::gui {

FrozenTable::FrozenTable(QWidget* parent) : QTableView(parent), frozen_(new QTableView(this)) {
    frozen_->setObjectName("frozenColumn");
    frozen_->setFocusPolicy(Qt::NoFocus);
    frozen_->setFrameShape(QFrame::NoFrame);
    frozen_->setShowGrid(false);
    frozen_->setWordWrap(false);
    frozen_->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    frozen_->setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    frozen_->setVerticalScrollMode(verticalScrollMode());
    frozen_->verticalHeader()->hide();
    frozen_->verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
    frozen_->horizontalHeader()->setSectionResizeMode(QHeaderView::Fixed);
    frozen_->horizontalHeader()->setHighlightSections(false);
    frozen_->setAccessibleName(tr("First column of the table"));
    frozen_->hide();
    // One scroll position, whichever of the two the wheel is over.
    connect(frozen_->verticalScrollBar(), &QScrollBar::valueChanged, verticalScrollBar(),
            &QScrollBar::setValue);
    connect(verticalScrollBar(), &QScrollBar::valueChanged, frozen_->verticalScrollBar(),
            &QScrollBar::setValue);
    connect(horizontalHeader(), &QHeaderView::sectionResized, this, [this](int section) {
        if (section == 0)
            place();
    });
    // A click on its heading is one on ours.
    frozen_->horizontalHeader()->setSectionsClickable(true);
    connect(frozen_->horizontalHeader(), &QHeaderView::sectionClicked, this, [this] {
        const bool up = horizontalHeader()->sortIndicatorSection() == 0 &&
                        horizontalHeader()->sortIndicatorOrder() == Qt::AscendingOrder;
        horizontalHeader()->setSortIndicator(0, up ? Qt::DescendingOrder : Qt::AscendingOrder);
    });
    connect(horizontalHeader(), &QHeaderView::sortIndicatorChanged, this, [this](int section, auto order) {
        frozen_->horizontalHeader()->setSortIndicatorShown(section == 0);
        frozen_->horizontalHeader()->setSortIndicator(0, order);
    });
}

void FrozenTable::setModel(QAbstractItemModel* model) {
    QTableView::setModel(model);
    frozen_->setModel(model);
    frozen_->setSelectionModel(selectionModel());
    connect(model, &QAbstractItemModel::modelReset, this, &FrozenTable::hideOthers);
    hideOthers();
}

void FrozenTable::hideOthers() {
    for (int column = 1; column < model()->columnCount(); ++column)
        frozen_->setColumnHidden(column, true);
    place();
}

void FrozenTable::resizeEvent(QResizeEvent* event) {
    QTableView::resizeEvent(event);
    place();
}

void FrozenTable::updateGeometries() {
    QTableView::updateGeometries();
    place();
}

void FrozenTable::scrollContentsBy(int dx, int dy) {
    QTableView::scrollContentsBy(dx, dy);
    place();
}

/// Only where the column itself has been scrolled away.
void FrozenTable::place() {
    const bool away = model() != nullptr && model()->columnCount() > 1 && horizontalScrollBar()->value() > 0;
    frozen_->setVisible(away);
    if (!away)
        return;
    frozen_->setSelectionBehavior(selectionBehavior());
    frozen_->setSelectionMode(selectionMode());
    frozen_->verticalHeader()->setDefaultSectionSize(verticalHeader()->defaultSectionSize());
    frozen_->horizontalHeader()->setFixedHeight(horizontalHeader()->height());
    frozen_->setColumnWidth(0, columnWidth(0));
    frozen_->setGeometry(frameWidth(), frameWidth(), columnWidth(0),
                         viewport()->height() + horizontalHeader()->height());
    frozen_->verticalScrollBar()->setValue(verticalScrollBar()->value());
    frozen_->raise();
}

} // namespace penumbra::gui
