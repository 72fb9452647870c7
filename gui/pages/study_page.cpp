#include "gui/pages/study_page.h"

#include "core/base/command_line.h"
#include "core/base/text.h"
#include "core/study/choices.h"
#include "core/study/options.h"
#include "core/study/run.h"
#include "core/workflow/study_command.h"
#include "gui/icons/icons.h"
#include "gui/options/column_scroll.h"
#include "gui/options/flag_words.h"
#include "gui/panels/method_picker.h"

#include <QBoxLayout>
#include <QFileInfo>
#include <QGridLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace penumbra::gui {

namespace {

/// Options that mean nothing without a prediction column.
constexpr const char* ofPredictionColumn[] = {"train-too", "spread-column", "quantile-columns"};
constexpr int wideEnough = 760; // for settings and methods side by side

std::vector<std::string> toCore(const QStringList& texts) {
    std::vector<std::string> list;
    for (const QString& text : texts)
        list.push_back(text.toStdString());
    return list;
}

bool contains(const std::vector<std::string>& list, const std::string& word) {
    return std::find(list.begin(), list.end(), word) != list.end();
}

std::vector<std::string> allIds() {
    std::vector<std::string> ids;
    for (const uq::UqMethod* method : uq::allMethods())
        ids.push_back(method->info().id);
    return ids;
}

/// Beside each other its halves are wide, and would keep the window from getting narrow again.
class Halves : public QWidget {
public:
    using QWidget::QWidget;
    QSize minimumSizeHint() const override {
        int width = 0;
        for (int i = 0; i < layout()->count(); ++i)
            width = std::max(width, layout()->itemAt(i)->minimumSize().width());
        const QMargins margins = layout()->contentsMargins();
        return {width + margins.left() + margins.right(), QWidget::minimumSizeHint().height()};
    }
};

const QStringList inSight = {"targets",   "features",      "alpha",
                             "preset",    "lower-bound",   "prediction-column",
                             "train-too", "spread-column", "quantile-columns"};

} // namespace

StudyPage::StudyPage(JobBridge& bridge, QWidget* parent)
    : Page(parent), clock_(new StudyClock(bridge, this)),
      form_(new OptionForm(OptionForm::Arrangement::Column, this)), picker_(new MethodPicker(this)),
      problem_(new QLabel(this)), time_(new QLabel(this)), command_(new QLineEdit(this)),
      run_(new QPushButton(tr("Run study"), this)) {
    setObjectName("studyPage");
    form_->setObjectName("studyForm");
    form_->setInSight(inSight);
    wished_ = allIds();
    resetForm();
    build();
    connect(run_, &QPushButton::clicked, this,
            [this] { running_ ? Q_EMIT cancelWanted() : Q_EMIT runWanted(); });
    connect(form_, &OptionForm::changed, this, &StudyPage::follow);
    connect(clock_, &StudyClock::changed, this, &StudyPage::updateTime);
    connect(picker_, &MethodPicker::picked, this,
            [this](const std::vector<std::string>& ids) { form_->setValue("methods", ids); });
    follow();
}

void StudyPage::build() {
    auto* contents = new Halves(this);
    halves_ = new QBoxLayout(QBoxLayout::TopToBottom, contents);
    halves_->setContentsMargins(12, 8, 12, 8);
    halves_->setSpacing(24);
    halves_->addWidget(form_, 2, Qt::AlignTop);
    halves_->addWidget(picker_, 3, Qt::AlignTop);
    auto* scroll = new ColumnScroll(contents, this);
    scroll->setObjectName("studyScroll");
    problem_->setWordWrap(true);
    problem_->setObjectName("runProblem");
    time_->setObjectName("expectedTime");
    command_->setObjectName("studyCommand");
    command_->setReadOnly(true);
    command_->setAccessibleName(tr("The same on the command line"));
    command_->setToolTip(tr("The same on the command line, to be copied"));
    run_->setObjectName("runButton");
    auto* foot = new QGridLayout;
    foot->setContentsMargins(12, 8, 12, 8);
    foot->setHorizontalSpacing(12);
    foot->addWidget(problem_, 0, 0, 1, 3);
    foot->addWidget(run_, 1, 0);
    foot->addWidget(time_, 1, 1);
    foot->addWidget(command_, 1, 2);
    foot->setColumnStretch(2, 1);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addWidget(scroll, 1);
    layout->addLayout(foot);
}

/// Beside each other where there is room.
void StudyPage::rearrange() {
    halves_->setDirection(width() >= wideEnough ? QBoxLayout::LeftToRight : QBoxLayout::TopToBottom);
}

