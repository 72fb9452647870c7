#include "core/catalogue/pixel_reader.h"

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/catalogue/universe_hats.h"
#include "core/io/hdf5_file.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <list>
#include <map>
#include <optional>

namespace penumbra {

namespace {

using io::Hdf5File;

constexpr std::size_t openFiles = 8;
constexpr std::size_t runGap = 16;            ///< rows read in vain rather than in another read
constexpr std::size_t runBytes = 48ULL << 20; ///< of one read

/// Names of the datasets in the two layouts.
struct Names {
    std::string imageFlux, imageMask, imageBands;
    std::string spectrumFlux, spectrumIvar, spectrumMask, wavelength;
};
const Names catalogueNames{"/images/flux",  "/images/mask",       "", "/spectra/flux", "/spectra/ivar",
                           "/spectra/mask", "/spectra/wavelength"};
const Names universeNames{"/image_array",   "/image_mask",    "/image_band",     "/spectrum_flux",
                          "/spectrum_ivar", "/spectrum_mask", "/spectrum_lambda"};

const Names& namesFor(const GalaxyInputs::File& file) {
    return file.isCatalogue ? catalogueNames : universeNames;
}

/// A galaxy of the request: its place in the result and the row where it is stored.
struct Wanted {
    std::size_t slot;
    std::int64_t row;
};
struct Run {
    std::size_t first = 0, count = 0;
    std::span<const Wanted> wanted;
};

/// Rows that lie near each other become one read.
std::vector<Run> runsOf(std::span<const Wanted> sorted, std::size_t bytesPerRow) {
    const std::size_t most = std::max<std::size_t>(1, runBytes / std::max<std::size_t>(1, bytesPerRow));
    std::vector<Run> runs;
    std::size_t begin = 0;
    for (std::size_t i = 1; i <= sorted.size(); ++i) {
        const auto row = [&](std::size_t k) { return static_cast<std::size_t>(sorted[k].row); };
        if (i < sorted.size() && row(i) - row(i - 1) <= runGap && row(i) - row(begin) < most)
            continue;
        runs.push_back({row(begin), row(i - 1) - row(begin) + 1, sorted.subspan(begin, i - begin)});
        begin = i;
    }
    return runs;
}

/// "des-g" of the Multimodal Universe is "DES-G" here.
std::string bandName(std::string text) {
    for (char& c : text)
        c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    return std::string(trimmed(text));
}

/// Copies the central crop of planes [planes, height, width].
template <typename T>
std::vector<T> cropped(std::span<const T> from, std::size_t planes, std::size_t height, std::size_t width,
                       std::size_t toHeight, std::size_t toWidth) {
    std::vector<T> to(planes * toHeight * toWidth);
    const std::size_t top = (height - toHeight) / 2, left = (width - toWidth) / 2;
    for (std::size_t p = 0; p < planes; ++p)
        for (std::size_t y = 0; y < toHeight; ++y) {
            const auto line = from.subspan((p * height + top + y) * width + left, toWidth);
            std::copy(line.begin(), line.end(),
                      to.begin() + static_cast<std::ptrdiff_t>((p * toHeight + y) * toWidth));
        }
    return to;
}

std::string count(std::size_t n, std::size_t of, const std::string& what) {
    return std::to_string(n) + " of " + std::to_string(of) + " " + what;
}

} // namespace

std::string problemOf(const Cutout& cutout, std::size_t leastPixels) {
    if (!cutout.problem.empty() || cutout.height == 0)
        return cutout.problem;
    const std::string size = std::to_string(cutout.width) + " x " + std::to_string(cutout.height) + " pixels";
    if (cutout.height < leastPixels || cutout.width < leastPixels)
        return "the image has " + size + ", at least " + std::to_string(leastPixels) + " x " +
               std::to_string(leastPixels) + " are needed";
    if (cutout.bands.empty())
        return "the image does not say which bands it has";
    const auto central = cropped<float>(cutout.flux, cutout.bands.size(), cutout.height, cutout.width,
                                        leastPixels, leastPixels);
    const auto broken = static_cast<std::size_t>(
        std::count_if(central.begin(), central.end(), [](float v) { return !std::isfinite(v); }));
    if (broken > 0)
        return count(broken, central.size(), "pixels are NaN or infinite");
    if (cutout.good.empty())
        return {};
    const std::size_t planes = cutout.good.size() / (cutout.height * cutout.width);
    const auto good =
        cropped<std::uint8_t>(cutout.good, planes, cutout.height, cutout.width, leastPixels, leastPixels);
    if (std::none_of(good.begin(), good.end(), [](std::uint8_t g) { return g != 0; }))
        return "all pixels are masked as bad";
    return {};
}

std::string problemOf(const ObservedSpectrum& spectrum) {
    if (!spectrum.problem.empty() || spectrum.wavelength.empty())
        return spectrum.problem;
    const auto& wavelength = spectrum.wavelength;
    if (wavelength.size() < 2)
        return "the spectrum has a single pixel";
    for (std::size_t i = 0; i < wavelength.size(); ++i) {
        if (!std::isfinite(wavelength[i]))
            return "wavelength " + std::to_string(i) + " is not a number";
        if (i > 0 && !(wavelength[i] > wavelength[i - 1]))
            return "wavelengths do not increase at pixel " + std::to_string(i) + " (" +
                   formatFixed(wavelength[i - 1], 2) + " then " + formatFixed(wavelength[i], 2) +
                   " Angstrom)";
    }
    bool anyGood = false, anyObserved = false;
    for (std::size_t i = 0; i < spectrum.flux.size() && !anyObserved; ++i) {
        const bool good = std::isfinite(spectrum.flux[i]) && (spectrum.bad.empty() || spectrum.bad[i] == 0);
        anyGood = anyGood || good;
        anyObserved = good && (spectrum.ivar.empty() || spectrum.ivar[i] > 0.0F);
    }
    if (!anyGood)
        return "all pixels are masked as bad or are not numbers";
    return anyObserved ? std::string() : "not observed: the inverse variance is 0 in every good pixel";
}

struct PixelReader::Impl {
    const GalaxyInputs& inputs;
    std::size_t crop;
    std::list<std::pair<std::int32_t, Hdf5File>> open; ///< most recent first
    std::int32_t wavelengthOf = -1;                    ///< file whose shared wavelengths are kept
    std::vector<float> sharedWavelength;
    std::optional<std::pair<std::int32_t, UniverseTileReader>> openTile;

