#pragma once

#include "core/catalogue/modalities.h"
#include "core/report/figure_spec.h"
#include "core/report/galaxy_looks.h"

#include <limits>
#include <span>

namespace penumbra::report {

/// A line that readers look for. Wavelength in vacuum at rest, Angstrom (the list of SDSS; DESI's
/// wavelengths are in vacuum, too).
struct SpectralLine {
    const char* name;
    double angstrom;
    bool main; ///< shown where there is no room for all
};
std::span<const SpectralLine> spectralLines();

/// Redshifts of a galaxy; NaN: unknown.
struct Redshifts {
    double truth = std::numeric_limits<double>::quiet_NaN();
    double predicted = std::numeric_limits<double>::quiet_NaN();
};

/// Flux against wavelength: means of neighbouring good pixels weighted by inverse variance. Lines at the true
/// redshift are reference lines with names; those at the predicted one a dashed series. Its axis is at rest
/// by the true redshift, else by the predicted one. Says so where every pixel is masked.
Panel spectrumPanel(const ObservedSpectrum& spectrum, const Redshifts& redshifts,
                    const SpectrumLook& look = {});

} // namespace penumbra::report