void StudyPage::resizeEvent(QResizeEvent* event) {
    Page::resizeEvent(event);
    rearrange();
}

void StudyPage::showEvent(QShowEvent* event) {
    Page::showEvent(event);
    updateTime();
}

void StudyPage::update(const ViewState&) {}

void StudyPage::resetForm() {
    OptionSet options;
    workflow::describeStudyOptions(options);
    form_->setOptions(options, {"methods"});
}

void StudyPage::setFile(const OpenedFile& file) {
    catalogue_ = file.catalogue;
    form_->setVisible(catalogue_ != nullptr);
    picker_->setVisible(catalogue_ != nullptr);
    if (catalogue_) {
        QStringList features, columns;
        const auto ticked = form_->options().getTextList("targets");
        const bool allTicked = ticked.size() == static_cast<std::size_t>(targets_.size());
        following_ = true;
        if (file.path != path_) {
            resetForm();
            wished_ = allIds();
            form_->setValue("targets", ticked); // those that it has, too
        }
        path_ = file.path;
        targets_.clear();
        for (const Target& target : catalogue_->targets)
            targets_ << QString::fromStdString(target.name);
        for (const FeatureInfo& feature : catalogue_->features)
            features << QString::fromStdString(feature.name);
        for (const io::Column& column : catalogue_->columns.columns)
            if (column.isNumeric() && column.width == 1)
                columns << QString::fromStdString(column.name);
        form_->setSuggestions({{"targets", targets_},
                               {"features", features},
                               {"prediction-column", columns},
                               {"spread-column", columns}});
        if (allTicked || form_->options().getTextList("targets").empty()) // else ticks stay where they can
            form_->setValue("targets", toCore(targets_));
        following_ = false;
        possible_.clear(); // of the former file
        shown_ = form_->options().getTextList("methods");
    }
    follow();
    if (catalogue_ && file.study)
        showOptionsOf(*file.study);
}

void StudyPage::showOptionsOf(const Study& study) {
    OptionSet recorded;
    workflow::describeStudyOptions(recorded);
    try {
        recorded.loadJson(nlohmann::json::parse(study.optionsJson));
    } catch (const std::exception&) {
        return; // the record is for repeating the study; looking at it needs none
    }
    following_ = true;
    const OptionSet known = form_->options();
    for (const Option& option : recorded.all())
        if (option.given && known.contains(option.name) && option.name != "targets" &&
            option.name != "methods")
            form_->setValue(QString::fromStdString(option.name), option.value);
    const std::vector<std::string> ids = allIds();
    const auto isKnown = [&](const std::string& id) { return contains(ids, id); };
    if (!study.methods.empty() && std::all_of(study.methods.begin(), study.methods.end(), isKnown))
        form_->setValue("methods", study.methods); // the record leaves them open where all were run
    std::vector<std::string> names;
    for (const TargetStudy& target : study.targets)
        if (targets_.contains(QString::fromStdString(target.name)))
            names.push_back(target.name);
    if (!names.empty())
        form_->setValue("targets", names); // likewise
    following_ = false;
    follow();
}

void StudyPage::chooseQuickStudy() {
    const std::string target =
        targets_.contains("z") || targets_.isEmpty() ? "z" : targets_.front().toStdString();
    form_->setValue("targets", std::vector<std::string>{target});
    form_->setValue("methods", possible_);
    form_->setValue("preset", std::string("quick"));
}

/// Columns that go with a prediction column mean nothing without one; they stay in the form.
OptionSet StudyPage::options() const {
    OptionSet options = form_->options();
    if (workflow::studyChoices(options).predictionColumn.empty())
        for (const char* name : ofPredictionColumn)
            options.reset(name);
    return options;
}

/// Every other part follows what the form says.
void StudyPage::follow() {
    if (following_)
        return;
    following_ = true;
    form_->showUntouched(workflow::resolvePreset(form_->options()));
    if (catalogue_) {
        offer_ = workflow::offerOf(*catalogue_, options());
        followMethods();
        greyOptions();
    }
    following_ = false;
    updateTime();
    command_->setText(commandLine());
    command_->setCursorPosition(0);
    updateRun();
    Q_EMIT changed();
}

/// Ticks come and go with what can run; what was ticked before comes back.
void StudyPage::followMethods() {
    const std::vector<std::string> possible = offer_.possible();
    const auto chosen = form_->options().getTextList("methods");
    if (chosen != shown_) { // by the user: what cannot run at present keeps its tick
        std::vector<std::string> wished = chosen;
        for (const std::string& id : wished_)
            if (!contains(wished, id) && !contains(possible, id))
                wished.push_back(id);
        wished_ = wished;
    }
    if (possible != possible_ && offer_.problem.empty()) {
        std::vector<std::string> now;
        for (const std::string& id : possible)
            if (contains(wished_, id))
                now.push_back(id);
        form_->setValue("methods", now.empty() ? possible : now);
        possible_ = possible;
    }
    shown_ = form_->options().getTextList("methods");
    picker_->show(offer_, workflow::resolvePreset(form_->options()), shown_);
}

