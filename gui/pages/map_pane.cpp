#include "gui/pages/map_pane.h"

#include "core/base/text.h"
#include "gui/options/flow_layout.h"
#include "gui/pages/map_controls.h"
#include "gui/pages/name_completion.h"
#include "gui/state/where.h"

#include <QCheckBox>
#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QVBoxLayout>

namespace penumbra::gui {

namespace {

// Positions that are no maps.
const std::string kColumns = "columns";
const std::string kSky = "sky";
constexpr std::size_t kDims = 2;

std::string text(const QString& string) {
    return string.trimmed().toStdString();
}

} // namespace

MapPane::MapPane(Place place, MapList& maps, JobBridge& bridge, QWidget* parent)
    : QWidget(parent), place_(place), maps_(maps), latest_(bridge, tr("Draw the map"), this),
      positions_(new QComboBox(this)), x_(new QLineEdit(this)), y_(new QLineEdit(this)),
      colour_(new QComboBox(this)), density_(new QCheckBox(tr("Density"), this)),
      make_(new QPushButton(tr("Make a map"), this)), stop_(new QPushButton(tr("Stop"), this)),
      worst_(new QPushButton(tr("Select the worst region"), this)), message_(new QLabel(this)),
      view_(new CloudView(this)) {
    build();
    connectControls();
}

void MapPane::want(const char* verb, std::vector<std::string> words) {
    if (place_ == Place::First) {
        Q_EMIT wanted({verb, std::move(words)});
        return;
    }
    words.insert(words.begin(), verb);
    Q_EMIT wanted({"beside", std::move(words)});
}

void MapPane::connectControls() {
    connect(positions_, &QComboBox::activated, this, [this] {
        const std::string key = positions_->currentData().toString().toStdString();
        key == kColumns ? wantColumns() : want("positions", {key});
    });
    for (QLineEdit* edit : {x_, y_})
        connect(edit, &QLineEdit::editingFinished, this, &MapPane::wantColumns);
    const auto wantColour = [this] {
        const std::string expression = text(colour_->currentText());
        if (expression != state_.cloud.colour)
            want("colour", {expression.empty() ? "none" : expression});
    };
    connect(colour_, &QComboBox::activated, this, wantColour);
    connect(colour_->lineEdit(), &QLineEdit::editingFinished, this, wantColour);
    connect(density_, &QCheckBox::clicked, this, [this](bool on) { want("density", {on ? "on" : "off"}); });
    connect(view_, &CloudView::rowsPicked, this, &MapPane::rowsPicked);
    connect(view_, &CloudView::hovered, this, &MapPane::hover);
    connect(worst_, &QPushButton::clicked, this, [this] { Q_EMIT regionPicked(worstRows_); });
    connect(stop_, &QPushButton::clicked, this, [this] { maps_.stop(kDims); });
    connect(&maps_, &MapList::makingChanged, this, [this](std::size_t dims, bool running) {
        if (dims != kDims)
            return;
        stop_->setVisible(running && place_ == Place::First);
        make_->setEnabled(!running);
        if (running)
            say({});
    });
    connect(&maps_, &MapList::changed, this, [this] { offeredFor_.clear(); });
    view_->setShapeText([this](const std::vector<std::int64_t>& rows) { return linesOf(rows); });
}

void MapPane::wantColumns() {
    const CloudChoices& cloud = state_.cloud;
    const std::string x = text(x_->text()), y = text(y_->text());
    if (cloud.positions != kColumns || cloud.x != x || cloud.y != y)
        want("positions", {kColumns, x, y});
}

void MapPane::build() {
    const bool first = place_ == Place::First;
    const auto name = [&](QWidget* widget, const char* called) {
        widget->setObjectName(QLatin1String(called) + (first ? "" : "Beside"));
    };
    name(positions_, "mapPositions");
    positions_->setAccessibleName(tr("Positions"));
    positions_->setToolTip(tr("Where the points stand: a map of the features, the sky, or two columns"));
    positions_->setMinimumWidth(180);
    name(x_, "mapX");
    x_->setPlaceholderText(tr("across: a column or formula"));
    name(y_, "mapY");
    y_->setPlaceholderText(tr("up: a column or formula"));
    for (QLineEdit* edit : {x_, y_}) {
        edit->setMinimumWidth(160);
        edit->setToolTip(tr("Of galaxies, such as GMAG - RMAG; log10(FLUX_R) has a logarithmic axis"));
    }
    name(colour_, "mapColour");
    colour_->setAccessibleName(tr("Colour"));
    colour_->setEditable(true);
    colour_->setInsertPolicy(QComboBox::NoInsert);
    colour_->setMinimumWidth(200);
    colour_->lineEdit()->setPlaceholderText(tr("one colour"));
    colour_->setToolTip(tr("A column, what a method says of a galaxy, or a formula of them"));
    density_->setToolTip(tr("How many galaxies there are, instead of the galaxies"));
    name(make_, "makeMap");
    make_->setMinimumWidth(130);
    make_->setToolTip(tr("Arranges the galaxies so that those with like features are near each other"));
    make_->setVisible(first);
    stop_->setVisible(false);
    name(worst_, "worstRegion");
    worst_->setToolTip(tr("The galaxies around the place where this coverage is the least likely by chance"));
    worst_->setVisible(false);
    message_->setWordWrap(true);
    message_->setProperty("secondary", true);
    message_->hide();
    view_->setObjectName(first ? "cloud_map" : "cloud_map_beside");
    view_->setAccessibleName(first ? tr("Map of galaxies") : tr("Second view of the galaxies"));
    auto* strip = new QWidget(this);
    auto* flow = new FlowLayout(strip);
    controls_ = flow;
    const auto labelled = [&](const QString& words, QWidget* widget) {
        auto* label = new QLabel(words, strip);
        label->setBuddy(widget);
        flow->addWidget(label);
        flow->addWidget(widget);
    };
    labelled(tr("Positions"), positions_);
    flow->addWidget(x_);
    flow->addWidget(y_);
    flow->addWidget(make_);
    flow->addWidget(stop_);
    labelled(tr("Colour"), colour_);
    flow->addWidget(density_);
    flow->addWidget(worst_);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(8);
    layout->addWidget(strip);
    layout->addWidget(message_);
    layout->addWidget(view_, 1);
}

void MapPane::addControl(QWidget* widget) {
    controls_->addWidget(widget);
}

void MapPane::setTheme(const Theme& theme) {
    view_->setTheme(theme);
}

void MapPane::showSelection(const ViewState& state) {
    view_->markRows(state.selection.rows, state.selection.current);
}

void MapPane::showLinks(const CloudLinks& links) {
    view_->setLinks(links);
}

void MapPane::forget() {
    latest_.abandon();
    counts_.reset();
    offeredFor_.clear();
    shown_.clear();
    say({});
}

void MapPane::say(const QString& sentence) {
    message_->setText(sentence);
    message_->setVisible(!sentence.isEmpty());
}

void MapPane::offerPositions() {
    positions_->clear();
    const auto offer = [&](const QString& words, const std::string& key) {
        positions_->addItem(words, QString::fromStdString(key));
    };
    for (const std::string& name : maps_.names(kDims))
        offer(QString::fromStdString(name), name);
    if (state_.catalogue && !state_.catalogue->ra.empty())
        offer(tr("Sky"), kSky);
    offer(tr("Two columns"), kColumns);
    offerMaps(*make_, state_, maps_, kDims, "map",
              [this](const Command& command) { Q_EMIT wanted(command); });
}

void MapPane::offerColours() {
    const QStringList names = offerColourings(*colour_, state_);
    for (QLineEdit* edit : {x_, y_, colour_->lineEdit()})
        completeWith(edit, names);
}

std::shared_ptr<const MapPlaces> MapPane::places(const CloudChoices& cloud) const {
    return cloud.positions == kColumns || cloud.positions == kSky ? nullptr
                                                                  : maps_.find(cloud.positions, kDims);
}

/// The controls as the state has them.
void MapPane::follow() {
    maps_.read();
    const std::string offered =
        state_.path.string() + state_.target + ' ' + joinText(state_.finishedMethods(), ",");
    if (offered != offeredFor_) {
        offeredFor_ = offered;
        offerPositions();
        offerColours();
    }
    const CloudChoices& cloud = state_.cloud;
    const auto map = places(cloud);
    const std::string key = map ? map->name : cloud.positions == kSky ? kSky : kColumns;
    positions_->setCurrentIndex(positions_->findData(QString::fromStdString(key)));
    for (QLineEdit* edit : {x_, y_})
        edit->setVisible(key == kColumns);
    x_->setText(QString::fromStdString(cloud.x));
    y_->setText(QString::fromStdString(cloud.y));
    colour_->setEditText(QString::fromStdString(cloud.colour));
    density_->setChecked(cloud.density);
}

void MapPane::setState(const ViewState& state) {
    state_ = state;
    follow();
    const CloudChoices& cloud = state_.cloud;
    if (places(cloud) || cloud.positions == kSky || (!cloud.x.empty() && !cloud.y.empty())) {
        draw();
        return;
    }
    latest_.abandon();
    worstRows_.clear();
    worst_->setVisible(false);
    view_->setEmptyMessage(
        state_.catalogue && !state_.catalogue->features.empty()
            ? tr("Make a map of the features, or say which columns or formulas to draw against "
                 "each other.")
            : tr("Say which columns or formulas to draw against each other."));
    shown_.clear();
    shownPlaces_.reset();
    view_->setPicture({});
}

void MapPane::draw() {
    const auto map = places(state_.cloud);
    const auto points = map && map == shownPlaces_ ? view_->picture().points : nullptr; // of another colour
    latest_.request(
        [this, state = state_, map, points, windows = windows_,
         known = counts_](RunContext& context) mutable -> Delivery {
            CloudPicture picture = pictureOf(state, map.get(), points);
            const std::string method = localCoverageMethod(state.cloud.colour);
            if (!method.empty() && (!windows || !windows->isOf(state)))
                windows = std::make_shared<const LocalWindows>(localWindowsOf(state, context));
            std::vector<std::int64_t> worst;
            CloudColouring colouring = method.empty() ? colouringOf(state, state.cloud.colour)
                                                      : localColouring(state, method, *windows, worst);
            const bool byOutcome = !map && cloudShowsOutcome(state);
            const std::string what =
                map ? map->name : state.cloud.positions + '\n' + state.cloud.x + '\n' + state.cloud.y;
            return [this, picture = std::move(picture), colouring = std::move(colouring), what, byOutcome,
                    map, windows, counts = selectionCounts(state, known, context), worst = std::move(worst)] {
                byOutcome_ = byOutcome;
                windows_ = windows;
                counts_ = counts;
                shownPlaces_ = map;
                worstRows_ = worst;
                worst_->setVisible(!worstRows_.empty());
                view_->setColouring(colouring);
                view_->setPicture(picture, std::exchange(shown_, what) == what);
                if (!maps_.making(kDims))
                    say({});
            };
        },
        [this](const JobEnd& end) {
            if (end.failed())
                say(end.error);
        });
}

std::vector<std::int64_t> MapPane::rowsWithin(const std::vector<std::pair<double, double>>& polygon,
                                              const ViewState& state) {
    maps_.readNow();
    const auto map = places(state.cloud);
    const auto shown = map && map == shownPlaces_ ? view_->picture().points : nullptr;
    const CloudPicture picture = pictureOf(state, map.get(), shown);
    QPolygonF corners;
    for (const auto& [x, y] : polygon)
        corners << QPointF(x, y);
    return picture.points->rowsWithin(corners);
}

QString MapPane::linesOf(const std::vector<std::int64_t>& rows) {
    counts_ = selectionCounts(state_, counts_, {}); // there already, unless the study has just changed
    return coverageLines(counts_.get(), rows, byOutcome_);
}

void MapPane::hover(qint64 row, const QPoint& globalPosition) {
    showGalaxyTip(state_, row, globalPosition, view_);
}

} // namespace penumbra::gui
