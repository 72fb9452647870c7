#include "core/catalogue/galaxy_inputs.h"

#include "core/base/error.h"
#include "core/catalogue/pixel_reader.h"
#include "tests/core/catalogue/small_universe.h"
#include "tests/core/io/scratch.h"

#include <algorithm>
#include <gtest/gtest.h>

using namespace penumbra;
using namespace penumbra::test;

namespace {

/// DESI ids 0..11 in two healpix files, Legacy Survey in another order and with strangers, PROVABGS as .h5.
class Universe : public testing::Test {
protected:
    void SetUp() override {
        UniverseFile{idRange(0, 7)}.writeDesi(scratch / "mmu/dr1_main/healpix=444/001-of-001.hdf5");
        UniverseFile{idRange(7, 5)}.writeDesi(scratch / "mmu/dr1_main/healpix=1702/001-of-001.hdf5");
        UniverseFile{{9, 3, 100, 0, 5, 4, 101}}.writeLegacy(scratch /
                                                            "mmu/dr10_south_21/healpix=444/001-of-001.hdf5");
        UniverseFile{{11, 2, 1, 7, 3, 8}}.writeProvabgs(scratch / "mmu/datafiles/healpix=444/001-of-001.h5");
        scratch.write("mmu/dr1_main/README.txt", "not data");
    }
    GalaxyInputs open(std::vector<std::filesystem::path> paths, MatchBy by = MatchBy::Auto,
                      std::size_t maxRows = 0, double tolerance = 1.0) const {
        InputChoice choice{std::move(paths), by, tolerance, maxRows};
        return openGalaxyInputs(choice, {});
    }
    Scratch scratch;
};

const Target& target(const GalaxyInputs& inputs, const char* name) {
    return inputs.catalogue.target(name);
}

std::vector<std::size_t> presentRows(const std::vector<StoredRow>& stored) {
    std::vector<std::size_t> rows;
    for (std::size_t row = 0; row < stored.size(); ++row)
        if (stored[row].present())
            rows.push_back(row);
    return rows;
}

} // namespace

TEST_F(Universe, FindsSurveysInOrderOfHealpix) {
    const auto surveys = findUniverseSurveys(scratch / "mmu");
    ASSERT_EQ(surveys.size(), 3U);
    std::size_t files = 0;
    for (const auto& survey : surveys) {
        files += survey.files.size();
        EXPECT_EQ(survey.images, survey.name == "dr10_south_21");
        EXPECT_EQ(survey.spectra, survey.name == "dr1_main");
        EXPECT_EQ(survey.labels, survey.name == "datafiles");
        if (survey.spectra) {
            EXPECT_EQ(survey.files[0].parent_path().filename(), "healpix=444"); // by number, not by text
        }
    }
    EXPECT_EQ(files, 4U);
    const auto part = findUniverseSurveys(scratch / "mmu/dr1_main/healpix=444"); // a part of the sky alone
    ASSERT_EQ(part.size(), 1U);
    EXPECT_EQ(part[0].name, "dr1_main");
    EXPECT_EQ(part[0].files.size(), 1U);
    std::filesystem::create_directories(scratch / "empty");
    EXPECT_TRUE(findUniverseSurveys(scratch / "empty").empty());
    EXPECT_THROW(findUniverseSurveys(scratch / "nowhere"), Error);
}

