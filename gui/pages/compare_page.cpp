#include "gui/pages/compare_page.h"

#include "core/eval/evaluate.h"
#include "core/eval/metric_roles.h"
#include "core/eval/paired.h"
#include "core/report/runs_table.h"
#include "core/study/calibration_parts.h"
#include "core/study/local_draws.h"
#include "core/study/run.h"
#include "core/study/scores.h"
#include "core/workflow/compare.h"
#include "gui/models/table_groups.h"
#include "gui/models/table_spec_model.h"
#include "gui/options/flow_layout.h"
#include "gui/pages/compare_menu.h"
#include "gui/plots/clicked.h"

#include <QApplication>
#include <QComboBox>
#include <QEvent>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QMouseEvent>
#include <QScrollArea>
#include <QStyle>
#include <QTableView>
#include <QVBoxLayout>

#include <algorithm>

namespace penumbra::gui {

namespace {

enum class MetricChoice { Main, Points, All };
enum Shown { methodsShown, pairsShown, wordsShown };

std::vector<std::string> metricIds(MetricChoice choice) {
    std::vector<std::string> ids;
    if (choice == MetricChoice::Main)
        return ids; // the table's own choice: coverage, tail, worst bin, mean width
    for (const Metric& metric : allMetrics())
        if (choice == MetricChoice::All || metric.ofPoint)
            ids.push_back(metric.id);
    return ids;
}

/// The tests of every pair of the methods shown, without what a tooltip can say.
report::TableSpec pairsOf(const Study& study, const std::vector<std::string>& methods,
                          const std::string& convention, const RunContext& context) {
    PairedOptions options;
    options.metrics = {mainCoverage(Stratum::All).id, mainCoverage(Stratum::WorstTenth).id, mainWidth().id};
    options.convention = convention;
    options.seed = study.seed;
    options.rankByOwnCentre = workflow::ranksByOwnCentre(study);
    return report::pairedTable(study, pairedTests(study, methods, options, context), options);
}

/// A label never stands at the end of a line without its box.
QComboBox* addChoice(FlowLayout* strip, const QString& label, const QString& name, const QStringList& entries,
                     const QString& tip) {
    auto* combo = new QComboBox;
    combo->setObjectName(name);
    combo->setAccessibleName(label);
    combo->setToolTip(tip);
    combo->addItems(entries);
    auto* text = new QLabel(label);
    text->setBuddy(combo);
    auto* together = new QWidget(strip->parentWidget());
    auto* line = new QHBoxLayout(together);
    line->setContentsMargins(0, 0, 0, 0);
    line->setSpacing(8);
    line->addWidget(text);
    line->addWidget(combo);
    strip->addWidget(together);
    return combo;
}

} // namespace

ComparePage::ComparePage(JobBridge& bridge, QWidget* parent)
    : Page(parent), latest_(bridge, tr("Compare methods"), this),
      latestWords_(bridge, tr("Whom to trust"), this), draws_(bridge, this), scoring_(bridge, this),
      model_(new TableSpecModel(this)), view_(new QTableView(this)), sentence_(new QLabel(this)),
      verdict_(new QLabel(this)), words_(new QLabel), wordsArea_(new QScrollArea(this)),
      footnotes_(new QLabel), notesArea_(new QScrollArea(this)) {
    setObjectName("page_compare");
    auto* choices = new QWidget(this);
    auto* strip = new FlowLayout(choices);
    shown_ = addChoice(
        strip, tr("Show"), "compareShown", {tr("methods"), tr("pairs of methods"), tr("in words")},
        tr("Every method's numbers; the differences of every two methods on the same galaxies, with "
           "tests; or what they say, in sentences"));
    targets_ = addChoice(strip, tr("Targets"), "compareTargets", {tr("all"), tr("the toolbar's")},
                         tr("Every target of the study, or only the one chosen in the toolbar"));
    metrics_ = addChoice(
        strip, tr("Metrics"), "compareMetrics", {tr("calibration"), tr("point prediction"), tr("all")},
        tr("Coverage, tail, worst bin and width; or R², RMSE, bias and outliers; or everything"));
    convention_ = addChoice(strip, tr("Infinite intervals"), "compareConvention",
                            {tr("count as covered"), tr("left out")},
                            tr("Whether intervals without an end count as covering, or are left out"));
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
    view_->viewport()->installEventFilter(this);
    view_->setMouseTracking(true);
    connect(view_, &QTableView::clicked, this, [this](const QModelIndex& index) {
        if (const report::Cell* cell = cellAt(index))
            Q_EMIT galaxiesPicked(cell->target, cell->galaxies, howClicked(clickedWith_));
    });
    connect(view_, &QTableView::entered, this, [this](const QModelIndex& index) {
        view_->viewport()->setCursor(cellAt(index) ? Qt::PointingHandCursor : Qt::ArrowCursor);
    });
    view_->setContextMenuPolicy(Qt::CustomContextMenu);
    connect(view_, &QWidget::customContextMenuRequested, this, [this](const QPoint& at) {
        showCompareMenu(*view_, *model_, at, this->state(),
                        [this](const Command& command) { Q_EMIT wanted(command); });
    });
    sentence_->setObjectName("compareEmpty");
    sentence_->setAlignment(Qt::AlignCenter);
    sentence_->setWordWrap(true);
    for (QLabel* label : {verdict_, words_}) {
        label->setWordWrap(true);
        label->setTextFormat(Qt::RichText);
        label->setTextInteractionFlags(Qt::TextBrowserInteraction);
        label->setAlignment(Qt::AlignTop | Qt::AlignLeft);
        connect(label, &QLabel::linkActivated, this, &ComparePage::followLink);
        connect(label, &QLabel::linkHovered, label,
                [this, label](const QString& reference) { label->setToolTip(verdictWords_.tip(reference)); });
    }
    verdict_->setObjectName("compareVerdict");
    words_->setObjectName("compareWords");
    wordsArea_->setFrameShape(QFrame::NoFrame);
    wordsArea_->setWidgetResizable(true);
    wordsArea_->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    wordsArea_->setWidget(words_);
    footnotes_->setWordWrap(true);
    footnotes_->setProperty("secondary", true);
    footnotes_->setTextInteractionFlags(Qt::TextSelectableByMouse);
    footnotes_->setAlignment(Qt::AlignTop | Qt::AlignLeft);
    notesArea_->setObjectName("compareNotes");
    notesArea_->setFrameShape(QFrame::NoFrame);
    notesArea_->setWidgetResizable(true);
    notesArea_->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    notesArea_->setWidget(footnotes_);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(12, 8, 12, 8);
    layout->setSpacing(8);
    layout->addWidget(choices);
    layout->addWidget(sentence_, 1);
    layout->addWidget(verdict_);
    layout->addWidget(wordsArea_, 1);
    layout->addWidget(view_, 1);
    layout->addWidget(notesArea_);
    for (QComboBox* combo : {shown_, targets_, metrics_, convention_})
        connect(combo, &QComboBox::currentIndexChanged, this, [this] { refresh(); });
}

void ComparePage::setTheme(const Theme& theme) {
    model_->setTheme(theme);
}

const report::TableSpec* ComparePage::table() const {
    return model_->rowCount() > 0 ? &table_ : nullptr;
}

void ComparePage::update(const ViewState& state) {
    const bool predicted = state.whyEmpty().empty();
    if (predicted && state.study->scores.empty() && model_->rowCount() > 0) { // the intervals moved first
        latest_.abandon();
        view_->setEnabled(false);
        footnotes_->setText(tr("The numbers at alpha %1 are being worked out; these are the former ones.")
                                .arg(state.study->alpha));
        return;
    }
    const bool any = predicted && !state.study->scores.empty();
    const int shown = shown_->currentIndex();
    view_->setVisible(any && shown != wordsShown);
    notesArea_->setVisible(any && shown != wordsShown);
    wordsArea_->setVisible(any && shown == wordsShown);
    verdict_->setVisible(any && shown == methodsShown && hasRoomForVerdict());
    sentence_->setVisible(!any);
    if (!any) {
        latest_.abandon();
        latestWords_.abandon();
        verdict_->clear();
        model_->setTable({});
        sentence_->setText(QString::fromStdString(state.whyEmpty()));
        return;
    }
    const bool partsKnown = partsStudy_ == state.study && partsSubsets_ == subsets_;
    const bool asked = askedStudy_ == state.study && askedSubsets_ == subsets_;
    if (!partsKnown && !asked && !state.running)
        requestParts(state.study);
    if (shownStudy_ != state.study) {
        shownStudy_ = state.study;
        drawnStudy_.reset();
        askedToDraw_ = false;
        draws_.abandon(); // stops: another alpha must not wait for it
    }
    if (!state.running && !askedToDraw_) {
        askedToDraw_ = true;
        if (workflow::wantsLocalDraws(*state.study))
            requestDraws(state.study);
    }
    const auto known = drawnStudy_ ? drawnStudy_ : state.study;
    const bool allTargets = targets_->currentIndex() == 0;
    const bool pairs = shown == pairsShown;
    metrics_->setEnabled(shown == methodsShown);
    convention_->setEnabled(shown != wordsShown);
    if (shown == wordsShown) {
        latest_.abandon();
        model_->setTable({});
        requestWords(state, allTargets);
        return;
    }
    const auto metrics = metricIds(static_cast<MetricChoice>(metrics_->currentIndex()));
    const std::string convention = convention_->currentIndex() == 0 ? "all" : "finite";
    latest_.request(
        [this, state, known, allTargets, pairs, metrics, convention,
         parts = partsKnown ? parts_ : std::vector<report::SubsetStudy>()](RunContext& context) -> Delivery {
            const auto study = allTargets ? known : report::onlyTarget(*known, state.target);
            report::TableSpec table;
            if (pairs) {
                table = pairsOf(*study, state.methods, convention, context);
            } else {
                report::TableOptions options;
                options.metrics = metrics;
                options.convention = convention;
                options.methods = state.methods;
                options.subsets = parts;
                table = report::comparisonTable(*study, options, context);
            }
            return [this, table = std::move(table)] { showTable(table); };
        });
    if (shown == methodsShown)
        requestWords(state, false);
}

/// Tests run over all targets, as on the command line, and once for a study and its ticked methods.
void ComparePage::requestWords(const ViewState& state, bool all) {
    const auto known = drawnStudy_ ? drawnStudy_ : state.study;
    if (known == wordsStudy_ && state.methods == wordsMethods_) {
        latestWords_.abandon();
        showWords(state.target, all);
        return;
    }
    latestWords_.request(
        [this, known, methods = state.methods, target = state.target, all](RunContext& context) -> Delivery {
            auto verdicts = report::verdict(*known, {{}, methods, false}, context);
            return [this, known, methods, target, all, verdicts = std::move(verdicts)] {
                wordsStudy_ = known;
                wordsMethods_ = methods;
                verdicts_ = verdicts;
                showWords(target, all);
            };
        });
}

void ComparePage::showWords(const std::string& target, bool all) {
    verdictWords_.clear();
    QString text, first;
    for (const report::TargetVerdict& verdict : verdicts_) {
        if (all || verdict.target == target)
            text += "<p>" + verdictWords_.paragraph(verdict, verdict.sentences.size()) + "</p>";
        if (verdict.target == target)
            first = verdictWords_.paragraph(verdict, 2);
    }
    words_->setText(text + "<p>" +
                    QString::fromStdString(report::verdictCaveat(*wordsStudy_)).toHtmlEscaped() + "</p>");
    verdict_->setText(first);
    fitNotes();
}

void ComparePage::followLink(const QString& reference) {
    if (const VerdictWords::Link* link = verdictWords_.link(reference))
        Q_EMIT galaxiesPicked(link->target, link->where, howClicked(QApplication::keyboardModifiers()));
}

const report::Cell* ComparePage::cellAt(const QModelIndex& index) const {
    if (!index.isValid())
        return nullptr;
    const report::Cell& cell =
        model_->table().rows[static_cast<std::size_t>(index.row())][static_cast<std::size_t>(index.column())];
    return cell.galaxies.empty() ? nullptr : &cell;
}

void ComparePage::showSelection(const ViewState& now) {
    if (subsets_ == now.subsets)
        return;
    subsets_ = now.subsets;
    refresh();
}

/// The table stands meanwhile without them.
void ComparePage::requestParts(const std::shared_ptr<const Study>& study) {
    askedStudy_ = study;
    askedSubsets_ = subsets_;
    if (subsets_.empty()) {
        scoring_.abandon();
        partsStudy_ = study;
        partsSubsets_.clear();
        parts_.clear();
        return;
    }
    const auto work = [this, study, subsets = subsets_](RunContext& context) -> Delivery {
        const auto scoring = workflow::scoringFrom(workflow::recordedOptions(*study), study->seed);
        std::vector<report::SubsetStudy> parts;
        for (const Subset& subset : subsets) {
            const auto rowsOf = [&](const TargetStudy&) { return NamedRows{subset.rows, subset.byOutcome}; };
            parts.push_back({subset.name, "subset(" + subset.name + ")",
                             workflow::scoredPart(*study, rowsOf, scoring, context)});
        }
        return [this, study, subsets, parts = std::move(parts)] {
            partsStudy_ = study;
            partsSubsets_ = subsets;
            parts_ = parts;
            refresh();
        };
    };
    scoring_.start({tr("Score the subsets"), jobs::Lane::Io, true}, work, [this](const JobEnd& end) {
        if (end.failed())
            footnotes_->setText(tr("The subsets could not be scored: %1").arg(end.error));
    });
}

/// The table stands meanwhile, and says for whom it holds for this calibration set alone.
void ComparePage::requestDraws(const std::shared_ptr<const Study>& study) {
    const auto work = [this, study](RunContext& context) -> Delivery {
        auto drawn = std::make_shared<Study>(*study);
        workflow::addLocalDraws(*drawn, context);
        workflow::setBrackets(*drawn, workflow::scoringFrom(workflow::recordedOptions(*drawn), drawn->seed),
                              context);
        return [this, drawn] {
            drawnStudy_ = drawn;
            refresh();
        };
    };
    draws_.start({tr("Draw the calibration anew"), jobs::Lane::Io, true}, work);
}

void ComparePage::showTable(report::TableSpec table) {
    QStringList notes;
    for (const std::string& note : table.footnotes)
        notes << QString::fromStdString(note);
    notes_ = notes.join('\n');
    const bool ofMethods = !table.rowMethods.empty();
    report::TableSpec grouped =
        withGroupLines(table, ofMethods ? std::vector<std::string>{"target", "subset"}
                                        : std::vector<std::string>{"target", "metric"});
    table_ = std::move(table);
    model_->setTable(std::move(grouped));
    view_->setEnabled(true);
    // The table of pairs is wide; what is judged by is the adjusted p, and exports hold both.
    for (int c = 0; c < model_->columnCount(); ++c)
        view_->setColumnHidden(c,
                               !ofMethods && model_->headerData(c, Qt::Horizontal, Qt::DisplayRole) == "p");
    view_->clearSpans();
    for (int r = 0; r < model_->rowCount(); ++r)
        if (model_->index(r, 0).data(Qt::FontRole).isValid() && model_->columnCount() > 1)
            view_->setSpan(r, 0, 1, model_->columnCount());
    fit();
}

void ComparePage::fit() {
    if (model_->columnCount() == 0)
        return;
    fitting_ = true;
    using Detail = TableSpecModel::Detail;
    for (const Detail detail : {Detail::Bounds, Detail::PlusMinus, Detail::ValueOnly}) {
        model_->setDetail(detail);
        view_->resizeColumnsToContents();
        if (view_->horizontalHeader()->length() <= view_->viewport()->width())
            break;
    }
    fitting_ = false;
    QString notes = notes_;
    if (model_->detail() == Detail::PlusMinus)
        notes.prepend(tr("± is the wider side of the 95 % interval; hover for both, or widen the window.\n"));
    else if (model_->detail() == Detail::ValueOnly)
        notes.prepend(tr("Hover for the 95 % intervals, or widen the window.\n"));
    footnotes_->setText(notes);
    fitNotes();
}

/// In a low window the table comes first: the words are a view of their own, too.
bool ComparePage::hasRoomForVerdict() const {
    return !verdict_->text().isEmpty() &&
           verdict_->heightForWidth(std::max(100, width() - 24)) <= height() / 6;
}

/// As high as the notes need, at most a quarter of the page, an eighth of a low one; the rest scrolls.
void ComparePage::fitNotes() {
    const int width = std::max(100, this->width() - 24 - style()->pixelMetric(QStyle::PM_ScrollBarExtent));
    const int most = height() / (height() < 30 * fontMetrics().height() ? 8 : 4);
    notesArea_->setFixedHeight(std::min(footnotes_->heightForWidth(width) + 4, most));
    verdict_->setVisible(!view_->isHidden() && shown_->currentIndex() == methodsShown && hasRoomForVerdict());
}

/// The table's room changes with the window, and when its vertical scroll bar comes or goes.
bool ComparePage::eventFilter(QObject* watched, QEvent* event) {
    if (watched == view_->viewport() && event->type() == QEvent::Resize && !fitting_)
        fit();
    if (watched == view_->viewport() && event->type() == QEvent::MouseButtonRelease)
        clickedWith_ = static_cast<QMouseEvent*>(event)->modifiers();
    return Page::eventFilter(watched, event);
}

} // namespace penumbra::gui
