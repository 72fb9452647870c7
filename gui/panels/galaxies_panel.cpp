#include "gui/panels/galaxies_panel.h"

#include "core/base/text.h"
#include "gui/models/galaxy_model.h"
#include "gui/options/staying_menu.h"
#include "gui/panels/frozen_table.h"
#include "gui/state/where.h"

#include <QAction>
#include <QApplication>
#include <QClipboard>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QToolButton>
#include <QVBoxLayout>

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <optional>
#include <utility>

namespace penumbra::gui {

GalaxiesPanel::GalaxiesPanel(JobBridge& bridge, QWidget* parent)
    : QWidget(parent), bridge_(bridge), model_(new GalaxyModel(this)), view_(new FrozenTable(this)),
      heading_(new QLabel(this)),
      empty_(
          new QLabel(tr("The test galaxies appear here, with every method's interval, as soon as the first "
                        "method has finished."),
                     this)),
      ordering_(bridge, tr("Sort the galaxies"), this) {
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
    view_->setTabKeyNavigation(false); // Tab goes on to the next part of the window; arrows walk galaxies
    view_->verticalHeader()->hide();
    view_->verticalHeader()->setSectionResizeMode(QHeaderView::Fixed); // a million rows: never measured
    view_->verticalHeader()->setDefaultSectionSize(fontMetrics().height() + 6);
    view_->horizontalHeader()->setSortIndicator(-1, Qt::AscendingOrder);
    view_->horizontalHeader()->setSortIndicatorClearable(true);
    view_->horizontalHeader()->setHighlightSections(false);
    view_->horizontalHeader()->setResizeContentsPrecision(50);
    auto* top = new QHBoxLayout;
    top->addWidget(heading_, 1);
    addColumnsMenu(*top);
    layout->addLayout(top);
    layout->addWidget(empty_, 1);
    layout->addWidget(view_, 1);
    connect(view_->selectionModel(), &QItemSelectionModel::currentRowChanged, this, &GalaxiesPanel::publish);
    connect(view_->selectionModel(), &QItemSelectionModel::selectionChanged, this, &GalaxiesPanel::publish);
    connect(model_, &QAbstractItemModel::modelReset, this, &GalaxiesPanel::modelReset);
    addActions();
    setState({});
}

/// What the table shows of every galaxy, from a button and from a right click on the headings.
void GalaxiesPanel::addColumnsMenu(QLayout& line) {
    auto* button = new QToolButton(this);
    button->setObjectName("galaxiesColumns");
    button->setText(tr("Columns"));
    button->setToolTip(tr("What the table shows of every galaxy"));
    button->setPopupMode(QToolButton::InstantPopup);
    button->setFocusPolicy(Qt::StrongFocus);
    columnsMenu_ = new StayingMenu(button);
    columnsMenu_->setObjectName("columnsMenu");
    columnsMenu_->setToolTipsVisible(true);
    button->setMenu(columnsMenu_);
    line.addWidget(button);
    connect(columnsMenu_, &QMenu::aboutToShow, this, &GalaxiesPanel::fillColumnsMenu);
    QHeaderView* header = view_->horizontalHeader();
    header->setContextMenuPolicy(Qt::CustomContextMenu);
    connect(header, &QWidget::customContextMenuRequested, this,
            [this, header](const QPoint& at) { columnsMenu_->popup(header->mapToGlobal(at)); });
}

void GalaxiesPanel::fillColumnsMenu() {
    columnsMenu_->clear();
    const auto add = [this](const std::string& word, const QString& title, const QString& tip) {
        QAction* action = columnsMenu_->addAction(title);
        action->setObjectName("column_" + QString::fromStdString(word));
        action->setToolTip(tip);
        action->setCheckable(true);
        action->setChecked(std::find(columns_.begin(), columns_.end(), word) != columns_.end());
        connect(action, &QAction::toggled, this, [this, word](bool shown) { chooseColumn(word, shown); });
    };
    for (const report::GalaxyPart& part : report::galaxyParts())
        add(part.word, QString::fromLatin1(part.word), QString::fromLatin1(part.help));
    columnsMenu_->addSeparator();
    if (!catalogue_)
        return;
    for (const io::Column& column : catalogue_->columns.columns)
        if (column.width == 1 && report::findGalaxyPart(column.name) == nullptr)
            add(column.name, QString::fromStdString(column.name),
                QString::fromStdString(column.unit.empty() ? column.description : column.unit));
}

void GalaxiesPanel::chooseColumn(const std::string& word, bool shown) {
    std::vector<std::string> columns = columns_;
    std::erase(columns, word);
    if (shown)
        columns.push_back(word);
    if (columns.empty())
        columns = {"usual"};
    Q_EMIT wanted({"columns", columns});
}

/// Other galaxies or columns: their ids and numbers may be longer.
void GalaxiesPanel::modelReset() {
    view_->resizeColumnsToContents();
    const QSignalBlocker quiet(view_->horizontalHeader()); // it is sorted already
    view_->horizontalHeader()->setSortIndicator(model_->sortColumn(),
                                                view_->horizontalHeader()->sortIndicatorOrder());
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

void GalaxiesPanel::putAbove(QWidget* widget) {
    static_cast<QVBoxLayout*>(layout())->insertWidget(1, widget);
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

std::vector<int> GalaxiesPanel::placesOf(const RowMask& rows) const {
    std::vector<int> places;
    if (rows.any())
        for (int place = 0; place < model_->rowCount(); ++place)
            if (rows.contains(model_->catalogueRow(place)))
                places.push_back(place);
    return places;
}

/// What the user selected in the table.
void GalaxiesPanel::publish() {
    if (following_)
        return;
    std::vector<std::int64_t> rows;
    for (const int place : selectedPlaces())
        rows.push_back(model_->catalogueRow(place));
    const QModelIndex current = view_->currentIndex();
    const bool looked = current.isValid() && view_->selectionModel()->isSelected(current);
    Q_EMIT rowsPicked(rows, looked ? model_->catalogueRow(current.row()) : -1);
}

void GalaxiesPanel::copySelection() {
    auto places = selectedPlaces();
    if (places.empty())
        places = placesOf(shown_.rows); // too scattered for the view to hold
    if (places.empty())
        return;
    start(tr("Copy galaxies"), JobBridge::LostWith::Nothing,
          [table = model_->table(), places = std::move(places)](RunContext& context) {
              const QString text = QString::fromStdString(tabbedText(table, places, context));
              return [text] { QApplication::clipboard()->setText(text); };
          });
}

void GalaxiesPanel::exportTo(const QString& path, bool selected) {
    const auto only = selected ? std::optional<RowMask>(shown_.rows) : std::nullopt;
    start(tr("Write %1").arg(QFileInfo(path).fileName()), JobBridge::LostWith::Window,
          [this, path, table = model_->table(), only](RunContext& context) {
              writeGalaxies(only ? onlyRows(table, *only) : table, path.toStdString(), context);
              return [this, path] { Q_EMIT exported(path); };
          });
}

void GalaxiesPanel::start(const QString& title, JobBridge::LostWith lost, JobBridge::Work work) {
    ++writing_;
    const auto counted = [this, work = std::move(work)](RunContext& context) -> Delivery {
        return [this, deliver = work(context)] {
            --writing_;
            deliver();
        };
    };
    bridge_.start({title, jobs::Lane::Io, false, lost}, this, counted, [this](const JobEnd& end) {
        --writing_;
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
        columns_ = state.inspector.columns;
        catalogue_ = state.catalogue;
        model_->show(state.study, state.target, state.finishedMethods(), state.catalogue, columns_);
        const bool otherTarget = std::exchange(target_, state.target) != state.target;
        follow(state.selection);
        if (otherTarget || order_ != state.inspector.order || orderedStudy_ != state.study ||
            orderedLikeness_ != state.likeness)
            arrange(state);
    } else {
        columns_.clear();
        catalogue_.reset();
        model_->clear();
        heading_->setText(tr("Galaxies"));
    }
    following_ = false;
}

/// Sorts by what the state asks for. A column that is clicked wins until then.
void GalaxiesPanel::arrange(const ViewState& state) {
    const bool wasOrdered = !order_.expression.empty();
    order_ = state.inspector.order;
    orderedStudy_ = state.study;
    orderedLikeness_ = state.likeness;
    ordering_.abandon();
    if (order_.expression.empty()) {
        if (wasOrdered)
            model_->orderBy({}, Qt::AscendingOrder);
        return;
    }
    ordering_.request(
        [this, state](RunContext&) -> Delivery {
            return [this, values = valuesOf(state.inspector.order.expression, state).values] {
                std::vector<double> keys;
                for (const std::int64_t row : model_->table().rows)
                    keys.push_back(static_cast<std::size_t>(row) < values.size()
                                       ? values[static_cast<std::size_t>(row)]
                                       : std::numeric_limits<double>::quiet_NaN());
                following_ = true;
                view_->horizontalHeader()->setSortIndicator(-1, Qt::AscendingOrder);
                model_->orderBy(std::move(keys),
                                order_.descending ? Qt::DescendingOrder : Qt::AscendingOrder);
                if (const int at = model_->modelRowOf(shown_.current); at >= 0)
                    view_->scrollTo(model_->index(at, 0));
                following_ = false;
            };
        },
        [this](const JobEnd& end) {
            if (end.failed())
                Q_EMIT failed(end.error);
        });
}

std::int64_t GalaxiesPanel::galaxyAfter(std::int64_t row, int by, const RowMask* inside) const {
    const int last = model_->rowCount() - 1, from = row < 0 ? -1 : model_->modelRowOf(row);
    const auto counts = [&](int place) {
        return inside == nullptr || inside->contains(model_->catalogueRow(place));
    };
    const int step = from < 0 || by > 0 ? 1 : -1;
    int found = from;
    for (int place = from + step, left = from < 0 ? 1 : std::abs(by); place >= 0 && place <= last && left > 0;
         place += step)
        if (counts(place)) {
            found = place;
            --left;
        }
    return found < 0 ? -1 : model_->catalogueRow(found);
}

/// Shows a selection that was made elsewhere. One in too many pieces for the view to hold is only tinted by
/// the model.
void GalaxiesPanel::follow(const Selection& selection) {
    constexpr int mostRanges = 1000;
    const bool moved = selection.current != shown_.current;
    shown_ = selection;
    QItemSelection wanted;
    const int last = model_->columnCount() - 1;
    const std::vector<int> places = placesOf(selection.rows);
    for (std::size_t i = 0; i < places.size() && wanted.size() <= mostRanges;) {
        std::size_t end = i + 1;
        while (end < places.size() && places[end] == places[end - 1] + 1)
            ++end;
        wanted.append(QItemSelectionRange(model_->index(places[i], 0), model_->index(places[end - 1], last)));
        i = end;
    }
    const bool scattered = wanted.size() > mostRanges;
    model_->tint(scattered ? selection.rows : RowMask());
    updateHeading();
    const int at = selection.current < 0 ? -1 : model_->modelRowOf(selection.current);
    const bool looksThere = at < 0 || (view_->currentIndex().isValid() && view_->currentIndex().row() == at);
    if (!scattered && looksThere && selectedPlaces() == places)
        return; // the user did it here
    auto* chosen = view_->selectionModel();
    chosen->setCurrentIndex(at < 0 ? QModelIndex() : model_->index(at, 0), QItemSelectionModel::NoUpdate);
    chosen->select(scattered ? QItemSelection() : wanted, QItemSelectionModel::ClearAndSelect);
    if (at >= 0 && moved)
        view_->scrollTo(model_->index(at, 0));
    else if (at < 0 && !places.empty())
        view_->scrollTo(model_->index(places.front(), 0));
}

void GalaxiesPanel::updateHeading() {
    const auto withCount = [](long long count) { return QString::fromStdString(withThousands(count)); };
    QString text = tr("Galaxies: %1 test rows of %2")
                       .arg(withCount(model_->rowCount()), QString::fromStdString(target_));
    if (const std::size_t selected = shown_.rows.count(); selected > 1)
        text += tr(" · %1 selected").arg(withCount(static_cast<long long>(selected)));
    heading_->setText(text);
}

} // namespace penumbra::gui
