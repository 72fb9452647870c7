#pragma once

#include "core/catalogue/galaxy_inputs.h"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace penumbra {

/// An image of one galaxy, nanomaggies.
struct Cutout {
    std::vector<std::string> bands; ///< "DES-G", ... in the order of flux
    std::size_t height = 0, width = 0;
    std::vector<float> flux;        ///< [band, y, x]
    std::vector<std::uint8_t> good; ///< [y, x] or [band, y, x], 1 = good; empty: no mask stored
    std::string problem;            ///< why it cannot be used; empty: fine
    double pixelScaleArcsec = 0.0;  ///< 0: not told
    bool present() const { return height > 0 || !problem.empty(); }
};

/// A spectrum of one galaxy; Angstrom and the unit it was stored in.
struct ObservedSpectrum {
    std::vector<float> wavelength, flux, ivar; ///< [pixels]
    std::vector<std::uint8_t> bad;             ///< [pixels], 1 = BAD
    std::string problem;
    std::string unit; ///< empty: not told
    bool present() const { return !wavelength.empty() || !problem.empty(); }
};

/// Why a galaxy's pixels must not be encoded, in words with numbers; empty: nothing is wrong.
/// Images: smaller than `leastPixels`, unknown bands, NaN or infinite values, no good pixel - in the central
/// leastPixels x leastPixels, which is all that is looked at.
std::string problemOf(const Cutout& cutout, std::size_t leastPixels);
/// Spectra: fewer than two pixels, wavelengths that do not increase, all pixels masked or without weight.
std::string problemOf(const ObservedSpectrum& spectrum);

/// Reads images and spectra of the rows asked for, a few files open at a time. Neighbouring rows of a file
/// are read together, so ask for a block of rows at once. What cannot be read of one galaxy (a damaged chunk)
/// becomes that galaxy's problem, with file and row; @throws Error for a file that cannot be opened or has
/// not the datasets.
class PixelReader {
public:
    /// Images are cut to the central `cropPixels` squared (0: left whole); the centre is that of AION's own
    /// crop. @param inputs must outlive the reader
    explicit PixelReader(const GalaxyInputs& inputs, std::size_t cropPixels = 0);
    ~PixelReader();
    /// In the order of rows; absent images and spectra are empty..
    std::vector<Cutout> images(std::span<const std::size_t> rows);
    std::vector<ObservedSpectrum> spectra(std::span<const std::size_t> rows);

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace penumbra
