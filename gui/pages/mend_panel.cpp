#include "gui/pages/mend_panel.h"

#include "core/base/command_line.h"
#include "core/base/error.h"
#include "core/base/text.h"
#include "core/repairing/proposals.h"
#include "core/repairing/table.h"
#include "core/workflow/repair.h"
#include "gui/models/table_spec_model.h"
#include "gui/options/choice_list.h"
#include "gui/options/command_line_box.h"
#include "gui/options/flow_layout.h"

#include <QComboBox>
#include <QFileDialog>
#include <QFileInfo>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QScrollArea>
#include <QTableView>
#include <QTimer>
#include <QVBoxLayout>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

namespace penumbra::gui {

namespace {

// What may be mended, beside the subsets.
const char* const kRegion = "region";
const char* const kColumns = "columns";
const char* const kPrediction = "prediction";
const char* const kSample = "sample";
const char* const kMethods = "methods";
const QString kSubset = QStringLiteral("subset:");

QString text(const std::string& utf8) {
    return QString::fromStdString(utf8);
}

QLabel* wrapping(QWidget* parent, const char* name) {
    auto* label = new QLabel(parent);
    label->setObjectName(name);
    label->setWordWrap(true);
    label->setTextInteractionFlags(Qt::TextSelectableByMouse);
    return label;
}

/// Fills a list anew and keeps what was chosen, if it is still there.
void refill(QComboBox* combo, const QList<QPair<QString, QString>>& entries) {
    const QVariant former = combo->currentData();
    const QSignalBlocker quiet(combo);
    combo->clear();
    for (const auto& [title, data] : entries)
        combo->addItem(title, data);
    combo->setCurrentIndex(std::max(0, combo->findData(former)));
}

} // namespace

MendPanel::MendPanel(Workbench& bench, JobBridge& bridge, QWidget* parent)
    : QWidget(parent), bench_(bench), task_(bridge, this), aim_(new QComboBox(this)),
      methods_(new QComboBox(this)), columns_(new QLineEdit(this)), sample_(new QLineEdit(this)),
      browse_(new QPushButton(tr("&Browse…"), this)), repair_(new QPushButton(tr("&Repair"), this)),
      stop_(new QPushButton(tr("Stop"), this)), list_(new ChoiceList(this)),
      unfit_(wrapping(this, "repairUnfit")), promise_(wrapping(this, "repairPromise")),
      words_(wrapping(this, "repairWords")), view_(new QTableView(this)), model_(new TableSpecModel(this)),
      line_(new CommandLineBox(this)) {
    build();
    connectControls();
    offerAims();
    offerMethods();
    propose();
}

void MendPanel::build() {
    aim_->setObjectName("repairAim");
    aim_->setAccessibleName(tr("What to mend"));
    methods_->setObjectName("repairMethods");
    methods_->setAccessibleName(tr("Methods to repair"));
    columns_->setObjectName("repairColumns");
    columns_->setPlaceholderText(tr("columns, with commas between them"));
    columns_->setMinimumWidth(200);
    sample_->setObjectName("repairSample");
    sample_->setPlaceholderText(tr("catalogue; empty: the test galaxies"));
    sample_->setMinimumWidth(220);
    repair_->setObjectName("repairRun");
    repair_->setToolTip(tr("Calibrates anew from what the study keeps; nothing is trained"));
    stop_->setVisible(false);
    list_->setObjectName("repairProposal");
    unfit_->setProperty("secondary", true);
    view_->setObjectName("repairTable");
    view_->setAccessibleName(tr("Before and after the repair"));
    view_->setModel(model_);
    view_->setShowGrid(false);
    view_->setWordWrap(false);
    view_->verticalHeader()->hide();
    view_->verticalHeader()->setDefaultSectionSize(fontMetrics().height() + 10);
    view_->setVisible(false);
    line_->setObjectName("repairLine");
    auto* strip = new QWidget(this);
    auto* flow = new FlowLayout(strip);
    const auto labelled = [&](const QString& words, QWidget* widget) {
        auto* label = new QLabel(words, strip);
        label->setBuddy(widget);
        flow->addWidget(label);
        flow->addWidget(widget);
    };
    labelled(tr("Mend"), aim_);
    for (QWidget* widget : std::initializer_list<QWidget*>{columns_, sample_, browse_})
        flow->addWidget(widget);
    labelled(tr("of"), methods_);
    auto* run = new QWidget(this);
    auto* runFlow = new FlowLayout(run);
    runFlow->addWidget(repair_);
    runFlow->addWidget(stop_);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(8);
    for (QWidget* widget :
         std::initializer_list<QWidget*>{strip, list_, unfit_, promise_, run, words_, view_, line_})
        column->addWidget(widget);
}

void MendPanel::connectControls() {
    connect(aim_, &QComboBox::currentIndexChanged, this, &MendPanel::propose);
    connect(methods_, &QComboBox::currentIndexChanged, this, &MendPanel::propose);
    connect(columns_, &QLineEdit::textChanged, this, &MendPanel::propose);
    connect(sample_, &QLineEdit::textChanged, this, &MendPanel::propose);
    connect(list_, &ChoiceList::currentChanged, this, &MendPanel::showProposal);
    connect(browse_, &QPushButton::clicked, this, &MendPanel::browse);
    connect(stop_, &QPushButton::clicked, &task_, &Task::cancel);
    connect(repair_, &QPushButton::clicked, this, [this] {
        try {
            begin(optionsNow());
        } catch (const Error& error) {
            Q_EMIT failed(QString::fromUtf8(error.what()));
        }
    });
    connect(&task_, &Task::runningChanged, this, [this](bool running) {
        stop_->setVisible(running);
        if (running)
            words_->setText(tr("Calibrating anew …"));
        showProposal();
    });
}

void MendPanel::setTheme(const Theme& theme) {
    model_->setTheme(theme);
}

void MendPanel::forget() {
    task_.abandon();
    json_.reset();
    model_->setTable({});
    view_->setVisible(false);
    words_->clear();
    columns_->clear();
    sample_->clear();
}

void MendPanel::setState(const ViewState& state) {
    state_ = state;
    offerAims();
    offerMethods();
    propose();
}

void MendPanel::setRegion(const ListedRegion* region, const std::string& name) {
    const bool otherMethod =
        region != nullptr && (!region_ || region_->finding.method != region->finding.method);
    region_ = region != nullptr ? std::make_unique<ListedRegion>(*region) : nullptr;
    regionName_ = name;
    offerMethods();
    if (otherMethod) {
        const QSignalBlocker quiet(methods_);
        methods_->setCurrentIndex(0);
    }
    propose();
}

void MendPanel::aimAt(const QString& sample) {
    sample_->setText(sample);
    aim_->setCurrentIndex(aim_->findData(QString(kSample)));
}

void MendPanel::browse() {
    const QString path = QFileDialog::getOpenFileName(this, tr("Catalogue of other galaxies"),
                                                      QFileInfo(bench_.studyPath()).absolutePath());
    if (!path.isEmpty())
        sample_->setText(path);
}

void MendPanel::offerAims() {
    QList<QPair<QString, QString>> aims = {{tr("the region chosen above"), kRegion}};
    for (const Subset& subset : state_.subsets)
        aims.append({tr("subset %1").arg(text(subset.name)), kSubset + text(subset.name)});
    aims.append({{tr("bins of columns"), kColumns},
                 {tr("bins of the prediction"), kPrediction},
                 {tr("other galaxies"), kSample},
                 {tr("whole methods"), kMethods}});
    refill(aim_, aims);
}

void MendPanel::offerMethods() {
    QList<QPair<QString, QString>> entries;
    if (region_)
        entries.append({text(region_->finding.method), text(region_->finding.method)});
    entries.append({tr("all methods shown"), QString()});
    for (const std::string& method : state_.finishedMethods())
        if (!region_ || method != region_->finding.method)
            entries.append({text(method), text(method)});
    refill(methods_, entries);
}

std::vector<std::string> MendPanel::wantedMethods() const {
    const std::string one = methods_->currentData().toString().toStdString();
    return one.empty() ? state_.finishedMethods() : std::vector<std::string>{one};
}

std::vector<std::string> MendPanel::columns() const {
    return splitText(columns_->text().toStdString(), ',');
}

void MendPanel::propose() {
    const QString aim = aim_->currentData().toString();
    columns_->setVisible(aim == kColumns);
    sample_->setVisible(aim == kSample);
    browse_->setVisible(aim == kSample);
    workflow::RepairProposals proposals;
    const std::vector<std::string> methods = wantedMethods();
    if (!state_.study)
        proposals.unfit.emplace_back("Run or open a study first.");
    else if (aim == kRegion && !region_)
        proposals.unfit.emplace_back(
            "Search for regions and choose one, or say in the list above what else to mend.");
    else if (aim == kRegion)
        proposals = workflow::proposalsForRegion(region_->region(), regionName_, methods, region_->others,
                                                 state_.catalogue.get());
    else if (aim == kColumns)
        proposals = workflow::proposalsForColumns(columns(), methods);
    else if (aim == kPrediction)
        proposals = workflow::proposalsForColumns({"prediction"}, methods);
    else if (aim == kSample)
        proposals = workflow::proposalsForSample(sample_->text().trimmed().toStdString(), methods);
    else if (const Subset* subset = state_.subset(aim.mid(kSubset.size()).toStdString()))
        proposals =
            workflow::proposalsForSubset(subset->name, subset->byOutcome ? "" : subset->where, methods);
    else
        proposals = workflow::proposalsForMethods(methods);
    proposals_ = std::make_shared<const workflow::RepairProposals>(std::move(proposals));
    std::vector<ChoiceList::Choice> choices;
    for (const workflow::RepairProposal& one : proposals_->fitting)
        choices.push_back({text(joinText(one.methods, ", ") + ": " + one.title), text(one.reason)});
    list_->setChoices(choices);
    list_->setVisible(!choices.empty());
    unfit_->setText(text(joinText(proposals_->unfit, "\n")));
    unfit_->setVisible(!proposals_->unfit.empty());
    showProposal();
}

void MendPanel::showProposal() {
    const int choice = list_->current();
    const bool any = choice >= 0 && static_cast<std::size_t>(choice) < proposals_->fitting.size();
    repair_->setEnabled(any && !state_.running && !task_.running());
    promise_->setVisible(any);
    line_->setVisible(any);
    if (!any)
        return;
    const auto& info = proposals_->fitting[static_cast<std::size_t>(choice)].info();
    promise_->setText(tr("%1 %2 %3 (%4)").arg(info.oneLine, info.promises, info.doesNot, info.reference));
    line_->setLine(commandLine("repair", optionsNow()));
}

OptionSet MendPanel::commonOptions() const {
    OptionSet options;
    workflow::repairCommand().options(options);
    const QString path = bench_.studyPath();
    const QString stem = path.isEmpty() ? QString("study") : QFileInfo(path).completeBaseName();
    options.set("study", path.isEmpty() ? std::string("study.h5") : path.toStdString());
    options.set("out", stem.toStdString() + "_repaired.h5");
    const auto base = bench_.baseStudy();
    if (base && std::abs(base->alpha - state_.alpha) > 1e-9)
        options.set("alpha", state_.alpha);
    return options;
}

OptionSet MendPanel::optionsNow() const {
    OptionSet options = commonOptions();
    const workflow::RepairProposal& chosen =
        proposals_->fitting.at(static_cast<std::size_t>(list_->current()));
    options.set("by", chosen.by);
    options.set("where", chosen.where);
    options.set("methods", chosen.methods);
    if (chosen.heldBack)
        options.set("held-back", true);
    return options;
}

void MendPanel::begin(const Host::Options& given) {
    OptionSet options = commonOptions();
    for (const auto& [name, value] : given)
        options.setFromText(name, value);
    begin(std::move(options));
}

void MendPanel::begin(OptionSet options) {
    if (task_.running())
        throw Error("A repair is being made: wait for it first.");
    const auto study = bench_.baseStudy();
    if (!study || state_.running)
        throw Error("There is no finished study to repair: run or open one first.");
    workflow::RepairOptions wanted = workflow::repairOptionsFrom(options);
    wanted.studyFile = bench_.studyPath().toStdString();
    if (wanted.catalogue.empty() && state_.catalogue)
        wanted.catalogue = state_.catalogue->path.string();
    const auto work = [this, study, wanted](RunContext& context) -> Delivery {
        auto repaired =
            std::make_shared<workflow::RepairedStudy>(workflow::repairStudy(*study, wanted, context));
        auto whole = std::make_shared<const Study>(std::move(repaired->study));
        return [this, study, whole, repaired] {
            take(*repaired);
            Q_EMIT this->repaired(whole, study, workflow::toArrays(repaired->recipes));
        };
    };
    task_.start({tr("Repair %1").arg(text(wanted.by)), jobs::Lane::Cpu, false}, work,
                [this](const JobEnd& end) {
                    if (end.how != JobEnd::How::Finished)
                        words_->setText(end.cancelled() ? tr("The repair was stopped; nothing has changed.")
                                                        : QString());
                    if (end.failed())
                        Q_EMIT failed(end.error);
                });
}

void MendPanel::take(const workflow::RepairedStudy& repaired) {
    auto json = nlohmann::json::array();
    QStringList names;
    for (const workflow::RepairComparison& comparison : repaired.comparisons) {
        json.push_back(workflow::toJson(comparison));
        if (!names.contains(text(comparison.repaired)))
            names << text(comparison.repaired);
    }
    json_ = std::make_shared<const nlohmann::json>(nlohmann::json{{"repairs", json}});
    const bool heldBack = std::any_of(repaired.comparisons.begin(), repaired.comparisons.end(),
                                      [](const auto& comparison) { return comparison.heldBackOnly; });
    const report::TableSpec table = workflow::repairTable(repaired.comparisons);
    QString words = names.size() == 1
                        ? tr("%1 stands beside the other methods on every page.").arg(names.front())
                        : tr("%1 stand beside the other methods on every page.").arg(names.join(", "));
    if (heldBack)
        words +=
            ' ' + tr("Before and after are of the half of the test galaxies that the search did not see.");
    for (const std::string& note : table.footnotes)
        words += '\n' + text(note);
    words_->setText(words);
    model_->setTable(table);
    view_->setVisible(model_->rowCount() > 0);
    view_->resizeColumnsToContents();
    const int lines = std::min(model_->rowCount(), 12);
    view_->setMinimumHeight(view_->horizontalHeader()->sizeHint().height() +
                            lines * view_->verticalHeader()->defaultSectionSize() + 20);
    // When the page knows its new height: what was asked for is brought into sight.
    QTimer::singleShot(0, this, [this] {
        for (QWidget* above = parentWidget(); above != nullptr; above = above->parentWidget())
            if (auto* area = qobject_cast<QScrollArea*>(above))
                area->ensureWidgetVisible(view_);
    });
}

nlohmann::json MendPanel::report() const {
    return json_ ? *json_ : nlohmann::json();
}

} // namespace penumbra::gui