void StudyPage::greyOptions() {
    QMap<QString, QString> why;
    const workflow::StudyChoices chosen = workflow::studyChoices(form_->options());
    if (chosen.predictionColumn.empty()) {
        for (const char* name : ofPredictionColumn)
            why[name] = tr("Choose a prediction column first.");
    } else if (!chosen.trainToo) {
        const QString nothing = tr("Nothing is trained where the predictions come from a column.");
        for (const Option& option : form_->options().all())
            if (option.group == "Training" || option.group == "Learned metric (LVD)" ||
                isOneOf(option.name, {"train-fraction", "networks", "device"}))
                why[QString::fromStdString(option.name)] = nothing;
    }
    form_->setUnused(why);
}

QString StudyPage::whyNot() const {
    if (!catalogue_)
        return tr("Open a catalogue to run a study on it.");
    if (!form_->isValid())
        return form_->firstProblem();
    if (targets_.isEmpty())
        return tr("The catalogue has no targets. Import it again and say which columns are to be predicted.");
    if (form_->options().getTextList("targets").empty())
        return tr("Tick at least one target.");
    if (!offer_.problem.empty())
        return withoutFlags(QString::fromStdString(offer_.problem));
    if (form_->options().getTextList("methods").empty())
        return tr("Tick at least one method.");
    for (const std::string& id : form_->options().getTextList("methods"))
        if (const workflow::Lack& lack = offer_.lackOf(id); lack.any())
            return tr("%1 %2.").arg(QString::fromStdString(id),
                                    QString::fromStdString(workflow::inWords(lack)));
    return {};
}

void StudyPage::setOption(const std::string& name, const std::string& value) {
    OptionSet options = form_->options();
    options.setFromText(name, value);
    form_->setValue(QString::fromStdString(name), options.find(name).value);
}

bool StudyPage::canRun() const {
    return whyNot().isEmpty() && !running_;
}

void StudyPage::setRunning(bool running) {
    if (running && !running_)
        clock_->begin();
    running_ = running;
    updateRun();
}

void StudyPage::updateRun() {
    const QString why = running_ ? QString() : whyNot();
    problem_->setText(why);
    problem_->setVisible(!why.isEmpty());
    run_->setText(running_ ? tr("Cancel run") : tr("Run study"));
    run_->setDefault(!running_);
    run_->setEnabled(running_ || canRun());
    const QColor onAccent = theme_.dark ? theme_.window : theme_.page;
    run_->setIcon(run_->isDefault() && run_->isEnabled() ? tintedIcon("run", onAccent)
                                                         : themedIcon(running_ ? "stop" : "run", theme_));
}

/// A page that nobody sees measures nothing.
void StudyPage::updateTime() {
    if (whyNot().isEmpty())
        clock_->look(*catalogue_, workflow::resolvePreset(options()));
    else
        clock_->forget();
    time_->setText(clock_->text());
    time_->setToolTip(clock_->tip());
    if (isVisible() && !running_)
        clock_->measure();
}

QString StudyPage::expectedTime() const {
    return time_->text();
}

void StudyPage::learnFrom(double seconds) {
    clock_->learnFrom(seconds);
}

QString StudyPage::commandLine() const {
    if (!catalogue_)
        return {};
    OptionSet line;
    workflow::describeStudyCommandOptions(line);
    const QFileInfo file(QString::fromStdString(catalogue_->path.string()));
    line.set("catalogue", catalogue_->path.string());
    const OptionSet chosen = options();
    for (const Option& option : chosen.all())
        if (option.given && option.value != option.defaultValue && line.contains(option.name))
            line.set(option.name, option.value);
    if (line.getTextList("methods") == possible_)
        line.reset("methods"); // all that can run: the default
    if (line.getTextList("targets").size() == static_cast<std::size_t>(targets_.size()))
        line.reset("targets");
    line.set("out", (file.completeBaseName() + "_study.h5").toStdString());
    return QString::fromStdString(penumbra::commandLine("study", line));
}

void StudyPage::setTheme(const Theme& theme) {
    theme_ = theme;
    form_->setTheme(theme);
    picker_->setTheme(theme);
    updateRun();
}

} // namespace penumbra::gui
