#pragma once

#include "core/catalogue/catalogue.h"
#include "core/io/hdf5_file.h"

#include <optional>

namespace penumbra {

/// Image of one galaxy in several bands.
struct Cutout {
    std::vector<std::string> bands; ///< "DES-G" ...; empty if the file does not say
    std::size_t height = 0, width = 0;
    double pixelScaleArcsec = 0.0; ///< 0: unknown
    std::string unit;              ///< "nanomaggies" (per pixel)
    std::vector<float> flux;       ///< [bands, height, width]
};

struct Spectrum {
    std::vector<double> wavelengthAngstrom; ///< [L]
    std::vector<float> flux;                ///< [L]
    std::vector<float> ivar;                ///< [L], inverse variance of flux; empty if the file has none
    std::vector<std::uint8_t> bad;          ///< [L], 1 = masked; empty if the file has none
    std::string unit;
};

/// Reads cutouts and spectra of single galaxies from a catalogue file. One object may serve many reads, from
/// one thread at a time.
class ModalityReader {
public:
    /// Opens the catalogue's file if it holds images or spectra. @throws Error if it cannot be read.
    explicit ModalityReader(const Catalogue& catalogue);

    /// Catalogue rows that have one, in the file's order.
    const std::vector<std::int64_t>& cutoutRows() const { return cutoutRows_; }
    const std::vector<std::int64_t>& spectrumRows() const { return spectrumRows_; }

    /// Nothing if this catalogue row has none. @throws Error naming file and dataset.
    std::optional<Cutout> cutout(std::size_t catalogueRow) const;
    std::optional<Spectrum> spectrum(std::size_t catalogueRow) const;

private:
    std::optional<io::Hdf5File> file_;
    ImageInfo images_;
    SpectraInfo spectra_;
    std::vector<std::int64_t> cutoutRows_, spectrumRows_;
};

} // namespace penumbra
