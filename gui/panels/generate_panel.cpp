#include "gui/panels/generate_panel.h"

#include "core/base/error.h"
#include "core/base/json_text.h"
#include "core/encoding/generate_options.h"
#include "core/encoding/options.h"
#include "core/nn/device_choice.h"
#include "gui/documents/aion_weights.h"
#include "gui/options/column_scroll.h"
#include "gui/options/flag_words.h"
#include "gui/options/flow_layout.h"
#include "gui/options/option_form.h"
#include "gui/options/readable_label.h"
#include "gui/plots/figure_view.h"

#include <QComboBox>
#include <QLabel>
#include <QProgressBar>
#include <QPushButton>
#include <QSpinBox>
#include <QStandardPaths>
#include <QTimer>
#include <QVBoxLayout>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace penumbra::gui {

namespace {

constexpr int kProgressMs = 200, kGalaxies = 20;

QString text(const std::string& utf8) {
    return QString::fromStdString(utf8);
}

} // namespace

struct GeneratePanel::Shown {
    struct Target {
        QString name, words;
        report::FigureSpec figure;
        bool draws = false;
    };
    std::string id, randomLabel, conditions;
    std::vector<Target> targets;
};

void GeneratorStore::with(const OptionSet& options, RunContext& context,
                          const std::function<void(const workflow::GalaxyGenerator&)>& use) {
    const std::lock_guard lock(mutex_);
    const std::string wanted = jsonText(options.toJson());
    if (!generator_ || options_ != wanted) {
        generator_.reset(); // two sets of weights would need twice the memory
        RunContext loading = context.slice(0.0, 0.4);
        generator_ = std::make_unique<workflow::GalaxyGenerator>(options, loading);
        options_ = wanted;
    }
    use(*generator_);
}

void GeneratorStore::forget() {
    const std::lock_guard lock(mutex_);
    generator_.reset();
    options_.clear();
}

GeneratePanel::GeneratePanel(JobBridge& bridge, QWidget* parent)
    : QWidget(parent), bridge_(bridge), task_(bridge, this), timer_(new QTimer(this)) {
    build();
    connect(form_, &OptionForm::changed, this, &GeneratePanel::check);
    connect(ask_, &QPushButton::clicked, this, &GeneratePanel::ask);
    connect(stop_, &QPushButton::clicked, &task_, &Task::cancel);
    connect(measure_, &QPushButton::clicked, this, [this] { measure(galaxies_->value()); });
    connect(targets_, &QComboBox::activated, this, &GeneratePanel::showTarget);
    connect(timer_, &QTimer::timeout, this, &GeneratePanel::showProgress);
    connect(&task_, &Task::runningChanged, this, [this](bool running) {
        for (QWidget* part : std::initializer_list<QWidget*>{stop_, progress_, doing_})
            part->setVisible(running);
        progress_->setValue(0);
        doing_->clear();
        running ? timer_->start(kProgressMs) : timer_->stop();
        check();
    });
    setState({});
}

GeneratePanel::~GeneratePanel() = default;

void GeneratePanel::build() {
    form_ = new OptionForm(OptionForm::Arrangement::Column, this);
    form_->setObjectName("generateForm");
    form_->setInSight({"weights", "random-weights", "modalities", "target", "draws", "steps"});
    form_->setSuggestions("modalities", {"photometry", "wise", "shape", "extinction", "parallax", "position",
                                         "redshift", "xp", "image", "spectrum"});
    form_->setSuggestions("target", {"z", "spectrum_desi", "spectrum_sdss", "image", "image_hsc", "segmap",
                                     "xp_bp", "xp_rp", "flux_g", "flux_r", "flux_i", "flux_z", "parallax"});
    OptionSet options;
    workflow::describeGenerateOptions(options);
    form_->setOptions(options, {"input", "out", "match", "match-radius", "unmatched", "max-rows", "quantiles",
                                "batch", "block", "restart"});
    form_->setValue("modalities", std::vector<std::string>{"photometry"});
    form_->setValue("draws", std::int64_t{12});
    recallWeights(*form_);
    auto* contents = new QWidget;
    auto* column = new QVBoxLayout(contents);
    column->setContentsMargins(12, 8, 12, 8);
    column->setSpacing(8);
    title_ = readableLabel(contents, "generateTitle");
    QFont bold = title_->font();
    bold.setBold(true);
    title_->setFont(bold);
    problem_ = readableLabel(contents, "generateProblem");
    for (QWidget* widget :
         std::initializer_list<QWidget*>{title_, buildResult(), problem_, buildButtons(), form_})
        column->addWidget(widget);
    column->addStretch(1);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(new ColumnScroll(contents, this));
}

