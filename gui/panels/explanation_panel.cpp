#include "gui/panels/explanation_panel.h"

#include "core/base/text.h"
#include "core/report/number_text.h"
#include "gui/inspector/interval_figure.h"
#include "gui/panels/galaxy_finder.h"

#include <QCheckBox>
#include <QComboBox>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QPushButton>
#include <QTableWidget>
#include <QVBoxLayout>

#include <algorithm>
#include <cmath>

namespace penumbra::gui {

namespace {

constexpr std::size_t neighbourCount = 30;
const QString kNearest = QStringLiteral("nearest"); ///< behind the entry that is no method

QTableWidgetItem* cell(const QString& text, bool number) {
    auto* item = new QTableWidgetItem(text);
    item->setFlags(Qt::ItemIsSelectable | Qt::ItemIsEnabled);
    item->setTextAlignment((number ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter);
    return item;
}

} // namespace

ExplanationPanel::ExplanationPanel(JobBridge& bridge, QWidget* parent)
    : QWidget(parent), methods_(new QComboBox(this)), title_(new QLabel(this)), summary_(new QLabel(this)),
      heading_(new QLabel(this)), table_(new QTableWidget(this)), back_(new QPushButton(this)),
      select_(new QPushButton(tr("Select them"), this)),
      marks_(new QCheckBox(tr("Mark them on the map"), this)),
      latest_(bridge, tr("Explaining an interval"), this) {
    build();
    connect(methods_, &QComboBox::activated, this, [this] {
        chosen_ = methods_->currentText();
        request();
        if (marks_->isChecked())
            wantMarks();
    });
    connect(back_, &QPushButton::clicked, this, [this] { Q_EMIT rowSelected(explained_); });
    connect(table_, &QTableWidget::cellClicked, this, [this](int row, int) {
        Q_EMIT rowSelected(table_->item(row, 0)->data(Qt::UserRole).toLongLong());
    });
    connect(select_, &QPushButton::clicked, this, [this] {
        std::vector<std::int64_t> rows{state_.selection.current};
        for (int row = 0; row < table_->rowCount(); ++row)
            rows.push_back(table_->item(row, 0)->data(Qt::UserRole).toLongLong());
        Q_EMIT rowsPicked(rows, state_.selection.current);
    });
    connect(marks_, &QCheckBox::clicked, this, &ExplanationPanel::wantMarks);
    setState({});
}

void ExplanationPanel::build() {
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(12, 8, 12, 8);
    layout->setSpacing(8);
    QFont bold = title_->font();
    bold.setBold(true);
    for (QLabel* label : {title_, heading_})
        label->setFont(bold);
    heading_->setObjectName("explanationHeading");
    heading_->setWordWrap(true);
    title_->setObjectName("explanationTitle");
    title_->setWordWrap(true);
    summary_->setObjectName("explanationSummary");
    summary_->setWordWrap(true);
    summary_->setTextInteractionFlags(Qt::TextSelectableByMouse);
    summary_->setAlignment(Qt::AlignTop);
    methods_->setObjectName("explanationMethod");
    methods_->setAccessibleName(tr("Method whose interval is explained"));
    back_->setObjectName("explanationBack");
    select_->setObjectName("explanationSelect");
    select_->setToolTip(tr("This galaxy and those listed become the selection"));
    marks_->setObjectName("explanationMarks");
    marks_->setToolTip(tr("Lines from this galaxy to those listed, on the page Map"));
    table_->setObjectName("explanationTable");
    // Ids may be long: they give way to the numbers, keep their last digits and show whole in their tool tip.
    table_->setColumnCount(4);
    table_->horizontalHeader()->setSectionResizeMode(QHeaderView::ResizeToContents);
    table_->horizontalHeader()->setSectionResizeMode(0, QHeaderView::Stretch);
    table_->horizontalHeader()->setMinimumSectionSize(fontMetrics().horizontalAdvance(tr("galaxy")) + 16);
    table_->setTextElideMode(Qt::ElideLeft);
    table_->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    table_->setSelectionBehavior(QAbstractItemView::SelectRows);
    table_->setSelectionMode(QAbstractItemView::SingleSelection);
    table_->setShowGrid(false);
    table_->setWordWrap(false);
    table_->verticalHeader()->hide();
    table_->verticalHeader()->setDefaultSectionSize(fontMetrics().height() + 6);
    table_->horizontalHeader()->setHighlightSections(false);
    for (QWidget* widget : std::initializer_list<QWidget*>{title_, methods_, summary_, heading_})
        layout->addWidget(widget);
    layout->addWidget(table_, 1);
    for (QWidget* widget : std::initializer_list<QWidget*>{marks_, select_, back_})
        layout->addWidget(widget);
    layout->addStretch(0);
}

void ExplanationPanel::setStore(std::shared_ptr<FeatureStore> store) {
    store_ = std::move(store);
}

bool ExplanationPanel::showsNearest() const {
    return methods_->currentData().toString() == kNearest;
}

void ExplanationPanel::wantMarks() {
    Command command{"neighbours", {"none"}};
    if (marks_->isChecked() && showsNearest())
        command.words = {"nearest"};
    else if (marks_->isChecked())
        command.words = {"interval", method().toStdString()};
    Q_EMIT wanted(command);
}

QString ExplanationPanel::method() const {
    return methods_->currentText();
}

void ExplanationPanel::setState(const ViewState& state) {
    bool same = state.study == state_.study && state.target == state_.target &&
                state.selection.current == state_.selection.current;
    const InspectorChoices &wanted = state.inspector, &before = state_.inspector;
    const bool otherMarks =
        wanted.neighbours != before.neighbours || wanted.neighboursOf != before.neighboursOf;
    if (state.study != state_.study || state.target != state_.target)
        explained_ = -1;
    state_ = state;
    marks_->setChecked(!state.inspector.neighbours.empty());
    const auto finished = state.finishedMethods();
    const QString shown = methods_->currentText();
    setMethods(finished);
    if (otherMarks)
        showMarked();
    same = same && shown == methods_->currentText();
    if (same && explained_ >= 0)
        return;
    request();
}

/// Keeps the user's choice where it still stands.
void ExplanationPanel::setMethods(const std::vector<std::string>& methods) {
    QStringList names, present;
    for (const std::string& id : methods)
        names << QString::fromStdString(id);
    const bool likes = store_ && !names.isEmpty() && !featuresShown(state_).empty();
    if (likes)
        names << tr("nearest by %1").arg(QString::fromStdString(featuresShown(state_)));
    for (int i = 0; i < methods_->count(); ++i)
        present << methods_->itemText(i);
    if (names == present)
        return;
    methods_->clear();
    methods_->addItems(names);
    if (likes)
        methods_->setItemData(methods_->count() - 1, kNearest);
    methods_->setCurrentText(
        names.contains(chosen_) ? chosen_ : QString::fromStdString(workflow::methodToExplain(methods)));
}

/// What is marked on the map is what is listed.
void ExplanationPanel::showMarked() {
    const InspectorChoices& inspector = state_.inspector;
    const int at = inspector.neighbours == "nearest"
                       ? methods_->findData(kNearest)
                       : methods_->findText(QString::fromStdString(inspector.neighboursOf));
    if (inspector.neighbours.empty() || at < 0)
        return;
    methods_->setCurrentIndex(at);
    chosen_ = methods_->currentText();
}

void ExplanationPanel::request() {
    latest_.abandon();
    const bool some = state_.study && state_.selection.current >= 0 && methods_->count() > 0;
    methods_->setVisible(some);
    title_->setVisible(some);
    back_->setVisible(false);
    if (!some) {
        showText(tr("Select a galaxy to see which calibration galaxies set the width of its interval."));
        return;
    }
    title_->setText(nameOf(state_.selection.current));
    showsNearest() ? requestNearest() : requestExplanation();
}

void ExplanationPanel::requestNearest() {
    explained_ = state_.selection.current;
    const auto work = [this, state = state_, store = store_](RunContext& context) -> Delivery {
        const auto features = store->of(state.catalogue, featuresShown(state), context);
        auto found = std::make_shared<const workflow::SimilarGalaxies>(workflow::galaxiesLike(
            *features, {static_cast<std::size_t>(state.selection.current)}, neighbourCount, context.threads));
        return [this, found] { showNearest(*found); };
    };
    latest_.request(work, [this](const JobEnd& end) {
        if (end.failed())
            showText(end.error);
    });
}

void ExplanationPanel::requestExplanation() {
    const TargetStudy& target = state_.study->target(state_.target);
    if (testIndexOf(target, state_.selection.current) < 0) {
        methods_->setVisible(false);
        const auto& rows = target.heldOut.rows;
        const bool calibration = std::find(rows.begin(), rows.end(), state_.selection.current) != rows.end();
        showText(calibration
                     ? tr("A calibration galaxy: its error is one of the scores that set the intervals "
                          "of test galaxies. It has no interval itself.")
                     : tr("Not a test galaxy of %1, so it has no interval.")
                           .arg(QString::fromStdString(state_.target)));
        if (explained_ >= 0) {
            back_->setText(tr("Back to %1").arg(nameOf(explained_)));
            back_->setVisible(true);
        }
        return;
    }
    explained_ = state_.selection.current;
    const auto work = [this, study = state_.study, target = state_.target, row = state_.selection.current,
                       method = methods_->currentText().toStdString()](RunContext& context) -> Delivery {
        auto found = std::make_shared<const workflow::Explanation>(
            workflow::explainInterval(*study, target, method, row, neighbourCount, context));
        return [this, found] { showExplanation(*found); };
    };
    latest_.request(work, [this](const JobEnd& end) {
        if (end.failed())
            showText(end.error);
    });
}

void ExplanationPanel::showText(const QString& text) {
    summary_->setText(text);
    for (QWidget* widget : std::initializer_list<QWidget*>{heading_, table_, marks_, select_})
        widget->setVisible(false);
    table_->setRowCount(0);
}

/// An empty table of galaxies: the first column is their names.
void ExplanationPanel::showTable(const QString& heading, const QStringList& columns, int rows) {
    heading_->setText(heading);
    table_->setAccessibleName(heading);
    for (QWidget* widget : std::initializer_list<QWidget*>{heading_, table_, marks_, select_})
        widget->setVisible(true);
    table_->setColumnCount(static_cast<int>(columns.size()));
    table_->setHorizontalHeaderLabels(columns);
    for (int column = 0; column < table_->columnCount(); ++column)
        table_->horizontalHeaderItem(column)->setTextAlignment(
            (column == 0 ? Qt::AlignLeft : Qt::AlignRight) | Qt::AlignVCenter);
    table_->setRowCount(rows);
}

void ExplanationPanel::addRow(int row, std::int64_t galaxy, const QStringList& numbers) {
    auto* name = cell(nameOf(galaxy), false);
    name->setData(Qt::UserRole, static_cast<qlonglong>(galaxy));
    name->setToolTip(name->text());
    table_->setItem(row, 0, name);
    for (int column = 1; column <= static_cast<int>(numbers.size()); ++column)
        table_->setItem(row, column, cell(numbers[column - 1], true));
}

void ExplanationPanel::showExplanation(const workflow::Explanation& explanation) {
    showText(QString::fromStdString(explanation.summary));
    if (!explanation.local)
        return;
    showTable(tr("Calibration galaxies with the largest weights"),
              {tr("galaxy"), tr("weight"), tr("score"), tr("true")},
              static_cast<int>(explanation.neighbours.size()));
    table_->setToolTip(
        tr("Click a galaxy to go there. Weight: its share of all weights. Score: its error, in "
           "predicted residuals for LCMAD."));
    const double width = intervalWidth(explanation.lower, explanation.upper);
    for (int row = 0; row < table_->rowCount(); ++row) {
        const auto& neighbour = explanation.neighbours[static_cast<std::size_t>(row)];
        addRow(row, neighbour.row,
               {QString::fromStdString(formatReal(100.0 * neighbour.weight, 2) + " %"),
                QString::fromStdString(formatReal(neighbour.score, 2)),
                QString::fromStdString(report::textBeside(neighbour.truth, width, 3))});
        table_->item(row, 3)->setToolTip(
            tr("predicted %1")
                .arg(QString::fromStdString(report::textBeside(neighbour.prediction, width, 3))));
    }
    table_->clearSelection();
}

void ExplanationPanel::showNearest(const workflow::SimilarGalaxies& nearest) {
    showText(tr("The galaxies whose features point most nearly the same way, of all in the catalogue."));
    showTable(tr("Nearest by %1").arg(QString::fromStdString(featuresShown(state_))),
              {tr("galaxy"), tr("cosine"), tr("true")}, static_cast<int>(nearest.row.size()));
    table_->setToolTip(tr("Click a galaxy to go there. Cosine: 1 where the features point the same way."));
    for (int row = 0; row < table_->rowCount(); ++row) {
        const auto at = static_cast<std::size_t>(row);
        const auto galaxy = static_cast<std::int64_t>(nearest.row[at]);
        // How far below 1 it is tells galaxies apart.
        const std::string cosine =
            report::textBeside(nearest.similarity[at], std::max(1e-9, 1.0 - nearest.similarity[at]), 3);
        addRow(row, galaxy, {QString::fromStdString(cosine), truthOf(galaxy)});
    }
    table_->clearSelection();
}

/// In the catalogue: also galaxies that no study has held out have one.
QString ExplanationPanel::truthOf(std::int64_t row) const {
    if (state_.catalogue)
        for (const Target& target : state_.catalogue->targets)
            if (target.name == state_.target && static_cast<std::size_t>(row) < target.values.size() &&
                std::isfinite(target.values[static_cast<std::size_t>(row)]))
                return QString::fromStdString(formatReal(target.values[static_cast<std::size_t>(row)], 5));
    return QStringLiteral("–");
}

QString ExplanationPanel::nameOf(std::int64_t row) const {
    const auto index = static_cast<std::size_t>(row);
    return state_.catalogue && index < state_.catalogue->rowCount
               ? QString::fromStdString(state_.catalogue->idText(index))
               : tr("Row %1").arg(row);
}

} // namespace penumbra::gui
