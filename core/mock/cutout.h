#pragma once

#include "core/base/rng.h"
#include "core/mock/population.h"

#include <array>
#include <span>
#include <vector>

namespace penumbra::mock {

inline constexpr std::size_t cutoutSize = 96;
inline constexpr double cutoutPixelScaleArcsec = 0.262;
inline constexpr std::array<int, 4> cutoutBands{0, 1, 2, 3}; ///< indices into surveyBands: g, r, i, z

/// Sersic profile (1963) of total flux 1, n by Ciotti & Bertin 1999, sampled on a grid that is finer near the
/// centre. Convolved with a Moffat PSF (beta 3.5) of the band's seeing.
/// @returns [size, size] fractions of the flux per pixel.
std::vector<double> sersicImage(const Galaxy& galaxy, double colourGradient, double seeingArcsec,
                                double offsetX, double offsetY, std::size_t size = cutoutSize);

/// DECam-like cutout in g, r, i, z, nanomaggies per pixel: galaxy, a few field stars and neighbours, sky
/// noise at the survey's depth and photon noise. @param bandFluxes nanomaggies in cutoutBands' order.
/// @returns [4, 96, 96]
std::vector<float> drawCutout(const Galaxy& galaxy, std::span<const double> bandFluxes, Rng& rng);

} // namespace penumbra::mock
