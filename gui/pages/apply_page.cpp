#include "gui/pages/apply_page.h"

#include "core/base/command_line.h"
#include "core/base/error.h"
#include "core/base/text.h"
#include "core/workflow/file_uses.h"
#include "core/workflow/predict.h"
#include "gui/models/table_spec_model.h"
#include "gui/options/column_scroll.h"
#include "gui/options/command_line_box.h"
#include "gui/options/flow_layout.h"
#include "gui/options/option_form.h"

#include <QFileInfo>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QMessageBox>
#include <QProgressBar>
#include <QPushButton>
#include <QScrollBar>
#include <QTableView>
#include <QTimer>
#include <QVBoxLayout>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

namespace penumbra::gui {

namespace {

constexpr std::size_t galaxiesShown = 50;
constexpr int progressMs = 200, layoutMs = 50;

QString text(const std::string& utf8) {
    return QString::fromStdString(utf8);
}

/// Beside the file written, which names it as its source; another name where that is taken.
QString placeForStudy(const QString& out) {
    const QFileInfo info(out);
    const QString stem = info.absolutePath() + '/' + info.completeBaseName() + "_study";
    QString path = stem + ".h5";
    for (int i = 2; QFileInfo::exists(path); ++i)
        path = stem + QString::number(i) + ".h5";
    return path;
}

} // namespace

ApplyPage::ApplyPage(Workbench& bench, JobBridge& bridge, QWidget* parent)
    : Page(parent), bench_(bench), task_(bridge, this), bridge_(bridge),
      form_(new OptionForm(OptionForm::Arrangement::Column)), run_(new QPushButton(tr("&Apply"))),
      stop_(new QPushButton(tr("Stop"))), repair_(new QPushButton(tr("&Weigh the study towards them…"))),
      progress_(new QProgressBar), timer_(new QTimer(this)), problem_(new QLabel), words_(new QLabel),
      view_(new QTableView), model_(new TableSpecModel(this)), line_(new CommandLineBox) {
    setObjectName("page_apply");
    build();
    setForm();
    connect(form_, &OptionForm::changed, this, &ApplyPage::check);
    connect(run_, &QPushButton::clicked, this, &ApplyPage::askAndBegin);
    connect(stop_, &QPushButton::clicked, &task_, &Task::cancel);
    connect(repair_, &QPushButton::clicked, this, [this] { Q_EMIT repairWanted(galaxies_); });
    connect(timer_, &QTimer::timeout, this, &ApplyPage::showProgress);
    connect(&task_, &Task::runningChanged, this, [this](bool running) {
        stop_->setVisible(running);
        progress_->setVisible(running);
        progress_->setValue(0);
        running ? timer_->start(progressMs) : timer_->stop();
        check();
    });
    check();
}

void ApplyPage::build() {
    form_->setObjectName("applyForm");
    run_->setObjectName("applyRun");
    stop_->setObjectName("applyStop");
    stop_->setVisible(false);
    repair_->setObjectName("applyRepair");
    repair_->setToolTip(tr("Goes to the page Repair, where calibration galaxies can be weighted to look like "
                           "these"));
    repair_->setVisible(false);
    progress_->setObjectName("applyProgress");
    progress_->setRange(0, 1000);
    progress_->setVisible(false);
    problem_->setObjectName("applyProblem");
    words_->setObjectName("applyWords");
    for (QLabel* label : {problem_, words_}) {
        label->setWordWrap(true);
        label->setTextInteractionFlags(Qt::TextSelectableByMouse);
    }
    problem_->setProperty("secondary", true);
    view_->setObjectName("applyTable");
    view_->setAccessibleName(tr("The first galaxies"));
    view_->setModel(model_);
    view_->setShowGrid(false);
    view_->setWordWrap(false);
    view_->verticalHeader()->hide();
    view_->verticalHeader()->setDefaultSectionSize(fontMetrics().height() + 10);
    view_->setMinimumHeight(8 * (fontMetrics().height() + 10));
    view_->setVisible(false);
    line_->setObjectName("applyLine");
    auto* contents = new QWidget;
    auto* strip = new QWidget(contents);
    auto* flow = new FlowLayout(strip);
    for (QWidget* widget : std::initializer_list<QWidget*>{run_, stop_, repair_})
        flow->addWidget(widget);
    auto* column = new QVBoxLayout(contents);
    column->setContentsMargins(0, 0, 8, 8);
    column->setSpacing(8);
    for (QWidget* widget :
         std::initializer_list<QWidget*>{form_, problem_, strip, progress_, words_, view_, line_})
        column->addWidget(widget);
    column->addStretch(1);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(12, 8, 12, 8);
    scroll_ = new ColumnScroll(contents, this);
    layout->addWidget(scroll_);
}

void ApplyPage::setForm() {
    OptionSet options;
    workflow::predictCommand().options(options);
    form_->setOptions(options, {"study", "format", "shard", "block", "restart", "threads", "device"});
}

void ApplyPage::setTheme(const Theme& theme) {
    form_->setTheme(theme);
    model_->setTheme(theme);
}

void ApplyPage::forgetChoices() {
    task_.abandon();
    json_.reset();
    model_->setTable({});
    view_->setVisible(false);
    repair_->setVisible(false);
    words_->clear();
    offeredFor_.clear();
    alpha_ = -1.0;
    setForm();
}

const report::TableSpec& ApplyPage::firstGalaxies() const {
    return model_->table();
}

nlohmann::json ApplyPage::report() const {
    return json_ ? *json_ : nlohmann::json();
}

/// The form offers what the study has, and follows the toolbar's alpha.
void ApplyPage::update(const ViewState& state) {
    if (const auto study = bench_.baseStudy()) {
        QStringList targets, methods;
        for (const TargetStudy& target : study->targets)
            targets << text(target.name);
        for (const std::string& method : study->methods)
            methods << text(method);
        const QString offered = targets.join('\n') + "\n\n" + methods.join('\n');
        if (offered != offeredFor_) {
            offeredFor_ = offered;
            form_->setSuggestions("targets", targets);
            form_->setSuggestions("methods", methods);
        }
    }
    if (state.alpha != alpha_) {
        alpha_ = state.alpha;
        form_->setValue("alpha", alpha_);
    }
    check();
}

QString ApplyPage::whyNot() const {
    if (!bench_.baseStudy() || state().running)
        return tr("Run or open a study first: its intervals are put on other galaxies.");
    if (!form_->isValid())
        return form_->firstProblem();
    if (form_->options().getText("galaxies").empty())
        return tr("Choose the file of the new galaxies: a catalogue with the study's features, or a table "
                  "with the columns that they were made of.");
    if (form_->options().getText("out").empty())
        return tr("Say which file to write.");
    return {};
}

OptionSet ApplyPage::optionsNow() const {
    OptionSet options = form_->options();
    const QString path = bench_.studyPath();
    options.set("study", path.isEmpty() ? std::string("study.h5") : path.toStdString());
    return options;
}

void ApplyPage::check() {
    const QString why = whyNot();
    problem_->setText(why);
    problem_->setVisible(!why.isEmpty());
    run_->setEnabled(why.isEmpty() && !task_.running());
    line_->setVisible(why.isEmpty());
    if (why.isEmpty())
        line_->setLine(commandLine("predict", optionsNow()));
}

void ApplyPage::askAndBegin() {
    const QString out = text(form_->options().getText("out"));
    if (QFileInfo::exists(out)) {
        QMessageBox box(QMessageBox::Question, tr("Replace the file?"),
                        tr("%1 exists already. Replace it?").arg(out), QMessageBox::Cancel, this);
        box.setObjectName("replaceQuestion");
        const QPushButton* replace = box.addButton(tr("&Replace"), QMessageBox::AcceptRole);
        box.setDefaultButton(QMessageBox::Cancel);
        box.exec();
        if (box.clickedButton() != replace)
            return;
    }
    try {
        begin(optionsNow());
    } catch (const Error& error) {
        Q_EMIT failed(QString::fromUtf8(error.what()));
    }
}

void ApplyPage::begin(const Host::Options& given) {
    update(state());
    for (const auto& [name, value] : given) {
        OptionSet parsed = form_->options();
        parsed.setFromText(name, value);
        form_->setValue(text(name), parsed.find(name).value);
    }
    if (const QString why = whyNot(); !why.isEmpty())
        throw Error(why.toStdString());
    begin(optionsNow());
}

/// What is written names its study: one that has not been saved is written beside it first.
void ApplyPage::begin(OptionSet options) {
    if (task_.running())
        throw Error("Intervals are being written: wait for that first.");
    bench_.checkOutput(text(options.getText("out")));
    if (!bench_.studyPath().isEmpty()) {
        start(options);
        return;
    }
    const QString path = placeForStudy(text(options.getText("out")));
    options.set("study", path.toStdString());
    bench_.save(path, [this, options] { start(options); });
}

void ApplyPage::start(const OptionSet& options) {
    galaxies_ = text(options.getText("galaxies"));
    jobTitle_ = tr("Apply the study to %1").arg(QFileInfo(galaxies_).fileName());
    json_.reset();
    repair_->setVisible(false);
    words_->clear();
    const auto work = [this, options](RunContext& context) -> Delivery {
        workflow::FileUses uses = workflow::fileUses("predict", options);
        for (workflow::FileUse& output : uses.outputs)
            output.what = "The file to write";
        workflow::refuseReplacing(uses);
        QStringList notes;
        RunContext noting = context;
        noting.say = [&](const std::string& line) {
            notes << text(line);
            context.note(line);
        };
        auto outcome = std::make_shared<const workflow::PredictOutcome>(
            workflow::predictGalaxies(options, noting, galaxiesShown));
        return [this, outcome, notes] { take(*outcome, notes); };
    };
    task_.start({jobTitle_, jobs::Lane::Cpu, false}, work, [this](const JobEnd& end) {
        if (end.cancelled())
            words_->setText(tr("Stopped. What was finished is kept: applying it again goes on from there."));
        if (end.failed())
            Q_EMIT failed(end.error);
    });
}

void ApplyPage::showProgress() {
    for (const jobs::JobStatus& job : bridge_.visibleJobs())
        if (job.title == jobTitle_.toStdString() && job.state == jobs::JobState::Running) {
            progress_->setValue(static_cast<int>(1000.0 * job.fraction));
            words_->setText(text(job.doing));
        }
}

void ApplyPage::take(const workflow::PredictOutcome& outcome, const QStringList& notes) {
    json_ = std::make_shared<const nlohmann::json>(outcome.result.json);
    QString words = text(outcome.summary + outcome.finding) + '\n' +
                    tr("Written: %1").arg(text(outcome.result.written.front()));
    if (!notes.isEmpty())
        words += '\n' + notes.join('\n');
    words_->setText(words);
    repair_->setVisible(outcome.differ);
    model_->setTable(outcome.first);
    view_->setVisible(model_->rowCount() > 0);
    view_->resizeColumnsToContents();
    check();
    QTimer::singleShot(layoutMs, scroll_, [scroll = scroll_] { // it stands at the end
        scroll->verticalScrollBar()->triggerAction(QScrollBar::SliderToMaximum);
    });
}

} // namespace penumbra::gui
