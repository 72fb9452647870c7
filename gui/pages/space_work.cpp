#include "gui/pages/space_work.h"

#include "core/base/cosmology.h"
#include "core/base/error.h"
#include "gui/state/where.h"

#include <cmath>
#include <numbers>

namespace penumbra::gui {

namespace {

SpacePicture mapPicture(const MapPlaces& places, std::shared_ptr<const SpacePoints> points) {
    SpacePicture picture;
    picture.points =
        points ? std::move(points) : std::make_shared<const SpacePoints>(places.x, places.y, places.z, true);
    picture.labels = {QStringLiteral("1"), QStringLiteral("2"), QStringLiteral("3")};
    picture.numbers = false;
    picture.corner = QString::fromStdString(places.name) + QStringLiteral(": ") + readingOf(places);
    if (!places.quality.isEmpty())
        picture.corner += '\n' + places.quality;
    return picture;
}

SpacePicture redshiftPicture(const ViewState& state, std::shared_ptr<const SpacePoints> points) {
    SpacePicture picture;
    if (points) {
        picture.points = std::move(points);
    } else {
        const ComovingPlaces at = comovingPlaces(valuesOf("ra", state).values, valuesOf("dec", state).values,
                                                 valuesOf(state.space.z, state).values);
        picture.points = std::make_shared<const SpacePoints>(at.x, at.y, at.z, true);
    }
    picture.labels = {QObject::tr("towards RA 0°, Mpc"), QObject::tr("towards RA 90°, Mpc"),
                      QObject::tr("north, Mpc")};
    picture.corner =
        QObject::tr("comoving distances of redshift %1 in flat ΛCDM (Planck 2018), seen from outside; "
                    "we are at 0, 0, 0")
            .arg(QString::fromStdString(state.space.z));
    return picture;
}

SpacePicture columnsPicture(const ViewState& state, std::shared_ptr<const SpacePoints> points) {
    const SpaceChoices& space = state.space;
    if (space.x.empty() || space.y.empty() || space.z.empty())
        throw Error("There is nothing to draw yet: make a map, or choose three columns.");
    SpacePicture picture;
    picture.points = points ? std::move(points)
                            : std::make_shared<const SpacePoints>(valuesOf(space.x, state).values,
                                                                  valuesOf(space.y, state).values,
                                                                  valuesOf(space.z, state).values, false);
    for (std::size_t i = 0; i < 3; ++i)
        picture.labels[i] = QString::fromStdString(*std::array{&space.x, &space.y, &space.z}[i]);
    return picture;
}

} // namespace

ComovingPlaces comovingPlaces(const std::vector<double>& ra, const std::vector<double>& dec,
                              const std::vector<double>& redshift) {
    ComovingPlaces places;
    constexpr double degree = std::numbers::pi / 180.0;
    for (std::size_t i = 0; i < ra.size(); ++i) {
        const double distance = std::isfinite(redshift[i]) ? comovingDistanceMpc(redshift[i]) : redshift[i];
        const double across = distance * std::cos(dec[i] * degree);
        places.x.push_back(across * std::cos(ra[i] * degree));
        places.y.push_back(across * std::sin(ra[i] * degree));
        places.z.push_back(distance * std::sin(dec[i] * degree));
    }
    return places;
}

SpacePicture spacePictureOf(const ViewState& state, const MapPlaces* places,
                            std::shared_ptr<const SpacePoints> points) {
    SpacePicture picture = places != nullptr                     ? mapPicture(*places, std::move(points))
                           : state.space.positions == "redshift" ? redshiftPicture(state, std::move(points))
                                                                 : columnsPicture(state, std::move(points));
    if (picture.points->size() < state.rowCount())
        picture.corner +=
            (picture.corner.isEmpty() ? "" : "\n") +
            QObject::tr("%L1 of %L2 rows have a place").arg(picture.points->size()).arg(state.rowCount());
    return picture;
}

std::string spaceKey(const SpaceChoices& space, const MapPlaces* places) {
    return places != nullptr ? places->name
                             : space.positions + '\n' + space.x + '\n' + space.y + '\n' + space.z;
}

SpaceCamera cameraOf(const SpaceChoices& space) {
    return {space.azimuth, space.elevation, space.zoom, space.centre};
}

std::vector<std::int64_t> spaceRowsWithin(const SpacePoints& points, const SpaceCamera& camera,
                                          const std::vector<std::pair<double, double>>& polygon) {
    constexpr double side = 2000.0; // any: units are halves of it
    QPolygonF corners;
    for (const auto& [x, y] : polygon)
        corners << QPointF(0.5 * side * (1.0 + x), 0.5 * side * (1.0 - y));
    return points.rowsWithin(corners, SpaceProjection(camera, QSizeF(side, side)));
}

} // namespace penumbra::gui
