#pragma once

#include "gui/cloud/cloud_points.h"

#include <QImage>
#include <QRgb>

#include <cstdint>
#include <span>

namespace penumbra::gui {

/// Where data lie on a picture: pixel = (x - left) * perX, (top - y) * perY.
struct CloudFrame {
    QSize pixels;
    double left = 0.0, top = 1.0; ///< data coordinates of the picture's upper left corner
    double perX = 1.0, perY = 1.0;

    QPointF toPixel(double x, double y) const { return {(x - left) * perX, (top - y) * perY}; }
    QPointF toData(const QPointF& pixel) const { return {left + pixel.x() / perX, top - pixel.y() / perY}; }
    QRectF data() const; ///< the part that is seen
    /// Holds these bounds with a margin. equalScales: a unit is as long in x as in y.
    static CloudFrame around(const QRectF& bounds, const QSize& pixels, bool equalScales);
};

/// From a (0) to b (256).
QRgb mixedColour(QRgb a, QRgb b, int part256);
/// How far what is not selected goes towards the page's colour, of 256.
inline constexpr int kPaleShare = 150;

/// Points from..to-1 of a cloud, either those that are selected or the others.
struct CloudPart {
    std::size_t from = 0, to = 0;
    bool selected = false;
};
/// Draws points as discs (squares of a few pixels where they are many), later ones over earlier ones.
/// @param colours [points]
/// @param selected [points], 1 = selected: the others pale; empty: nothing is selected
/// @param pale what the others mix with
void drawCloud(QImage& picture, const CloudPoints& points, const CloudPart& part,
               std::span<const QRgb> colours, std::span<const std::uint8_t> selected, const CloudFrame& frame,
               double diameter, QRgb pale);

/// The logarithm of the number of points on each pixel in viridis, dark where there are few; none:
/// transparent.
void drawDensity(QImage& picture, const CloudPoints& points, const CloudFrame& frame);

/// A diameter in pixels at which so many points on so large a picture are still told apart, 1.5 to 7.
double fittingDiameter(std::size_t points, const QSize& pixels);

} // namespace penumbra::gui