QWidget* GeneratePanel::buildResult() {
    result_ = new QWidget(this);
    targets_ = new QComboBox(result_);
    targets_->setObjectName("generateTarget");
    targets_->setAccessibleName(tr("What was generated"));
    view_ = new FigureView(result_);
    view_->setObjectName("generateFigure");
    view_->setAccessibleName(tr("What AION generated of the galaxy"));
    words_ = readableLabel(result_, "generateWords");
    caveat_ = readableLabel(result_, "generateCaveat");
    caveat_->setProperty("secondary", true);
    coverageWords_ = readableLabel(result_, "generateCoverage");
    auto* layout = new QVBoxLayout(result_);
    layout->setContentsMargins(0, 0, 0, 0);
    for (QWidget* widget : std::initializer_list<QWidget*>{targets_, view_, words_, coverageWords_, caveat_})
        layout->addWidget(widget);
    return result_;
}

QWidget* GeneratePanel::buildButtons() {
    buttons_ = new QWidget(this);
    ask_ = new QPushButton(tr("&Generate"), buttons_);
    ask_->setObjectName("generateRun");
    ask_->setToolTip(tr("Asks the model of the galaxy looked at"));
    measure_ = new QPushButton(tr("&Measure coverage on"), buttons_);
    measure_->setObjectName("generateMeasure");
    measure_->setToolTip(
        tr("Asks the model of galaxies whose truth the catalogue holds, and counts how often "
           "the 16 to 84 % band holds it"));
    galaxies_ = new QSpinBox(buttons_);
    galaxies_->setObjectName("generateGalaxies");
    galaxies_->setRange(1, 100000);
    galaxies_->setValue(kGalaxies);
    galaxies_->setSuffix(tr(" galaxies"));
    galaxies_->setAccessibleName(tr("Galaxies to measure on"));
    stop_ = new QPushButton(tr("Stop"), buttons_);
    stop_->setObjectName("generateStop");
    progress_ = new QProgressBar(buttons_);
    progress_->setObjectName("generateProgress");
    progress_->setRange(0, 1000);
    doing_ = readableLabel(buttons_, "generateDoing");
    auto* strip = new QWidget(buttons_);
    auto* flow = new FlowLayout(strip);
    for (QWidget* widget : std::initializer_list<QWidget*>{ask_, stop_, measure_, galaxies_})
        flow->addWidget(widget);
    auto* layout = new QVBoxLayout(buttons_);
    layout->setContentsMargins(0, 0, 0, 0);
    for (QWidget* widget : std::initializer_list<QWidget*>{strip, progress_, doing_})
        layout->addWidget(widget);
    for (QWidget* part : std::initializer_list<QWidget*>{stop_, progress_, doing_})
        part->setVisible(false);
    return buttons_;
}

void GeneratePanel::setTheme(const Theme& theme) {
    form_->setTheme(theme);
    view_->setTheme(theme);
}

void GeneratePanel::setState(const ViewState& state) {
    const bool otherFile = state.catalogue != state_.catalogue;
    state_ = state;
    if (otherFile) {
        task_.abandon();
        coverage_.reset();
        store_ = std::make_shared<GeneratorStore>(); // what runs keeps the old one until it stops
    }
    if (otherFile || state.selection.current != row_)
        forgetResult();
    check();
}

