#include "gui/panels/study_panel.h"

#include "core/study/options.h"
#include "core/study/run.h"
#include "core/uq/uq_method.h"
#include "gui/icons/icons.h"
#include "gui/options/column_scroll.h"

#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>
#include <algorithm>
#include <nlohmann/json.hpp>

namespace penumbra::gui {

namespace {

std::vector<std::string> toCore(const QStringList& texts) {
    std::vector<std::string> list;
    for (const QString& text : texts)
        list.push_back(text.toStdString());
    return list;
}

QStringList methodIds() {
    QStringList ids;
    for (const uq::UqMethod* method : uq::allMethods())
        ids << QString::fromStdString(method->info().id);
    return ids;
}

/// Those that a study ticks by itself: all that can be trained.
std::vector<std::string> trainedIds() {
    std::vector<std::string> ids;
    for (const uq::UqMethod* method : uq::allMethods())
        if (!method->info().delivered)
            ids.push_back(method->info().id);
    return ids;
}

} // namespace

StudyPanel::StudyPanel(QWidget* parent)
    : QWidget(parent), summary_(new DataSummary(this)),
      form_(new OptionForm(OptionForm::Arrangement::Column, this)), problem_(new QLabel(this)),
      run_(new QPushButton(tr("Run study"), this)) {
    form_->setObjectName("studyForm");
    form_->setSuggestions("methods", methodIds());
    forgetChoices();
    auto* contents = new QWidget(this);
    auto* column = new QVBoxLayout(contents);
    column->setContentsMargins(12, 4, 8, 8);
    column->setSpacing(8);
    column->addWidget(summary_);
    column->addWidget(form_);
    column->addStretch(1);
    auto* scroll = new ColumnScroll(contents, this);
    scroll->setObjectName("studyScroll");
    problem_->setWordWrap(true);
    problem_->setObjectName("runProblem");
    run_->setObjectName("runButton");
    auto* foot = new QVBoxLayout;
    foot->setContentsMargins(12, 8, 12, 8);
    foot->addWidget(problem_);
    foot->addWidget(run_);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addWidget(scroll, 1);
    layout->addLayout(foot);
    connect(summary_, &DataSummary::openWanted, this, &StudyPanel::openWanted);
    connect(run_, &QPushButton::clicked, this,
            [this] { running_ ? Q_EMIT cancelWanted() : Q_EMIT runWanted(); });
    connect(form_, &OptionForm::changed, this, [this] {
        form_->showUntouched(workflow::resolvePreset(form_->options()));
        updateRun();
        Q_EMIT changed();
    });
    updateRun();
}

void StudyPanel::forgetChoices() {
    OptionSet options;
    workflow::describeStudyOptions(options);
    form_->setOptions(options);
    form_->setValue("methods", trainedIds());
}

void StudyPanel::setFile(const OpenedFile& file) {
    summary_->setFile(file);
    hasCatalogue_ = file.catalogue != nullptr;
    form_->setVisible(hasCatalogue_);
    if (hasCatalogue_) {
        QStringList features, columns;
        const auto ticked = form_->options().getTextList("targets");
        const bool allTicked = ticked.size() == static_cast<std::size_t>(targets_.size());
        if (file.path != path_) {
            forgetChoices();
            form_->setValue("targets", ticked); // those that it has, too
        }
        path_ = file.path;
        targets_.clear();
        for (const Target& target : file.catalogue->targets)
            targets_ << QString::fromStdString(target.name);
        for (const FeatureInfo& feature : file.catalogue->features)
            features << QString::fromStdString(feature.name);
        for (const io::Column& column : file.catalogue->columns.columns)
            if (column.isNumeric() && column.width == 1)
                columns << QString::fromStdString(column.name);
        form_->setSuggestions({{"targets", targets_},
                               {"features", features},
                               {"prediction-column", columns},
                               {"spread-column", columns}});
        if (allTicked || form_->options().getTextList("targets").empty()) // else ticks stay where they can
            form_->setValue("targets", toCore(targets_));
    }
    if (hasCatalogue_ && file.study)
        showOptionsOf(*file.study);
    updateRun();
}

void StudyPanel::showOptionsOf(const Study& study) {
    OptionSet recorded;
    workflow::describeStudyOptions(recorded);
    try {
        recorded.loadJson(nlohmann::json::parse(study.optionsJson));
    } catch (const std::exception&) {
        return; // the record is for repeating the study; looking at it needs none
    }
    const OptionSet known = form_->options();
    for (const Option& option : recorded.all())
        if (option.given && known.contains(option.name) && option.name != "targets" &&
            option.name != "methods")
            form_->setValue(QString::fromStdString(option.name), option.value);
    const QStringList ids = methodIds();
    const auto isKnown = [&](const std::string& id) { return ids.contains(QString::fromStdString(id)); };
    if (!study.methods.empty() && std::all_of(study.methods.begin(), study.methods.end(), isKnown))
        form_->setValue("methods", study.methods); // the record leaves them open where all were run
    std::vector<std::string> names;
    for (const TargetStudy& target : study.targets)
        if (targets_.contains(QString::fromStdString(target.name)))
            names.push_back(target.name);
    if (!names.empty())
        form_->setValue("targets", names); // likewise
}

void StudyPanel::chooseQuickStudy() {
    const std::string target =
        targets_.contains("z") || targets_.isEmpty() ? "z" : targets_.front().toStdString();
    form_->setValue("targets", std::vector<std::string>{target});
    form_->setValue("methods", trainedIds());
    form_->setValue("preset", std::string("quick"));
}

const OptionSet& StudyPanel::options() const {
    return form_->options();
}

QString StudyPanel::whyNot() const {
    if (!hasCatalogue_)
        return tr("Open a catalogue to run a study on it.");
    if (!form_->isValid())
        return form_->firstProblem();
    if (targets_.isEmpty())
        return tr("The catalogue has no targets. Import it again and say which columns are to be predicted.");
    if (form_->options().getTextList("targets").empty())
        return tr("Tick at least one target.");
    if (form_->options().getTextList("methods").empty())
        return tr("Tick at least one method.");
    return {};
}

void StudyPanel::setOption(const std::string& name, const std::string& value) {
    OptionSet options = form_->options();
    options.setFromText(name, value);
    form_->setValue(QString::fromStdString(name), options.find(name).value);
}

bool StudyPanel::canRun() const {
    return whyNot().isEmpty() && !running_;
}

void StudyPanel::setRunning(bool running) {
    running_ = running;
    updateRun();
}

void StudyPanel::updateRun() {
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

void StudyPanel::setTheme(const Theme& theme) {
    theme_ = theme;
    summary_->setTheme(theme);
    form_->setTheme(theme);
    updateRun();
}

} // namespace penumbra::gui
