#include "core/mock/survey.h"

#include "core/base/atomic_file.h"
#include "core/base/parallel_for.h"
#include "core/base/rng.h"
#include "core/base/text.h"
#include "core/catalogue/catalogue.h"
#include "core/io/hdf5_file.h"
#include "core/mock/cutout.h"
#include "core/mock/embedding.h"
#include "core/mock/labels.h"
#include "core/mock/population.h"
#include "core/mock/spectral_model.h"
#include "core/mock/spectrum.h"
#include "penumbra_version.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace penumbra::mock {

namespace {

constexpr std::size_t targetCount = 5;
constexpr std::size_t photometryWidth = surveyBands.size();

/// Streams of one row's random numbers: asking for cutouts must not change anybody's label.
enum Stream : std::uint64_t {
    latentStream = 0,
    noiseStream = 1,
    embeddingStream = 2,
    cutoutStream = 3,
    spectrumStream = 4
};
Rng rowRng(std::uint64_t seed, std::size_t row, Stream stream) {
    return Rng(seed, 8 * (static_cast<std::uint64_t>(row) + 1) + stream);
}

/// The numbers of all rows, a few hundred bytes a galaxy.
struct Columns {
    explicit Columns(std::size_t n)
        : ra(n), dec(n), flux(photometryWidth, std::vector<float>(n)), fluxIvar(flux), ebv(n), shapeR(n),
          shapeE1(n), shapeE2(n), sersic(n), latent(targetCount, std::vector<double>(n)), label(latent),
          sigma(latent), oracle(targetCount * oracleLevels.size(), std::vector<float>(n)) {}
    std::vector<double> ra, dec;
    std::vector<std::vector<float>> flux, fluxIvar;
    std::vector<float> ebv, shapeR, shapeE1, shapeE2, sersic;
    std::vector<std::vector<double>> latent, label, sigma;
    std::vector<std::vector<float>> oracle;
};

struct NoiseFree {
    Galaxy galaxy;
    std::array<double, photometryWidth> flux{}; ///< nanomaggies, before Milky Way dust
    double rMagnitude = 20.0;
};

NoiseFree makeGalaxy(std::uint64_t seed, std::size_t row) {
    Rng rng = rowRng(seed, row, latentStream);
    NoiseFree out;
    out.galaxy = drawGalaxy(rng);
    const SpectralModel model(out.galaxy);
    for (std::size_t b = 0; b < photometryWidth; ++b)
        out.flux[b] = model.bandFlux(surveyBands[b]);
    out.rMagnitude = 22.5 - 2.5 * std::log10(out.flux[1]);
    return out;
}

void fillRow(const NoiseFree& made, std::uint64_t seed, std::size_t row, Columns& columns) {
    const Galaxy& g = made.galaxy;
    Rng rng = rowRng(seed, row, noiseStream);
    columns.ra[row] = g.ra;
    columns.dec[row] = g.dec;
    columns.ebv[row] = static_cast<float>(g.galacticEbv);
    for (std::size_t b = 0; b < photometryWidth; ++b) {
        const Band& band = surveyBands[b];
        const double reddened = made.flux[b] * std::pow(10.0, -0.4 * band.extinctionPerEbv * g.galacticEbv);
        // Extended sources collect the sky of a larger aperture; 1 % for calibration and modelling.
        const double aperture = std::hypot(1.0, g.halfLightArcsec / 1.3);
        const double depth = band.fiveSigmaDepthMag + 0.15 * rng.normal();
        const double sigma = std::hypot(nanomaggies(depth) / 5.0 * aperture, 0.01 * reddened);
        columns.flux[b][row] = static_cast<float>(reddened + sigma * rng.normal());
        columns.fluxIvar[b][row] = static_cast<float>(1.0 / (sigma * sigma));
    }
    const double ellipticity = (1.0 - g.axisRatio) / (1.0 + g.axisRatio);
    const double shapeNoise = 0.01 + 0.02 * std::pow(10.0, 0.2 * (made.rMagnitude - 19.0));
    columns.shapeR[row] = static_cast<float>(g.halfLightArcsec * std::exp(shapeNoise * rng.normal()));
    columns.shapeE1[row] =
        static_cast<float>(ellipticity * std::cos(2.0 * g.positionAngle) + shapeNoise * rng.normal());
    columns.shapeE2[row] =
        static_cast<float>(ellipticity * std::sin(2.0 * g.positionAngle) + shapeNoise * rng.normal());
    columns.sersic[row] = static_cast<float>(g.sersicIndex * std::exp(2.0 * shapeNoise * rng.normal()));
    for (std::size_t t = 0; t < targetCount; ++t) {
        const LabelModel& model = labelModels()[t];
        const SkewedNoise noise = model.noise(g, made.rMagnitude);
        const double value = model.value(g);
        columns.latent[t][row] = value;
        columns.label[t][row] = value + noise.draw(rng);
        columns.sigma[t][row] = 0.5 * (noise.sigmaLow + noise.sigmaHigh);
        for (std::size_t q = 0; q < oracleLevels.size(); ++q)
            columns.oracle[t * oracleLevels.size() + q][row] =
                static_cast<float>(value + noise.quantile(oracleLevels[q]));
    }
}

void describeFile(io::Hdf5File& file, const SurveyOptions& options) {
    file.setAttribute("/", "origin", "simulated by penumbra-cli simulate");
    file.setAttribute("/", "licence", "CC0-1.0: simulated data, no rights reserved");
    file.setAttribute("/", "penumbra_version", versionText);
    file.setAttribute("/", "seed", std::to_string(options.seed));
    file.setAttribute("/", "simulated", 1);
}

void writeScalars(io::Hdf5File& file, const Columns& columns, const SurveyOptions& options) {
    const std::size_t n = options.rows;
    std::vector<std::int64_t> ids(n);
    for (std::size_t i = 0; i < n; ++i)
        ids[i] = 39'000'000'000'000'000LL + static_cast<std::int64_t>(i); // beyond 2^53, as DESI's TARGETID
    file.writeIntegers("/object_id", ids);
    file.writeReals("/ra", columns.ra);
    file.writeReals("/dec", columns.dec);
    file.writeBytes("/split", drawSplit(n, options.trainFraction, options.calibrationFraction, options.seed));
    const auto column = [&](const std::string& name, const std::vector<float>& values,
                            const std::string& unit, const std::string& description) {
        const std::string path = "/columns/" + name;
        file.writeFloats(path, values);
        file.setAttribute(path, "unit", unit);
        file.setAttribute(path, "description", description);
    };
    for (std::size_t b = 0; b < photometryWidth; ++b) {
        const std::string band(surveyBands[b].name);
        column("FLUX_" + band, columns.flux[b], "nanomaggies",
               "model flux, not corrected for Milky Way dust");
        column("FLUX_IVAR_" + band, columns.fluxIvar[b], "nanomaggies^-2", "inverse variance of the flux");
    }
    column("EBV", columns.ebv, "mag", "Milky Way reddening");
    column("SHAPE_R", columns.shapeR, "arcsec", "half-light radius");
    column("SHAPE_E1", columns.shapeE1, "", "ellipticity component 1");
    column("SHAPE_E2", columns.shapeE2, "", "ellipticity component 2");
    column("SERSIC", columns.sersic, "", "Sersic index");
    for (std::size_t t = 0; t < targetCount; ++t) {
        const LabelModel& model = labelModels()[t];
        const std::string name(model.name);
        file.writeReals("/targets/" + name, columns.label[t]);
        file.setAttribute("/targets/" + name, "unit", std::string(model.unit));
        file.setAttribute("/targets/" + name, "label", std::string(model.label));
        file.writeReals("/target_errors/" + name, columns.sigma[t]);
        file.setAttribute("/target_errors/" + name, "unit", std::string(model.unit));
        column("true_" + name, std::vector<float>(columns.latent[t].begin(), columns.latent[t].end()),
               std::string(model.unit), "latent value before label noise");
        for (std::size_t q = 0; q < oracleLevels.size(); ++q)
            file.writeFloats("/oracle/" + name + "/" + std::string(oracleNames[q]),
                             columns.oracle[t * oracleLevels.size() + q]);
    }
}

/// Creates the datasets of the heavy parts; rows are streamed into them.
void createHeavyParts(io::Hdf5File& file, const SurveyOptions& options, std::size_t cutouts,
                      std::size_t spectra) {
    file.createFloats("/features/simulated_embedding", {options.rows, options.embeddingWidth});
    file.setAttribute("/features/simulated_embedding", "source",
                      "simulated: smooth function of the latent physics");
    if (cutouts > 0) {
        io::Hdf5WriteOptions packed;
        packed.deflate = 4;
        packed.chunkRows = 1;
        file.createFloats("/images/flux", {cutouts, cutoutBands.size(), cutoutSize, cutoutSize}, packed);
        file.setAttribute("/images", "bands", std::vector<std::string>{"DES-G", "DES-R", "DES-I", "DES-Z"});
        file.setAttribute("/images", "pixel_scale", cutoutPixelScaleArcsec);
        file.setAttribute("/images", "unit", "nanomaggies");
    }
    if (spectra > 0) {
        io::Hdf5WriteOptions packed;
        packed.deflate = 4;
        packed.chunkRows = 1;
        file.createFloats("/spectra/flux", {spectra, spectrumPixels}, packed);
        file.createFloats("/spectra/ivar", {spectra, spectrumPixels}, packed);
        file.createBooleans("/spectra/mask", {spectra, spectrumPixels}, packed);
        file.setAttribute("/spectra", "unit", "1e-17 erg/s/cm2/A");
        std::vector<double> wavelength(spectrumPixels);
        for (std::size_t i = 0; i < spectrumPixels; ++i)
            wavelength[i] = spectrumWavelengthAngstrom(i);
        file.writeReals("/spectra/wavelength", wavelength);
        file.setAttribute("/spectra/wavelength", "unit", "Angstrom");
    }
}

std::vector<std::int64_t> firstRows(std::size_t count) {
    std::vector<std::int64_t> rows(count);
    for (std::size_t i = 0; i < count; ++i)
        rows[i] = static_cast<std::int64_t>(i);
    return rows;
}

/// Coarse storage for compressible files: noise beyond 1/64 sigma carries no information.
void roundToNoise(std::span<float> values, double step) {
    for (float& value : values)
        value = static_cast<float>(std::round(value / step) * step);
}

void writeCutouts(io::Hdf5File& file, std::size_t count, std::uint64_t seed, const RunContext& context) {
    constexpr std::size_t block = 32;
    constexpr std::size_t values = cutoutBands.size() * cutoutSize * cutoutSize;
    for (std::size_t first = 0; first < count; first += block) {
        context.step(static_cast<double>(first) / static_cast<double>(count),
                     "cutouts " + withThousands(static_cast<long long>(first)) + "/" +
                         withThousands(static_cast<long long>(count)));
        const std::size_t n = std::min(block, count - first);
        std::vector<float> images(n * values);
        parallelFor(n, context.threads, [&](std::size_t begin, std::size_t end) {
            for (std::size_t i = begin; i < end; ++i) {
                context.checkStop();
                const NoiseFree made = makeGalaxy(seed, first + i);
                std::array<double, cutoutBands.size()> flux{};
                for (std::size_t b = 0; b < flux.size(); ++b) {
                    const Band& band = surveyBands[static_cast<std::size_t>(cutoutBands[b])];
                    flux[b] = made.flux[static_cast<std::size_t>(cutoutBands[b])] *
                              std::pow(10.0, -0.4 * band.extinctionPerEbv * made.galaxy.galacticEbv);
                }
                Rng rng = rowRng(seed, first + i, cutoutStream);
                const auto image = drawCutout(made.galaxy, flux, rng);
                std::copy(image.begin(), image.end(),
                          images.begin() + static_cast<std::ptrdiff_t>(i * values));
            }
        });
        roundToNoise(images, 1.0 / 4096.0);
        file.writeFloatRows("/images/flux", first, images);
    }
    if (count > 0)
        file.writeIntegers("/images/rows", firstRows(count));
}

void writeSpectra(io::Hdf5File& file, std::size_t count, std::uint64_t seed, const RunContext& context) {
    constexpr std::size_t block = 64;
    for (std::size_t first = 0; first < count; first += block) {
        context.step(static_cast<double>(first) / static_cast<double>(count),
                     "spectra " + withThousands(static_cast<long long>(first)) + "/" +
                         withThousands(static_cast<long long>(count)));
        const std::size_t n = std::min(block, count - first);
        std::vector<float> flux(n * spectrumPixels), ivar(n * spectrumPixels);
        std::vector<std::uint8_t> mask(n * spectrumPixels);
        parallelFor(n, context.threads, [&](std::size_t begin, std::size_t end) {
            for (std::size_t i = begin; i < end; ++i) {
                const NoiseFree made = makeGalaxy(seed, first + i);
                Rng rng = rowRng(seed, first + i, spectrumStream);
                // A 1.5 arcsec fibre on a galaxy of half-light radius r, in about 1 arcsec of seeing.
                const double fibreFraction = 0.75 / (0.75 + made.galaxy.halfLightArcsec);
                const Spectrum spectrum = drawSpectrum(SpectralModel(made.galaxy), fibreFraction, rng);
                const auto at = static_cast<std::ptrdiff_t>(i * spectrumPixels);
                std::copy(spectrum.flux.begin(), spectrum.flux.end(), flux.begin() + at);
                std::copy(spectrum.ivar.begin(), spectrum.ivar.end(), ivar.begin() + at);
                std::copy(spectrum.mask.begin(), spectrum.mask.end(), mask.begin() + at);
            }
        });
        roundToNoise(flux, 1.0 / 256.0);
        roundToNoise(ivar, 1.0 / 1024.0);
        file.writeFloatRows("/spectra/flux", first, flux);
        file.writeFloatRows("/spectra/ivar", first, ivar);
        file.writeBooleanRows("/spectra/mask", first, mask);
    }
    if (count > 0)
        file.writeIntegers("/spectra/rows", firstRows(count));
}

} // namespace

