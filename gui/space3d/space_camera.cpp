#include "gui/space3d/space_camera.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace penumbra::gui {

namespace {

using Vector = std::array<double, 3>;

constexpr double kHalfOpening = 15.0 * std::numbers::pi / 180.0;
/// Half the diagonal of the cube.
constexpr double kReach = std::numbers::sqrt3;

double dot(const Vector& a, const Vector& b) {
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

Vector cross(const Vector& a, const Vector& b) {
    return {a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]};
}

} // namespace

SpaceProjection::SpaceProjection(const SpaceCamera& camera, const QSizeF& pixels) : pixels_(pixels) {
    const double a = camera.azimuth * std::numbers::pi / 180.0,
                 e = std::clamp(camera.elevation, -90.0, 90.0) * std::numbers::pi / 180.0;
    const Vector towards = {std::sin(a) * std::cos(e), -std::cos(a) * std::cos(e), std::sin(e)};
    right_ = {std::cos(a), std::sin(a), 0.0};
    forward_ = {-towards[0], -towards[1], -towards[2]};
    up_ = cross(right_, forward_);
    distance_ = kReach / std::sin(kHalfOpening) / std::max(1e-6, camera.zoom);
    for (std::size_t i = 0; i < 3; ++i)
        position_[i] = camera.centre[i] + distance_ * towards[i];
    const double away = kReach + std::sqrt(dot(camera.centre, camera.centre));
    near_ = std::max(0.02 * distance_, distance_ - away);
    far_ = distance_ + away;
    focal_ = 0.5 * std::max(1.0, std::min(pixels.width(), pixels.height())) / std::tan(kHalfOpening);
}

std::optional<SeenPoint> SpaceProjection::project(const std::array<double, 3>& place) const {
    const Vector from = {place[0] - position_[0], place[1] - position_[1], place[2] - position_[2]};
    const double depth = dot(from, forward_);
    if (!(depth >= near_))
        return std::nullopt;
    return SeenPoint{QPointF(0.5 * pixels_.width() + focal_ * dot(from, right_) / depth,
                             0.5 * pixels_.height() - focal_ * dot(from, up_) / depth),
                     depth};
}

double SpaceProjection::verticalDegrees() const {
    return 2.0 * std::atan(0.5 * pixels_.height() / focal_) * 180.0 / std::numbers::pi;
}

} // namespace penumbra::gui
