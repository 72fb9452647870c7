#pragma once

#include <QPointF>
#include <QSizeF>

#include <array>
#include <optional>

namespace penumbra::gui {

/// From where the cube is looked at. The third axis stays upright; from azimuth
/// and elevation 0 the first axis points right and the second away.
struct SpaceCamera {
    double azimuth = 35.0;          ///< degrees about the upright axis
    double elevation = 25.0;        ///< degrees above, -90 to 90
    double zoom = 1.0;              ///< 1: the whole cube is seen
    std::array<double, 3> centre{}; ///< what it looks at, in the cube
    bool operator==(const SpaceCamera&) const = default;
};

/// A point of the cube on the picture.
struct SeenPoint {
    QPointF pixel;      ///< from the upper left corner
    double depth = 0.0; ///< along the line of sight, in units of the cube
};

/// What a camera makes of the cube on a picture of some size: a pinhole with 30
/// degrees across the shorter side.
class SpaceProjection {
public:
    SpaceProjection(const SpaceCamera& camera, const QSizeF& pixels);
    /// Nothing for what lies behind the camera or too near it.
    std::optional<SeenPoint> project(const std::array<double, 3>& place) const;

    // For who draws the same: in units of the cube.
    const std::array<double, 3>& position() const { return position_; }
    const std::array<double, 3>& upright() const { return up_; }
    double nearest() const { return near_; }
    double farthest() const { return far_; }
    double verticalDegrees() const; ///< opening of the picture from its lower to its upper edge
    /// The length in the cube, at the centre's depth, that a pixel shows.
    double unitsPerPixel() const { return distance_ / focal_; }
    const std::array<double, 3>& right() const { return right_; }

private:
    std::array<double, 3> position_, right_, up_, forward_;
    QSizeF pixels_;
    double distance_, focal_, near_, far_;
};

} // namespace penumbra::gui