    Hdf5File& file(std::int32_t index) {
        for (auto at = open.begin(); at != open.end(); ++at)
            if (at->first == index) {
                open.splice(open.begin(), open, at);
                return open.front().second;
            }
        if (open.size() >= openFiles)
            open.pop_back();
        open.emplace_front(index,
                           Hdf5File::openForReading(inputs.files[static_cast<std::size_t>(index)].path));
        return open.front().second;
    }

    bool isTile(std::int32_t index) const { return inputs.files[static_cast<std::size_t>(index)].isTile; }

    UniverseTileReader& tile(std::int32_t index) {
        if (!openTile || openTile->first != index)
            openTile.emplace(index, UniverseTileReader(inputs.files[static_cast<std::size_t>(index)].path));
        return openTile->second;
    }

    /// Row after row of a tile; what cannot be read is that galaxy's problem.
    template <typename Result, typename Read>
    static void readTileRows(std::span<const Wanted> wanted, std::vector<Result>& results, Read read) {
        for (const Wanted& one : wanted)
            try {
                results[one.slot] = read(static_cast<std::size_t>(one.row));
            } catch (const Error& error) {
                results[one.slot] = {};
                results[one.slot].problem =
                    "row " + std::to_string(one.row) + " cannot be read: " + error.what();
            }
    }

    Cutout croppedImage(std::int32_t index, std::size_t row) {
        Cutout image = tile(index).image(row);
        if (crop == 0 || image.height <= crop)
            return image;
        const std::size_t pixels = image.height * image.width;
        image.flux =
            cropped<float>(image.flux, image.flux.size() / pixels, image.height, image.width, crop, crop);
        if (!image.good.empty())
            image.good = cropped<std::uint8_t>(image.good, image.good.size() / pixels, image.height,
                                               image.width, crop, crop);
        image.height = image.width = crop;
        return image;
    }

    std::map<std::int32_t, std::vector<Wanted>> byFile(std::span<const std::size_t> rows,
                                                       const std::vector<StoredRow>& stored) const {
        std::map<std::int32_t, std::vector<Wanted>> files;
        for (std::size_t slot = 0; slot < rows.size(); ++slot)
            if (const StoredRow at = stored.at(rows[slot]); at.present())
                files[at.file].push_back({slot, at.row});
        for (auto& [index, wanted] : files)
            std::sort(wanted.begin(), wanted.end(),
                      [](const Wanted& a, const Wanted& b) { return a.row < b.row; });
        return files;
    }