TEST_F(Universe, JoinsThreeSurveysByPositionAndById) {
    const auto inputs = open({scratch / "mmu"});
    const Catalogue& c = inputs.catalogue;
    ASSERT_EQ(c.rowCount, 12U);
    EXPECT_EQ(c.idText(8), "8");
    EXPECT_EQ(presentRows(inputs.spectra).size(), 12U);
    EXPECT_EQ(presentRows(inputs.images), (std::vector<std::size_t>{0, 3, 4, 5, 9}));
    EXPECT_EQ(inputs.images[9].row, 0);
    ASSERT_EQ(inputs.matches.size(), 2U);
    const auto& images = inputs.matches[0];
    EXPECT_EQ(images.second, "dr10_south_21");
    EXPECT_TRUE(images.byPosition); // "1501p022-9" is no TARGETID
    EXPECT_EQ(images.matched, 5U);
    EXPECT_NEAR(images.medianSeparationArcsec, 0.2, 1e-6);
    EXPECT_EQ(images.unmatchedFirstCount, 7U);
    EXPECT_EQ(images.unmatchedSecond, (std::vector<std::string>{"1501p022-100", "1501p022-101"}));
    EXPECT_FALSE(inputs.matches[1].byPosition);
    EXPECT_EQ(inputs.matches[1].matched, 6U);
    // DESI's own flux stays; the imaging survey's is kept beside it, and fills what DESI has not.
    EXPECT_FLOAT_EQ(static_cast<float>(c.columns.at("FLUX_G").asReal(3)), UniverseFile::fluxG(3));
    EXPECT_FLOAT_EQ(static_cast<float>(c.columns.at("FLUX_G_dr10_south_21").asReal(3)),
                    2.0F * UniverseFile::fluxG(3));
    EXPECT_FLOAT_EQ(static_cast<float>(c.columns.at("FLUX_I").asReal(9)), 2.0F * UniverseFile::fluxG(9));
    EXPECT_TRUE(c.columns.at("FLUX_I").isMissing(1));
    EXPECT_EQ(c.columns.find("PROVABGS_MCMC"), nullptr);
    for (const auto& column : c.columns.columns)
        EXPECT_EQ(column.rows(), 12U) << column.name;
    // The tolerance is one.
    EXPECT_EQ(open({scratch / "mmu/dr1_main", scratch / "mmu/dr10_south_21"}, MatchBy::Position, 0, 0.1)
                  .matches[0]
                  .matched,
              0U);
}

TEST_F(Universe, DerivesTheTargets) {
    const auto inputs = open({scratch / "mmu"});
    const auto& z = target(inputs, "z");
    EXPECT_DOUBLE_EQ(z.values[3], 0.25);
    EXPECT_DOUBLE_EQ(z.errors[3], 1e-4);
    EXPECT_TRUE(std::isnan(z.values[4])); // ZWARN 4
    const auto& mass = target(inputs, "log_mstar");
    EXPECT_FLOAT_EQ(static_cast<float>(mass.values[2]), 10.5F);
    EXPECT_TRUE(std::isnan(mass.values[3])); // failed fit
    EXPECT_TRUE(std::isnan(mass.values[0])); // not in PROVABGS
    EXPECT_NEAR(target(inputs, "log_zmet").values[2], -2.0, 1e-6);
    EXPECT_NEAR(target(inputs, "log_ssfr").values[2], -10.5, 1e-6);
    EXPECT_TRUE(std::isnan(target(inputs, "log_ssfr").values[7])); // no star formation: minus infinity
    EXPECT_NEAR(target(inputs, "age").values[8], 6.0, 1e-6);
}

TEST_F(Universe, PixelsAreThoseOfTheGalaxy) {
    const auto inputs = open({scratch / "mmu"});
    PixelReader reader(inputs, 96);
    const std::vector<std::size_t> rows{9, 1, 5, 0};
    const auto cutouts = reader.images(rows);
    ASSERT_EQ(cutouts.size(), 4U);
    EXPECT_FALSE(cutouts[1].present());
    for (const std::size_t slot : {0U, 2U, 3U}) {
        const Cutout& cutout = cutouts[slot];
        ASSERT_EQ(cutout.flux.size(), 4U * 96 * 96);
        EXPECT_EQ(cutout.bands, (std::vector<std::string>{"DES-G", "DES-R", "DES-I", "DES-Z"}));
        const auto id = static_cast<std::int64_t>(rows[slot]);
        for (const std::size_t band : {0U, 3U}) // first pixel of the crop: row 2, column 2 of 100 x 100
            EXPECT_EQ(cutout.flux[band * 96 * 96], UniverseFile::pixel(id, band * 10000 + 202));
        EXPECT_EQ(problemOf(cutout, 96), "");
    }
    const auto spectra = reader.spectra(rows);
    for (std::size_t slot = 0; slot < 4; ++slot) {
        ASSERT_EQ(spectra[slot].flux.size(), 50U);
        EXPECT_EQ(spectra[slot].flux[7], UniverseFile::pixel(static_cast<std::int64_t>(rows[slot]), 7));
        EXPECT_EQ(spectra[slot].bad[3], 1);
        EXPECT_EQ(spectra[slot].bad[4], 0);
        EXPECT_EQ(problemOf(spectra[slot]), "");
    }
}

