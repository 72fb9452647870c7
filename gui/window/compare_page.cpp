#include "gui/window/compare_page.h"

#include "core/eval/evaluate.h"
#include "gui/models/table_spec_model.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QTableView>
#include <QVBoxLayout>

#include <algorithm>

namespace penumbra::gui {

namespace {

enum class MetricChoice { Main, Points, All };

std::vector<std::string> metricIds(MetricChoice choice) {
    std::vector<std::string> ids;
    if (choice == MetricChoice::Main)
        return ids; // the table's own choice: coverage, tail, worst bin, mean width
    for (const Metric& metric : allMetrics())
        if (choice == MetricChoice::All || metric.ofPoint)
            ids.push_back(metric.id);
    return ids;
}

/// The study reduced to one target: scores are all that the table looks at.
std::shared_ptr<const Study> onlyTarget(const Study& study, const std::string& target) {
    auto reduced = std::make_shared<Study>();
    reduced->alpha = study.alpha;
    reduced->methods = study.methods;
    reduced->cataloguePath = study.cataloguePath;
    reduced->version = study.version;
    reduced->optionsJson = study.optionsJson;
    for (const TargetStudy& candidate : study.targets)
        if (candidate.name == target)
            reduced->targets.push_back(candidate);
    std::copy_if(study.scores.begin(), study.scores.end(), std::back_inserter(reduced->scores),
                 [&](const Score& score) { return score.target == target; });
    return reduced;
}

QComboBox* addChoice(QHBoxLayout* strip, const QString& label, const QString& name,
                     const QStringList& entries, const QString& tip) {
    auto* combo = new QComboBox;
    combo->setObjectName(name);
    combo->setAccessibleName(label);
    combo->setToolTip(tip);
    combo->addItems(entries);
    auto* text = new QLabel(label);
    text->setBuddy(combo);
    strip->addWidget(text);
    strip->addWidget(combo);
    return combo;
}

} // namespace

report::TableSpec withMethods(const report::TableSpec& table, const std::vector<std::string>& methods) {
    report::TableSpec out = table;
    out.columns.clear();
    out.columnMethods.clear();
    for (auto& row : out.rows)
        row.clear();
    for (std::size_t c = 0; c < table.columns.size(); ++c) {
        const std::string method = c < table.columnMethods.size() ? table.columnMethods[c] : "";
        if (!method.empty() && std::find(methods.begin(), methods.end(), method) == methods.end())
            continue;
        out.columns.push_back(table.columns[c]);
        out.columnMethods.push_back(method);
        for (std::size_t r = 0; r < table.rows.size(); ++r)
            out.rows[r].push_back(table.rows[r][c]);
    }
    return out;
}

ComparePage::ComparePage(JobBridge& bridge, QWidget* parent)
    : Page(parent), latest_(bridge, tr("Compare methods"), this), model_(new TableSpecModel(this)),
      view_(new QTableView(this)), sentence_(new QLabel(this)), footnotes_(new QLabel(this)) {
    setObjectName("page_compare");
    auto* strip = new QHBoxLayout;
    strip->setSpacing(8);
    targets_ = addChoice(strip, tr("Targets"), "compareTargets", {tr("all"), tr("the toolbar's")},
                         tr("Every target of the study, or only the one chosen in the toolbar"));
    metrics_ = addChoice(
        strip, tr("Metrics"), "compareMetrics", {tr("calibration"), tr("point prediction"), tr("all")},
        tr("Coverage, tail, worst bin and width; or R², RMSE, bias and outliers; or everything"));
    convention_ = addChoice(strip, tr("Infinite intervals"), "compareConvention",
                            {tr("count as covered"), tr("left out")},
                            tr("Whether intervals without an end count as covering, or are left out"));
    strip->addStretch(1);
    view_->setObjectName("compareTable");
    view_->setAccessibleName(tr("Comparison of the methods"));
    view_->setModel(model_);
    view_->setSelectionMode(QAbstractItemView::ContiguousSelection);
    view_->setShowGrid(false);
    view_->setAlternatingRowColors(false);
    view_->verticalHeader()->hide();
    view_->verticalHeader()->setDefaultSectionSize(fontMetrics().height() + 10);
    view_->horizontalHeader()->setHighlightSections(false);
    view_->setWordWrap(false);
    sentence_->setObjectName("compareEmpty");
    sentence_->setAlignment(Qt::AlignCenter);
    sentence_->setWordWrap(true);
    footnotes_->setWordWrap(true);
    footnotes_->setProperty("secondary", true);
    footnotes_->setTextInteractionFlags(Qt::TextSelectableByMouse);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(12, 8, 12, 8);
    layout->setSpacing(8);
    layout->addLayout(strip);
    layout->addWidget(sentence_, 1);
    layout->addWidget(view_, 1);
    layout->addWidget(footnotes_);
    for (QComboBox* combo : {targets_, metrics_, convention_})
        connect(combo, &QComboBox::currentIndexChanged, this, [this] { refresh(); });
}

void ComparePage::setTheme(const Theme& theme) {
    model_->setTheme(theme);
}

const report::TableSpec* ComparePage::table() const {
    return model_->rowCount() > 0 ? &model_->table() : nullptr;
}

void ComparePage::update(const ViewState& state) {
    const bool any = state.whyEmpty().empty() && !state.study->scores.empty();
    view_->setVisible(any);
    footnotes_->setVisible(any);
    sentence_->setVisible(!any);
    if (!any) {
        latest_.abandon();
        model_->setTable({});
        sentence_->setText(QString::fromStdString(state.whyEmpty()));
        return;
    }
    const bool allTargets = targets_->currentIndex() == 0;
    const auto metrics = metricIds(static_cast<MetricChoice>(metrics_->currentIndex()));
    const std::string convention = convention_->currentIndex() == 0 ? "all" : "finite";
    latest_.request([this, state, allTargets, metrics, convention](RunContext&) -> Delivery {
        const auto study = allTargets ? state.study : onlyTarget(*state.study, state.target);
        report::TableSpec table =
            withMethods(report::comparisonTable(*study, metrics, convention), state.methods);
        return [this, table = std::move(table)] { showTable(table); };
    });
}

void ComparePage::showTable(report::TableSpec table) {
    QStringList notes;
    for (const std::string& note : table.footnotes)
        notes << QString::fromStdString(note);
    footnotes_->setText(notes.join(' '));
    const bool newColumns = table.columns != model_->table().columns;
    model_->setTable(std::move(table));
    for (int c = 0; c < model_->columnCount(); ++c) { // columns only grow, so that numbers stand still
        const int former = view_->columnWidth(c);
        view_->resizeColumnToContents(c);
        if (!newColumns && view_->columnWidth(c) < former)
            view_->setColumnWidth(c, former);
    }
}

} // namespace penumbra::gui
