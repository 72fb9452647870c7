#include "core/base/cosmology.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace penumbra {

namespace {

constexpr double lightSpeed = 299792.458; // km/s
constexpr double gridEnd = 2.0;
constexpr int gridSteps = 2000;

double expansion(double z) {
    return std::sqrt(omegaMatter * std::pow(1.0 + z, 3) + 1.0 - omegaMatter);
}

/// Simpson's rule over [z - h, z].
double piece(double z, double h) {
    return lightSpeed / hubbleToday * h / 6.0 *
           (1.0 / expansion(z - h) + 4.0 / expansion(z - 0.5 * h) + 1.0 / expansion(z));
}

struct DistanceGrid {
    std::array<double, gridSteps + 1> comoving{};
    DistanceGrid() {
        const double h = gridEnd / gridSteps;
        for (int i = 1; i <= gridSteps; ++i)
            comoving[static_cast<std::size_t>(i)] =
                comoving[static_cast<std::size_t>(i - 1)] + piece(h * i, h);
    }
};

} // namespace

double comovingDistanceMpc(double redshift) {
    static const DistanceGrid grid;
    if (redshift > gridEnd) {
        constexpr int steps = 64; // in ln(1 + z), which the integrand follows smoothly to any redshift
        double beyond = 0.0, at = gridEnd;
        for (int i = 1; i <= steps; ++i) {
            const double next = (1.0 + gridEnd) * std::pow((1.0 + redshift) / (1.0 + gridEnd),
                                                           static_cast<double>(i) / steps) -
                                1.0;
            beyond += piece(next, next - at);
            at = next;
        }
        return grid.comoving.back() + beyond;
    }
    const double at = std::max(redshift, 0.0) / gridEnd * gridSteps;
    const auto i = std::min(static_cast<std::size_t>(at), static_cast<std::size_t>(gridSteps - 1));
    const double f = at - static_cast<double>(i);
    return grid.comoving[i] * (1.0 - f) + grid.comoving[i + 1] * f;
}

} // namespace penumbra
