#pragma once

#include "gui/pages/map_work.h"
#include "gui/space3d/space_view.h"

namespace penumbra::gui {

/// The points that the choices mean: `places`, positions on the sky with a redshift, or three expressions.
/// `points`: those of the same choices, where they are at hand.
/// @throws Error for a fault in an expression, or where there is nothing to draw
SpacePicture spacePictureOf(const ViewState& state, const MapPlaces* places,
                            std::shared_ptr<const SpacePoints> points = {});
/// What the points stand for: the same words, the same points.
std::string spaceKey(const SpaceChoices& space, const MapPlaces* places);
SpaceCamera cameraOf(const SpaceChoices& space);

/// Comoving places in Mpc of positions on the sky (degrees) and redshifts: the first axis towards RA 0, Dec
/// 0, the third towards the north pole; NaN where one is missing. Each [rows].
struct ComovingPlaces {
    std::vector<double> x, y, z;
};
ComovingPlaces comovingPlaces(const std::vector<double>& ra, const std::vector<double>& dec,
                              const std::vector<double>& redshift);

/// A polygon given in units of half the picture's shorter side from its middle, up positive: the same
/// galaxies whatever the window's size. @return catalogue rows, ascending
std::vector<std::int64_t> spaceRowsWithin(const SpacePoints& points, const SpaceCamera& camera,
                                          const std::vector<std::pair<double, double>>& polygon);

} // namespace penumbra::gui
