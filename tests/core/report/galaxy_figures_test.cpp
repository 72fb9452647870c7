#include "core/report/galaxy_figures.h"

#include "core/report/figures/figure_parts.h"

#include <cmath>
#include <gtest/gtest.h>
#include <limits>
#include <nlohmann/json.hpp>

namespace penumbra::report {
namespace {

Cutout oneBrightPixel(std::size_t band) {
    Cutout cutout;
    cutout.bands = {"DES-G", "DES-R", "DES-Z"};
    cutout.height = 3;
    cutout.width = 4;
    cutout.flux.assign(36, 0.0F);
    cutout.flux[band * 12 + 1] = 5.0F; // lowest row of the sky, second column
    return cutout;
}

TEST(PrintedUnit, IsThatOfPapers) {
    EXPECT_EQ(printedUnit("1e-17 erg/s/cm2/A"), "10⁻¹⁷ erg s⁻¹ cm⁻² Å⁻¹");
    EXPECT_EQ(printedUnit("10**-17 erg/(s cm2 Angstrom)"), "10**-17 erg/(s cm2 Angstrom)")
        << "not understood";
    EXPECT_EQ(printedUnit("erg s^-1 cm-2"), "erg s⁻¹ cm⁻²");
    EXPECT_EQ(printedUnit("nanomaggies"), "nanomaggies");
    EXPECT_EQ(printedUnit("1/nanomaggies^2"), "1/nanomaggies^2");
    for (const char* odd : {"1e", "1exx", "s^", "s ", "m**2", "log10 Msun", "%"})
        EXPECT_EQ(printedUnit(odd), odd);
    EXPECT_EQ(printedUnit(""), "");
}

TEST(GalaxyFigures, BandsGoFromBlueToRedAndNorthIsUp) {
    for (std::size_t band = 0; band < 3; ++band) {
        const Series picture = pictureOf(oneBrightPixel(band));
        ASSERT_EQ(picture.rgb.size(), 36U);
        const std::size_t at = 3 * (2 * 4 + 1); // last line of the picture
        const std::size_t channel = 2 - band;   // g is blue, z is red
        for (std::size_t c = 0; c < 3; ++c)
            EXPECT_TRUE(c == channel ? picture.rgb[at + c] > 200 : picture.rgb[at + c] < 60)
                << "band " << band << " channel " << c << ": " << int{picture.rgb[at + c]};
    }
}

TEST(GalaxyFigures, PixelsThatAreNotNumbersAreBlackRatherThanWhite) {
    Cutout cutout = oneBrightPixel(0);
    for (std::size_t band = 0; band < 3; ++band)
        cutout.flux[band * 12 + 5] = std::numeric_limits<float>::quiet_NaN();
    const Series picture = pictureOf(cutout);
    const std::size_t at = 3 * (1 * 4 + 1);
    EXPECT_EQ(picture.rgb[at] + picture.rgb[at + 1] + picture.rgb[at + 2], 0);
}

TEST(GalaxyFigures, MaskedPixelsAreLeftOutOfTheSpectrum) {
    ObservedSpectrum spectrum;
    for (std::size_t i = 0; i < 1400; ++i) { // two pixels are averaged into one
        spectrum.wavelength.push_back(3600.0F + static_cast<float>(i));
        spectrum.flux.push_back(i % 2 == 0 ? 1.0F : 3.0F);
        spectrum.ivar.push_back(i % 2 == 0 ? 3.0F : 1.0F);
        spectrum.bad.push_back(i == 101 || i == 300 || i == 301 ? 1 : 0);
    }
    const auto panels = galaxyPanels(std::nullopt, spectrum, "one", 0.1);
    ASSERT_EQ(panels.size(), 1U);
    const Series& curve = panels.front().series.back();
    ASSERT_EQ(curve.y.size(), 700U);
    EXPECT_DOUBLE_EQ(curve.y[0], (3.0 * 1.0 + 1.0 * 3.0) / 4.0);
    EXPECT_DOUBLE_EQ(curve.y[50], 1.0) << "pixel 101 is masked, so 100 stands alone";
    EXPECT_TRUE(std::isnan(curve.y[150])) << "both are masked";
    for (const ReferenceLine& line : panels.front().lines) {
        EXPECT_GE(line.value, 3600.0);
        EXPECT_LE(line.value, 4999.0);
    }
}

TEST(GalaxyFigures, ACatalogueWithoutPixelsIsRefused) {
    Catalogue catalogue;
    catalogue.path = "bare.h5";
    catalogue.rowCount = 2;
    catalogue.objectId.values = std::vector<std::int64_t>{1, 2};
    const GalaxyFigureKind& kind = galaxyFigures().front();
    for (const char* objects : {"", "2"}) {
        OptionSet options;
        kind.options(options);
        options.setFromText("objects", objects);
        try {
            kind.make(catalogue, options, RunContext{});
            ADD_FAILURE() << "an empty figure";
        } catch (const Error& error) {
            const std::string told = error.what();
            EXPECT_NE(told.find("bare.h5 holds neither cutouts (/images) nor spectra"), std::string::npos)
                << told;
        }
    }
}

TEST(GalaxyFigures, PicturesSurviveJson) {
    FigureSpec figure;
    figure.kind = "galaxies";
    figure.panels = galaxyPanels(oneBrightPixel(1), std::nullopt, "one", 0.1);
    const FigureSpec back = figureFromJson(toJson(figure));
    ASSERT_EQ(back.panels.size(), 1U);
    EXPECT_EQ(back.panels.front().series.front().rgb, figure.panels.front().series.front().rgb);
    EXPECT_TRUE(back.panels.front().bare);
    auto broken = toJson(figure);
    broken["panels"][0]["series"][0]["pixels_across"] = 1000;
    EXPECT_ANY_THROW(figureFromJson(broken));
}

} // namespace
} // namespace penumbra::report
