#include "core/report/cutout_picture.h"

#include "core/base/error.h"
#include "core/base/text.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace penumbra::report {

namespace {

/// The viewer's softening and pedestal; it reaches white where asinh(softening x) = sqrt(softening).
constexpr double kSoftening = 20.0, kPedestal = 0.03;
constexpr double kGreyScale = 3.4; ///< of one band alone: the viewer's for r
constexpr double kLogSteepness = 1000.0;

double surveyWhite() {
    return std::sinh(std::sqrt(kSoftening)) / kSoftening;
}

constexpr std::array stretches = {std::pair{"asinh", Stretch::Asinh}, std::pair{"linear", Stretch::Linear},
                                  std::pair{"log", Stretch::Log}};
constexpr std::array limitKinds = {std::pair{"survey", Limits::Survey}, std::pair{"minmax", Limits::MinMax},
                                   std::pair{"99.5%", Limits::Percent995},
                                   std::pair{"98%", Limits::Percent98}};

template <typename Table>
std::vector<std::string> namesIn(const Table& table) {
    std::vector<std::string> names;
    for (const auto& [name, value] : table)
        names.emplace_back(name);
    return names;
}

template <typename Table>
auto valueIn(const Table& table, const std::string& name, const char* what) {
    for (const auto& [known, value] : table)
        if (name == known)
            return value;
    throw UsageError(std::string("There is no ") + what + " '" + name +
                     "'. There are: " + joinText(namesIn(table), ", ") + ".");
}

template <typename Table, typename Value>
std::string nameIn(const Table& table, Value wanted) {
    for (const auto& [name, value] : table)
        if (value == wanted)
            return name;
    return {};
}

/// Place of a band from blue to red by the last piece of its name ("DES-G"); -1 if unknown.
int bandOrder(const std::string& name) {
    const std::string last = lowered(name.substr(name.find_last_of('-') + 1));
    static const std::string order[] = {"u", "g", "r", "i", "z", "y"};
    const auto found = std::find(std::begin(order), std::end(order), last);
    return found == std::end(order) ? -1 : static_cast<int>(found - std::begin(order));
}

/// What stands behind red, green and blue.
struct Channels {
    std::array<std::size_t, 3> band{};
    std::array<double, 3> scale{1.0, 1.0, 1.0};
};

Channels channelsOf(const Cutout& cutout, std::size_t bands, const std::string& band) {
    Channels out;
    for (std::size_t b = 0; b < std::min(bands, cutout.bands.size()); ++b)
        if (!band.empty() && cutout.bands[b] == band)
            return {{b, b, b}, {kGreyScale, kGreyScale, kGreyScale}};
    std::array<std::ptrdiff_t, 6> at{};
    at.fill(-1);
    for (std::size_t b = 0; b < std::min(bands, cutout.bands.size()); ++b)
        if (const int order = bandOrder(cutout.bands[b]); order >= 0)
            at[static_cast<std::size_t>(order)] = static_cast<std::ptrdiff_t>(b);
    const std::ptrdiff_t g = at[1], r = at[2], red = at[4] >= 0 ? at[4] : at[3];
    if (g >= 0 && r >= 0 && red >= 0) {
        out.band = {static_cast<std::size_t>(red), static_cast<std::size_t>(r), static_cast<std::size_t>(g)};
        out.scale = {2.2, 3.4, 6.0}; // the viewer's, for z, r, g in nanomaggies per pixel
    } else {
        out.band = {bands - 1, bands / 2, 0};
        out.scale = {kGreyScale, kGreyScale, kGreyScale};
    }
    return out;
}

/// Scaled brightness of the channels, [pixels, 3]; NaN where a pixel is no number.
std::vector<std::array<double, 3>> brightnessOf(const Cutout& cutout, const Channels& channels) {
    const std::size_t pixels = cutout.width * cutout.height;
    std::vector<std::array<double, 3>> values(pixels);
    for (std::size_t i = 0; i < pixels; ++i)
        for (std::size_t c = 0; c < 3; ++c)
            values[i][c] =
                static_cast<double>(cutout.flux[channels.band[c] * pixels + i]) * channels.scale[c];
    return values;
}

/// Black and white of the preset, from the channels' values.
std::pair<double, double> limitsOf(const std::vector<std::array<double, 3>>& values, Limits limits) {
    if (limits == Limits::Survey)
        return {-kPedestal, surveyWhite() - kPedestal};
    std::vector<double> sorted;
    for (const auto& pixel : values)
        for (const double value : pixel)
            if (std::isfinite(value))
                sorted.push_back(value);
    if (sorted.empty())
        return {0.0, 1.0};
    std::sort(sorted.begin(), sorted.end());
    const double out = limits == Limits::Percent995 ? 0.0025 : limits == Limits::Percent98 ? 0.01 : 0.0;
    const auto last = static_cast<double>(sorted.size() - 1);
    const double low = sorted[static_cast<std::size_t>(std::lround(out * last))];
    const double high = sorted[static_cast<std::size_t>(std::lround((1.0 - out) * last))];
    return {low, high > low ? high : low + 1.0};
}

/// From 0 to 1, and on beyond.
double stretched(double x, Stretch stretch) {
    switch (stretch) {
    case Stretch::Asinh: {
        const double steepness = kSoftening * surveyWhite();
        return std::asinh(steepness * x) / std::asinh(steepness);
    }
    case Stretch::Log:
        return std::log1p(kLogSteepness * x) / std::log1p(kLogSteepness);
    case Stretch::Linear:
        break;
    }
    return x;
}

} // namespace

std::vector<std::string> stretchNames() {
    return namesIn(stretches);
}

std::vector<std::string> limitsNames() {
    return namesIn(limitKinds);
}

std::string nameOf(Stretch stretch) {
    return nameIn(stretches, stretch);
}

std::string nameOf(Limits limits) {
    return nameIn(limitKinds, limits);
}

Stretch stretchNamed(const std::string& name) {
    return valueIn(stretches, name, "stretch");
}

Limits limitsNamed(const std::string& name) {
    return valueIn(limitKinds, name, "scale");
}

Series pictureOf(const Cutout& cutout, const CutoutLook& look) {
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
    const auto values = brightnessOf(cutout, channelsOf(cutout, bands, look.band));
    const auto [black, white] = limitsOf(values, look.limits);
    for (std::size_t i = 0; i < pixels; ++i) {
        std::array<double, 3> value{};
        double mean = 0.0;
        for (std::size_t c = 0; c < 3; ++c) {
            const double above = (values[i][c] - black) / (white - black);
            value[c] = std::isfinite(above) ? std::max(0.0, above) : 0.0;
            mean += value[c] / 3.0;
        }
        const double factor = mean > 0.0 ? stretched(mean, look.stretch) / mean : 0.0;
        // Image rows run from the south up; pictures from the top down.
        const std::size_t y = cutout.height - 1 - i / cutout.width, x = i % cutout.width;
        for (std::size_t c = 0; c < 3; ++c)
            series.rgb[3 * (y * cutout.width + x) + c] =
                static_cast<std::uint8_t>(std::lround(255.0 * std::clamp(value[c] * factor, 0.0, 1.0)));
    }
    return series;
}

Panel picturePanel(Series picture, const std::string& heading) {
    Panel panel;
    panel.bare = true;
    panel.heading = heading;
    panel.series.push_back(std::move(picture));
    return panel;
}

} // namespace penumbra::report
