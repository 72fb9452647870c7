#pragma once

#include "core/catalogue/pixel_reader.h"
#include "core/io/hdf5_file.h"

#include <optional>

namespace penumbra {

/// Reads cutouts and spectra of single galaxies from a catalogue file, for looking at them (PixelReader reads
/// blocks of any input, for encoding). One object may serve many reads, from
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
    std::optional<ObservedSpectrum> spectrum(std::size_t catalogueRow) const;

private:
    std::optional<io::Hdf5File> file_;
    ImageInfo images_;
    SpectraInfo spectra_;
    std::vector<std::int64_t> cutoutRows_, spectrumRows_;
};

} // namespace penumbra
