#include "core/base/command_line.h"
#include "core/base/text.h"
#include "core/importing/column_roles.h"
#include "core/importing/guess.h"
#include "tests/core/workflow/import_support.h"

#include <algorithm>
#include <cmath>

namespace penumbra::workflow {
namespace {

io::ColumnFacts fact(const std::string& name, double low, double high, const std::string& type = "float64",
                     std::size_t different = 0) {
    return {name, type, "", 0, low, high, different};
}

Role roleNamed(const std::string& name, double low, double high) {
    return roleOf(fact(name, low, high), 1000);
}

/// Magnitudes, a spectroscopic redshift, another code's redshift with its error, a warning flag.
std::string survey(const ImportFolder& folder, bool withSpectroscopic = true) {
    std::string text = "objid,ra,dec,mag_g,mag_r,mag_i,Z_PHOT,Z_PHOT_ERR,ZWARN";
    text += withSpectroscopic ? ",Z_SPEC,Z_SPEC_ERR\n" : "\n";
    for (int i = 0; i < 200; ++i) {
        const double z = 0.05 + 0.002 * i;
        text += std::to_string(70000 + i) + "," + std::to_string(10.0 + 0.31 * i) + ",2." +
                std::to_string(i) + "," + std::to_string(18.0 + 0.0173 * ((13 * i) % 97)) + "," +
                std::to_string(17.1 + 0.0137 * ((29 * i) % 89)) + "," +
                std::to_string(16.4 + 0.0151 * ((7 * i) % 83)) + "," +
                std::to_string(z + 0.0007 * ((i * 31) % 17)) + "," +
                std::to_string(0.01 + 0.0003 * ((i * 11) % 13)) + "," + (i % 20 == 3 ? "4" : "0");
        if (withSpectroscopic)
            text += "," + std::to_string(z) + "," + std::to_string(0.00002 + 0.000001 * ((i * 5) % 23));
        text += "\n";
    }
    return folder.write("survey.csv", text);
}

} // namespace

TEST(ImportGuess, KnowsPhotometricRedshiftsByTheNamesInUse) {
    for (const char* name :
         {"Z_PHOT", "zphot", "photoz", "photo_z", "Z_B", "z_ml", "ZPHOT_MEDIAN", "z_pdf_mean"})
        EXPECT_EQ(roleNamed(name, 0.01, 1.2), Role::Prediction) << name;
    for (const char* name : {"Z_PHOT_ERR", "z_phot_std", "photoz_err", "e_zphot"})
        EXPECT_EQ(roleNamed(name, 0.01, 0.2), Role::PredictedError) << name;
    for (const char* name : {"z_phot_l68", "Z_B_MIN", "zphot_low"})
        EXPECT_EQ(roleNamed(name, 0.01, 0.9), Role::PredictedLower) << name;
    for (const char* name : {"z_phot_u68", "Z_B_MAX", "zphot_high"})
        EXPECT_EQ(roleNamed(name, 0.01, 0.9), Role::PredictedUpper) << name;
    for (const char* name : {"z", "Z_SPEC", "zspec", "redshift", "specz"})
        EXPECT_EQ(roleNamed(name, 0.01, 0.9), Role::Redshift) << name;
    EXPECT_EQ(roleNamed("Z_ERR", 1e-5, 1e-3), Role::RedshiftError);
    EXPECT_EQ(roleNamed("phot_g_mean_mag", 12.0, 21.0), Role::Magnitude) << "photometry is no redshift";
}

TEST(ImportGuess, ZIsAMagnitudeWhereItCannotBeARedshift) {
    EXPECT_EQ(roleNamed("z", 14.2, 23.9), Role::Magnitude);
    EXPECT_EQ(roleNamed("z", 0.003, 6.4), Role::Redshift);
    EXPECT_EQ(roleNamed("z", -99.0, 0.8), Role::Redshift) << "-99 is a code";
    EXPECT_EQ(roleNamed("z", -99.0, 22.1), Role::Magnitude);
}

TEST(ImportGuess, BandsOfOneSystemBelongTogether) {
    EXPECT_EQ(bandOf("mag_auto_g").system, bandOf("MAG_AUTO_I").system);
    EXPECT_NE(bandOf("mag_auto_g").system, bandOf("mag_psf_g").system);
    EXPECT_EQ(bandOf("gmag").band, "g");
    EXPECT_EQ(bandOf("Jmag").system, bandOf("Kmag").system);
    EXPECT_EQ(bandOf("FLUX_W1").band, "w1");
    EXPECT_EQ(bandOf("gravity").band, "");
    EXPECT_LT(placeOfBand("nuv"), placeOfBand("u"));
    EXPECT_LT(placeOfBand("z"), placeOfBand("j"));
}

TEST(ImportGuess, AnotherCodesRedshiftIsNeitherInputNorTruthButStays) {
    const ImportFolder folder;
    const auto result =
        runWith({{"input", survey(folder)}, {"guess", "true"}, {"out", folder.file("cat.h5")}});
    const Catalogue catalogue = readCatalogue(folder.file("cat.h5"));
    ASSERT_EQ(catalogue.targets.size(), 1U);
    EXPECT_EQ(catalogue.targets[0].name, "Z_SPEC");
    const std::string columns = catalogue.features.at(0).attributes.at("columns");
    EXPECT_EQ(columns.find("PHOT"), std::string::npos) << columns;
    EXPECT_EQ(columns.find("Z_SPEC"), std::string::npos) << "nor the errors of the answer: " << columns;
    EXPECT_NE(columns.find("mag_g-mag_r"), std::string::npos) << columns;
    EXPECT_NE(columns.find("mag_r-mag_i"), std::string::npos) << columns;
    EXPECT_EQ(catalogue.features[0].width, 5U) << "three magnitudes, two colours";
    for (const char* name : {"Z_PHOT", "Z_PHOT_ERR", "ZWARN", "mag_g", "Z_SPEC_ERR"})
        EXPECT_NE(catalogue.columns.find(name), nullptr) << name;
    EXPECT_EQ(catalogue.rowCount, 190U) << "10 of 200 redshifts have warnings";
    bool said = false;
    for (const auto& reason : result.json.at("guess"))
        said |= reason.at("what") == "prediction" &&
                reason.at("why").get<std::string>().find("Z_PHOT") != std::string::npos;
    EXPECT_TRUE(said) << result.text;
}

TEST(ImportGuess, WithoutAMeasuredRedshiftThereIsNoTarget) {
    const ImportFolder folder;
    const auto result = runWith({{"input", survey(folder, false)}, {"guess", "true"}});
    for (const auto& reason : result.json.at("guess"))
        EXPECT_NE(reason.at("what"), "target") << reason.dump();
    EXPECT_EQ(result.json.at("toml").get<std::string>().find("[targets"), std::string::npos);
}

TEST(ImportGuess, WhatIsGivenWinsAndTheLineSaysTheSame) {
    const ImportFolder folder;
    const std::string table = survey(folder);
    runWith({{"input", table},
             {"guess", "true"},
             {"target", "zz=Z_SPEC"},
             {"cut", "mag_r < 18"},
             {"out", folder.file("a.h5")}});
    const Catalogue guessed = readCatalogue(folder.file("a.h5"));
    EXPECT_EQ(guessed.targets.at(0).name, "zz");
    EXPECT_GT(guessed.rowCount, 0U);
    EXPECT_LT(guessed.rowCount, 200U);
    OptionSet plain;
    describeImportOptions(plain);
    plain.set("input", table);
    ImportGuess guess;
    guess.target = "Z_SPEC";
    guess.features = {"mag_g", "mag_g-mag_r"};
    plain.set("target", std::vector<std::string>{"zz=Z_SPEC"});
    applyGuess(guess, plain);
    EXPECT_EQ(plain.getTextList("target"), std::vector<std::string>{"zz=Z_SPEC"});
    EXPECT_EQ(plain.getTextList("features-from"), guess.features);
    expectWords(errorOf([&] {
                    runWith({{"mapping", "m.toml"}, {"guess", "true"}, {"out", folder.file("b.h5")}});
                }),
                {"--guess", "--mapping"});
}

TEST(ImportGuess, TheMappingItWritesMakesTheSameCatalogue) {
    const ImportFolder folder;
    runWith({{"input", survey(folder)},
             {"guess", "true"},
             {"out", folder.file("a.h5")},
             {"write-mapping", folder.file("m.toml")}});
    runWith({{"mapping", folder.file("m.toml")}, {"out", folder.file("b.h5")}});
    const Catalogue a = readCatalogue(folder.file("a.h5")), b = readCatalogue(folder.file("b.h5"));
    EXPECT_EQ(a.rowCount, b.rowCount);
    EXPECT_EQ(loadFeatures(a, "", RunContext{}).values, loadFeatures(b, "", RunContext{}).values);
    EXPECT_EQ(a.targets.at(0).values, b.targets.at(0).values);
}

TEST(ImportGuess, FluxesBecomeMagnitudes) {
    const ImportFolder folder;
    std::string text = "id,flux_g,flux_r,flux_ivar_g,flux_ivar_r,z\n";
    for (int i = 0; i < 100; ++i)
        text += std::to_string(i) + "," + std::to_string(i == 7 ? -0.3 : 5.0 + (37 * i) % 91) + "," +
                std::to_string(9.0 + (53 * i) % 71) + "," + std::to_string(4.0 + 0.01 * ((i * 3) % 40)) +
                "," + std::to_string(4.0 + 0.01 * ((i * 7) % 40)) + "," + std::to_string(0.1 + 0.003 * i) +
                "\n";
    runWith({{"input", folder.write("t.csv", text)}, {"guess", "true"}, {"out", folder.file("cat.h5")}});
    const Catalogue catalogue = readCatalogue(folder.file("cat.h5"));
    const std::string columns = catalogue.features.at(0).attributes.at("columns");
    EXPECT_NE(columns.find("asinh(flux_g"), std::string::npos) << "one is negative: " << columns;
    EXPECT_NE(columns.find("log10(flux_r)"), std::string::npos) << columns;
    const Features features = loadFeatures(catalogue, "", RunContext{});
    const auto names = splitText(columns, ',');
    const auto at = std::find(names.begin(), names.end(), "(-2.5*log10(flux_r))") - names.begin();
    EXPECT_NEAR(features.values(0, at), -2.5 * std::log10(9.0), 1e-6);
    for (Eigen::Index row = 0; row < features.values.rows(); ++row)
        EXPECT_TRUE(std::isfinite(features.values(row, 0))) << "no galaxy is lost to a negative flux";
}

TEST(ImportGuess, APreviewTellsWhatTheImportWouldKeep) {
    const ImportFolder folder;
    OptionSet options;
    describeImportOptions(options);
    options.set("input", survey(folder));
    options.setFromText("features-from", "mag_g,mag_r");
    options.setFromText("target", "Z_SPEC");
    options.setFromText("cut", "ZWARN == 0");
    const ImportedCatalogue preview = previewImport(options, RunContext{});
    EXPECT_EQ(preview.rowsRead, 200U);
    EXPECT_EQ(preview.catalogue.rowCount, 190U);
    ASSERT_EQ(preview.dropped.size(), 1U);
    EXPECT_EQ(preview.dropped[0].rows, 10U);
}

} // namespace penumbra::workflow
