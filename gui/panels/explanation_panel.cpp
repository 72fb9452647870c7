#include "gui/panels/explanation_panel.h"

#include "core/base/text.h"
#include "core/report/number_text.h"
#include "gui/inspector/interval_figure.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QPushButton>
#include <QTableWidget>
#include <QVBoxLayout>

#include <algorithm>

namespace penumbra::gui {

namespace {

constexpr std::size_t neighbourCount = 30;

QTableWidgetItem* cell(const QString& text, bool number) {
    auto* item = new QTableWidgetItem(text);
    item->setFlags(Qt::ItemIsSelectable | Qt::ItemIsEnabled);
    item->setTextAlignment((number ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter);
    return item;
}

} // namespace

ExplanationPanel::ExplanationPanel(JobBridge& bridge, QWidget* parent)
    : QWidget(parent), methods_(new QComboBox(this)), title_(new QLabel(this)), summary_(new QLabel(this)),
      heading_(new QLabel(tr("Calibration galaxies with the largest weights"), this)),
      table_(new QTableWidget(this)), back_(new QPushButton(this)),
      latest_(bridge, tr("Explaining an interval"), this) {
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(12, 8, 12, 8);
    layout->setSpacing(8);
    QFont bold = title_->font();
    bold.setBold(true);
    for (QLabel* label : {title_, heading_})
        label->setFont(bold);
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
    table_->setObjectName("explanationTable");
    table_->setAccessibleName(tr("Calibration galaxies with the largest weights"));
    table_->setColumnCount(4);
    table_->setHorizontalHeaderLabels({tr("galaxy"), tr("weight"), tr("score"), tr("true")});
    table_->horizontalHeaderItem(0)->setTextAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    for (int column = 1; column < 4; ++column)
        table_->horizontalHeaderItem(column)->setTextAlignment(Qt::AlignRight | Qt::AlignVCenter);
    // Ids may be long: they give way to the numbers, keep their last digits and show whole in their tool tip.
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
    table_->setToolTip(
        tr("Click a galaxy to go there. Weight: its share of all weights. Score: its error, in "
           "predicted residuals for LCMAD."));
    layout->addWidget(title_);
    layout->addWidget(methods_);
    layout->addWidget(summary_);
    layout->addWidget(heading_);
    layout->addWidget(table_, 1);
    layout->addWidget(back_);
    layout->addStretch(0);
    connect(methods_, &QComboBox::activated, this, &ExplanationPanel::request);
    connect(back_, &QPushButton::clicked, this, [this] { Q_EMIT rowSelected(explained_); });
    connect(table_, &QTableWidget::cellClicked, this, [this](int row, int) {
        Q_EMIT rowSelected(table_->item(row, 0)->data(Qt::UserRole).toLongLong());
    });
    setState({});
}

QString ExplanationPanel::method() const {
    return methods_->currentText();
}

void ExplanationPanel::setState(const ViewState& state) {
    const bool same = state.study == state_.study && state.target == state_.target &&
                      state.selection.current == state_.selection.current;
    if (state.study != state_.study || state.target != state_.target)
        explained_ = -1;
    state_ = state;
    const auto finished = state.finishedMethods();
    setMethods(finished);
    if (same && explained_ >= 0)
        return;
    request();
}

/// Keeps the user's choice where it still stands.
void ExplanationPanel::setMethods(const std::vector<std::string>& methods) {
    QStringList names;
    for (const std::string& id : methods)
        names << QString::fromStdString(id);
    QStringList present;
    for (int i = 0; i < methods_->count(); ++i)
        present << methods_->itemText(i);
    if (names == present)
        return;
    const QString before = methods_->currentText();
    methods_->clear();
    methods_->addItems(names);
    methods_->setCurrentText(
        names.contains(before) ? before : QString::fromStdString(workflow::methodToExplain(methods)));
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
    heading_->setVisible(false);
    table_->setVisible(false);
    table_->setRowCount(0);
}

void ExplanationPanel::showExplanation(const workflow::Explanation& explanation) {
    showText(QString::fromStdString(explanation.summary));
    if (!explanation.local)
        return;
    heading_->setVisible(true);
    table_->setVisible(true);
    table_->setRowCount(static_cast<int>(explanation.neighbours.size()));
    for (int row = 0; row < table_->rowCount(); ++row) {
        const auto& neighbour = explanation.neighbours[static_cast<std::size_t>(row)];
        auto* name = cell(nameOf(neighbour.row), false);
        name->setData(Qt::UserRole, static_cast<qlonglong>(neighbour.row));
        name->setToolTip(name->text());
        table_->setItem(row, 0, name);
        const double width = intervalWidth(explanation.lower, explanation.upper);
        const std::string numbers[] = {formatReal(100.0 * neighbour.weight, 3) + " %",
                                       formatReal(neighbour.score, 3),
                                       report::textBeside(neighbour.truth, width, 3)};
        for (int column = 1; column < 4; ++column)
            table_->setItem(row, column, cell(QString::fromStdString(numbers[column - 1]), true));
        table_->item(row, 3)->setToolTip(
            tr("predicted %1")
                .arg(QString::fromStdString(report::textBeside(neighbour.prediction, width, 3))));
    }
    table_->clearSelection();
}

QString ExplanationPanel::nameOf(std::int64_t row) const {
    const auto index = static_cast<std::size_t>(row);
    return state_.catalogue && index < state_.catalogue->rowCount
               ? QString::fromStdString(state_.catalogue->idText(index))
               : tr("Row %1").arg(row);
}

} // namespace penumbra::gui
