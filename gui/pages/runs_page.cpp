#include "gui/pages/runs_page.h"

#include "core/base/text.h"
#include "core/study/run.h"
#include "gui/models/table_groups.h"
#include "gui/models/table_spec_model.h"
#include "gui/pages/compare_page.h"

#include <QFileInfo>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QPushButton>
#include <QSplitter>
#include <QTableView>
#include <QTableWidget>
#include <QVBoxLayout>

#include <algorithm>
#include <cmath>
#include <limits>

namespace penumbra::gui {

namespace {

enum Column { Name, Made, Targets, Methods, Numbers, Differs, Saved, ColumnCount };

/// Coverage over the methods of the target that come with a guarantee, and the narrowest of them.
QString mainNumbers(const Study& study, const std::string& target) {
    double low = 2.0, high = -1.0, width = std::numeric_limits<double>::infinity();
    for (const std::string& id : study.methods) {
        const Score* coverage = study.score(target, id, "coverage");
        const Score* mean = study.score(target, id, "mean_width");
        if (!coverage || !std::isfinite(coverage->value))
            continue;
        low = std::min(low, coverage->value);
        high = std::max(high, coverage->value);
        if (mean && std::isfinite(mean->value) && coverage->high >= 1.0 - study.alpha)
            width = std::min(width, mean->value);
    }
    if (low > high)
        return {};
    QString text = QObject::tr("%1–%2 %").arg(100.0 * low, 0, 'f', 1).arg(100.0 * high, 0, 'f', 1);
    if (std::isfinite(width))
        text += QObject::tr(", width from %1").arg(QString::fromStdString(formatReal(width, 3)));
    return text;
}

QStringList namesOf(const std::vector<std::string>& names) {
    QStringList list;
    for (const std::string& name : names)
        list << QString::fromStdString(name);
    return list;
}

} // namespace

struct RunsPage::Known {
    std::map<std::shared_ptr<const Study>, std::shared_ptr<const Study>> atAlpha;
    double alpha = -1.0;
    std::shared_ptr<const Study> of(const std::shared_ptr<const Study>& study, double wanted,
                                    const RunContext& context) {
        if (std::abs(study->alpha - wanted) < 1e-9 || !workflow::canRecalibrate(*study))
            return study;
        if (alpha != wanted)
            atAlpha.clear();
        alpha = wanted;
        std::shared_ptr<const Study>& there = atAlpha[study];
        if (!there)
            there = workflow::recalibrate(*study, wanted, context);
        return there;
    }
};

RunsPage::RunsPage(Workbench& bench, JobBridge& bridge, QWidget* parent)
    : Page(parent), bench_(bench), latest_(bridge, tr("Compare runs"), this),
      list_(new QTableWidget(0, ColumnCount, this)), show_(new QPushButton(tr("&Show"), this)),
      save_(new QPushButton(tr("Sa&ve as…"), this)), remove_(new QPushButton(tr("&Remove"), this)),
      view_(new QTableView(this)), model_(new TableSpecModel(this)), empty_(new QLabel(this)),
      notes_(new QLabel(this)), known_(std::make_shared<Known>()) {
    build();
    connect(&bench_.runs(), &RunList::changed, this, [this] {
        fill();
        refresh();
    });
    connect(list_, &QTableWidget::itemChanged, this, &RunsPage::takeEdit);
    connect(list_, &QTableWidget::itemSelectionChanged, this, &RunsPage::updateButtons);
    connect(list_, &QTableWidget::cellDoubleClicked, this, [this](int, int column) {
        if (column != Name) // that is edited
            Q_EMIT showWanted(chosen());
    });
    connect(show_, &QPushButton::clicked, this, [this] { Q_EMIT showWanted(chosen()); });
    connect(save_, &QPushButton::clicked, this, [this] { Q_EMIT saveWanted(chosen()); });
    connect(remove_, &QPushButton::clicked, this, [this] { Q_EMIT removeWanted(chosen()); });
    fill();
}

void RunsPage::build() {
    list_->setObjectName("runsTable");
    list_->setAccessibleName(tr("Runs"));
    list_->setHorizontalHeaderLabels(
        {tr("Run"), tr("Made"), tr("Targets"), tr("Methods"), tr("Coverage"), tr("Differs in"), tr("Saved")});
    list_->horizontalHeaderItem(Numbers)->setToolTip(
        tr("From the lowest to the highest coverage of its methods, and the narrowest mean width among those "
           "that may cover enough"));
    list_->verticalHeader()->hide();
    list_->setShowGrid(false);
    list_->setSelectionBehavior(QAbstractItemView::SelectRows);
    list_->setSelectionMode(QAbstractItemView::SingleSelection);
    list_->horizontalHeader()->setStretchLastSection(true);
    list_->horizontalHeader()->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter); // as the words below
    show_->setObjectName("runShow");
    show_->setToolTip(tr("Every page shows this study"));
    save_->setObjectName("runSave");
    remove_->setObjectName("runRemove");
    remove_->setToolTip(tr("Takes the study from the list; a file of it stays"));
    view_->setObjectName("runsCompared");
    view_->setAccessibleName(tr("Runs compared"));
    view_->setModel(model_);
    view_->setShowGrid(false);
    view_->verticalHeader()->hide();
    view_->setSelectionMode(QAbstractItemView::NoSelection);
    view_->setWordWrap(false);
    empty_->setObjectName("runsEmpty");
    empty_->setWordWrap(true);
    empty_->setAlignment(Qt::AlignCenter);
    notes_->setWordWrap(true);
    notes_->setProperty("secondary", true);
    auto* buttons = new QHBoxLayout;
    auto* words = new QLabel(tr("Ticked runs are compared below. Double-click a name to change it."), this);
    words->setProperty("secondary", true);
    words->setWordWrap(true); // else it would set the width of the window
    words->setMinimumWidth(160);
    buttons->addWidget(words, 1);
    for (QPushButton* button : {show_, save_, remove_})
        buttons->addWidget(button);
    auto* top = new QWidget(this);
    auto* upper = new QVBoxLayout(top);
    upper->setContentsMargins(0, 0, 0, 0);
    upper->addWidget(list_, 1);
    upper->addLayout(buttons);
    auto* bottom = new QWidget(this);
    auto* lower = new QVBoxLayout(bottom);
    lower->setContentsMargins(0, 0, 0, 0);
    lower->addWidget(view_, 1);
    lower->addWidget(empty_, 1);
    lower->addWidget(notes_);
    auto* splitter = new QSplitter(Qt::Vertical, this);
    splitter->setChildrenCollapsible(false);
    splitter->addWidget(top);
    splitter->addWidget(bottom);
    splitter->setStretchFactor(1, 1);
    splitter->setSizes({8 * fontMetrics().height(), 24 * fontMetrics().height()}); // few runs, long tables
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(12, 8, 12, 8);
    layout->addWidget(splitter);
}

