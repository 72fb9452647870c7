#include "gui/pages/space_page.h"

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/base/text.h"

#include <QBuffer>
#include <QLabel>
#include <QPushButton>
#include <QToolTip>

#include <sstream>
#include <tuple>

namespace penumbra::gui {

namespace {

const std::string kRedshift = "redshift";

/// Tells apart what points and colours are worked out from.
std::string drawnFrom(const ViewState& state, const MapPlaces* places) {
    std::ostringstream all;
    all << places << ' ' << state.study.get() << ' ' << state.catalogue.get() << ' ' << state.target << ' '
        << joinText(state.finishedMethods(), ",") << '\n'
        << state.cloud.colour;
    if (state.space.range)
        all << ' ' << state.space.range->first << ' ' << state.space.range->second;
    return all.str();
}

} // namespace

void SpacePage::setTheme(const Theme& theme) {
    view_->setTheme(theme);
}

void SpacePage::showSelection(const ViewState& state) {
    std::vector<SpaceSubset> subsets;
    for (const Subset& subset : state.subsets)
        subsets.push_back({QString::fromStdString(subset.name), QColor(QString::fromStdString(subset.colour)),
                           subset.rows});
    view_->markRows(state.selection.rows, subsets, state.selection.current);
}

void SpacePage::forgetChoices() {
    latest_.abandon();
    forgetMaps({});
    shown_.clear();
    drawnFor_.clear();
    tell({});
}

void SpacePage::tell(const QString& sentence) {
    message_->setText(sentence);
    message_->setVisible(!sentence.isEmpty());
}

bool SpacePage::settled() const {
    return !latest_.busy() && !reading_->running() && view_->isComplete();
}

void SpacePage::forgetMaps(const ViewState& state) {
    making_->abandon();
    reading_->abandon();
    maps_.clear();
    catalogue_ = state.catalogue;
    storedRead_ = false;
    offeredFor_.clear();
}

void SpacePage::takeStored(std::vector<MapPlaces> stored) {
    storedRead_ = true;
    for (MapPlaces& places : stored) {
        const std::string name = places.name;
        maps_.emplace(name, std::make_shared<const MapPlaces>(std::move(places)));
    }
    offeredFor_.clear();
}

std::vector<std::string> SpacePage::maps(const ViewState& state) {
    if (state.catalogue != catalogue_)
        forgetMaps(state);
    if (!storedRead_ && catalogue_) { // at once: commands want an answer
        reading_->abandon();
        takeStored(storedMaps(*catalogue_, 3));
    }
    std::vector<std::string> names;
    for (const auto& [name, places] : maps_)
        names.push_back(name);
    return names;
}

void SpacePage::makeMap(const std::string& algorithm, const std::string& features) {
    const auto catalogue = state().catalogue;
    if (!catalogue || catalogue->features.empty())
        throw Error("There are no features to make a map of: open a catalogue that holds some.");
    const MapRequest request{catalogue->feature(features).name, algorithm == "umap", 0, 3};
    tell({});
    const auto post = making_->poster();
    making_->start(
        {tr("Map of %1").arg(QString::fromStdString(request.features)), jobs::Lane::Cpu, false},
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
void SpacePage::take(MapPlaces places) {
    const std::string name = places.name;
    const bool known = maps_.contains(name);
    maps_[name] = std::make_shared<const MapPlaces>(std::move(places));
    if (!known)
        offeredFor_.clear();
    if (state().space.positions != name)
        Q_EMIT wanted({"space", {name}});
    refresh();
}

std::shared_ptr<const MapPlaces> SpacePage::placesOf(const SpaceChoices& space) const {
    if (space.positions.empty())
        return maps_.empty() ? nullptr : maps_.begin()->second;
    const auto found = maps_.find(space.positions);
    return found == maps_.end() ? nullptr : found->second;
}

void SpacePage::update(const ViewState& state) {
    follow(state);
    const SpaceChoices& space = state.space;
    if (placesOf(space) || space.positions == kRedshift ||
        (!space.x.empty() && !space.y.empty() && !space.z.empty())) {
        draw(state);
        return;
    }
    latest_.abandon();
    view_->setEmptyMessage(state.catalogue && !state.catalogue->features.empty()
                               ? tr("Make a map of the features in three dimensions, choose position and "
                                    "redshift, or say which three "
                                    "columns or formulas to draw.")
                               : tr("Say which three columns or formulas to draw."));
    shown_.clear();
    drawnFor_.clear();
    shownPlaces_.reset();
    view_->setPicture({});
}

void SpacePage::draw(const ViewState& state) {
    const auto places = placesOf(state.space);
    const std::string what = spaceKey(state.space, places.get());
    const std::string all = what + '\n' + drawnFrom(state, places.get());
    if (all == drawnFor_)
        return; // only the camera or the look has changed
    drawnFor_ = all;
    const bool samePoints = what == shown_ && places == shownPlaces_ && view_->picture().points;
    const auto points = samePoints ? view_->picture().points : nullptr;
    latest_.request(
        [this, state, places, points, what](RunContext& context) -> Delivery {
            SpacePicture picture = spacePictureOf(state, places.get(), points);
            CloudColouring colouring = chosenColouring(state, context);
            if (state.space.range)
                std::tie(colouring.low, colouring.high) = *state.space.range;
            return [this, picture = std::move(picture), colouring = std::move(colouring), what, places] {
                shown_ = what;
                shownPlaces_ = places;
                view_->setColouring(colouring);
                view_->setPicture(picture);
                if (!making_->running())
                    tell({});
            };
        },
        [this](const JobEnd& end) {
            drawnFor_.clear();
            if (end.failed())
                tell(end.error);
        });
}

std::vector<std::int64_t> SpacePage::rowsWithin(const std::vector<std::pair<double, double>>& polygon,
                                                const ViewState& state) {
    maps(state);
    const auto places = placesOf(state.space);
    return spaceRowsWithin(*spacePictureOf(state, places.get()).points, cameraOf(state.space), polygon);
}

void SpacePage::hover(qint64 row, const QPoint& globalPosition) {
    if (row < 0)
        QToolTip::hideText();
    else
        QToolTip::showText(globalPosition, galaxyLines(state(), row), view_);
}

void SpacePage::writePicture(const QString& path) const {
    if (!view_->picture().points)
        throw Error("There is nothing to draw yet: make a map, or choose three columns.");
    if (!view_->failure().isEmpty())
        throw Error(view_->failure().toStdString());
    QByteArray bytes;
    QBuffer buffer(&bytes);
    view_->grab().toImage().save(&buffer, "PNG");
    writeFileAtomically(path.toStdString(),
                        std::string_view(bytes.constData(), static_cast<std::size_t>(bytes.size())));
}

} // namespace penumbra::gui
