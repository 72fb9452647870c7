#pragma once

#include "core/base/run_context.h"
#include "core/catalogue/catalogue.h"
#include "core/catalogue/samples.h"

#include <QString>

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace penumbra::gui {

/// Places of a catalogue's rows on a map, in memory.
struct MapPlaces {
    std::string name;      ///< "latent_umap_2d"
    std::vector<double> x; ///< [catalogue rows], NaN: no place
    std::vector<double> y;
    std::vector<double> z;                              ///< of maps of three dimensions; else empty
    QString quality;                                    ///< in words; empty while the map is being made
    std::map<std::string, std::string> attributes = {}; ///< as a catalogue has them: algorithm, seed ...
    bool finished = false; ///< made here or kept with a session; those in a catalogue's file are not
    std::size_t dims() const { return z.empty() ? 2 : 3; }
};
/// What distances on it mean, as a caption.
QString readingOf(const MapPlaces& places);
/// As a file holds it.
Samples samplesOf(const MapPlaces& places);
MapPlaces placesOf(const Samples& map, const std::vector<float>& values);

/// What a map is made of.
struct MapRequest {
    std::string features;
    bool umap = true; ///< else the first principal components
    std::uint64_t seed = 0;
    std::size_t dims = 2; ///< or 3
};
std::string nameOf(const MapRequest& request); ///< as the command map names it

/// The maps that the catalogue's file holds.
std::vector<MapPlaces> storedMaps(const Catalogue& catalogue);

/// Makes a map of the rows that are not in quarantine. `partial`: places on the way, some times a second.
/// @throws Error where the features cannot be read or are too few
MapPlaces computeMap(const Catalogue& catalogue, const MapRequest& request, const RunContext& context,
                     const std::function<void(MapPlaces places)>& partial);

} // namespace penumbra::gui