void RunsPage::fill() {
    const int kept = chosen();
    filling_ = true;
    std::vector<report::NamedStudy> studies;
    for (const Run& run : bench_.runs().all())
        studies.push_back({run.name.toStdString(), run.study});
    const auto differences = report::optionDifferences(studies);
    list_->setRowCount(static_cast<int>(studies.size()));
    for (std::size_t i = 0; i < studies.size(); ++i)
        fillRow(static_cast<int>(i), bench_.runs().all()[i], differences[i]);
    for (int column = 0; column < Differs; ++column)
        list_->resizeColumnToContents(column);
    for (int row = 0; row < list_->rowCount(); ++row)
        if (kept != 0 && list_->item(row, Name)->data(Qt::UserRole).toInt() == kept)
            list_->selectRow(row);
    filling_ = false;
    updateButtons();
}

void RunsPage::fillRow(int row, const Run& run, const std::string& differs) {
    std::vector<std::string> targets;
    for (const TargetStudy& target : run.study->targets)
        targets.push_back(target.name);
    const auto& methods = run.study->methods;
    const bool shown = run.id == bench_.shownRun();
    const QString texts[ColumnCount] = {
        run.name,
        run.when.toString("d MMM hh:mm"),
        namesOf(targets).join(", "),
        methods.size() > 3 ? tr("%1 methods").arg(methods.size()) : namesOf(methods).join(", "),
        mainNumbers(*run.study,
                    state().target.empty() && !targets.empty() ? targets.front() : state().target),
        QString::fromStdString(differs),
        run.unsaved() ? tr("not saved") : QFileInfo(run.studyPath).fileName()};
    for (int column = 0; column < ColumnCount; ++column) {
        auto* item = new QTableWidgetItem(texts[column]);
        item->setData(Qt::UserRole, run.id);
        item->setFlags(Qt::ItemIsEnabled | Qt::ItemIsSelectable);
        item->setToolTip(column == Methods ? namesOf(methods).join(", ")
                         : column == Saved ? run.studyPath
                                           : texts[column]);
        QFont font = item->font();
        font.setBold(shown && column == Name);
        item->setFont(font);
        if (column == Name) {
            item->setFlags(item->flags() | Qt::ItemIsEditable | Qt::ItemIsUserCheckable);
            item->setCheckState(unticked_.contains(run.id) ? Qt::Unchecked : Qt::Checked);
            item->setToolTip(shown ? tr("Every page shows this study") : run.filePath);
        }
        list_->setItem(row, column, item);
    }
}

