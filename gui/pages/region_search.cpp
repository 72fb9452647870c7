#include "gui/pages/region_search.h"

#include "core/base/command_line.h"
#include "core/base/error.h"
#include "core/base/text.h"
#include "core/workflow/regions.h"
#include "gui/options/choice_list.h"
#include "gui/options/command_line_box.h"
#include "gui/options/flow_layout.h"
#include "gui/state/work_command.h"

#include <QCompleter>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QToolButton>
#include <QVBoxLayout>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

namespace penumbra::gui {

/// What a search found, and of what.
struct RegionSearch::Found {
    std::vector<ListedRegion> listed;
    std::string rest; ///< of methods without a confirmed region, in words
    nlohmann::json json;
    std::size_t candidates = 0;
    double level = 0.05;
};

namespace {

QString text(const std::string& utf8) {
    return QString::fromStdString(utf8);
}

/// Regions that are confirmed, the least likely by chance first.
std::vector<ListedRegion> listOf(const workflow::StudyRegions& regions, double level, bool everything,
                                 const Catalogue* catalogue, std::size_t rowCount) {
    std::vector<ListedRegion> listed;
    std::size_t candidate = 0;
    for (const RegionFinding& finding : regions.findings) {
        const auto confirmed = std::count_if(finding.regions.begin(), finding.regions.end(),
                                             [](const Region& region) { return region.confirmed; });
        for (const Region& region : finding.regions) {
            const std::vector<std::int64_t>& rows = regions.rows[candidate++];
            if (!region.confirmed)
                continue;
            ListedRegion one{finding, {}, {}, everything && confirmed > 1};
            one.finding.regions = {region};
            one.place.where = workflow::expressionOf(region, finding.method, catalogue);
            one.place.rows = RowMask::of(rowCount, rows);
            one.words = inWords(one.finding, regions.candidates(), level);
            listed.push_back(std::move(one));
        }
    }
    std::stable_sort(listed.begin(), listed.end(), [](const ListedRegion& a, const ListedRegion& b) {
        return a.region().adjustedP < b.region().adjustedP;
    });
    return listed;
}

} // namespace

RegionSearch::RegionSearch(Workbench& bench, JobBridge& bridge, QWidget* parent)
    : QWidget(parent), bench_(bench), task_(bridge, this), columns_(new QLineEdit(this)),
      search_(new QPushButton(tr("&Search"), this)), stop_(new QPushButton(tr("Stop"), this)),
      select_(new QPushButton(tr("Select its &galaxies"), this)),
      subset_(new QPushButton(tr("&Name it as a subset"), this)), name_(new QLineEdit(this)),
      actions_(new QWidget(this)), message_(new QLabel(this)), rest_(new QLabel(this)),
      showRest_(new QToolButton(this)), list_(new ChoiceList(this)), line_(new CommandLineBox(this)) {
    build();
    connect(search_, &QPushButton::clicked, this, [this] {
        try {
            const QString columns = columns_->text().trimmed();
            begin(columns.isEmpty() ? Host::Options() : Host::Options{{"columns", columns.toStdString()}});
        } catch (const Error& error) {
            Q_EMIT failed(QString::fromUtf8(error.what()));
        }
    });
    connect(stop_, &QPushButton::clicked, &task_, &Task::cancel);
    connect(select_, &QPushButton::clicked, this, [this] {
        if (const ListedRegion* region = current())
            Q_EMIT wanted(regionCommand(region->place));
    });
    connect(subset_, &QPushButton::clicked, this, [this] {
        const ListedRegion* region = current();
        if (region == nullptr || currentName().empty())
            return;
        if (region->place.where.empty()) {
            Q_EMIT wanted(regionCommand(region->place));
            Q_EMIT wanted({"subset", {"add", currentName()}});
        } else {
            Q_EMIT wanted(regionCommand(region->place, currentName()));
        }
    });
    connect(list_, &ChoiceList::currentChanged, this, [this](int choice) {
        name_->setText(QStringLiteral("region%1").arg(choice + 1));
        Q_EMIT chosen();
    });
    connect(name_, &QLineEdit::editingFinished, this, &RegionSearch::chosen);
    connect(showRest_, &QToolButton::toggled, rest_, &QWidget::setVisible);
    connect(columns_, &QLineEdit::textChanged, this, [this] { line_->setLine(commandLineNow()); });
    connect(&task_, &Task::runningChanged, this, [this](bool running) {
        stop_->setVisible(running);
        setState(state_);
    });
    refresh();
}

void RegionSearch::build() {
    columns_->setObjectName("regionColumns");
    columns_->setAccessibleName(tr("Columns"));
    columns_->setPlaceholderText(tr("all columns known before the label"));
    columns_->setToolTip(tr("Names, with commas between them: what a region may be described by, besides the "
                            "prediction and the width"));
    columns_->setMinimumWidth(220);
    search_->setObjectName("regionSearch");
    search_->setToolTip(tr("Searches one half of the test galaxies for regions in which a method covers too "
                           "little, and judges them on the other"));
    stop_->setVisible(false);
    select_->setObjectName("regionSelect");
    subset_->setObjectName("regionSubset");
    name_->setObjectName("regionName");
    name_->setAccessibleName(tr("Name of the region"));
    name_->setMaximumWidth(160);
    list_->setObjectName("regionFinding");
    rest_->setObjectName("regionRest");
    message_->setObjectName("regionMessage");
    for (QLabel* label : {message_, rest_}) {
        label->setWordWrap(true);
        label->setTextInteractionFlags(Qt::TextSelectableByMouse);
    }
    rest_->setProperty("secondary", true);
    rest_->setVisible(false);
    showRest_->setObjectName("regionShowRest");
    showRest_->setCheckable(true);
    line_->setObjectName("regionLine");
    auto* strip = new QWidget(this);
    auto* flow = new FlowLayout(strip);
    auto* label = new QLabel(tr("Columns"), strip);
    label->setBuddy(columns_);
    for (QWidget* widget : std::initializer_list<QWidget*>{label, columns_, search_, stop_})
        flow->addWidget(widget);
    auto* actions = new FlowLayout(actions_);
    for (QWidget* widget : std::initializer_list<QWidget*>{select_, name_, subset_})
        actions->addWidget(widget);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(8);
    for (QWidget* widget :
         std::initializer_list<QWidget*>{strip, message_, list_, actions_, showRest_, rest_, line_})
        column->addWidget(widget);
    column->setAlignment(showRest_, Qt::AlignLeft);
}

void RegionSearch::setState(const ViewState& state) {
    const bool otherFile = state.path != state_.path || state.catalogue != state_.catalogue;
    if (state.running)
        found_.reset(); // of another study than will be there
    state_ = state;
    search_->setEnabled(state.study && !state.running && !task_.running());
    if (otherFile && state.catalogue) {
        QStringList names;
        for (const io::Column& column : state.catalogue->columns.columns)
            names << text(column.name);
        auto* completer = new QCompleter(names, columns_);
        completer->setCaseSensitivity(Qt::CaseInsensitive);
        delete columns_->completer();
        columns_->setCompleter(completer);
    }
    refresh();
}

void RegionSearch::forget() {
    task_.abandon();
    found_.reset();
    columns_->clear();
    refresh();
}

void RegionSearch::tell(const QString& sentence) {
    message_->setText(sentence);
    message_->setVisible(!sentence.isEmpty());
}

void RegionSearch::refresh() {
    line_->setLine(commandLineNow());
    std::vector<ChoiceList::Choice> choices;
    if (found_)
        for (const ListedRegion& one : found_->listed)
            choices.push_back({text(one.finding.target + ", " + one.finding.method + ": " +
                                    inWords(one.region().conditions)),
                               text(one.words)});
    list_->setChoices(choices);
    actions_->setVisible(!choices.empty());
    const bool rest = found_ && !found_->rest.empty();
    showRest_->setVisible(rest);
    rest_->setVisible(rest && showRest_->isChecked());
    if (rest) {
        showRest_->setText(tr("Methods without a confirmed region"));
        rest_->setText(text(found_->rest));
    }
    if (task_.running())
        tell(tr("Searching one half of the test galaxies …"));
    else if (!state_.study)
        tell(tr("Run or open a study first: the search looks for parts of the sample in which its methods "
                "cover less than they promise."));
    else if (!found_)
        tell(tr("Search for parts of the sample in which a method covers less than it promises: found on one "
                "half of the test galaxies, judged on the other."));
    else if (choices.empty())
        tell(tr("No region is confirmed in which a method covers less than it promises. That none is "
                "confirmed is no proof."));
    else
        tell(
            tr("Coverages and p-values are of galaxies that the search did not see; where methods cover what "
               "they promise, one search in %1 confirms a region at most.")
                .arg(qRound(1.0 / found_->level)));
    if (choices.empty())
        Q_EMIT chosen();
}

OptionSet RegionSearch::optionsNow() const {
    OptionSet options;
    workflow::regionsCommand().options(options);
    const QString path = bench_.studyPath();
    options.set("study", path.isEmpty() ? std::string("study.h5") : path.toStdString());
    if (!state_.study)
        return options;
    const auto base = bench_.baseStudy();
    if (base && std::abs(base->alpha - state_.alpha) > 1e-9)
        options.set("alpha", state_.alpha);
    if (state_.methods.size() < state_.study->methods.size())
        options.set("methods", state_.methods);
    return options;
}

std::string RegionSearch::commandLineNow() const {
    OptionSet options = optionsNow();
    if (const auto columns = splitText(columns_->text().toStdString(), ','); !columns.empty())
        options.set("columns", columns);
    return commandLine("regions", options);
}

void RegionSearch::begin(const Host::Options& given) {
    if (task_.running())
        throw Error("A search is running: wait for it first.");
    const auto study = bench_.baseStudy();
    if (!study || state_.running)
        throw Error("There is no finished study to search: run or open one first.");
    OptionSet options = optionsNow();
    for (const auto& [name, value] : given)
        options.setFromText(name, value);
    columns_->setText(text(joinText(options.getTextList("columns"), ", ")));
    found_.reset();
    const auto work = [this, study, options, catalogue = state_.catalogue,
                       rowCount = state_.rowCount()](RunContext& context) -> Delivery {
        const auto regions = workflow::searchStudy(*study, catalogue.get(), options, context);
        auto found = std::make_shared<Found>();
        found->level = options.getReal("level");
        found->candidates = regions.candidates();
        const bool everything =
            options.getTextList("columns").empty() && !options.given("methods") && !options.given("targets");
        found->listed = listOf(regions, found->level, everything, catalogue.get(), rowCount);
        found->json = workflow::toJson(
            regions, options.given("alpha") ? options.getReal("alpha") : study->alpha, found->level);
        std::vector<std::string> rest;
        for (const RegionFinding& finding : regions.findings)
            if (std::none_of(finding.regions.begin(), finding.regions.end(),
                             [](const Region& region) { return region.confirmed; }))
                rest.push_back(finding.target + ", " + inWords(finding, found->candidates, found->level));
        rest.insert(rest.end(), regions.notes.begin(), regions.notes.end());
        found->rest = joinText(rest, "\n");
        return [this, found] {
            found_ = found;
            if (found->listed.empty())
                showRest_->setChecked(true);
        };
    };
    task_.start({tr("Search for regions"), jobs::Lane::Cpu, false}, work, [this](const JobEnd& end) {
        refresh();
        if (end.failed())
            Q_EMIT failed(end.error);
    });
    refresh();
}

const ListedRegion& RegionSearch::region(std::size_t number) const {
    if (!found_)
        throw Error(task_.running() ? "The search is running: wait for it first."
                                    : "No search has been made: regions begins one.");
    if (number < 1 || number > found_->listed.size())
        throw Error("The search confirmed " + std::to_string(found_->listed.size()) +
                    " regions; there is no number " + std::to_string(number) + ".");
    return found_->listed[number - 1];
}

const ListedRegion* RegionSearch::current() const {
    const int choice = list_->current();
    return found_ && choice >= 0 ? &found_->listed[static_cast<std::size_t>(choice)] : nullptr;
}

std::string RegionSearch::currentName() const {
    return name_->text().trimmed().toStdString();
}

nlohmann::json RegionSearch::report() const {
    return found_ ? found_->json : nlohmann::json();
}

} // namespace penumbra::gui
