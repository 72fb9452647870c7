#include "gui/pages/space_page.h"

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/base/text.h"
#include "gui/pages/map_controls.h"

#include <QBuffer>
#include <QLabel>
#include <QPushButton>

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
    counts_.reset();
    offeredFor_.clear();
    shown_.clear();
    drawnFor_.clear();
    tell({});
}

void SpacePage::tell(const QString& sentence) {
    message_->setText(sentence);
    message_->setVisible(!sentence.isEmpty());
}

bool SpacePage::settled() const {
    return !latest_.busy() && maps_.settled() && view_->isComplete();
}

std::shared_ptr<const MapPlaces> SpacePage::placesOf(const SpaceChoices& space) const {
    return space.positions == kRedshift || space.positions == "columns" ? nullptr
                                                                        : maps_.find(space.positions, 3);
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
        [this, state, places, points, what, known = counts_](RunContext& context) -> Delivery {
            SpacePicture picture = spacePictureOf(state, places.get(), points);
            CloudColouring colouring = chosenColouring(state, context);
            if (state.space.range)
                std::tie(colouring.low, colouring.high) = *state.space.range;
            return [this, picture = std::move(picture), colouring = std::move(colouring), what, places,
                    counts = selectionCounts(state, known, context)] {
                counts_ = counts;
                shown_ = what;
                shownPlaces_ = places;
                view_->setColouring(colouring);
                view_->setPicture(picture);
                if (!maps_.making(3))
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
    maps_.readNow();
    const auto places = placesOf(state.space);
    return spaceRowsWithin(*spacePictureOf(state, places.get()).points, cameraOf(state.space), polygon);
}

void SpacePage::hover(qint64 row, const QPoint& globalPosition) {
    showGalaxyTip(state(), row, globalPosition, view_);
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
