#include "gui/documents/map_list.h"

#include "core/base/error.h"
#include "core/workflow/catalogue_copy.h"

namespace penumbra::gui {

MapList::MapList(JobBridge& bridge, QObject* parent) : QObject(parent), reading_(bridge), writing_(bridge) {
    for (const std::size_t dims : {2, 3}) {
        auto& making = making_.at(dims - 2);
        making = std::make_unique<Task>(bridge);
        connect(making.get(), &Task::runningChanged, this,
                [this, dims](bool running) { Q_EMIT makingChanged(dims, running); });
    }
}

void MapList::setCatalogue(std::shared_ptr<const Catalogue> catalogue, std::vector<MapPlaces> kept) {
    if (catalogue == catalogue_ && kept.empty())
        return;
    for (auto& making : making_)
        making->abandon();
    reading_.abandon();
    maps_.clear();
    catalogue_ = std::move(catalogue);
    storedRead_ = false;
    for (MapPlaces& places : kept) {
        places.finished = true;
        const std::string name = places.name;
        maps_[name] = std::make_shared<const MapPlaces>(std::move(places));
    }
    Q_EMIT changed();
    Q_EMIT madeChanged();
}

/// One made here takes the place of one that is stored.
void MapList::takeStored(std::vector<MapPlaces> stored) {
    storedRead_ = true;
    for (MapPlaces& places : stored) {
        const std::string name = places.name;
        maps_.emplace(name, std::make_shared<const MapPlaces>(std::move(places)));
    }
    if (!stored.empty())
        Q_EMIT changed();
}

void MapList::read() {
    if (!catalogue_ || storedRead_ || reading_.running())
        return;
    reading_.start(
        {tr("Read maps"), jobs::Lane::Screen, true},
        [this, catalogue = catalogue_](RunContext&) -> Delivery {
            return [this, stored = storedMaps(*catalogue)] { takeStored(stored); };
        },
        [this](const JobEnd& end) {
            storedRead_ = true; // once is enough
            if (end.failed())
                Q_EMIT failed(end.error);
        });
}

void MapList::readNow() {
    if (!catalogue_ || storedRead_)
        return;
    reading_.abandon();
    takeStored(storedMaps(*catalogue_));
}

std::vector<std::string> MapList::names(std::size_t dims) const {
    std::vector<std::string> names;
    for (const auto& [name, places] : maps_)
        if (places->dims() == dims)
            names.push_back(name);
    return names;
}

std::shared_ptr<const MapPlaces> MapList::find(const std::string& name, std::size_t dims) const {
    for (const auto& [known, places] : maps_)
        if (places->dims() == dims && (name.empty() || name == known))
            return places;
    return nullptr;
}

std::vector<std::shared_ptr<const MapPlaces>> MapList::made() const {
    std::vector<std::shared_ptr<const MapPlaces>> made;
    for (const auto& [name, places] : maps_)
        if (places->finished)
            made.push_back(places);
    return made;
}

bool MapList::settled() const {
    return !reading_.running() && !making(2) && !making(3);
}

void MapList::make(const std::string& algorithm, const std::string& features, std::size_t dims) {
    if (!catalogue_ || catalogue_->features.empty())
        throw Error("There are no features to make a map of: open a catalogue that holds some.");
    const MapRequest request{catalogue_->feature(features).name, algorithm == "umap", 0, dims};
    Task& making = makingOf(dims);
    const auto post = making.poster();
    making.start(
        {tr("Map of %1").arg(QString::fromStdString(request.features)), jobs::Lane::Cpu, false,
         JobBridge::LostWith::File},
        [this, catalogue = catalogue_, request, post](RunContext& context) -> Delivery {
            const auto taken = [this](MapPlaces places) -> Delivery {
                // shared: a delivery is copied, and a map of a million rows is 16 MB
                return
                    [this, shared = std::make_shared<const MapPlaces>(std::move(places))] { take(shared); };
            };
            return taken(computeMap(*catalogue, request, context,
                                    [&](MapPlaces partial) { post(taken(std::move(partial))); }));
        },
        [this](const JobEnd& end) {
            if (end.failed())
                Q_EMIT failed(end.error);
        });
}

/// A map is shown while it is being made.
void MapList::take(const std::shared_ptr<const MapPlaces>& places) {
    maps_[places->name] = places;
    Q_EMIT changed();
    Q_EMIT came(places->name, places->dims());
    if (places->finished)
        Q_EMIT madeChanged();
}

void MapList::exportTo(const std::string& path) {
    const auto maps = made();
    if (maps.empty())
        throw Error("No map was made here that could be written.");
    writing_.start(
        {tr("Write maps"), jobs::Lane::Io, false, JobBridge::LostWith::Window},
        [this, maps, path, catalogue = catalogue_](RunContext& context) -> Delivery {
            workflow::writeUpdatedCopy(
                catalogue->path, path,
                [&](io::Hdf5File& file) {
                    std::vector<Samples> all;
                    for (const auto& places : maps)
                        all.push_back(samplesOf(*places));
                    writeSamples(file, all, catalogue->rowCount, context);
                },
                context);
            return [this, path] { Q_EMIT exported(QString::fromStdString(path)); };
        },
        [this](const JobEnd& end) {
            if (end.failed())
                Q_EMIT failed(end.error);
        });
}

} // namespace penumbra::gui
