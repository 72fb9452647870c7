#include "tests/gui/colour_difference.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

namespace penumbra::gui::test {

namespace {

using Vector = std::array<double, 3>;
using Matrix = std::array<Vector, 3>;

constexpr Matrix kSeen[] = {
    {{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}},
    {{{0.152286, 1.052583, -0.204868}, {0.114503, 0.786281, 0.099216}, {-0.003882, -0.048116, 1.051998}}},
    {{{0.367322, 0.860646, -0.227968}, {0.280085, 0.672501, 0.047413}, {-0.011820, 0.042940, 0.968881}}},
    {{{1.255528, -0.076749, -0.178779}, {-0.078411, 0.930809, 0.147602}, {0.004733, 0.691367, 0.303900}}}};
constexpr Matrix kXyz = {{{0.4124564, 0.3575761, 0.1804375},
                          {0.2126729, 0.7151522, 0.0721750},
                          {0.0193339, 0.1191920, 0.9503041}}};
constexpr Vector kWhite = {0.95047, 1.0, 1.08883};

Vector times(const Matrix& matrix, const Vector& v) {
    Vector result{};
    for (std::size_t i = 0; i < 3; ++i)
        result[i] = matrix[i][0] * v[0] + matrix[i][1] * v[1] + matrix[i][2] * v[2];
    return result;
}

double linear(double value) {
    return value <= 0.04045 ? value / 12.92 : std::pow((value + 0.055) / 1.055, 2.4);
}

double radians(double degrees) {
    return degrees * std::numbers::pi / 180.0;
}

double hue(double a, double b) {
    const double angle = std::atan2(b, a) * 180.0 / std::numbers::pi;
    return angle < 0.0 ? angle + 360.0 : angle;
}

} // namespace

Lab seenAs(const QColor& colour, Vision vision) {
    Vector rgb = {linear(colour.redF()), linear(colour.greenF()), linear(colour.blueF())};
    rgb = times(kSeen[static_cast<int>(vision)], rgb);
    for (double& part : rgb)
        part = std::clamp(part, 0.0, 1.0);
    Vector f = times(kXyz, rgb);
    for (std::size_t i = 0; i < 3; ++i) {
        const double t = f[i] / kWhite[i];
        f[i] = t > 216.0 / 24389.0 ? std::cbrt(t) : (24389.0 / 27.0 * t + 16.0) / 116.0;
    }
    return {116.0 * f[1] - 16.0, 500.0 * (f[0] - f[1]), 200.0 * (f[1] - f[2])};
}

double colourDifference(const Lab& first, const Lab& second) {
    const double chroma7 = std::pow(0.5 * (std::hypot(first.a, first.b) + std::hypot(second.a, second.b)), 7);
    const double stretch = 1.5 - 0.5 * std::sqrt(chroma7 / (chroma7 + std::pow(25.0, 7)));
    const double a1 = first.a * stretch, a2 = second.a * stretch;
    const double c1 = std::hypot(a1, first.b), c2 = std::hypot(a2, second.b);
    const double h1 = hue(a1, first.b), h2 = hue(a2, second.b);
    const bool grey = c1 * c2 == 0.0;
    double turn = h2 - h1, mean = h1 + h2;
    if (grey) {
        turn = 0.0;
    } else if (std::abs(turn) <= 180.0) {
        mean = 0.5 * mean;
    } else {
        turn += turn > 0.0 ? -360.0 : 360.0;
        mean = 0.5 * (mean < 360.0 ? mean + 360.0 : mean - 360.0);
    }
    const double dl = second.l - first.l, dc = c2 - c1,
                 dh = 2.0 * std::sqrt(c1 * c2) * std::sin(radians(0.5 * turn));
    const double l = 0.5 * (first.l + second.l), c = 0.5 * (c1 + c2), l50 = (l - 50.0) * (l - 50.0);
    const double t = 1.0 - 0.17 * std::cos(radians(mean - 30.0)) + 0.24 * std::cos(radians(2.0 * mean)) +
                     0.32 * std::cos(radians(3.0 * mean + 6.0)) - 0.20 * std::cos(radians(4.0 * mean - 63.0));
    const double sl = 1.0 + 0.015 * l50 / std::sqrt(20.0 + l50), sc = 1.0 + 0.045 * c,
                 sh = 1.0 + 0.015 * c * t;
    const double blue = (mean - 275.0) / 25.0, c7 = std::pow(c, 7);
    const double rotation =
        -std::sin(radians(60.0 * std::exp(-blue * blue))) * 2.0 * std::sqrt(c7 / (c7 + std::pow(25.0, 7)));
    const double x = dl / sl, y = dc / sc, z = dh / sh;
    return std::sqrt(x * x + y * y + z * z + rotation * y * z);
}

} // namespace penumbra::gui::test
