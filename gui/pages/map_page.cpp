#include "gui/pages/map_page.h"

#include "core/base/error.h"
#include "core/base/text.h"
#include "gui/options/flow_layout.h"
#include "gui/pages/name_completion.h"
#include "gui/state/where.h"

#include <QCheckBox>
#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QPushButton>
#include <QToolTip>
#include <QVBoxLayout>

#include <cmath>

namespace penumbra::gui {

namespace {

// Positions that are no maps.
const std::string kColumns = "columns";
const std::string kSky = "sky";

std::string text(const QString& string) {
    return string.trimmed().toStdString();
}

} // namespace

MapPage::MapPage(JobBridge& bridge, QWidget* parent)
    : Page(parent), latest_(bridge, tr("Draw the map"), this), making_(new Task(bridge, this)),
      reading_(new Task(bridge, this)), positions_(new QComboBox(this)), x_(new QLineEdit(this)),
      y_(new QLineEdit(this)), colour_(new QComboBox(this)), density_(new QCheckBox(tr("Density"), this)),
      make_(new QPushButton(tr("Make a map"), this)), stop_(new QPushButton(tr("Stop"), this)),
      worst_(new QPushButton(tr("Select the worst region"), this)), message_(new QLabel(this)),
      view_(new CloudView(this)) {
    setObjectName("page_map");
    build();
    connectControls();
}

void MapPage::connectControls() {
    connect(positions_, &QComboBox::activated, this, [this] {
        const std::string key = positions_->currentData().toString().toStdString();
        key == kColumns ? wantColumns() : Q_EMIT wanted({"positions", {key}});
    });
    for (QLineEdit* edit : {x_, y_})
        connect(edit, &QLineEdit::editingFinished, this, &MapPage::wantColumns);
    const auto wantColour = [this] {
        const std::string expression = text(colour_->currentText());
        if (expression != state().cloud.colour)
            Q_EMIT wanted({"colour", {expression.empty() ? "none" : expression}});
    };
    connect(colour_, &QComboBox::activated, this, wantColour);
    connect(colour_->lineEdit(), &QLineEdit::editingFinished, this, wantColour);
    connect(density_, &QCheckBox::clicked, this, [this](bool on) {
        Q_EMIT wanted({"density", {on ? "on" : "off"}});
    });
    connect(view_, &CloudView::rowsPicked, this, &Page::rowsPicked);
    connect(view_, &CloudView::hovered, this, &MapPage::hover);
    connect(stop_, &QPushButton::clicked, making_, &Task::cancel);
    connect(worst_, &QPushButton::clicked, this, [this] { Q_EMIT regionPicked(worstRows_); });
    connect(making_, &Task::runningChanged, this, [this](bool running) {
        stop_->setVisible(running);
        make_->setEnabled(!running);
    });
    view_->setShapeText(
        [this](const std::vector<std::int64_t>& rows) { return coverageLines(state(), rows, byOutcome_); });
}

void MapPage::wantColumns() {
    const CloudChoices& cloud = state().cloud;
    const std::string x = text(x_->text()), y = text(y_->text());
    if (cloud.positions != kColumns || cloud.x != x || cloud.y != y)
        Q_EMIT wanted({"positions", {kColumns, x, y}});
}

void MapPage::build() {
    positions_->setObjectName("mapPositions");
    positions_->setAccessibleName(tr("Positions"));
    positions_->setToolTip(tr("Where the points stand: a map of the features, the sky, or two columns"));
    positions_->setMinimumWidth(180);
    x_->setObjectName("mapX");
    x_->setPlaceholderText(tr("across: a column or formula"));
    y_->setObjectName("mapY");
    y_->setPlaceholderText(tr("up: a column or formula"));
    for (QLineEdit* edit : {x_, y_})
        edit->setMinimumWidth(160);
    colour_->setObjectName("mapColour");
    colour_->setAccessibleName(tr("Colour"));
    colour_->setEditable(true);
    colour_->setInsertPolicy(QComboBox::NoInsert);
    colour_->setMinimumWidth(200);
    colour_->lineEdit()->setPlaceholderText(tr("one colour"));
    colour_->setToolTip(tr("A column, what a method says of a galaxy, or a formula of them"));
    density_->setToolTip(tr("How many galaxies there are, instead of the galaxies"));
    make_->setObjectName("makeMap");
    make_->setMinimumWidth(130);
    make_->setToolTip(tr("Arranges the galaxies so that those with like features are near each other"));
    stop_->setVisible(false);
    worst_->setObjectName("worstRegion");
    worst_->setToolTip(tr("The galaxies around the place where this coverage is the least likely by chance"));
    worst_->setVisible(false);
    message_->setWordWrap(true);
    message_->setProperty("secondary", true);
    message_->hide();
    view_->setObjectName("cloud_map");
    view_->setAccessibleName(tr("Map of galaxies"));
    auto* strip = new QWidget(this);
    auto* flow = new FlowLayout(strip);
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
    layout->setContentsMargins(12, 8, 12, 8);
    layout->setSpacing(8);
    layout->addWidget(strip);
    layout->addWidget(message_);
    layout->addWidget(view_, 1);
}

void MapPage::setTheme(const Theme& theme) {
    view_->setTheme(theme);
}

void MapPage::showSelection(const ViewState& state) {
    view_->markRows(state.selection.rows, state.selection.current);
}

void MapPage::showLinks(const CloudLinks& links) {
    view_->setLinks(links);
}

/// Maps that were made go with their catalogue.
void MapPage::forgetChoices() {
    latest_.abandon();
    forgetMaps({});
    shown_.clear();
    tell({});
}

void MapPage::tell(const QString& sentence) {
    message_->setText(sentence);
    message_->setVisible(!sentence.isEmpty());
}

void MapPage::forgetMaps(const ViewState& state) {
    making_->abandon();
    reading_->abandon();
    maps_.clear();
    catalogue_ = state.catalogue;
    storedRead_ = false;
    offeredFor_.clear();
}

void MapPage::takeStored(std::vector<MapPlaces> stored) {
    storedRead_ = true;
    for (MapPlaces& places : stored) {
        const std::string name = places.name;
        maps_.emplace(name, std::make_shared<const MapPlaces>(std::move(places)));
    }
    offeredFor_.clear();
}

/// At once: for commands, which want an answer.
void MapPage::readStored(const ViewState& state) {
    if (state.catalogue != catalogue_)
        forgetMaps(state);
    if (storedRead_ || !catalogue_)
        return;
    reading_->abandon();
    takeStored(storedMaps(*catalogue_));
}

std::vector<std::string> MapPage::maps(const ViewState& state) {
    readStored(state);
    std::vector<std::string> names;
    for (const auto& [name, places] : maps_)
        names.push_back(name);
    return names;
}

void MapPage::offerPositions(const ViewState& state) {
    positions_->clear();
    const auto offer = [&](const QString& words, const std::string& key) {
        positions_->addItem(words, QString::fromStdString(key));
    };
    for (const auto& [name, places] : maps_)
        offer(QString::fromStdString(name), name);
    if (state.catalogue && !state.catalogue->ra.empty())
        offer(tr("Sky"), kSky);
    offer(tr("Two columns"), kColumns);
    auto* menu = new QMenu(make_);
    if (state.catalogue)
        for (const FeatureInfo& features : state.catalogue->features)
            for (const std::string algorithm : {"umap", "pca"})
                menu->addAction(tr("%1 of %2 (%3 columns)")
                                    .arg(algorithm == "umap" ? tr("UMAP") : tr("Principal components"),
                                         QString::fromStdString(features.name))
                                    .arg(features.width),
                                this, [this, algorithm, name = features.name] {
                                    Q_EMIT wanted({"map", {algorithm, name}});
                                });
    delete make_->menu();
    make_->setMenu(menu);
    make_->setEnabled(!menu->isEmpty() && !making_->running());
}

void MapPage::offerColours(const ViewState& state) {
    QStringList names;
    for (const std::string& name : colourSuggestions(state))
        names << QString::fromStdString(name);
    colour_->clear();
    colour_->addItem(QString());
    colour_->addItems(names);
    for (QLineEdit* edit : {x_, y_, colour_->lineEdit()})
        completeWith(edit, names);
}

void MapPage::makeMap(const std::string& algorithm, const std::string& features) {
    const auto catalogue = state().catalogue;
    if (!catalogue || catalogue->features.empty())
        throw Error("There are no features to make a map of: open a catalogue that holds some.");
    if (catalogue != catalogue_) // the page has not been seen yet: its first sight must not forget the map
        forgetMaps(state());
    const MapRequest request{catalogue->feature(features).name, algorithm == "umap", 0};
    tell({});
    const auto post = making_->poster();
    making_->start(
        {tr("Map of %1").arg(QString::fromStdString(request.features)), jobs::Lane::Cpu, false,
         JobBridge::LostWith::File},
        [this, catalogue, request, post](RunContext& context) -> Delivery {
            MapPlaces places = computeMap(*catalogue, request, context, [&](MapPlaces partial) {
                post([this, partial = std::move(partial)] { take(partial); });
            });
            return [this, places = std::move(places)] { take(places); };
        },
        [this](const JobEnd& end) {
            if (end.failed())
                tell(end.error);
        });
}

/// A map is shown while it is being made.
void MapPage::take(MapPlaces places) {
    const std::string name = places.name;
    const bool known = maps_.contains(name);
    maps_[name] = std::make_shared<const MapPlaces>(std::move(places));
    if (!known)
        offerPositions(state());
    if (state().cloud.positions != name)
        Q_EMIT wanted({"positions", {name}});
    refresh();
}

std::shared_ptr<const MapPlaces> MapPage::placesOf(const CloudChoices& cloud) const {
    if (cloud.positions.empty())
        return maps_.empty() ? nullptr : maps_.begin()->second;
    const auto found = maps_.find(cloud.positions);
    return found == maps_.end() ? nullptr : found->second;
}

/// The controls as the state has them.
void MapPage::follow(const ViewState& state) {
    if (state.catalogue != catalogue_)
        forgetMaps(state);
    if (catalogue_ && !storedRead_ && !reading_->running())
        reading_->start(
            {tr("Read maps"), jobs::Lane::Screen, true},
            [this, catalogue = catalogue_](RunContext&) -> Delivery {
                return [this, stored = storedMaps(*catalogue)] {
                    takeStored(stored);
                    refresh();
                };
            },
            [this](const JobEnd& end) {
                storedRead_ = true; // once is enough
                if (end.failed())
                    tell(end.error);
            });
    const std::string offered =
        state.path.string() + state.target + ' ' + joinText(state.finishedMethods(), ",");
    if (offered != offeredFor_) {
        offeredFor_ = offered;
        offerPositions(state);
        offerColours(state);
    }
    const auto places = placesOf(state.cloud);
    const std::string key = places ? places->name : state.cloud.positions == kSky ? kSky : kColumns;
    positions_->setCurrentIndex(positions_->findData(QString::fromStdString(key)));
    for (QLineEdit* edit : {x_, y_})
        edit->setVisible(key == kColumns);
    x_->setText(QString::fromStdString(state.cloud.x));
    y_->setText(QString::fromStdString(state.cloud.y));
    colour_->setEditText(QString::fromStdString(state.cloud.colour));
    density_->setChecked(state.cloud.density);
}

void MapPage::update(const ViewState& state) {
    follow(state);
    if (placesOf(state.cloud) || state.cloud.positions == kSky ||
        (!state.cloud.x.empty() && !state.cloud.y.empty())) {
        draw(state);
        return;
    }
    latest_.abandon();
    view_->setEmptyMessage(
        state.catalogue && !state.catalogue->features.empty()
            ? tr("Make a map of the features, or say which columns or formulas to draw against "
                 "each other.")
            : tr("Say which columns or formulas to draw against each other."));
    shown_.clear();
    shownPlaces_.reset();
    view_->setPicture({});
}

void MapPage::draw(const ViewState& state) {
    const auto places = placesOf(state.cloud);
    const auto points =
        places && places == shownPlaces_ ? view_->picture().points : nullptr; // of another colour
    latest_.request(
        [this, state, places, points, windows = windows_](RunContext& context) mutable -> Delivery {
            CloudPicture picture = pictureOf(state, places.get(), points);
            const std::string method = localMethod(state.cloud.colour);
            if (!method.empty() && (!windows || !windows->isOf(state)))
                windows = std::make_shared<const LocalWindows>(localWindowsOf(state, context));
            std::vector<std::int64_t> worst;
            CloudColouring colouring = method.empty() ? colouringOf(state, state.cloud.colour)
                                                      : localColouring(state, method, *windows, worst);
            const bool byOutcome = !places && cloudShowsOutcome(state);
            const std::string what =
                places ? places->name : state.cloud.positions + '\n' + state.cloud.x + '\n' + state.cloud.y;
            return [this, picture = std::move(picture), colouring = std::move(colouring), what, byOutcome,
                    places, windows, worst = std::move(worst)] {
                byOutcome_ = byOutcome;
                windows_ = windows;
                shownPlaces_ = places;
                worstRows_ = worst;
                worst_->setVisible(!worstRows_.empty());
                view_->setColouring(colouring);
                view_->setPicture(picture, std::exchange(shown_, what) == what);
                if (!making_->running())
                    tell({});
            };
        },
        [this](const JobEnd& end) {
            if (end.failed())
                tell(end.error);
        });
}

std::vector<std::int64_t> MapPage::rowsWithin(const std::vector<std::pair<double, double>>& polygon,
                                              const ViewState& state) {
    readStored(state);
    const auto places = placesOf(state.cloud);
    const auto shown = places && places == shownPlaces_ ? view_->picture().points : nullptr;
    const CloudPicture picture = pictureOf(state, places.get(), shown);
    QPolygonF corners;
    for (const auto& [x, y] : polygon)
        corners << QPointF(x, y);
    return picture.points->rowsWithin(corners);
}

const std::vector<std::int64_t>& MapPage::worstRegion() const {
    if (worstRows_.empty() || !isVisible()) // out of sight it may be of another alpha
        throw Error(
            "No local coverage is shown: go to the page map and colour it by local_coverage(METHOD).");
    return worstRows_;
}

void MapPage::hover(qint64 row, const QPoint& globalPosition) {
    if (row < 0) {
        QToolTip::hideText();
        return;
    }
    QToolTip::showText(globalPosition, galaxyLines(state(), row), view_);
}

} // namespace penumbra::gui
