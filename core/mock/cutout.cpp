#include "core/mock/cutout.h"

#include "core/mock/spectral_model.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace penumbra::mock {

namespace {

/// Ciotti & Bertin 1999, eq. 18.
double sersicB(double n) {
    return 2.0 * n - 1.0 / 3.0 + 4.0 / (405.0 * n) + 46.0 / (25515.0 * n * n);
}

/// Circular Moffat of total 1 on a kernel of odd width.
std::vector<double> moffatKernel(double fwhmArcsec, int radius) {
    constexpr double beta = 3.5;
    const double alphaPixels =
        fwhmArcsec / cutoutPixelScaleArcsec / (2.0 * std::sqrt(std::pow(2.0, 1.0 / beta) - 1.0));
    const int width = 2 * radius + 1;
    std::vector<double> kernel(static_cast<std::size_t>(width * width));
    double sum = 0.0;
    for (int y = -radius; y <= radius; ++y)
        for (int x = -radius; x <= radius; ++x) {
            const double value = std::pow(1.0 + (x * x + y * y) / (alphaPixels * alphaPixels), -beta);
            kernel[static_cast<std::size_t>((y + radius) * width + x + radius)] = value;
            sum += value;
        }
    for (double& value : kernel)
        value /= sum;
    return kernel;
}

std::vector<double> convolved(const std::vector<double>& image, std::size_t size, double fwhmArcsec) {
    constexpr int radius = 9;
    const auto kernel = moffatKernel(fwhmArcsec, radius);
    std::vector<double> out(image.size(), 0.0);
    const int n = static_cast<int>(size);
    for (int y = 0; y < n; ++y)
        for (int x = 0; x < n; ++x) {
            const double value = image[static_cast<std::size_t>(y * n + x)];
            if (value == 0.0)
                continue;
            for (int dy = std::max(-radius, -y); dy <= std::min(radius, n - 1 - y); ++dy)
                for (int dx = std::max(-radius, -x); dx <= std::min(radius, n - 1 - x); ++dx)
                    out[static_cast<std::size_t>((y + dy) * n + x + dx)] +=
                        value *
                        kernel[static_cast<std::size_t>((dy + radius) * (2 * radius + 1) + dx + radius)];
        }
    return out;
}

struct FieldSource {
    double x = 0.0, y = 0.0, flux = 0.0, colour = 0.0;
};

/// Stars and distant galaxies on the cutout, faint and mostly away from the target.
std::vector<FieldSource> drawField(double targetFlux, Rng& rng) {
    std::vector<FieldSource> sources(static_cast<std::size_t>(rng.below(5)));
    for (auto& source : sources) {
        const double radius = 14.0 + 32.0 * std::sqrt(rng.uniform());
        const double angle = 2.0 * std::numbers::pi * rng.uniform();
        source = {radius * std::cos(angle), radius * std::sin(angle),
                  targetFlux * 0.02 * std::pow(1.0 - 0.995 * rng.uniform(), -0.8), rng.normal() * 0.25};
    }
    return sources;
}

} // namespace

std::vector<double> sersicImage(const Galaxy& galaxy, double colourGradient, double seeingArcsec,
                                double offsetX, double offsetY, std::size_t size) {
    const double n = galaxy.sersicIndex;
    const double b = sersicB(n);
    const double radiusPixels = galaxy.halfLightArcsec * colourGradient / cutoutPixelScaleArcsec;
    const double cosine = std::cos(galaxy.positionAngle), sine = std::sin(galaxy.positionAngle);
    const double centre = 0.5 * static_cast<double>(size - 1);
    std::vector<double> image(size * size);
    for (std::size_t row = 0; row < size; ++row)
        for (std::size_t column = 0; column < size; ++column) {
            const double dx = static_cast<double>(column) - centre - offsetX;
            const double dy = static_cast<double>(row) - centre - offsetY;
            const int fine = dx * dx + dy * dy < 36.0 ? 7 : (dx * dx + dy * dy < 225.0 ? 3 : 1);
            double sum = 0.0;
            for (int sy = 0; sy < fine; ++sy)
                for (int sx = 0; sx < fine; ++sx) {
                    const double x = dx + (sx + 0.5) / fine - 0.5, y = dy + (sy + 0.5) / fine - 0.5;
                    const double major = x * cosine + y * sine;
                    const double minor = (y * cosine - x * sine) / galaxy.axisRatio;
                    const double r = std::hypot(major, minor) / radiusPixels;
                    sum += r > 8.0 ? 0.0 : std::exp(-b * (std::pow(r, 1.0 / n) - 1.0));
                }
            image[row * size + column] = sum / (fine * fine);
        }
    // The analytic total, so that light outside the stamp is really missing.
    const double total = 2.0 * std::numbers::pi * n * std::exp(b) * std::pow(b, -2.0 * n) *
                         std::tgamma(2.0 * n) * radiusPixels * radiusPixels * galaxy.axisRatio;
    for (double& value : image)
        value /= total;
    return convolved(image, size, seeingArcsec);
}

std::vector<float> drawCutout(const Galaxy& galaxy, std::span<const double> bandFluxes, Rng& rng) {
    constexpr std::array<double, 4> seeingArcsec{1.28, 1.16, 1.10, 1.08};
    constexpr std::size_t pixels = cutoutSize * cutoutSize;
    const double offsetX = rng.uniform() - 0.5, offsetY = rng.uniform() - 0.5;
    const double seeing = 1.0 + 0.12 * rng.normal();
    const auto field = drawField(bandFluxes[1], rng);
    std::vector<float> out(cutoutBands.size() * pixels);
    for (std::size_t band = 0; band < cutoutBands.size(); ++band) {
        // Galaxies are a little larger in the blue: discs outlast bulges.
        const double gradient = 1.06 - 0.04 * static_cast<double>(band);
        const double fwhm = seeingArcsec[band] * std::clamp(seeing, 0.75, 1.5);
        auto image = sersicImage(galaxy, gradient, fwhm, offsetX, offsetY);
        for (double& value : image)
            value *= bandFluxes[band];
        for (const auto& source : field) {
            Galaxy point;
            point.halfLightArcsec = 0.16;
            const auto star = sersicImage(point, 1.0, fwhm, source.x, source.y);
            const double flux = source.flux * (1.0 + source.colour * (static_cast<double>(band) - 1.5));
            for (std::size_t i = 0; i < pixels; ++i)
                image[i] += std::max(flux, 0.0) * star[i];
        }
        // A point source's 5 sigma depth over the PSF's noise-equivalent area (4 pi sigma^2) gives the sky
        // noise per pixel.
        const double sigmaPixels = fwhm / 2.355 / cutoutPixelScaleArcsec;
        const double area = 4.0 * std::numbers::pi * sigmaPixels * sigmaPixels;
        const double depth = surveyBands[static_cast<std::size_t>(cutoutBands[band])].fiveSigmaDepthMag;
        const double sky = nanomaggies(depth) / 5.0 / std::sqrt(area);
        constexpr double photonNoise = 2.0e-4; // nanomaggies per detected photon, coadded
        for (std::size_t i = 0; i < pixels; ++i)
            out[band * pixels + i] = static_cast<float>(
                image[i] + rng.normal() * std::sqrt(sky * sky + photonNoise * std::max(image[i], 0.0)));
    }
    return out;
}

} // namespace penumbra::mock
