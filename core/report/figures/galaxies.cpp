#include "core/base/error.h"
#include "core/base/json_text.h"
#include "core/base/text.h"
#include "core/report/figures/figure_parts.h"
#include "core/report/galaxy_figures.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

namespace penumbra::report {

namespace {

constexpr double notKnown = std::numeric_limits<double>::quiet_NaN();

/// Lines a reader looks for, vacuum wavelength at rest in Angstrom.
struct SpectralLine {
    const char* name;
    double angstrom;
};
constexpr SpectralLine spectralLines[] = {
    {"[O II]", 3728.5}, {"Ca", 3951.0}, {"G", 4305.6}, {"[O III]", 5008.2}, {"Na D", 5895.6}, {"Hα", 6564.6},
};

/// Place of a band from blue to red by the last piece of its name ("DES-G"); -1 if unknown.
int bandOrder(const std::string& name) {
    const std::string last = lowered(name.substr(name.find_last_of('-') + 1));
    static const std::string order[] = {"u", "g", "r", "i", "z", "y"};
    const auto found = std::find(std::begin(order), std::end(order), last);
    return found == std::end(order) ? -1 : static_cast<int>(found - std::begin(order));
}

struct ColourBands {
    std::array<std::size_t, 3> band{}; ///< for red, green, blue
    std::array<double, 3> scale{1.0, 1.0, 1.0};
};

ColourBands colourBands(const Cutout& cutout, std::size_t bands) {
    ColourBands out;
    std::array<std::ptrdiff_t, 6> at{};
    at.fill(-1);
    for (std::size_t b = 0; b < std::min(bands, cutout.bands.size()); ++b)
        if (const int order = bandOrder(cutout.bands[b]); order >= 0)
            at[static_cast<std::size_t>(order)] = static_cast<std::ptrdiff_t>(b);
    const std::ptrdiff_t g = at[1], r = at[2], red = at[4] >= 0 ? at[4] : at[3];
    if (g >= 0 && r >= 0 && red >= 0) {
        out.band = {static_cast<std::size_t>(red), static_cast<std::size_t>(r), static_cast<std::size_t>(g)};
        out.scale = {2.2, 3.4, 6.0}; // the Legacy Survey viewer's, for z, r, g in nanomaggies per pixel
    } else {
        out.band = {bands - 1, bands / 2, 0};
        out.scale = {3.4, 3.4, 3.4};
    }
    return out;
}

/// Mean of neighbouring good pixels weighted by ivar, NaN where none is good: what the eye needs at this
/// size.
struct Smoothed {
    std::vector<double> wavelength, flux, sigma;
};
Smoothed smoothed(const ObservedSpectrum& spectrum, std::size_t pixels) {
    Smoothed out;
    for (std::size_t first = 0; first < spectrum.flux.size(); first += pixels) {
        const std::size_t last = std::min(first + pixels, spectrum.flux.size());
        double weight = 0.0, sum = 0.0;
        for (std::size_t i = first; i < last; ++i) {
            const bool good =
                (spectrum.bad.empty() || spectrum.bad[i] == 0) && std::isfinite(spectrum.flux[i]);
            const double w = !good                   ? 0.0
                             : spectrum.ivar.empty() ? 1.0
                                                     : static_cast<double>(spectrum.ivar[i]);
            if (!(w > 0.0))
                continue;
            weight += w;
            sum += w * static_cast<double>(spectrum.flux[i]);
        }
        out.wavelength.push_back(0.5 * (static_cast<double>(spectrum.wavelength[first]) +
                                        static_cast<double>(spectrum.wavelength[last - 1])));
        out.flux.push_back(weight > 0.0 ? sum / weight : notKnown);
        out.sigma.push_back(weight > 0.0 && !spectrum.ivar.empty() ? 1.0 / std::sqrt(weight) : notKnown);
    }
    return out;
}

Panel spectrumPanel(const ObservedSpectrum& spectrum, double redshift) {
    Panel panel;
    panel.x.label = "observed wavelength, Å";
    panel.y.label = "flux" + (spectrum.unit.empty() ? std::string() : ", " + printedUnit(spectrum.unit));
    const Smoothed line = smoothed(spectrum, std::max<std::size_t>(1, spectrum.flux.size() / 700));
    Series band;
    band.kind = Series::Kind::Band;
    band.name = "flux ± 1 sigma";
    for (std::size_t i = 0; i < line.flux.size(); ++i) {
        if (std::isnan(line.flux[i]) || std::isnan(line.sigma[i]))
            continue;
        band.x.push_back(line.wavelength[i]);
        band.yLow.push_back(line.flux[i] - line.sigma[i]);
        band.yHigh.push_back(line.flux[i] + line.sigma[i]);
    }
    Series curve;
    curve.kind = Series::Kind::Line;
    curve.name = "flux";
    curve.x = line.wavelength;
    curve.y = line.flux;
    std::vector<double> sorted;
    for (const double value : line.flux)
        if (std::isfinite(value))
            sorted.push_back(value);
    if (sorted.empty()) {
        panel.emptyMessage = "Every pixel of this spectrum is masked.";
        return panel;
    }
    // The range of nearly all pixels: a few residuals of sky lines must not flatten the galaxy.
    std::sort(sorted.begin(), sorted.end());
    const auto at = [&](double share) {
        return sorted[static_cast<std::size_t>(share * static_cast<double>(sorted.size() - 1))];
    };
    const double low = std::min(0.0, at(0.01)), high = at(0.998);
    panel.y.low = low - 0.08 * (high - low);
    panel.y.high = high + 0.15 * (high - low);
    panel.x.low = line.wavelength.front();
    panel.x.high = line.wavelength.back();
    if (!band.x.empty())
        panel.series.push_back(std::move(band));
    panel.series.push_back(std::move(curve));
    if (std::isfinite(redshift))
        for (const SpectralLine& known : spectralLines) {
            const double observed = known.angstrom * (1.0 + redshift);
            if (observed > panel.x.low && observed < panel.x.high)
                panel.lines.push_back({false, observed, known.name});
        }
    return panel;
}

void describe(OptionSet& options) {
    options
        .textList(
            "objects", {},
            "Object ids to draw; empty: the first ones that have both a cutout and a spectrum, or either.")
        .in("Galaxies");
    options.integer("count", 4, "How many, where objects names none.").range(1, 40).in("Galaxies");
}

bool contains(const std::vector<std::int64_t>& rows, std::int64_t row) {
    return std::find(rows.begin(), rows.end(), row) != rows.end();
}

/// Rows with both before rows with one.
std::vector<std::size_t> firstRows(const ModalityReader& reader, std::size_t count) {
    std::vector<std::size_t> both, one;
    for (const std::int64_t row : reader.cutoutRows())
        (contains(reader.spectrumRows(), row) ? both : one).push_back(static_cast<std::size_t>(row));
    if (both.size() < count)
        for (const std::int64_t row : reader.spectrumRows())
            if (!contains(reader.cutoutRows(), row))
                one.push_back(static_cast<std::size_t>(row));
    both.insert(both.end(), one.begin(), one.end());
    both.resize(std::min(count, both.size()));
    return both;
}

std::vector<std::size_t> namedRows(const Catalogue& catalogue, const std::vector<std::string>& ids) {
    std::vector<std::size_t> rows;
    for (const std::string& id : ids) {
        std::size_t row = 0;
        while (row < catalogue.rowCount && catalogue.idText(row) != id)
            ++row;
        if (row == catalogue.rowCount)
            throw Error(catalogue.path.string() + ": no object has the id '" + id +
                        "'; penumbra-cli inspect shows the first ids.");
        rows.push_back(row);
    }
    return rows;
}

[[noreturn]] void refuseEmpty(const Catalogue& catalogue, const ModalityReader& reader) {
    const auto cutouts = reader.cutoutRows().size(), spectra = reader.spectrumRows().size();
    if (cutouts + spectra == 0)
        throw Error(
            catalogue.path.string() +
            " holds neither cutouts (/images) nor spectra (/spectra), so there are no galaxies to "
            "draw. Give a catalogue that holds them; penumbra-cli inspect says what is in a file, and "
            "penumbra-cli simulate makes one with both.");
    throw Error(catalogue.path.string() + ": none of the galaxies in --objects has a cutout or a spectrum; " +
                withThousands(static_cast<long long>(cutouts)) + " galaxies of the file have cutouts, " +
                withThousands(static_cast<long long>(spectra)) +
                " have spectra. Without --objects the first of these are drawn.");
}

FigureSpec make(const Catalogue& catalogue, const OptionSet& options, const RunContext& context) {
    FigureSpec figure;
    figure.kind = "galaxies";
    figure.recipeJson = jsonText(nlohmann::json{{"catalogue", catalogue.path.string()}});
    figure.widthMm = 180.0;
    const ModalityReader reader(catalogue);
    const auto& ids = options.getTextList("objects");
    const auto rows = ids.empty() ? firstRows(reader, static_cast<std::size_t>(options.getInteger("count")))
                                  : namedRows(catalogue, ids);
    bool cutouts = false, spectra = false;
    for (const std::size_t row : rows) {
        context.checkStop();
        cutouts = cutouts || contains(reader.cutoutRows(), static_cast<std::int64_t>(row));
        spectra = spectra || contains(reader.spectrumRows(), static_cast<std::int64_t>(row));
    }
    if (!cutouts && !spectra)
        refuseEmpty(catalogue, reader);
    figure.columns = cutouts && spectra ? 2 : spectra ? 1 : 4;
    for (const std::size_t row : rows) {
        const double z = redshiftOf(catalogue, row);
        std::string heading = catalogue.idText(row);
        if (std::isfinite(z))
            heading += ", z = " + formatFixed(z, 3);
        auto panels = galaxyPanels(reader.cutout(row), reader.spectrum(row), heading, z);
        if (figure.columns == 2 && panels.size() == 1) { // keep the columns in step
            Panel missing;
            missing.emptyMessage = panels.front().bare ? "no spectrum" : "no cutout";
            missing.heading = panels.front().bare ? "" : heading;
            panels.insert(panels.front().bare ? panels.end() : panels.begin(), missing);
        }
        for (Panel& panel : panels)
            figure.panels.push_back(std::move(panel));
    }
    for (std::size_t i = 0; i + 2 < figure.panels.size() && spectra; ++i)
        figure.panels[i].x.label.clear(); // said once, below the last
    const double lines = std::ceil(static_cast<double>(figure.panels.size()) / figure.columns);
    figure.heightMm = std::min(240.0, lines * (spectra ? 44.0 : 46.0) + 8.0);
    figure.caption = "Cutouts in colour (arcsinh stretch of Lupton et al. 2004) and spectra, averaged over "
                     "neighbouring pixels "
                     "with inverse-variance weights; the band is one standard error, masked pixels are left "
                     "out. Vertical lines: "
                     "lines at the catalogue's redshift.";
    return figure;
}

} // namespace

double redshiftOf(const Catalogue& catalogue, std::size_t row) {
    const auto fromColumn = [&](const std::string& name) {
        for (const io::Column& column : catalogue.columns.columns)
            if (lowered(column.name) == name && column.isNumeric() && row < column.rows())
                return column.asReal(row);
        return notKnown;
    };
    if (const double latent = fromColumn("true_z"); std::isfinite(latent))
        return latent; // simulated: the label carries noise, the spectrum does not
    for (const Target& target : catalogue.targets)
        if (lowered(target.name) == "z" && row < target.values.size())
            return target.values[row];
    return fromColumn("z");
}

Series pictureOf(const Cutout& cutout) {
    Series series;
    series.kind = Series::Kind::Picture;
    series.name = "cutout";
    series.pixelsAcross = cutout.width;
    series.pixelsDown = cutout.height;
    series.pixelScaleArcsec = cutout.pixelScaleArcsec;
    const std::size_t pixels = cutout.width * cutout.height;
    const std::size_t bands = pixels == 0 ? 0 : cutout.flux.size() / pixels;
    series.rgb.assign(3 * pixels, 0);
    if (bands == 0)
        return series;
    const ColourBands colours = colourBands(cutout, bands);
    constexpr double softening = 20.0, pedestal = 0.03;
    for (std::size_t i = 0; i < pixels; ++i) {
        std::array<double, 3> value{};
        double mean = 0.0;
        for (std::size_t c = 0; c < 3; ++c) {
            const double flux = static_cast<double>(cutout.flux[colours.band[c] * pixels + i]);
            value[c] = std::isfinite(flux) ? std::max(0.0, flux * colours.scale[c] + pedestal) : 0.0;
            mean += value[c] / 3.0;
        }
        const double stretch =
            mean > 0.0 ? std::asinh(softening * mean) / (std::sqrt(softening) * mean) : 0.0;
        // Image rows run from the south up; pictures from the top down.
        const std::size_t y = cutout.height - 1 - i / cutout.width, x = i % cutout.width;
        for (std::size_t c = 0; c < 3; ++c)
            series.rgb[3 * (y * cutout.width + x) + c] =
                static_cast<std::uint8_t>(std::lround(255.0 * std::clamp(value[c] * stretch, 0.0, 1.0)));
    }
    return series;
}

std::vector<Panel> galaxyPanels(const std::optional<Cutout>& cutout,
                                const std::optional<ObservedSpectrum>& spectrum, const std::string& heading,
                                double redshift) {
    std::vector<Panel> panels;
    if (cutout) {
        Panel panel;
        panel.bare = true;
        panel.heading = heading;
        panel.series.push_back(pictureOf(*cutout));
        panels.push_back(std::move(panel));
    }
    if (spectrum) {
        Panel panel = spectrumPanel(*spectrum, redshift);
        panel.widthShare = cutout ? 3.0 : 1.0;
        panels.push_back(std::move(panel));
    }
    return panels;
}

GalaxyFigureKind galaxiesFigure() {
    return {"galaxies", "Galaxies",
            "cutouts and spectra of single galaxies, from a catalogue that holds them (no study is needed)",
            describe, make};
}

} // namespace penumbra::report
