// How cutouts and spectra are shown: limits, stretches, averages, lines.
#include "core/base/error.h"
#include "core/report/cutout_picture.h"
#include "core/report/spectrum_panel.h"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <limits>

namespace penumbra::report {
namespace {

/// One line of pixels of one band, from 0 to 100.
Cutout ramp() {
    Cutout cutout;
    cutout.bands = {"DES-R"};
    cutout.height = 1;
    cutout.width = 101;
    for (int i = 0; i <= 100; ++i)
        cutout.flux.push_back(static_cast<float>(i));
    return cutout;
}

std::vector<int> grey(const Series& picture) {
    std::vector<int> values;
    for (std::size_t i = 0; i < picture.rgb.size(); i += 3) {
        EXPECT_EQ(picture.rgb[i], picture.rgb[i + 1]);
        EXPECT_EQ(picture.rgb[i], picture.rgb[i + 2]);
        values.push_back(picture.rgb[i]);
    }
    return values;
}

TEST(CutoutPicture, StretchesAreWhatTheyAreCalled) {
    const auto shown = [](Stretch stretch) {
        return grey(pictureOf(ramp(), {"DES-R", stretch, Limits::MinMax}));
    };
    const auto linear = shown(Stretch::Linear), log = shown(Stretch::Log), asinh = shown(Stretch::Asinh);
    for (int i = 0; i <= 100; ++i) {
        EXPECT_NEAR(linear[i], 2.55 * i, 0.5 + 1e-6);
        EXPECT_NEAR(log[i], 255.0 * std::log10(10.0 * i + 1.0) / std::log10(1001.0), 0.5 + 1e-6);
    }
    // Lupton et al. (2004), softening 20: the viewer's asinh reaches 1 at sinh(sqrt 20) / 20.
    const double beta = std::sinh(std::sqrt(20.0));
    for (int i = 0; i <= 100; ++i)
        EXPECT_NEAR(asinh[i], 255.0 * std::asinh(beta * i / 100.0) / std::sqrt(20.0), 0.5 + 1e-6);
}

TEST(CutoutPicture, LimitsLeaveOutSharesOfThePixels) {
    const auto shown = [](Limits limits) {
        return grey(pictureOf(ramp(), {"DES-R", Stretch::Linear, limits}));
    };
    const auto central = shown(Limits::Percent98); // 1 % of 101 pixels at either end
    EXPECT_EQ(central[1], 0);
    EXPECT_GT(central[2], 0);
    EXPECT_EQ(central[99], 255);
    EXPECT_LT(central[98], 255);
    Cutout hot = ramp();
    hot.flux.resize(1001, 50.0F);
    hot.width = 1001;
    hot.flux.back() = 1e6F;
    EXPECT_EQ(grey(pictureOf(hot, {"DES-R", Stretch::Linear, Limits::MinMax}))[100], 0) << "one pixel rules";
    EXPECT_EQ(grey(pictureOf(hot, {"DES-R", Stretch::Linear, Limits::Percent995}))[100], 255);
    hot.flux.assign(1001, std::numeric_limits<float>::quiet_NaN());
    EXPECT_EQ(grey(pictureOf(hot, {"DES-R", Stretch::Linear, Limits::Percent98}))[0], 0);
}

TEST(CutoutPicture, BrightnessOfTheSurveysLimitsIsThatOfEveryGalaxy) {
    Cutout faint = ramp(), bright = ramp();
    for (float& flux : faint.flux)
        flux *= 0.001F;
    for (float& flux : bright.flux)
        flux *= 0.002F;
    const CutoutLook survey{"DES-R", Stretch::Linear, Limits::Survey};
    EXPECT_LT(grey(pictureOf(faint, survey))[100], grey(pictureOf(bright, survey))[100]);
    const CutoutLook own{"DES-R", Stretch::Linear, Limits::MinMax};
    EXPECT_EQ(grey(pictureOf(faint, own)), grey(pictureOf(bright, own)));
}

TEST(CutoutPicture, ABandAloneIsGreyAndAnUnknownOneGivesColour) {
    Cutout cutout;
    cutout.bands = {"DES-G", "DES-R", "DES-Z"};
    cutout.height = cutout.width = 1;
    cutout.flux = {0.02F, 0.1F, 0.3F};
    const CutoutLook z{"DES-Z", Stretch::Linear, Limits::Survey}, g{"DES-G", Stretch::Linear, Limits::Survey};
    EXPECT_GT(grey(pictureOf(cutout, z))[0], grey(pictureOf(cutout, g))[0]);
    const Series colour = pictureOf(cutout, {"WISE-1", Stretch::Asinh, Limits::Survey});
    EXPECT_EQ(colour.rgb, pictureOf(cutout).rgb);
    EXPECT_GT(colour.rgb[0], colour.rgb[2]) << "red";
}

TEST(CutoutPicture, WordsAreReadAsTheyAreWritten) {
    for (const std::string& name : stretchNames())
        EXPECT_EQ(nameOf(stretchNamed(name)), name);
    for (const std::string& name : limitsNames())
        EXPECT_EQ(nameOf(limitsNamed(name)), name);
    EXPECT_THROW(stretchNamed("sqrt"), UsageError);
    EXPECT_THROW(limitsNamed(""), UsageError);
}

/// Refractive index of air at a vacuum wavelength, Morton (2000, ApJS 130, 403).
double inVacuum(double airAngstrom) {
    double vacuum = airAngstrom;
    for (int i = 0; i < 5; ++i) {
        const double s2 = 1e8 / (vacuum * vacuum);
        vacuum = airAngstrom * (1.0 + 8.34254e-5 + 2.406147e-2 / (130.0 - s2) + 1.5998e-4 / (38.9 - s2));
    }
    return vacuum;
}

TEST(SpectrumPanel, LinesAreThoseOfTheLaboratoryInVacuum) {
    // Wavelengths in air, Angstrom (NIST; [O II] the mean of 3726.03 and 3728.82, the sodium doublet's mean).
    const std::pair<const char*, double> laboratory[] = {
        {"K", 3933.66},      {"H", 3968.47},       {"Hδ", 4101.73},      {"Hγ", 4340.46},
        {"Hβ", 4861.33},     {"[O III]", 4958.91}, {"[O III]", 5006.84}, {"Hα", 6562.80},
        {"[N II]", 6583.45}, {"[S II]", 6716.44},  {"[S II]", 6730.82},  {"Ca II", 8498.02},
        {"Ca II", 8542.09},  {"Ca II", 8662.14},   {"[O II]", 3727.43}};
    for (const auto& [name, air] : laboratory) {
        double nearest = 1e9;
        for (const SpectralLine& line : spectralLines())
            if (std::string(line.name) == name)
                nearest = std::min(nearest, std::abs(line.angstrom - inVacuum(air)));
        EXPECT_LT(nearest, 0.2) << name << ' ' << air;
    }
    EXPECT_TRUE(std::is_sorted(spectralLines().begin(), spectralLines().end(),
                               [](const auto& a, const auto& b) { return a.angstrom < b.angstrom; }));
}

/// 1,400 pixels of 2 Angstrom from 3600; masked 100..119, without weight 700.
ObservedSpectrum spectrum() {
    ObservedSpectrum made;
    for (int i = 0; i < 1400; ++i) {
        made.wavelength.push_back(3600.0F + 2.0F * static_cast<float>(i));
        made.flux.push_back(1.0F + static_cast<float>(i % 5));
        made.ivar.push_back(i == 700 ? 0.0F : 4.0F);
        made.bad.push_back(i >= 100 && i < 120 ? 1 : 0);
    }
    return made;
}

const Series* seriesNamed(const Panel& panel, const std::string& beginning) {
    for (const Series& series : panel.series)
        if (series.name.rfind(beginning, 0) == 0)
            return &series;
    return nullptr;
}

TEST(SpectrumPanel, AveragesAsManyPixelsAsAskedFor) {
    EXPECT_EQ(seriesNamed(spectrumPanel(spectrum(), {}, {}), "flux ±")->x.size(), 690U) << "700 - 10 masked";
    SpectrumLook plain;
    plain.errors = false;
    plain.average = 5;
    const Panel five = spectrumPanel(spectrum(), {}, plain);
    const Series& flux = *seriesNamed(five, "flux");
    ASSERT_EQ(flux.y.size(), 280U);
    EXPECT_DOUBLE_EQ(flux.y[0], 3.0);
    EXPECT_TRUE(std::isnan(flux.y[20])) << "pixels 100 to 104 are masked";
    plain.errors = true;
    const Panel withErrors = spectrumPanel(spectrum(), {}, plain);
    const Series& band = *seriesNamed(withErrors, "flux ±");
    EXPECT_NEAR(band.yHigh[0] - band.yLow[0], 2.0 / std::sqrt(5 * 4.0), 1e-12);
}

TEST(SpectrumPanel, WavelengthsAtRestAreDividedByTheRedshift) {
    SpectrumLook look;
    look.rest = true;
    const Panel rest = spectrumPanel(spectrum(), {0.5, 0.7}, look);
    EXPECT_NEAR(rest.x.low, spectrumPanel(spectrum(), {0.5, 0.7}).x.low / 1.5, 1e-9);
    EXPECT_NE(rest.x.label.find("at rest"), std::string::npos);
    for (const ReferenceLine& line : rest.lines)
        EXPECT_TRUE(std::any_of(
            spectralLines().begin(), spectralLines().end(),
            [&](const SpectralLine& known) { return std::abs(known.angstrom - line.value) < 1e-9; }))
            << line.label;
    const double unknown = std::numeric_limits<double>::quiet_NaN();
    EXPECT_NEAR(spectrumPanel(spectrum(), {unknown, 0.7}, look).x.low,
                spectrumPanel(spectrum(), {}).x.low / 1.7, 1e-9);
    EXPECT_EQ(spectrumPanel(spectrum(), {}, look).x.label, "observed wavelength, Å")
        << "no redshift is known";
}

TEST(SpectrumPanel, LinesStandAtTheTrueAndAtThePredictedRedshift) {
    const Panel panel = spectrumPanel(spectrum(), {0.1, 0.2});
    const auto oxygen = std::find_if(panel.lines.begin(), panel.lines.end(),
                                     [](const ReferenceLine& line) { return line.label == "[O II]"; });
    ASSERT_NE(oxygen, panel.lines.end());
    EXPECT_NEAR(oxygen->value, 3728.48 * 1.1, 1e-6);
    const Series* predicted = seriesNamed(panel, "predicted z");
    ASSERT_NE(predicted, nullptr);
    const auto at = std::find(predicted->label.begin(), predicted->label.end(), "[O II]");
    ASSERT_NE(at, predicted->label.end());
    EXPECT_NEAR(predicted->x[static_cast<std::size_t>(at - predicted->label.begin())], 3728.48 * 1.2, 1e-6);
    SpectrumLook none;
    none.trueLines = none.predictedLines = false;
    EXPECT_TRUE(spectrumPanel(spectrum(), {0.1, 0.2}, none).lines.empty());
    EXPECT_EQ(seriesNamed(spectrumPanel(spectrum(), {0.1, 0.2}, none), "predicted"), nullptr);
    SpectrumLook all;
    all.allLines = true;
    EXPECT_GT(spectrumPanel(spectrum(), {0.1, 0.2}, all).lines.size(), panel.lines.size());
}

TEST(SpectrumPanel, ShowsWhereAndWhatIsMasked) {
    EXPECT_EQ(seriesNamed(spectrumPanel(spectrum(), {}), "masked"), nullptr);
    SpectrumLook look;
    look.masked = true;
    const Panel panel = spectrumPanel(spectrum(), {}, look);
    const Series* band = seriesNamed(panel, "masked pixels");
    ASSERT_NE(band, nullptr);
    ASSERT_EQ(band->x.size(), 8U) << "two stretches";
    EXPECT_DOUBLE_EQ(band->x[0], 3799.0);
    EXPECT_DOUBLE_EQ(band->x[3], 3839.0);
    EXPECT_DOUBLE_EQ(band->x[4], 4999.0) << "a pixel without weight is masked, too";
    const Series* held = seriesNamed(panel, "flux of masked");
    ASSERT_NE(held, nullptr);
    EXPECT_EQ(held->x.size(), 21U);
    ObservedSpectrum hidden = spectrum();
    hidden.bad.assign(1400, 1);
    EXPECT_FALSE(spectrumPanel(hidden, {}, look).emptyMessage.empty());
}

} // namespace
} // namespace penumbra::report
