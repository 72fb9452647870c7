#include "gui/documents/map_making.h"

#include "core/base/text.h"
#include "core/manifold/pca.h"
#include "core/manifold/quality.h"
#include "core/manifold/umap.h"
#include "core/workflow/catalogue_copy.h"
#include "core/workflow/map.h"

#include <QElapsedTimer>
#include <QObject>

#include <cmath>
#include <limits>

namespace penumbra::gui {

namespace {

constexpr qint64 kPartialMs = 300; ///< between two maps on the way
constexpr std::size_t kQualityNeighbours = 15, kQualityRows = 5000;
const std::string kGroup = "/maps/";

/// Rows of a matrix at their places in the catalogue.
MapPlaces spreadOut(const std::string& name, const MatrixF& positions, const std::vector<std::size_t>& rows,
                    std::size_t catalogueRows) {
    MapPlaces places;
    places.name = name;
    places.x.assign(catalogueRows, std::numeric_limits<double>::quiet_NaN());
    places.y = places.x;
    if (positions.cols() > 2)
        places.z = places.x;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        places.x[rows[i]] = positions(static_cast<Eigen::Index>(i), 0);
        places.y[rows[i]] = positions(static_cast<Eigen::Index>(i), 1);
        if (positions.cols() > 2)
            places.z[rows[i]] = positions(static_cast<Eigen::Index>(i), 2);
    }
    return places;
}

/// Empty where the file tells none.
QString qualityText(const std::map<std::string, std::string>& attributes) {
    const auto number = [&](const char* name) {
        const auto found = attributes.find(name);
        const auto value = found == attributes.end() ? std::nullopt : parseReal(found->second);
        return value.value_or(std::numeric_limits<double>::quiet_NaN());
    };
    if (std::isnan(number("trustworthiness")))
        return {};
    const auto text = [&](const char* name) { return QString::number(number(name), 'f', 2); };
    return QObject::tr("trustworthiness %1, continuity %2, neighbours kept %3")
        .arg(text("trustworthiness"), text("continuity"), text("neighbour_recall"));
}

} // namespace

QString readingOf(const MapPlaces& places) {
    const auto algorithm = places.attributes.find("algorithm");
    const bool linear = algorithm != places.attributes.end() ? algorithm->second == "pca"
                                                             : places.name.find("_pca_") != std::string::npos;
    return linear
               ? QObject::tr("a projection: far means unlike, near may still differ along what is not shown")
               : QObject::tr("near means alike; distances between pieces and their sizes mean nothing");
}

Samples samplesOf(const MapPlaces& places) {
    Samples map;
    map.dataset = kGroup + places.name;
    map.shape = {places.dims()};
    map.source = "penumbra map";
    map.attributes = places.attributes;
    map.values.reserve(places.dims() * places.x.size());
    for (std::size_t row = 0; row < places.x.size(); ++row) {
        map.values.push_back(static_cast<float>(places.x[row]));
        map.values.push_back(static_cast<float>(places.y[row]));
        if (places.dims() > 2)
            map.values.push_back(static_cast<float>(places.z[row]));
    }
    return map;
}

MapPlaces placesOf(const Samples& map, const std::vector<float>& values) {
    const std::size_t dims = map.perRow();
    MapPlaces places;
    places.name = map.dataset.substr(kGroup.size());
    for (std::size_t first = 0; first < values.size(); first += dims) {
        places.x.push_back(values[first]);
        places.y.push_back(values[first + 1]);
        if (dims > 2)
            places.z.push_back(values[first + 2]);
    }
    places.attributes = map.attributes;
    places.quality = qualityText(map.attributes);
    return places;
}

std::string nameOf(const MapRequest& request) {
    return request.features + (request.umap ? "_umap_" : "_pca_") + std::to_string(request.dims) + "d";
}

std::vector<MapPlaces> storedMaps(const Catalogue& catalogue) {
    std::vector<MapPlaces> maps;
    std::vector<std::string> notes; // told when the catalogue was opened
    for (const Samples& samples : listSamples(catalogue, notes))
        if (samples.isMap() && samples.shape.size() == 1 && (samples.perRow() == 2 || samples.perRow() == 3))
            maps.push_back(placesOf(samples, loadSamples(catalogue, samples.dataset)));
    return maps;
}

MapPlaces computeMap(const Catalogue& catalogue, const MapRequest& request, const RunContext& context,
                     const std::function<void(MapPlaces)>& partial) {
    const std::string name = nameOf(request);
    const auto features = workflow::loadUsableFeatures(catalogue, request.features, context.slice(0.0, 0.05));
    const auto spread = [&](const MatrixF& positions) {
        return spreadOut(name, positions, features.catalogueRow, catalogue.rowCount);
    };
    manifold::Metric metric = manifold::Metric::Euclidean;
    MatrixF positions;
    if (request.umap) {
        metric = workflow::metricOf(catalogue.feature(request.features), "automatic");
        manifold::UmapOptions options;
        options.metric = metric;
        options.dims = request.dims;
        options.seed = request.seed;
        QElapsedTimer clock;
        clock.start();
        const auto show = [&](const MatrixF& now, double) {
            if (clock.elapsed() < kPartialMs)
                return;
            clock.restart();
            partial(spread(now));
        };
        positions = manifold::fitUmap(features.rows, options, context.slice(0.05, 0.9), show).positions;
    } else {
        const auto pca = manifold::fitPca(features.rows, request.dims, manifold::PcaSolver::Automatic,
                                          request.seed, context);
        positions = pca.transform(features.rows, context).cast<float>();
    }
    MapPlaces places = spread(positions);
    places.attributes = {{"algorithm", request.umap ? "umap" : "pca"},
                         {"features", request.features},
                         {"metric", std::string(manifold::metricName(metric))},
                         {"neighbours", std::to_string(kQualityNeighbours)},
                         {"seed", std::to_string(request.seed)}};
    workflow::addQuality(manifold::mapQuality(features.rows, positions, kQualityNeighbours, metric,
                                              request.seed, kQualityRows, context.slice(0.9, 1.0)),
                         places.attributes);
    places.quality = qualityText(places.attributes);
    places.finished = true;
    return places;
}

} // namespace penumbra::gui
