#include "gui/window/galaxies_panel.h"

#include "core/base/text.h"
#include "gui/models/galaxy_model.h"

#include <QAction>
#include <QApplication>
#include <QClipboard>
#include <QHeaderView>
#include <QLabel>
#include <QTableView>
#include <QVBoxLayout>

#include <algorithm>

namespace penumbra::gui {

GalaxiesPanel::GalaxiesPanel(JobBridge& bridge, QWidget* parent)
    : QWidget(parent), bridge_(bridge), model_(new GalaxyModel(this)), view_(new QTableView(this)),
      heading_(new QLabel(this)),
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
    view_->setSelectionMode(QAbstractItemView::ExtendedSelection);
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
    addActions();
    setState({});
}

void GalaxiesPanel::addActions() {
    auto* copy = new QAction(tr("&Copy rows"), view_);
    copy->setObjectName("galaxiesCopy");
    copy->setShortcut(QKeySequence::Copy);
    connect(copy, &QAction::triggered, this, &GalaxiesPanel::copySelection);
    auto* all = new QAction(tr("Select &all"), view_);
    all->setObjectName("galaxiesSelectAll");
    all->setShortcut(QKeySequence::SelectAll);
    connect(all, &QAction::triggered, view_, &QTableView::selectAll);
    for (QAction* action : {copy, all}) {
        action->setShortcutContext(Qt::WidgetShortcut);
        view_->addAction(action);
    }
    view_->setContextMenuPolicy(Qt::ActionsContextMenu);
}

void GalaxiesPanel::offer(QAction* action) {
    view_->addAction(action);
}

bool GalaxiesPanel::hasRows() const {
    return model_->rowCount() > 0;
}

/// From top to bottom. By ranges: a million selected rows are one range.
std::vector<int> GalaxiesPanel::selectedPlaces() const {
    std::vector<int> places;
    const QItemSelection selection = view_->selectionModel()->selection();
    for (const QItemSelectionRange& range : selection)
        for (int row = range.top(); row <= range.bottom(); ++row)
            places.push_back(row);
    std::sort(places.begin(), places.end());
    places.erase(std::unique(places.begin(), places.end()), places.end());
    return places;
}

void GalaxiesPanel::copySelection() {
    auto places = selectedPlaces();
    if (places.empty())
        return;
    start(tr("Copy galaxies"), [table = model_->table(), places = std::move(places)](RunContext& context) {
        const QString text = QString::fromStdString(tabbedText(table, places, context));
        return [text] { QApplication::clipboard()->setText(text); };
    });
}

void GalaxiesPanel::exportTo(const QString& path) {
    start(tr("Write galaxies"), [this, path, table = model_->table()](RunContext& context) {
        writeGalaxies(table, path.toStdString(), context);
        return [this, path] { Q_EMIT exported(path); };
    });
}

void GalaxiesPanel::start(const QString& title, JobBridge::Work work) {
    bridge_.start({title, jobs::Lane::Io, false}, this, std::move(work), [this](const JobEnd& end) {
        if (end.failed())
            Q_EMIT failed(end.error);
    });
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
    view_->clearSelection(); // else the row joins the others
    view_->selectRow(row);
    view_->scrollTo(model_->index(row, 0));
}

} // namespace penumbra::gui