TEST_F(Universe, RowsAreCutWithoutOpeningTheRest) {
    scratch.write("mmu/dr1_main/healpix=1702/001-of-001.hdf5", "damaged");
    EXPECT_EQ(open({scratch / "mmu/dr1_main"}, MatchBy::Auto, 5).catalogue.rowCount, 5U);
    const auto message = messageOf<Error>([&] { open({scratch / "mmu/dr1_main"}); });
    EXPECT_TRUE(contains(message, "healpix=1702")) << message;
}

TEST_F(Universe, FilesThatAreCutShortAreNamed) {
    const auto path = scratch / "mmu/dr1_main/healpix=1702/001-of-001.hdf5";
    {
        auto file = io::Hdf5File::openForUpdate(path);
        file.writeFloats("/spectrum_flux", std::vector<float>(4 * 50), {4, 50});
        file.close();
    }
    const auto message = messageOf<Error>([&] { open({scratch / "mmu/dr1_main"}); });
    EXPECT_TRUE(contains(message, path.string()) && contains(message, "/spectrum_flux")) << message;
    EXPECT_TRUE(contains(message, "4 rows") && contains(message, "5")) << message;
}

TEST_F(Universe, FingerprintKnowsTheContentAndNotThePlace) {
    const auto before = open({scratch / "mmu"}).fingerprint();
    std::filesystem::rename(scratch / "mmu", scratch / "elsewhere");
    EXPECT_EQ(open({scratch / "elsewhere"}).fingerprint(), before);
    EXPECT_NE(open({scratch / "elsewhere"}, MatchBy::Auto, 11).fingerprint(), before);
}

TEST(GalaxyPixels, ProblemsAreSaidInWords) {
    Cutout image;
    image.bands = {"DES-G", "DES-R"};
    image.height = image.width = 98;
    image.flux.assign(2 * 98 * 98, 0.5F);
    EXPECT_EQ(problemOf(image, 96), "");
    image.flux[0] = std::nanf(""); // outside the central 96 x 96
    EXPECT_EQ(problemOf(image, 96), "");
    image.flux[98 + 1] = std::nanf("");
    EXPECT_EQ(problemOf(image, 96), "1 of 18432 pixels are NaN or infinite");
    image.flux[98 + 1] = 0.0F;
    image.good.assign(98 * 98, 0);
    EXPECT_EQ(problemOf(image, 96), "all pixels are masked as bad");
    EXPECT_TRUE(contains(problemOf(image, 99), "98 x 98"));

    ObservedSpectrum spectrum;
    spectrum.wavelength = {3600.0F, 3600.8F, 3600.8F, 3601.6F};
    spectrum.flux.assign(4, 1.0F);
    spectrum.ivar.assign(4, 1.0F);
    spectrum.bad.assign(4, 0);
    EXPECT_EQ(problemOf(spectrum), "wavelengths do not increase at pixel 2 (3600.80 then 3600.80 Angstrom)");
    spectrum.wavelength[2] = 3601.0F;
    EXPECT_EQ(problemOf(spectrum), "");
    spectrum.bad.assign(4, 1);
    EXPECT_EQ(problemOf(spectrum), "all pixels are masked as bad or are not numbers");
    spectrum.bad = {1, 1, 0, 0};
    spectrum.ivar = {1.0F, 1.0F, 0.0F, 0.0F};
    EXPECT_TRUE(contains(problemOf(spectrum), "not observed"));
    spectrum.ivar[3] = 1e-6F;
    EXPECT_EQ(problemOf(spectrum), "");
    spectrum.ivar.assign(4, 0.0F);
    spectrum.bad.clear();
    EXPECT_TRUE(contains(problemOf(spectrum), "inverse variance is 0"));
    spectrum.ivar.clear(); // a file may have none
    EXPECT_EQ(problemOf(spectrum), "");
    EXPECT_EQ(problemOf(ObservedSpectrum{}), "");
}

