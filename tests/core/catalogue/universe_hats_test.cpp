#include "tests/core/io/arrow_files.h" // before cfitsio's macros

#include "core/base/error.h"
#include "core/catalogue/galaxy_inputs.h"
#include "core/catalogue/pixel_reader.h"
#include "tests/core/io/scratch.h"

#include <gtest/gtest.h>

namespace penumbra {
namespace {

using test::arrowTable;
using test::contains;
using test::Scratch;

/// "[f(first), f(first + 1), ...]"
template <typename Make>
std::string listOf(int first, int count, Make make) {
    std::string text = "[";
    for (int i = first; i < first + count; ++i)
        text += (i == first ? "" : ", ") + make(i);
    return text + "]";
}

std::string number(double value) {
    char text[40];
    std::snprintf(text, sizeof text, "%.9g", value);
    return text;
}

constexpr int side = 6;

/// Pixel k (over y, x) of a galaxy's band.
double pixel(int id, int band, int k) {
    return id + 100 * band + 0.25 * k;
}

std::shared_ptr<arrow::Table> imageTile(int first, int count) {
    const auto type =
        arrow::struct_({arrow::field("band", arrow::list(arrow::utf8())),
                        arrow::field("flux", arrow::list(arrow::list(arrow::list(arrow::float32())))),
                        arrow::field("mask", arrow::list(arrow::list(arrow::list(arrow::boolean())))),
                        arrow::field("psf_fwhm", arrow::list(arrow::float32()))});
    const auto image = [](int id) {
        const auto planes = [id](auto value) {
            return listOf(0, 2, [&](int b) {
                return listOf(0, side, [&](int y) {
                    return listOf(0, side, [&](int x) { return value(id, b, y * side + x); });
                });
            });
        };
        return R"({"band": ["des-g", "des-r"], "flux": )" +
               planes([](int i, int b, int k) { return number(pixel(i, b, k)); }) + R"(, "mask": )" +
               planes([](int, int, int k) { return std::string(k == 0 ? "false" : "true"); }) +
               R"(, "psf_fwhm": [1.1, 1.2]})";
    };
    return arrowTable(
        {{"object_id", arrow::utf8(),
          listOf(first, count, [](int i) { return '"' + std::to_string(i) + '"'; })},
         {"ra", arrow::float64(), listOf(first, count, [](int i) { return number(10 + i); })},
         {"dec", arrow::float64(), listOf(first, count, [](int i) { return number(0.5 * i); })},
         {"FLUX_G", arrow::float32(), listOf(first, count, [](int i) { return number(i + 0.5); })},
         {"image", type, listOf(first, count, image)}});
}

std::shared_ptr<arrow::Table> spectrumTile(int first, int count) {
    const auto list = [](int id, double start, double step) {
        return listOf(0, 5, [=](int k) { return number(id + start + step * k); });
    };
    const auto type = arrow::struct_({arrow::field("flux", arrow::list(arrow::float32())),
                                      arrow::field("ivar", arrow::list(arrow::float32())),
                                      arrow::field("lambda", arrow::list(arrow::float32())),
                                      arrow::field("mask", arrow::list(arrow::boolean()))});
    return arrowTable({{"object_id", arrow::utf8(),
                        listOf(first, count, [](int i) { return '"' + std::to_string(i) + '"'; })},
                       {"ra", arrow::float64(), listOf(first, count, [](int i) { return number(10 + i); })},
                       {"dec", arrow::float64(), listOf(first, count, [](int i) { return number(0.5 * i); })},
                       {"Z", arrow::float64(), listOf(first, count, [](int i) { return number(0.01 * i); })},
                       {"ZWARN", arrow::int64(),
                        listOf(first, count, [](int i) { return std::string(i == 3 ? "4" : "0"); })},
                       {"spectrum", type, listOf(first, count, [&](int i) {
                            return R"({"flux": )" + list(i, 0, 1) + R"(, "ivar": )" + list(0, 2, 0) +
                                   R"(, "lambda": )" + list(0, 3600, 0.8) +
                                   R"(, "mask": [false, true, false, false, false]})";
                        })}});
}

class UniverseHats : public testing::Test {
protected:
    UniverseHats() {
        test::writeHats(scratch_ / "mmu_legacysurvey",
                        {{{0, 4}, imageTile(0, 3)}, {{0, 5}, imageTile(3, 3)}});
        test::writeHats(scratch_ / "mmu_desi", {{{0, 4}, spectrumTile(1, 4)}}, true);
    }
    Scratch scratch_;
};

TEST_F(UniverseHats, SurveysAreFound) {
    const auto surveys = findUniverseSurveys((scratch_ / "mmu_desi").parent_path());
    ASSERT_EQ(surveys.size(), 2U);
    EXPECT_EQ(surveys[0].name, "mmu_desi");
    EXPECT_TRUE(surveys[0].spectra && !surveys[0].images && surveys[0].hats);
    EXPECT_EQ(surveys[0].files.size(), 2U); // a tile in two files
    EXPECT_TRUE(surveys[1].images && !surveys[1].spectra);
}

TEST_F(UniverseHats, PixelsAreThoseOfTheGalaxy) {
    InputChoice choice;
    choice.paths = {scratch_ / "mmu_legacysurvey", scratch_ / "mmu_desi"};
    const GalaxyInputs inputs = openGalaxyInputs(choice, RunContext{});
    ASSERT_EQ(inputs.catalogue.rowCount, 6U);
    EXPECT_EQ(inputs.catalogue.idText(5), "5");
    EXPECT_EQ(inputs.catalogue.ra[5], 15.0);
    EXPECT_EQ(inputs.catalogue.columns.at("FLUX_G").asReal(4), 4.5);
    EXPECT_EQ(inputs.matches.at(0).matched, 4U);
    const Target& z = inputs.catalogue.target("z");
    EXPECT_EQ(z.values[2], 0.02);
    EXPECT_TRUE(std::isnan(z.values[3])); // ZWARN
    PixelReader reader(inputs, 4);
    const std::vector<std::size_t> rows = {5, 0, 1, 4};
    const auto images = reader.images(rows);
    for (std::size_t i = 0; i < rows.size(); ++i) {
        EXPECT_EQ(images[i].bands, (std::vector<std::string>{"DES-G", "DES-R"})) << images[i].problem;
        ASSERT_EQ(images[i].flux.size(), 2U * 4 * 4);
        const int id = static_cast<int>(rows[i]);
        EXPECT_EQ(images[i].flux[0], static_cast<float>(pixel(id, 0, side + 1))); // the central 4 x 4
        EXPECT_EQ(images[i].flux[31], static_cast<float>(pixel(id, 1, 4 * side + 4)));
        EXPECT_EQ(images[i].good[0], 1);
    }
    EXPECT_EQ(PixelReader(inputs).images(rows)[0].good[0], 0); // its corner is masked
    const auto spectra = reader.spectra(rows);
    EXPECT_FALSE(spectra[1].present()); // galaxy 0 is not in DESI
    ASSERT_EQ(spectra[3].flux.size(), 5U) << spectra[3].problem;
    EXPECT_EQ(spectra[3].flux[2], 6.0F); // id 4
    EXPECT_EQ(spectra[3].ivar[1], 2.0F);
    EXPECT_FLOAT_EQ(spectra[3].wavelength[4], 3603.2F);
    EXPECT_EQ(spectra[3].bad, (std::vector<std::uint8_t>{0, 1, 0, 0, 0}));
}

TEST_F(UniverseHats, RowsAreCut) {
    InputChoice choice;
    choice.paths = {scratch_ / "mmu_legacysurvey"};
    choice.maxRows = 4;
    EXPECT_EQ(openGalaxyInputs(choice, RunContext{}).catalogue.rowCount, 4U);
}

} // namespace
} // namespace penumbra