void RunsPage::takeEdit(QTableWidgetItem* item) {
    if (filling_ || item->column() != Name)
        return;
    const int id = item->data(Qt::UserRole).toInt();
    const Run* run = bench_.runs().find(id);
    if (!run)
        return;
    if (item->text() != run->name) {
        const Command rename{"runs", {"rename", run->name.toStdString(), item->text().toStdString()}};
        Q_EMIT wanted(rename);
        fill(); // where it was refused, the name stands there again
        return;
    }
    if (item->checkState() == Qt::Checked)
        unticked_.erase(id);
    else
        unticked_.insert(id);
    requestTable();
}

void RunsPage::compare(const std::vector<int>& runs) {
    unticked_.clear();
    for (const Run& run : bench_.runs().all())
        if (std::find(runs.begin(), runs.end(), run.id) == runs.end())
            unticked_.insert(run.id);
    fill();
    refresh();
}

int RunsPage::chosen() const {
    const auto lines = list_->selectionModel()->selectedRows();
    const auto* item = lines.isEmpty() ? nullptr : list_->item(lines.front().row(), Name);
    return item ? item->data(Qt::UserRole).toInt() : 0; // none while lines are filled in
}

void RunsPage::updateButtons() {
    const int id = chosen();
    show_->setEnabled(id != 0 && id != bench_.shownRun() && !bench_.running());
    save_->setEnabled(id != 0);
    remove_->setEnabled(id != 0 && id != bench_.shownRun());
}

void RunsPage::update(const ViewState&) {
    fill();
    requestTable();
}

/// At one alpha: those that were made for another are calibrated anew.
void RunsPage::requestTable() {
    std::vector<report::NamedStudy> ticked;
    for (const Run& run : bench_.runs().all())
        if (!unticked_.contains(run.id))
            ticked.push_back({run.name.toStdString(), run.study});
    const bool some = !ticked.empty() && !state().target.empty();
    view_->setVisible(some);
    empty_->setVisible(!some);
    notes_->setVisible(some);
    empty_->setText(
        bench_.runs().all().empty()
            ? tr("Every study that is run or opened here comes into this list. Run one, or open one.")
            : tr("Tick the runs to compare."));
    if (!some) {
        latest_.abandon();
        table_ = {};
        return;
    }
    view_->setEnabled(false); // what stands there is of before
    const auto work = [this, ticked, known = known_, target = state().target,
                       alpha = state().alpha](RunContext& context) -> Delivery {
        std::vector<report::NamedStudy> runs = ticked;
        for (report::NamedStudy& run : runs)
            run.study = known->of(run.study, alpha, context);
        auto table = std::make_shared<report::TableSpec>(report::runsTable(runs, target, "all", context));
        return [this, table] {
            table_ = *table;
            model_->setTable(withGroupLines(*table, {"method"}));
            view_->resizeColumnsToContents();
            view_->setEnabled(true);
            QStringList notes;
            for (const std::string& note : table->footnotes)
                notes << QString::fromStdString(note);
            notes_->setText(notes.mid(0, 3).join(' '));
            notes_->setToolTip(notes.join('\n'));
        };
    };
    latest_.request(work, [this](const JobEnd& end) {
        if (!end.failed())
            return;
        empty_->setText(end.error);
        empty_->show();
        view_->hide();
    });
}

const report::TableSpec* RunsPage::table() const {
    return table_.rows.empty() ? nullptr : &table_;
}

void RunsPage::setTheme(const Theme& theme) {
    model_->setTheme(theme);
}

} // namespace penumbra::gui