void writeSurvey(const SurveyOptions& options, const std::filesystem::path& path, const RunContext& context) {
    AtomicFile target(path);
    auto file = io::Hdf5File::create(target.temporaryPath());
    describeFile(file, options);
    const std::size_t cutouts = std::min(options.cutouts, options.rows);
    const std::size_t spectra = std::min(options.spectra, options.rows);
    createHeavyParts(file, options, cutouts, spectra);

    const EmbeddingModel embedding(options.embeddingWidth, options.embeddingNoise, options.seed);
    Columns columns(options.rows);
    // Costs measured per item: a galaxy 1, a cutout 400, a spectrum 60.
    const double heavy = 400.0 * static_cast<double>(cutouts) + 60.0 * static_cast<double>(spectra);
    const double rowShare = static_cast<double>(options.rows) / (static_cast<double>(options.rows) + heavy);
    const double imageShare = (1.0 - rowShare) * 400.0 * static_cast<double>(cutouts) / std::max(heavy, 1.0);
    constexpr std::size_t block = 8192;
    for (std::size_t first = 0; first < options.rows; first += block) {
        context.slice(0.0, rowShare)
            .step(static_cast<double>(first) / static_cast<double>(options.rows),
                  "galaxies " + withThousands(static_cast<long long>(first)) + "/" +
                      withThousands(static_cast<long long>(options.rows)));
        const std::size_t n = std::min(block, options.rows - first);
        std::vector<float> vectors(n * options.embeddingWidth);
        parallelFor(n, context.threads, [&](std::size_t begin, std::size_t end) {
            for (std::size_t i = begin; i < end; ++i) {
                const NoiseFree made = makeGalaxy(options.seed, first + i);
                fillRow(made, options.seed, first + i, columns);
                Rng rng = rowRng(options.seed, first + i, embeddingStream);
                embedding.embed(
                    made.galaxy, made.rMagnitude, rng,
                    std::span(vectors).subspan(i * options.embeddingWidth, options.embeddingWidth));
            }
            context.checkStop();
        });
        file.writeFloatRows("/features/simulated_embedding", first, vectors);
    }
    writeScalars(file, columns, options);
    writeCutouts(file, cutouts, options.seed, context.slice(rowShare, rowShare + imageShare));
    writeSpectra(file, spectra, options.seed, context.slice(rowShare + imageShare, 1.0));
    file.close();
    target.commit();
}

} // namespace penumbra::mock