void GeneratePanel::forgetResult() {
    shown_.reset();
    row_ = state_.selection.current;
    result_->setVisible(coverage_ != nullptr);
    for (QWidget* part : std::initializer_list<QWidget*>{targets_, view_, words_, caveat_})
        part->setVisible(false);
    coverageWords_->setVisible(coverage_ != nullptr);
}

QString GeneratePanel::whyNot() const {
    if (!state_.catalogue)
        return tr("Open a catalogue: the model is asked of its galaxies.");
    if (!form_->isValid())
        return form_->firstProblem();
    const workflow::ModelChoice model = workflow::modelChoice(form_->options());
    if (model.weights.empty() && !model.random)
        return tr(
            "No weights of AION-1 are named yet. Choose their folder under Weights below (the published "
            "ones are polymathic-ai/aion-base; it holds config.json, model.safetensors and codecs). "
            "Random weights serve for a try; what they say means nothing.");
    if (!model.weights.empty() && model.random)
        return tr("Choose a weights folder or random weights, not both.");
    return {};
}

void GeneratePanel::check() {
    const bool galaxy = state_.catalogue && state_.selection.current >= 0;
    title_->setText(galaxy ? text(state_.nameOf(state_.selection.current))
                           : tr("Select a galaxy to ask the model about it."));
    const QString why = whyNot();
    problem_->setText(why);
    problem_->setVisible(!why.isEmpty());
    ask_->setEnabled(why.isEmpty() && galaxy && !task_.running());
    measure_->setEnabled(why.isEmpty() && !task_.running());
}

/// A random model is written to the cache.
OptionSet GeneratePanel::optionsNow() const {
    OptionSet options = form_->options();
    options.set("input", std::vector<std::string>{state_.catalogue->path.string()});
    const QString cache = QStandardPaths::writableLocation(QStandardPaths::CacheLocation);
    options.set("out", (cache + "/generated.h5").toStdString());
    return options;
}

void GeneratePanel::begin(const Host::Options& given) {
    int galaxies = 0;
    for (const auto& [name, value] : given) {
        if (name == "coverage") {
            galaxies = text(value).toInt();
            if (galaxies < 1)
                throw UsageError("coverage: '" + value + "' is no number of galaxies.");
            continue;
        }
        OptionSet parsed = form_->options();
        parsed.setFromText(name, value);
        form_->setValue(text(name), parsed.find(name).value);
    }
    check();
    if (task_.running())
        throw Error("The model is being asked: wait for that first.");
    if (const QString why = whyNot(); !why.isEmpty())
        throw Error(why.toStdString());
    if (galaxies > 0) {
        measure(galaxies);
        return;
    }
    if (state_.selection.current < 0)
        throw Error("Look at a galaxy first: the model is asked about that one.");
    ask();
}

void GeneratePanel::start(const QString& title, JobBridge::Work work) {
    jobTitle_ = title;
    const bool onGpu = nn::wouldUseGpu(workflow::machineChoice(form_->options()).device);
    task_.start({title, onGpu ? jobs::Lane::Gpu : jobs::Lane::Cpu, false}, std::move(work),
                [this](const JobEnd& end) {
                    if (end.failed())
                        Q_EMIT failed(withoutFlags(end.error));
                });
}

void GeneratePanel::ask() {
    forgetResult();
    const auto row = static_cast<std::size_t>(state_.selection.current);
    start(tr("Generate: %1").arg(text(state_.nameOf(state_.selection.current))),
          [this, row, options = optionsNow(), store = store_](RunContext& context) -> Delivery {
              auto shown = std::make_shared<Shown>();
              store->with(options, context, [&](const workflow::GalaxyGenerator& generator) {
                  const auto galaxy = generator.of(row, context.slice(0.4, 1.0));
                  shown->id = galaxy.id;
                  shown->randomLabel = generator.randomLabel();
                  shown->conditions = generator.conditions();
                  for (const workflow::GeneratedTarget& target : galaxy.targets)
                      shown->targets.push_back({text(std::string(target.kind->modality->codec)),
                                                text(workflow::generatedText(target)),
                                                workflow::generatedFigure(target),
                                                !target.posterior.has_value()});
              });
              return [this, shown, row, options] {
                  rememberWeights(options);
                  if (static_cast<std::int64_t>(row) == state_.selection.current)
                      take(shown);
              };
          });
}