    /// Reads run by run; a run that fails is read again row by row, so that one damaged chunk costs the
    /// galaxies in it and no others.
    template <typename Result>
    static void readRuns(std::span<const Wanted> wanted, std::size_t bytesPerRow,
                         std::vector<Result>& results, const std::function<void(const Run&)>& read) {
        for (const Run& run : runsOf(wanted, bytesPerRow)) {
            try {
                read(run);
                continue;
            } catch (const Error&) { // told row by row below
            }
            for (std::size_t i = 0; i < run.wanted.size(); ++i) {
                const Wanted& one = run.wanted[i];
                try {
                    read({static_cast<std::size_t>(one.row), 1, run.wanted.subspan(i, 1)});
                } catch (const Error& error) {
                    results[one.slot] = {};
                    results[one.slot].problem =
                        "row " + std::to_string(one.row) + " cannot be read: " + error.what();
                }
            }
        }
    }

    void readImages(std::int32_t index, std::span<const Wanted> wanted, std::vector<Cutout>& cutouts) {
        const Hdf5File& from = file(index);
        const auto& layout = inputs.files[static_cast<std::size_t>(index)];
        const Names& names = namesFor(layout);
        const auto shape = from.describe(names.imageFlux).shape;
        if (shape.size() != 4)
            throw Error(from.path().string() + ": " + names.imageFlux + " has " +
                        std::to_string(shape.size()) + " dimensions, but should be [galaxy, band, y, x]");
        const std::size_t bands = shape[1], height = shape[2], width = shape[3];
        const std::size_t toHeight = crop == 0 ? height : std::min(height, crop);
        const std::size_t toWidth = crop == 0 ? width : std::min(width, crop);
        const bool masked = from.isDataset(names.imageMask);
        std::size_t maskPlanes = 0;
        if (masked) {
            const auto mask = from.describe(names.imageMask);
            maskPlanes = mask.rowWidth() / std::max<std::size_t>(1, height * width);
            if ((maskPlanes != 1 && maskPlanes != bands) || mask.rowWidth() != maskPlanes * height * width)
                throw Error(from.path().string() + ": " + names.imageMask + " does not fit " +
                            names.imageFlux + ": it holds " + std::to_string(mask.rowWidth()) +
                            " values a galaxy");
        }
        const std::size_t values = bands * height * width;
        readRuns<Cutout>(wanted, values * sizeof(float), cutouts, [&](const Run& run) {
            const auto flux = from.readFloats(names.imageFlux, {run.first, run.count});
            const auto mask = masked ? from.readBytes(names.imageMask, {run.first, run.count})
                                     : std::vector<std::uint8_t>();
            const auto bandTexts = bandsOf(from, layout.isCatalogue, names, run, bands);
            for (const Wanted& one : run.wanted) {
                const std::size_t at = static_cast<std::size_t>(one.row) - run.first;
                Cutout& cutout = cutouts[one.slot];
                cutout.height = toHeight;
                cutout.width = toWidth;
                cutout.flux = cropped<float>(std::span(flux).subspan(at * values, values), bands, height,
                                             width, toHeight, toWidth);
                if (masked)
                    cutout.good =
                        cropped<std::uint8_t>(std::span(mask).subspan(at * maskPlanes * height * width,
                                                                      maskPlanes * height * width),
                                              maskPlanes, height, width, toHeight, toWidth);
                const auto first = bandTexts.begin() +
                                   static_cast<std::ptrdiff_t>(bandTexts.size() == bands ? 0 : at * bands);
                if (!bandTexts.empty())
                    cutout.bands.assign(first, first + static_cast<std::ptrdiff_t>(bands));
            }
        });
    }

    /// Names for all rows of the run, or one list for all.
    std::vector<std::string> bandsOf(const Hdf5File& from, bool isCatalogue, const Names& names,
                                     const Run& run, std::size_t bands) const {
        std::vector<std::string> texts;
        if (isCatalogue) {
            for (const auto* holder : {"/images/flux", "/images"})
                if (texts.empty())
                    texts = from.textListAttribute(holder, "bands");
        } else if (from.isDataset(names.imageBands)) {
            const auto entry = from.describe(names.imageBands);
            const bool perRow = entry.shape.size() == 2;
            texts = perRow ? from.readTexts(names.imageBands, {run.first, run.count})
                           : from.readTexts(names.imageBands);
            if (texts.size() != (perRow ? run.count * bands : bands))
                throw Error(from.path().string() + ": " + names.imageBands + " does not name " +
                            std::to_string(bands) + " bands a galaxy");
        }
        for (auto& text : texts)
            text = bandName(text);
        return texts;
    }

