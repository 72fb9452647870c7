#include "core/report/spectrum_panel.h"

#include "core/base/text.h"
#include "core/report/figures/figure_parts.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace penumbra::report {

namespace {

constexpr double notKnown = std::numeric_limits<double>::quiet_NaN();
constexpr std::size_t kDrawnPixels = 700; ///< that the eye can tell apart

// clang-format off
constexpr std::array lines = {
    SpectralLine{"Lyα", 1215.67, true},     SpectralLine{"C IV", 1549.48, true},   SpectralLine{"C III]", 1908.73, true},
    SpectralLine{"Mg II", 2799.12, true},   SpectralLine{"[O II]", 3728.48, true}, SpectralLine{"K", 3934.78, true},
    SpectralLine{"H", 3969.59, true},       SpectralLine{"Hδ", 4102.89, false},    SpectralLine{"G", 4305.61, true},
    SpectralLine{"Hγ", 4341.68, false},     SpectralLine{"Hβ", 4862.68, true},     SpectralLine{"[O III]", 4960.30, false},
    SpectralLine{"[O III]", 5008.24, true}, SpectralLine{"Mg", 5176.70, true},     SpectralLine{"Na D", 5895.60, true},
    SpectralLine{"Hα", 6564.61, true},      SpectralLine{"[N II]", 6585.27, false}, SpectralLine{"[S II]", 6718.29, false},
    SpectralLine{"[S II]", 6732.67, false}, SpectralLine{"Ca II", 8500.36, false}, SpectralLine{"Ca II", 8544.44, true},
    SpectralLine{"Ca II", 8664.52, false},
};
// clang-format on

bool isGood(const ObservedSpectrum& spectrum, std::size_t i) {
    return (spectrum.bad.empty() || spectrum.bad[i] == 0) && std::isfinite(spectrum.flux[i]) &&
           (spectrum.ivar.empty() || spectrum.ivar[i] > 0.0F);
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
            if (!isGood(spectrum, i))
                continue;
            const double w = spectrum.ivar.empty() ? 1.0 : static_cast<double>(spectrum.ivar[i]);
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

/// The range of nearly all pixels: a few residuals of sky lines must not flatten the galaxy. False: there
/// are none.
bool setRange(Axis& axis, const std::vector<double>& flux) {
    std::vector<double> sorted;
    for (const double value : flux)
        if (std::isfinite(value))
            sorted.push_back(value);
    if (sorted.empty())
        return false;
    std::sort(sorted.begin(), sorted.end());
    const auto at = [&](double share) {
        return sorted[static_cast<std::size_t>(share * static_cast<double>(sorted.size() - 1))];
    };
    const double low = std::min(0.0, at(0.01)), high = at(0.998);
    axis.low = low - 0.08 * (high - low);
    axis.high = high + 0.15 * (high - low);
    return true;
}

Series errorBand(const Smoothed& line) {
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
    return band;
}

/// Stretches of the axis with masked pixels, as one band of the panel's height, and what these pixels hold.
std::vector<Series> maskedPixels(const ObservedSpectrum& spectrum, const Panel& panel, double stretch) {
    Series band, held;
    band.kind = Series::Kind::Band;
    band.name = "masked pixels";
    held.kind = Series::Kind::Points;
    held.name = "flux of masked pixels";
    const auto at = [&](std::size_t i) { return static_cast<double>(spectrum.wavelength[i]) / stretch; };
    const auto edge = [&](double x, bool high) {
        band.x.push_back(x);
        band.yLow.push_back(panel.y.low);
        band.yHigh.push_back(high ? panel.y.high : panel.y.low);
    };
    const std::size_t n = spectrum.flux.size();
    for (std::size_t i = 0; i < n;) {
        if (isGood(spectrum, i)) {
            ++i;
            continue;
        }
        std::size_t end = i;
        for (; end < n && !isGood(spectrum, end); ++end)
            if (std::isfinite(spectrum.flux[end])) {
                held.x.push_back(at(end));
                held.y.push_back(static_cast<double>(spectrum.flux[end]));
            }
        const double left = i == 0 ? at(i) : 0.5 * (at(i - 1) + at(i));
        const double right = end == n ? at(n - 1) : 0.5 * (at(end - 1) + at(end));
        edge(left, false);
        edge(left, true);
        edge(right, true);
        edge(right, false);
        i = end;
    }
    std::vector<Series> found;
    if (!band.x.empty())
        found.push_back(std::move(band));
    if (!held.x.empty())
        found.push_back(std::move(held));
    return found;
}

/// Lines at the predicted redshift: short ones along the top, so that the flux stays in sight.
Series predictedMarkers(const Panel& panel, double redshift, bool all, double stretch) {
    Series series;
    series.kind = Series::Kind::Line;
    series.name = "predicted z = " + formatFixed(redshift, 3);
    series.paletteIndex = 0;
    for (const SpectralLine& line : lines) {
        const double x = line.angstrom * (1.0 + redshift) / stretch;
        if (!(x > panel.x.low && x < panel.x.high) || !(all || line.main))
            continue;
        const double foot = panel.y.high - 0.2 * (panel.y.high - panel.y.low);
        for (const double y : {foot, panel.y.high, notKnown}) { // NaN parts it from the next
            series.x.push_back(x);
            series.y.push_back(y);
            series.label.emplace_back(line.name);
        }
    }
    return series;
}

void addLines(Panel& panel, const Redshifts& redshifts, const SpectrumLook& look, double stretch) {
    if (look.trueLines && std::isfinite(redshifts.truth))
        for (const SpectralLine& known : lines) {
            const double x = known.angstrom * (1.0 + redshifts.truth) / stretch;
            if (x > panel.x.low && x < panel.x.high && (look.allLines || known.main))
                panel.lines.push_back({false, x, known.name});
        }
    if (look.predictedLines && std::isfinite(redshifts.predicted)) {
        Series markers = predictedMarkers(panel, redshifts.predicted, look.allLines, stretch);
        if (!markers.x.empty())
            panel.series.push_back(std::move(markers));
    }
}

} // namespace

std::span<const SpectralLine> spectralLines() {
    return lines;
}

Panel spectrumPanel(const ObservedSpectrum& spectrum, const Redshifts& redshifts, const SpectrumLook& look) {
    Panel panel;
    const double z = std::isfinite(redshifts.truth) ? redshifts.truth : redshifts.predicted;
    const bool rest = look.rest && std::isfinite(z) && z > -1.0;
    const double stretch = rest ? 1.0 + z : 1.0;
    panel.x.label = rest ? "wavelength at rest (z = " + formatFixed(z, 3) + "), Å" : "observed wavelength, Å";
    panel.y.label = "flux" + (spectrum.unit.empty() ? std::string() : ", " + printedUnit(spectrum.unit));
    const std::size_t pixels = look.average > 0
                                   ? static_cast<std::size_t>(look.average)
                                   : std::max<std::size_t>(1, spectrum.flux.size() / kDrawnPixels);
    Smoothed line = smoothed(spectrum, pixels);
    for (double& wavelength : line.wavelength)
        wavelength /= stretch;
    if (line.wavelength.empty() || !setRange(panel.y, line.flux)) {
        panel.emptyMessage = "Every pixel of this spectrum is masked.";
        return panel;
    }
    panel.x.low = line.wavelength.front();
    panel.x.high = line.wavelength.back();
    if (look.masked)
        for (Series& series : maskedPixels(spectrum, panel, stretch))
            panel.series.push_back(std::move(series));
    if (Series band = errorBand(line); look.errors && !band.x.empty())
        panel.series.push_back(std::move(band));
    Series curve;
    curve.kind = Series::Kind::Line;
    curve.name = "flux";
    curve.x = line.wavelength;
    curve.y = line.flux;
    panel.series.push_back(std::move(curve));
    addLines(panel, redshifts, look, stretch);
    return panel;
}

} // namespace penumbra::report