void GeneratePanel::measure(int galaxies) {
    start(tr("Measure the coverage of what AION generates"),
          [this, galaxies, options = optionsNow(), store = store_](RunContext& context) -> Delivery {
              Coverages coverages;
              store->with(options, context, [&](const workflow::GalaxyGenerator& generator) {
                  coverages = generator.measure(static_cast<std::size_t>(galaxies), context.slice(0.4, 1.0));
              });
              return [this, coverages, options] {
                  rememberWeights(options);
                  takeCoverage(coverages);
              };
          });
}

void GeneratePanel::take(std::shared_ptr<const Shown> shown) {
    shown_ = std::move(shown);
    targets_->clear();
    for (const Shown::Target& target : shown_->targets)
        targets_->addItem(target.name);
    result_->setVisible(true);
    view_->setVisible(true);
    words_->setVisible(true);
    targets_->setVisible(targets_->count() > 1);
    showTarget();
}

void GeneratePanel::showTarget() {
    const int at = targets_->currentIndex();
    if (!shown_ || at < 0)
        return;
    const Shown::Target& target = shown_->targets[static_cast<std::size_t>(at)];
    view_->setFigure(target.figure);
    fitFigure();
    QString words = tr("From %1. %2").arg(text(shown_->conditions), target.words);
    if (!shown_->randomLabel.empty())
        words = tr("RANDOM WEIGHTS: this means nothing. ") + words;
    words_->setText(words);
    caveat_->setText(target.draws ? tr(workflow::drawsCaveat)
                                  : tr("The model's own posterior, exact and not calibrated."));
    caveat_->setVisible(true);
}

void GeneratePanel::takeCoverage(const Coverages& coverages) {
    nlohmann::json json = nlohmann::json::array();
    QStringList words;
    for (const auto& coverage : coverages) {
        words << text(coverage.text());
        json.push_back({{"target", coverage.target},
                        {"galaxies", coverage.band.galaxies},
                        {"kept", coverage.band.kept},
                        {"observed", coverage.band.observed},
                        {"text", coverage.text()}});
    }
    coverage_ = std::make_shared<const nlohmann::json>(std::move(json));
    coverageWords_->setText(tr("Measured on this catalogue: ") + words.join('\n'));
    coverageWords_->setVisible(true);
    result_->setVisible(true);
}

void GeneratePanel::showProgress() {
    for (const jobs::JobStatus& job : bridge_.visibleJobs())
        if (job.title == jobTitle_.toStdString() && job.state == jobs::JobState::Running) {
            progress_->setValue(static_cast<int>(1000.0 * job.fraction));
            doing_->setText(text(job.doing));
        }
}

/// Pictures are squares in rows; a fan wants some height.
void GeneratePanel::fitFigure() {
    const report::FigureSpec& figure = view_->figure();
    if (figure.panels.empty())
        return;
    const int width = std::max(200, this->width() - 40);
    const int rows = (static_cast<int>(figure.panels.size()) + figure.columns - 1) / figure.columns;
    view_->setFixedHeight(figure.panels.front().bare ? rows * (width / figure.columns + 16)
                                                     : std::clamp(width, 240, 380));
}

void GeneratePanel::resizeEvent(QResizeEvent* event) {
    QWidget::resizeEvent(event);
    fitFigure();
}

nlohmann::json GeneratePanel::report() const {
    nlohmann::json json;
    if (shown_) {
        json["galaxy"] = shown_->id;
        json["from"] = shown_->conditions;
        json["random_weights"] = !shown_->randomLabel.empty();
        for (const Shown::Target& target : shown_->targets)
            json["targets"].push_back(
                {{"name", target.name.toStdString()}, {"text", target.words.toStdString()}});
    }
    if (coverage_)
        json["coverage"] = *coverage_;
    return json;
}

const report::FigureSpec& GeneratePanel::figure() const {
    return view_->figure();
}

} // namespace penumbra::gui
