#include "core/catalogue/modalities.h"

#include "core/base/error.h"
#include "tests/core/catalogue/small_catalogue.h"

#include <gtest/gtest.h>

namespace penumbra {
namespace {

using testing_support::ScratchFolder;
using testing_support::smallCatalogue;

std::filesystem::path withGalaxies(const ScratchFolder& folder, bool ownWavelengths) {
    const auto small = smallCatalogue(12);
    const auto path = folder.file("galaxies.h5");
    writeCatalogue(small.catalogue, small.features, path);
    auto file = io::Hdf5File::openForUpdate(path);
    std::vector<float> images(2 * 3 * 4 * 5);
    for (std::size_t i = 0; i < images.size(); ++i)
        images[i] = static_cast<float>(i);
    file.writeFloats("/images/flux", images, {2, 3, 4, 5});
    file.writeIntegers("/images/rows", std::vector<std::int64_t>{7, 2});
    file.setAttribute("/images", "bands", std::vector<std::string>{"DES-G", "DES-R", "DES-Z"});
    file.setAttribute("/images", "pixel_scale", 0.262);
    std::vector<float> flux(12 * 6);
    for (std::size_t i = 0; i < flux.size(); ++i)
        flux[i] = static_cast<float>(i);
    file.writeFloats("/spectra/flux", flux, {12, 6});
    file.setAttribute("/spectra", "unit", "1e-17 erg/s/cm2/A");
    std::vector<double> wavelength;
    for (std::size_t i = 0; i < (ownWavelengths ? 72U : 6U); ++i)
        wavelength.push_back(3600.0 + static_cast<double>(i));
    file.writeReals("/spectra/wavelength", wavelength, ownWavelengths ? io::Shape{12, 6} : io::Shape{6});
    std::vector<std::uint8_t> mask(72, 0);
    mask[3 * 6 + 1] = 1;
    file.writeBooleans("/spectra/mask", mask, {12, 6});
    file.close();
    return path;
}

TEST(Modalities, CutoutsAreFoundByCatalogueRow) {
    const ScratchFolder folder;
    const Catalogue catalogue = readCatalogue(withGalaxies(folder, false));
    const ModalityReader reader(catalogue);
    EXPECT_EQ(reader.cutoutRows(), (std::vector<std::int64_t>{7, 2}));
    EXPECT_FALSE(reader.cutout(0));
    const auto cutout = reader.cutout(2);
    ASSERT_TRUE(cutout);
    EXPECT_EQ(cutout->flux.size(), 60U);
    EXPECT_EQ(cutout->flux.front(), 60.0F) << "row 2 is the second image of the file";
    EXPECT_EQ(cutout->bands.size(), 3U);
    EXPECT_EQ(cutout->width, 5U);
    EXPECT_DOUBLE_EQ(cutout->pixelScaleArcsec, 0.262);
}

TEST(Modalities, SpectraWithSharedOrOwnWavelengths) {
    const ScratchFolder folder;
    for (const bool own : {false, true}) {
        const Catalogue catalogue = readCatalogue(withGalaxies(folder, own));
        const ModalityReader reader(catalogue);
        const auto spectrum = reader.spectrum(3);
        ASSERT_TRUE(spectrum);
        EXPECT_EQ(spectrum->flux, (std::vector<float>{18, 19, 20, 21, 22, 23}));
        EXPECT_EQ(spectrum->wavelength.size(), 6U);
        EXPECT_EQ(spectrum->wavelength.front(), own ? 3618.0F : 3600.0F);
        EXPECT_EQ(spectrum->bad, (std::vector<std::uint8_t>{0, 1, 0, 0, 0, 0}));
        EXPECT_TRUE(spectrum->ivar.empty());
        EXPECT_EQ(spectrum->unit, "1e-17 erg/s/cm2/A");
    }
}

TEST(Modalities, ACatalogueWithoutAnyGivesNone) {
    const ScratchFolder folder;
    const auto small = smallCatalogue(5);
    writeCatalogue(small.catalogue, small.features, folder.file("bare.h5"));
    const ModalityReader reader(readCatalogue(folder.file("bare.h5")));
    EXPECT_TRUE(reader.cutoutRows().empty());
    EXPECT_FALSE(reader.cutout(0));
    EXPECT_FALSE(reader.spectrum(0));
}

} // namespace
} // namespace penumbra
