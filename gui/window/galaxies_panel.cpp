#include "gui/window/galaxies_panel.h"

#include "core/base/text.h"
#include "gui/models/galaxy_model.h"

#include <QHeaderView>
#include <QLabel>
#include <QTableView>
#include <QVBoxLayout>

namespace penumbra::gui {

GalaxiesPanel::GalaxiesPanel(QWidget* parent)
    : QWidget(parent), model_(new GalaxyModel(this)), view_(new QTableView(this)), heading_(new QLabel(this)),
      empty_(
          new QLabel(tr("The test galaxies appear here, with every method's interval, as soon as the first "
                        "method has finished."),
                     this)) {
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(12, 4, 12, 8);
    layout->setSpacing(4);
    QFont bold = heading_->font();
    bold.setBold(true);
    heading_->setFont(bold);
    heading_->setObjectName("galaxiesHeading");
    empty_->setWordWrap(true);
    empty_->setAlignment(Qt::AlignCenter);
    view_->setObjectName("galaxiesTable");
    view_->setAccessibleName(tr("Table of test galaxies"));
    view_->setModel(model_);
    view_->setSelectionBehavior(QAbstractItemView::SelectRows);
    view_->setSelectionMode(QAbstractItemView::SingleSelection);
    view_->setShowGrid(false);
    view_->setWordWrap(false);
    view_->setSortingEnabled(true);
    view_->verticalHeader()->hide();
    view_->verticalHeader()->setSectionResizeMode(QHeaderView::Fixed); // a million rows: never measured
    view_->verticalHeader()->setDefaultSectionSize(fontMetrics().height() + 6);
    view_->horizontalHeader()->setSortIndicator(-1, Qt::AscendingOrder);
    view_->horizontalHeader()->setSortIndicatorClearable(true);
    view_->horizontalHeader()->setHighlightSections(false);
    view_->horizontalHeader()->setResizeContentsPrecision(50);
    layout->addWidget(heading_);
    layout->addWidget(empty_, 1);
    layout->addWidget(view_, 1);
    connect(view_->selectionModel(), &QItemSelectionModel::currentRowChanged, this,
            [this](const QModelIndex& current) {
                if (!following_ && current.isValid())
                    Q_EMIT rowSelected(model_->catalogueRow(current.row()));
            });
    setState({});
}

void GalaxiesPanel::setTheme(const Theme& theme) {
    model_->setTheme(theme);
}

void GalaxiesPanel::setState(const ViewState& state) {
    const bool any = state.study && !state.finishedMethods().empty();
    view_->setVisible(any);
    empty_->setVisible(!any);
    following_ = true;
    if (any) {
        const int columnsBefore = model_->columnCount();
        model_->show(state.study, state.target, state.finishedMethods(), state.catalogue);
        if (model_->columnCount() != columnsBefore)
            view_->resizeColumnsToContents();
        const QString count = QString::fromStdString(withThousands(model_->rowCount()));
        heading_->setText(
            tr("Galaxies: %1 test rows of %2").arg(count, QString::fromStdString(state.target)));
        select(state.selectedRow);
    } else {
        model_->clear();
        heading_->setText(tr("Galaxies"));
    }
    following_ = false;
}

void GalaxiesPanel::select(std::int64_t catalogueRow) {
    const QModelIndex current = view_->currentIndex();
    if (current.isValid() && model_->catalogueRow(current.row()) == catalogueRow)
        return;
    const int row = catalogueRow < 0 ? -1 : model_->modelRowOf(catalogueRow);
    if (row < 0) {
        view_->clearSelection();
        view_->setCurrentIndex({});
        return;
    }
    view_->selectRow(row);
    view_->scrollTo(model_->index(row, 0));
}

} // namespace penumbra::gui