    void readSpectra(std::int32_t index, std::span<const Wanted> wanted,
                     std::vector<ObservedSpectrum>& spectra) {
        const Hdf5File& from = file(index);
        const Names& names = namesFor(inputs.files[static_cast<std::size_t>(index)]);
        const auto shape = from.describe(names.spectrumFlux).shape;
        if (shape.size() != 2)
            throw Error(from.path().string() + ": " + names.spectrumFlux + " has " +
                        std::to_string(shape.size()) + " dimensions, but should be [galaxy, pixel]");
        const std::size_t pixels = shape[1];
        for (const auto* name : {&names.spectrumIvar, &names.spectrumMask, &names.wavelength}) {
            if (!from.isDataset(*name) && name != &names.wavelength)
                continue; // told below: no weights, no mask
            const auto other = from.describe(*name).shape;
            if (other.empty() || other.back() != pixels)
                throw Error(from.path().string() + ": " + *name + " has not the " + std::to_string(pixels) +
                            " pixels of " + names.spectrumFlux);
        }
        const bool shared = from.describe(names.wavelength).shape.size() == 1;
        if (shared && wavelengthOf != index) {
            sharedWavelength = from.readFloats(names.wavelength);
            wavelengthOf = index;
        }
        const bool weighted = from.isDataset(names.spectrumIvar), masked = from.isDataset(names.spectrumMask);
        readRuns<ObservedSpectrum>(wanted, pixels * 13, spectra, [&](const Run& run) {
            const io::RowRange rows{run.first, run.count};
            const auto flux = from.readFloats(names.spectrumFlux, rows);
            const auto ivar = weighted ? from.readFloats(names.spectrumIvar, rows) : std::vector<float>();
            const auto mask = masked ? from.readBytes(names.spectrumMask, rows) : std::vector<std::uint8_t>();
            const auto wavelength = shared ? std::vector<float>() : from.readFloats(names.wavelength, rows);
            for (const Wanted& one : run.wanted) {
                const auto at =
                    static_cast<std::ptrdiff_t>((static_cast<std::size_t>(one.row) - run.first) * pixels);
                const auto end = at + static_cast<std::ptrdiff_t>(pixels);
                ObservedSpectrum& spectrum = spectra[one.slot];
                spectrum.flux.assign(flux.begin() + at, flux.begin() + end);
                spectrum.ivar.assign(pixels, 1.0F);
                spectrum.bad.assign(pixels, 0);
                if (weighted)
                    spectrum.ivar.assign(ivar.begin() + at, ivar.begin() + end);
                if (masked)
                    spectrum.bad.assign(mask.begin() + at, mask.begin() + end);
                spectrum.wavelength = sharedWavelength;
                if (!shared)
                    spectrum.wavelength.assign(wavelength.begin() + at, wavelength.begin() + end);
                cutPadding(spectrum);
            }
        });
    }

    /// Short spectra are filled up with wavelengths of 0 or -1 at the end.
    static void cutPadding(ObservedSpectrum& spectrum) {
        std::size_t pixels = spectrum.wavelength.size();
        while (pixels > 0 && spectrum.wavelength[pixels - 1] <= 0.0F)
            --pixels;
        if (pixels == 0) {
            spectrum.problem = "no pixel has a wavelength";
            return;
        }
        spectrum.wavelength.resize(pixels);
        spectrum.flux.resize(pixels);
        spectrum.ivar.resize(pixels);
        spectrum.bad.resize(pixels);
    }
};

PixelReader::PixelReader(const GalaxyInputs& inputs, std::size_t cropPixels)
    : impl_(new Impl{inputs, cropPixels, {}, -1, {}, {}}) {}
PixelReader::~PixelReader() = default;

std::vector<Cutout> PixelReader::images(std::span<const std::size_t> rows) {
    std::vector<Cutout> cutouts(rows.size());
    for (const auto& [index, wanted] : impl_->byFile(rows, impl_->inputs.images))
        if (impl_->isTile(index))
            impl_->readTileRows(wanted, cutouts,
                                [&](std::size_t row) { return impl_->croppedImage(index, row); });
        else
            impl_->readImages(index, wanted, cutouts);
    return cutouts;
}

std::vector<ObservedSpectrum> PixelReader::spectra(std::span<const std::size_t> rows) {
    std::vector<ObservedSpectrum> spectra(rows.size());
    for (const auto& [index, wanted] : impl_->byFile(rows, impl_->inputs.spectra))
        if (impl_->isTile(index))
            impl_->readTileRows(wanted, spectra, [&](std::size_t row) {
                ObservedSpectrum spectrum = impl_->tile(index).spectrum(row);
                if (spectrum.present())
                    Impl::cutPadding(spectrum);
                return spectrum;
            });
        else
            impl_->readSpectra(index, wanted, spectra);
    return spectra;
}

} // namespace penumbra
