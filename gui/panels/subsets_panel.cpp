#include "gui/panels/subsets_panel.h"

#include "core/base/text.h"
#include "core/eval/selection_coverage.h"
#include "gui/options/flow_layout.h"
#include "gui/panels/selection_text.h"

#include <QHeaderView>
#include <QLabel>
#include <QPixmap>
#include <QPushButton>
#include <QTableWidget>
#include <QVBoxLayout>

#include <cmath>

namespace penumbra::gui {

namespace {

enum FixedColumn { Name, Galaxies, Perfect, FixedColumns };

QTableWidgetItem* cell(const QString& text, bool number) {
    auto* item = new QTableWidgetItem(text);
    item->setFlags(Qt::ItemIsSelectable | Qt::ItemIsEnabled);
    item->setTextAlignment((number ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter);
    return item;
}

QIcon chip(const std::string& colour) {
    QPixmap pixmap(12, 12);
    pixmap.fill(QColor(QString::fromStdString(colour)));
    return QIcon(pixmap);
}

QString coverageOf(const SelectionCoverage& method, std::size_t labelled) {
    if (labelled == 0)
        return QStringLiteral("–");
    const double share = static_cast<double>(method.covered) / static_cast<double>(labelled);
    return QStringLiteral("%1 [%2, %3]")
        .arg(wholePercent(share), wholePercent(method.bracket.low), wholePercent(method.bracket.high));
}

/// Galaxies that were chosen by their outcome have no perfect method to be held against.
QString perfectOf(const SelectionSummary& summary, const Subset& subset) {
    if (subset.byOutcome)
        return QObject::tr("by outcome");
    if (summary.methods.empty() || summary.labelled == 0 ||
        !std::isfinite(summary.methods.front().perfect.low))
        return QStringLiteral("–");
    const Interval& perfect = summary.methods.front().perfect;
    return QStringLiteral("%1–%2").arg(wholePercent(perfect.low), wholePercent(perfect.high));
}

} // namespace

SubsetsPanel::SubsetsPanel(AppState& state, JobBridge& bridge, QWidget* parent)
    : QWidget(parent), state_(state), latest_(bridge, tr("Count the subsets"), this),
      empty_(new QLabel(tr("Named galaxies appear here: select some, in a plot, in the table or by an "
                           "expression above it, and name them."),
                        this)),
      table_(new QTableWidget(this)), add_(new QPushButton(tr("&Name the selection…"), this)),
      use_(new QPushButton(tr("&Select"), this)), confirm_(new QPushButton(tr("&Confirm"), this)),
      remove_(new QPushButton(tr("&Forget"), this)) {
    empty_->setWordWrap(true);
    table_->setObjectName("subsetsTable");
    table_->setAccessibleName(tr("Subsets"));
    table_->setSelectionBehavior(QAbstractItemView::SelectRows);
    table_->setSelectionMode(QAbstractItemView::SingleSelection);
    table_->setShowGrid(false);
    table_->verticalHeader()->hide();
    add_->setObjectName("subsetName");
    use_->setObjectName("subsetUse");
    confirm_->setObjectName("subsetConfirm");
    confirm_->setToolTip(tr("Tests whether methods cover this subset too little, on the half of the test "
                            "galaxies that searches do not look at"));
    remove_->setObjectName("subsetForget");
    use_->setToolTip(tr("Selects the galaxies of this subset"));
    remove_->setToolTip(tr("Forgets the name; the galaxies stay where they are"));
    auto* buttons = new QWidget(this); // they wrap: the panel is as narrow as its neighbours
    auto* flow = new FlowLayout(buttons);
    for (QPushButton* button : {add_, use_, confirm_, remove_})
        flow->addWidget(button);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(12, 8, 8, 8);
    layout->addWidget(empty_);
    layout->addWidget(table_, 1);
    layout->addWidget(buttons);
    layout->addStretch(0);
    connect(add_, &QPushButton::clicked, this, &SubsetsPanel::nameWanted);
    connect(use_, &QPushButton::clicked, this, [this] { state_.apply({"subset", {"use", chosen()}}); });
    connect(confirm_, &QPushButton::clicked, this, [this] {
        state_.apply({"confirm", {"subset", chosen()}});
    });
    connect(remove_, &QPushButton::clicked, this, [this] { state_.apply({"subset", {"remove", chosen()}}); });
    connect(table_, &QTableWidget::itemDoubleClicked, this, [this] {
        state_.apply({"subset", {"use", chosen()}});
    });
    connect(table_, &QTableWidget::itemSelectionChanged, this, &SubsetsPanel::enable);
    state_.watch(Part::File | Part::Study | Part::Target | Part::Methods | Part::Selection | Part::Subsets,
                 this, [this](const ViewState& now, Parts) { showState(now); });
    showState(state_.now());
}

std::string SubsetsPanel::chosen() const {
    const QTableWidgetItem* item =
        table_->currentRow() < 0 ? nullptr : table_->item(table_->currentRow(), Name);
    return item && item->isSelected() ? item->data(Qt::UserRole).toString().toStdString() : std::string();
}

void SubsetsPanel::showState(const ViewState& now) {
    add_->setEnabled(now.selection.rows.any());
    empty_->setVisible(now.subsets.empty());
    table_->setVisible(!now.subsets.empty());
    fill(now);
    latest_.abandon();
    if (!now.subsets.empty() && now.shownTarget() != nullptr)
        requestCoverage(now);
    enable();
}

void SubsetsPanel::enable() {
    const bool any = !chosen().empty();
    for (QPushButton* button : {use_, remove_})
        button->setEnabled(any);
    confirm_->setEnabled(any && state_.now().study && !state_.now().running);
}

void SubsetsPanel::fill(const ViewState& now) {
    const int line = table_->currentRow();
    const auto methods = now.finishedMethods();
    QStringList titles = {tr("Subset"), tr("n"), tr("Perfect, %")};
    for (const std::string& method : methods)
        titles << QString::fromStdString(method) + tr(", %");
    table_->setColumnCount(static_cast<int>(titles.size()));
    table_->setHorizontalHeaderLabels(titles);
    table_->setRowCount(static_cast<int>(now.subsets.size()));
    for (int row = 0; row < table_->rowCount(); ++row) {
        const Subset& subset = now.subsets[static_cast<std::size_t>(row)];
        auto* name = cell(QString::fromStdString(subset.name), false);
        name->setIcon(chip(subset.colour));
        name->setData(Qt::UserRole, name->text());
        name->setToolTip(subset.where.empty() ? tr("chosen by hand") : QString::fromStdString(subset.where));
        table_->setItem(row, Name, name);
        const auto count = static_cast<long long>(subset.rows.count());
        table_->setItem(row, Galaxies, cell(QString::fromStdString(withThousands(count)), true));
        for (int column = Perfect; column < table_->columnCount(); ++column)
            if (table_->item(row, column) == nullptr)
                table_->setItem(row, column, cell({}, true));
    }
    if (line >= 0 && line < table_->rowCount())
        table_->setCurrentCell(line, Name);
    table_->resizeColumnsToContents();
}

void SubsetsPanel::requestCoverage(const ViewState& now) {
    latest_.request([this, now](RunContext& context) -> Delivery {
        const SelectionCounter counter(*now.shownTarget(), now.finishedMethods(), now.rowCount(),
                                       now.study->alpha, context);
        std::vector<SelectionSummary> summaries;
        for (const Subset& subset : now.subsets)
            summaries.push_back(counter.summarise(subset.rows));
        return [this, subsets = now.subsets, summaries] {
            for (std::size_t i = 0; i < summaries.size(); ++i) {
                const int row = static_cast<int>(i);
                const auto set = [&](int column, const QString& text) {
                    if (QTableWidgetItem* item = table_->item(row, column))
                        item->setText(text);
                };
                set(Galaxies,
                    QString::fromStdString(withThousands(static_cast<long long>(summaries[i].labelled))));
                set(Perfect, perfectOf(summaries[i], subsets[i]));
                for (std::size_t m = 0; m < summaries[i].methods.size(); ++m)
                    set(int{FixedColumns} + static_cast<int>(m),
                        coverageOf(summaries[i].methods[m], summaries[i].labelled));
            }
            table_->resizeColumnsToContents();
        };
    });
}

} // namespace penumbra::gui
