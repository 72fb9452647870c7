// What AION generated of one galaxy, as a figure and in words.

#include "core/base/text.h"
#include "core/encoding/galaxy_generation.h"
#include "core/report/cutout_picture.h"

#include <algorithm>
#include <cmath>

namespace penumbra::workflow {

namespace {

using aion::ModalityKind;
using report::Panel;
using report::Series;

constexpr std::size_t drawnPixels = 500, singleDraws = 3, side = 96;

std::string quantityOf(const GenerateTarget& target) {
    return std::string(target.modality->codec);
}

Series line(const std::string& name, std::vector<double> x, std::vector<double> y, int palette) {
    Series series;
    series.kind = Series::Kind::Line;
    series.name = name;
    series.x = std::move(x);
    series.y = std::move(y);
    series.paletteIndex = palette;
    return series;
}

/// Means of neighbouring values: no more of them than the eye can tell apart.
class Thinned {
public:
    explicit Thinned(std::size_t values) : each_(std::max<std::size_t>(1, values / drawnPixels)) {}
    std::size_t each() const { return each_; }
    std::vector<double> operator()(std::span<const float> values) const {
        std::vector<double> means;
        for (std::size_t first = 0; first < values.size(); first += each_) {
            double sum = 0.0;
            std::size_t known = 0;
            for (std::size_t i = first; i < std::min(first + each_, values.size()); ++i)
                if (std::isfinite(values[i])) {
                    sum += static_cast<double>(values[i]);
                    ++known;
                }
            means.push_back(known == 0 ? std::nan("") : sum / static_cast<double>(known));
        }
        return means;
    }

private:
    std::size_t each_;
};

Panel fan(const GeneratedTarget& target) {
    const GenerateTarget& kind = *target.kind;
    const bool spectrum = !kind.wavelength.empty();
    const Thinned thin(kind.values);
    std::vector<float> places = kind.wavelength;
    for (std::size_t i = places.size(); i < kind.values; ++i)
        places.push_back(static_cast<float>(i + 1));
    const std::vector<double> x = thin(places);
    std::vector<std::vector<float>> draws;
    for (const auto& draw : target.draws) {
        const std::vector<double> means = thin(draw);
        draws.emplace_back(means.begin(), means.end());
    }
    const auto bands = drawnBands(draws);
    const auto doubles = [](const std::vector<float>& v) { return std::vector<double>(v.begin(), v.end()); };
    Panel panel;
    panel.x.label = spectrum ? "wavelength, Å" : "coefficient";
    panel.y.label = spectrum ? "flux, 1e-17 erg/s/cm²/Å" : quantityOf(kind);
    panel.x.low = x.front();
    panel.x.high = x.back();
    Series band;
    band.kind = Series::Kind::Band;
    band.name = "16 to 84 % of " + std::to_string(target.draws.size()) + " draws";
    band.x = x;
    band.yLow = doubles(bands[1]);
    band.yHigh = doubles(bands[2]);
    panel.series.push_back(std::move(band));
    for (std::size_t d = 0; d < std::min(singleDraws, draws.size()); ++d)
        panel.series.push_back(line("draw " + std::to_string(d + 1), x, doubles(draws[d]), 3));
    if (target.measured.present()) {
        panel.series.push_back(line("measured", x, thin(target.measured.observed), 2));
        panel.series.push_back(line("kept by its tokens", x, thin(target.measured.kept), 1));
    }
    panel.series.push_back(line("median (grey: 16 to 84 %)", x, doubles(bands[0]), 0));
    std::vector<double> all; // noise at the ends must not flatten the galaxy
    for (const Series& series : panel.series)
        for (const auto* values : {&series.y, &series.yLow, &series.yHigh})
            std::copy_if(values->begin(), values->end(), std::back_inserter(all),
                         [](double v) { return std::isfinite(v); });
    std::sort(all.begin(), all.end());
    if (spectrum && !all.empty()) {
        const auto at = [&](double share) {
            return all[static_cast<std::size_t>(share * static_cast<double>(all.size() - 1))];
        };
        const double low = at(0.005), high = at(0.995), room = 0.08 * (high - low);
        panel.y.low = low - room;
        panel.y.high = high + room;
    }
    return panel;
}

/// Grey from 0 (black) to 1.
Series grey(std::span<const float> values) {
    Series series;
    series.kind = Series::Kind::Picture;
    series.name = "map";
    series.pixelsAcross = series.pixelsDown = side;
    series.rgb.resize(3 * side * side);
    for (std::size_t i = 0; i < side * side; ++i) {
        const std::size_t place = (side - 1 - i / side) * side + i % side; // south is below
        const float value = std::isfinite(values[i]) ? std::clamp(values[i], 0.0F, 1.0F) : 0.0F;
        std::fill_n(series.rgb.begin() + static_cast<std::ptrdiff_t>(3 * place), 3,
                    static_cast<std::uint8_t>(std::lround(255.0F * value)));
    }
    return series;
}

Series pictureOf(const GenerateTarget& kind, const std::vector<float>& values) {
    if (kind.bands.empty())
        return grey(values);
    Cutout cutout;
    cutout.width = cutout.height = side;
    for (std::size_t b = 0; b < kind.bands.size(); ++b) { // a band that was not measured is left out
        const auto first = values.begin() + static_cast<std::ptrdiff_t>(b * side * side);
        if (std::isnan(*first))
            continue;
        cutout.bands.push_back(kind.bands[b]);
        cutout.flux.insert(cutout.flux.end(), first, first + side * side);
    }
    return report::pictureOf(cutout);
}

/// Half the width of the band, mean over the bands of the image; white is the largest.
Series spreadPicture(const std::vector<std::vector<float>>& bands) {
    std::vector<float> spread(side * side, 0.0F);
    for (std::size_t v = 0; v < bands[1].size(); ++v)
        spread[v % (side * side)] += (bands[2][v] - bands[1][v]) / 2.0F;
    const float most = *std::max_element(spread.begin(), spread.end());
    for (float& value : spread)
        value = most > 0.0F ? value / most : 0.0F;
    return grey(spread);
}

std::vector<Panel> pictures(const GeneratedTarget& target) {
    const GenerateTarget& kind = *target.kind;
    std::vector<Panel> panels;
    if (target.measured.present()) {
        panels.push_back(report::picturePanel(pictureOf(kind, target.measured.observed), "measured"));
        panels.push_back(report::picturePanel(pictureOf(kind, target.measured.kept), "kept by its tokens"));
    }
    const auto bands = drawnBands(target.draws);
    panels.push_back(report::picturePanel(pictureOf(kind, bands[0]), "median"));
    for (std::size_t d = 0; d < std::min<std::size_t>(2, target.draws.size()); ++d)
        panels.push_back(
            report::picturePanel(pictureOf(kind, target.draws[d]), "draw " + std::to_string(d + 1)));
    panels.push_back(report::picturePanel(spreadPicture(bands), "spread"));
    return panels;
}

/// Values of logarithmic bins are shown as they are, on a logarithmic axis.
Panel density(const GeneratedTarget& target) {
    const aion::TokenPosterior& p = *target.posterior;
    const aion::TokenBins& bins = p.bins();
    const auto value = [&](double scaled) { return bins.logarithmic ? std::exp(scaled) : scaled; };
    Panel panel;
    panel.x.label = quantityOf(*target.kind);
    panel.x.logarithmic = bins.logarithmic;
    panel.y.label = bins.logarithmic ? "probability per unit of ln " + panel.x.label : "probability density";
    Series band;
    band.kind = Series::Kind::Band;
    band.name = "AION's posterior";
    const double low = p.quantile(0.001), high = p.quantile(0.999);
    for (std::size_t k = 0; k < bins.size(); ++k) {
        if (!(bins.width(k) > 0.0) || bins.upper[k] < low || bins.lower[k] > high)
            continue;
        band.x.push_back(value(bins.middle(k)));
        band.xLow.push_back(value(bins.lower[k]));
        band.xHigh.push_back(value(bins.upper[k]));
        band.yLow.push_back(0.0);
        band.yHigh.push_back(p.probability()[k] / bins.width(k));
    }
    panel.series.push_back(std::move(band));
    panel.lines.push_back({false, value(p.quantile(0.5)), "median"});
    if (std::isfinite(target.truth)) {
        const auto& heights = panel.series.front().yHigh;
        const double top = heights.empty() ? 1.0 : *std::max_element(heights.begin(), heights.end());
        panel.series.push_back(line("catalogue", {target.truth, target.truth}, {0.0, top}, 1));
    }
    return panel;
}

} // namespace

report::FigureSpec generatedFigure(const GeneratedTarget& target) {
    report::FigureSpec figure;
    figure.kind = "generated";
    figure.caption = generatedText(target);
    const ModalityKind kind = target.kind->modality->kind;
    if (target.posterior) {
        figure.panels.push_back(density(target));
    } else if (kind == ModalityKind::Image || kind == ModalityKind::Field) {
        figure.panels = pictures(target);
        figure.columns = 2;
    } else {
        figure.panels.push_back(fan(target));
    }
    return figure;
}

std::string generatedText(const GeneratedTarget& target) {
    const std::string what = quantityOf(*target.kind);
    if (target.posterior) {
        const aion::TokenPosterior& p = *target.posterior;
        const auto at = [&](double level) {
            const double q = p.quantile(level);
            return formatReal(p.bins().logarithmic ? std::exp(q) : q, 4);
        };
        std::string text = what + ": median " + at(0.5) + ", 68 % from " + at(0.16) + " to " + at(0.84) +
                           ", 90 % from " + at(0.05) + " to " + at(0.95) + ".";
        if (std::isfinite(target.truth)) {
            const double pit = p.pit(p.bins().logarithmic ? std::log(target.truth) : target.truth).value;
            text += " The catalogue has " + formatReal(target.truth, 4) + ", at " +
                    formatReal(100.0 * pit, 3) + " % of the posterior.";
        }
        return text;
    }
    if (!target.measured.present())
        return std::to_string(target.draws.size()) + " draws of " + what +
               "; the catalogue has no measurement of it to compare with.";
    BandCounter counter;
    const auto bands = drawnBands(target.draws);
    counter.add(bands[1], bands[2], target.measured);
    return what + ": " + counter.coverage(target.draws.size()).text() + ".";
}

} // namespace penumbra::workflow
