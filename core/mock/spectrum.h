#pragma once

#include "core/base/rng.h"
#include "core/mock/spectral_model.h"

#include <cstdint>
#include <vector>

namespace penumbra::mock {

inline constexpr std::size_t spectrumPixels = 7781; ///< DESI coadd: 3600 to 9824 A in steps of 0.8 A
double spectrumWavelengthAngstrom(std::size_t pixel);

struct Spectrum {
    std::vector<float> flux;        ///< 1e-17 erg/s/cm2/A
    std::vector<float> ivar;        ///< inverse variance of flux; 0 where masked
    std::vector<std::uint8_t> mask; ///< 1 = bad
};

/// DESI-like spectrum through a fibre: resolution-broadened model, noise from sky brightness (airglow lines
/// in the red, lower throughput at the blue end and at the arms' joints) and from the object, cosmic rays and
/// bad columns masked.
/// @param fibreFraction share of the galaxy's light entering the fibre.
Spectrum drawSpectrum(const SpectralModel& model, double fibreFraction, Rng& rng);

} // namespace penumbra::mock