TEST(GalaxyPixels, OurOwnCatalogue) {
    const Scratch scratch;
    const auto path = scratch / "cat.h5";
    {
        auto file = io::Hdf5File::create(path);
        file.writeIntegers("/object_id", idRange(10, 5));
        file.writeFloats("/columns/FLUX_G", std::vector<float>{1, 2, 3, 4, 5});
        std::vector<float> flux(2 * 96 * 96, 1.0F);
        std::fill(flux.begin() + 96 * 96, flux.end(), 2.0F);
        file.writeFloats("/images/flux", flux, {2, 1, 96, 96});
        file.writeIntegers("/images/rows", std::vector<std::int64_t>{4, 1});
        file.setAttribute("/images", "bands", std::vector<std::string>{"DES-R"});
        file.writeFloats("/spectra/flux", std::vector<float>(5 * 4, 3.0F), {5, 4});
        file.writeReals("/spectra/wavelength", std::vector<double>{1, 2, 3, 4});
        file.close();
    }
    const auto inputs = openGalaxyInputs({{path}, MatchBy::Auto, 1.0, 0}, {});
    PixelReader reader(inputs);
    const std::vector<std::size_t> rows{0, 1, 4};
    const auto cutouts = reader.images(rows);
    EXPECT_FALSE(cutouts[0].present());
    EXPECT_EQ(cutouts[1].flux.at(0), 2.0F);
    EXPECT_EQ(cutouts[2].flux.at(0), 1.0F);
    EXPECT_EQ(cutouts[2].bands, std::vector<std::string>{"DES-R"});
    const auto spectra = reader.spectra(rows);
    EXPECT_EQ(spectra[0].wavelength.size(), 4U);
    EXPECT_EQ(spectra[0].ivar, std::vector<float>(4, 1.0F));
}

TEST(GalaxyPixels, ADamagedChunkCostsItsGalaxiesOnly) {
    const Scratch scratch;
    const auto path = scratch / "s/healpix=1/001-of-001.hdf5";
    UniverseFile{idRange(0, 9)}.writeLegacy(path);
    auto bytes = bytesOf(path);
    for (std::size_t i = 0; i < 4000; ++i) // pixels make up most of the file
        bytes[bytes.size() / 2 + i] = static_cast<char>(0xff);
    scratch.write("s/healpix=1/001-of-001.hdf5", bytes);
    const auto inputs = openGalaxyInputs({{scratch / "s"}, MatchBy::Auto, 1.0, 0}, {});
    PixelReader reader(inputs, 96);
    const std::vector<std::size_t> rows{0, 1, 2, 3, 4, 5, 6, 7, 8};
    const auto cutouts = reader.images(rows);
    std::size_t broken = 0;
    for (const std::size_t row : rows) {
        if (cutouts[row].problem.empty()) {
            EXPECT_EQ(cutouts[row].flux.at(0), UniverseFile::pixel(static_cast<std::int64_t>(row), 202));
            continue;
        }
        ++broken;
        EXPECT_TRUE(contains(cutouts[row].problem, "/image_array")) << cutouts[row].problem;
        EXPECT_TRUE(contains(cutouts[row].problem, "row " + std::to_string(row))) << cutouts[row].problem;
    }
    EXPECT_LT(broken, 9U);
    EXPECT_GT(broken, 0U);
}

TEST(GalaxyInputs, RealDesiSpectra) {
    PENUMBRA_DATA_OR_SKIP(data);
    const auto inputs =
        openGalaxyInputs({{data / "derived_here/mmu_layout_desi"}, MatchBy::Auto, 1.0, 0}, {});
    ASSERT_EQ(inputs.catalogue.rowCount, 2U);
    EXPECT_NEAR(target(inputs, "z").values[0], 0.36874, 1e-4); // healpix 444 comes before 1702
    EXPECT_NEAR(target(inputs, "z").values[1], 0.00727, 1e-4);
    PixelReader reader(inputs);
    const std::vector<std::size_t> rows{1, 0};
    for (const auto& spectrum : reader.spectra(rows)) {
        EXPECT_EQ(spectrum.wavelength.size(), 7781U);
        EXPECT_EQ(problemOf(spectrum), "");
        const auto bad = std::count(spectrum.bad.begin(), spectrum.bad.end(), 1);
        EXPECT_LT(bad, 7781 / 4); // true = bad: most pixels are good
    }
}
