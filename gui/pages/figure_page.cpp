#include "gui/pages/figure_page.h"

#include "core/eval/galaxy_variables.h"

#include "core/workflow/figure.h"
#include "gui/plots/figure_view.h"

#include <QLabel>
#include <QPushButton>
#include <QScrollArea>
#include <QVBoxLayout>

namespace penumbra::gui {

namespace {

/// Options that the toolbar or the export menu decides.
const QStringList& decidedElsewhere() {
    static const QStringList names = {"target", "methods", "condition-on", "size", "width"};
    return names;
}

report::FigureSpec sentenceFigure(const std::string& kind, const QString& sentence) {
    report::FigureSpec figure;
    figure.kind = kind;
    figure.panels.emplace_back();
    figure.panels.front().emptyMessage = sentence.toStdString();
    return figure;
}

report::FigureInput inputOf(const ViewState& state, const io::Table* columns, const Stability* stability) {
    report::FigureInput input{*state.study, columns, stability};
    if (state.catalogue) {
        input.ra = state.catalogue->ra;
        input.dec = state.catalogue->dec;
    }
    return input;
}

} // namespace

FigurePage::FigurePage(const report::FigureKind& kind, JobBridge& bridge, QWidget* parent)
    : Page(parent), kind_(kind), latest_(bridge, tr("Draw %1").arg(QString::fromStdString(kind.title)), this),
      strip_(new OptionForm(OptionForm::Arrangement::Strip, this)), view_(new FigureView(this)),
      caption_(new QLabel(this)) {
    setObjectName("page_" + QString::fromStdString(kind.id));
    forgetChoices();
    strip_->setObjectName("strip_" + QString::fromStdString(kind.id));
    view_->setObjectName("figure_" + QString::fromStdString(kind.id));
    view_->setAccessibleName(QString::fromStdString(kind.title));
    view_->setEmptyMessage(tr("Run a study, or open one, to see this figure."));
    caption_->setWordWrap(true);
    caption_->setTextInteractionFlags(Qt::TextSelectableByMouse);
    caption_->setProperty("secondary", true);
    caption_->setAlignment(Qt::AlignTop);
    auto* captionArea =
        new QScrollArea(this); // the plot does not jump between captions, nor make room for long ones
    captionArea->setFrameShape(QFrame::NoFrame);
    captionArea->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    captionArea->setWidgetResizable(true);
    captionArea->setWidget(caption_);
    captionArea->setFixedHeight(4 * fontMetrics().lineSpacing());
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(12, 8, 12, 8);
    layout->setSpacing(8);
    layout->addWidget(strip_);
    layout->addWidget(view_, 1);
    layout->addWidget(captionArea);
    if (strip_->options().contains("vary"))
        addSplitsButton(bridge);
    connect(strip_, &OptionForm::changed, this, &FigurePage::refresh);
    connect(view_, &FigureView::rowsPicked, this, &Page::rowsPicked);
    connect(view_, &FigureView::membersPicked, this, &Page::membersPicked);
    connect(view_, &FigureView::galaxiesPicked, this,
            [this](const std::string& formula, Combine how) { Q_EMIT galaxiesPicked({}, formula, how); });
}

void FigurePage::forgetChoices() {
    if (splits_ != nullptr)
        splits_->abandon(); // of the former file
    OptionSet options;
    kind_.options(options);
    strip_->setOptions(options, decidedElsewhere());
    if (options.contains("vary"))
        strip_->setValue("vary", std::string("galaxies")); // at once; splits are drawn on demand
}

void FigurePage::addSplitsButton(JobBridge& bridge) {
    splits_ = new Task(bridge, this);
    splitsButton_ = new QPushButton(tr("Run re-splits"), this);
    splitsButton_->setObjectName("runSplits");
    splitsButton_->setToolTip(
        tr("Splits the held-out galaxies anew into calibration and test sets, without training; "
           "in the background"));
    static_cast<QVBoxLayout*>(layout())->insertWidget(1, splitsButton_, 0, Qt::AlignLeft);
    connect(splits_, &Task::runningChanged, splitsButton_, &QWidget::setDisabled);
    connect(splitsButton_, &QPushButton::clicked, this, &FigurePage::repeatSplits);
}

void FigurePage::repeatSplits() {
    const auto study = state().study;
    if (!study)
        return;
    workflow::StabilityOptions wanted = workflow::splitsForFigure(chosenOptions(state()), *study);
    wanted.targets.clear(); // all, so that the toolbar's target can change
    wanted.methods.clear();
    splits_->start(
        {tr("Re-splits"), jobs::Lane::Cpu, false},
        [this, study, wanted](RunContext& context) -> Delivery {
            auto stability =
                std::make_shared<const Stability>(workflow::repeatSplits(*study, wanted, context));
            return [this, study, stability] {
                stability_ = stability;
                stabilityStudy_ = study;
                strip_->setValue("vary", std::string("splits"));
                refresh();
            };
        },
        [this](const JobEnd& end) {
            if (end.failed())
                caption_->setText(end.error);
        });
}

const Stability* FigurePage::stabilityOf(const ViewState& state) const {
    return stability_ && stabilityStudy_ == state.study ? stability_.get() : nullptr;
}

void FigurePage::setTheme(const Theme& theme) {
    view_->setTheme(theme);
    strip_->setTheme(theme);
}

void FigurePage::showSelection(const ViewState& now) {
    std::vector<ColouredRows> subsets;
    for (const Subset& subset : now.subsets)
        subsets.push_back({subset.rows, QColor(QString::fromStdString(subset.colour))});
    view_->markSubsets(subsets);
    view_->markRows(now.selection.rows, now.selection.current);
}

const report::FigureSpec* FigurePage::figure() const {
    return drawn_ ? &view_->figure() : nullptr;
}

OptionSet FigurePage::chosenOptions(const ViewState& state) const {
    OptionSet options = strip_->options();
    if (options.contains("target"))
        options.set("target", state.target);
    if (options.contains("methods"))
        options.set("methods", state.finishedMethods());
    if (options.contains("condition-on"))
        options.set("condition-on", state.conditionOn);
    return options;
}

/// What a figure may cut by: the columns, for a formula the other targets and positions as well.
static std::shared_ptr<const io::Table> columnsFor(const ViewState& state, const OptionSet& options) {
    if (!state.catalogue)
        return nullptr;
    const std::string condition =
        options.contains("condition-on") ? options.getText("condition-on") : std::string();
    if (condition.empty() || state.catalogue->columns.find(condition) != nullptr)
        return {state.catalogue, &state.catalogue->columns};
    return std::make_shared<const io::Table>(galaxyVariables(*state.catalogue, condition));
}

report::FigureSpec FigurePage::figureOf(const ViewState& state) const {
    if (!state.study)
        throw Error("There is no study to draw: run or open one first.");
    const OptionSet options = chosenOptions(state);
    const auto columns = columnsFor(state, options);
    return kind_.make(inputOf(state, columns.get(), stabilityOf(state)), options);
}

report::FigureSpec FigurePage::figureForPaper(const std::string& size) const {
    OptionSet options = chosenOptions(state());
    if (options.contains("size"))
        options.set("size", size);
    const auto columns = columnsFor(state(), options);
    return kind_.make(inputOf(state(), columns.get(), stabilityOf(state())), options);
}

void FigurePage::update(const ViewState& state) {
    drawn_ = false;
    const OptionSet options = state.study ? chosenOptions(state) : OptionSet();
    const bool ofMethods = !state.study || options.contains("methods");
    const std::string empty = ofMethods ? state.whyEmpty() : std::string();
    if (!empty.empty()) {
        latest_.abandon();
        caption_->clear();
        view_->setFigure(sentenceFigure(kind_.id, QString::fromStdString(empty)));
        return;
    }
    if (options.contains("vary") && options.getText("vary") == "splits" && !stabilityOf(state)) {
        latest_.abandon();
        caption_->clear();
        view_->setFigure(sentenceFigure(
            kind_.id, tr("Other calibration and test splits have not been drawn yet: press Run re-splits.")));
        return;
    }
    const report::FigureKind* kind = &kind_; // of the static table: the worker never touches the page
    const auto stability = stabilityOf(state) ? stability_ : nullptr;
    const auto work = [this, kind, state, options, stability](RunContext&) -> Delivery {
        const auto columns = columnsFor(state, options);
        report::FigureSpec figure = kind->make(inputOf(state, columns.get(), stability.get()), options);
        return [this, figure = std::move(figure)] {
            caption_->setText(QString::fromStdString(figure.caption));
            view_->setFigure(figure);
            drawn_ = true;
            Q_EMIT figureDrawn();
        };
    };
    latest_.request(work, [this](const JobEnd& end) {
        caption_->clear();
        view_->setFigure(sentenceFigure(kind_.id, end.error));
    });
}

} // namespace penumbra::gui
