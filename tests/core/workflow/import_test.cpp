#include "tests/core/workflow/import_support.h"

#include "core/catalogue/catalogue.h"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>

namespace penumbra::workflow {
namespace {

// Six galaxies: two bands, one non-detection (-99), one star, one missing redshift (-1).
const char* const survey = "id,ra,dec,fg,fr,ivg,ivr,Ar,class,z,zerr\n"
                           "100,10.0,-1,10,100,4,1,0.1,GALAXY,0.1,0.01\n"
                           "101,10.1,-1,20,100,4,1,0.1,GALAXY,0.2,0.01\n"
                           "102,10.2,-1,-99,100,4,1,0.1,GALAXY,0.3,0.01\n"
                           "103,10.3,-1,40,100,4,1,0.1,STAR,0.0,0.01\n"
                           "104,10.4,-1,50,100,4,1,0.1,GALAXY,-1,0.01\n"
                           "105,10.5,-1,60,100,4,1,0.2,GALAXY,0.6,0.01\n";

TEST(Import, dropsRowsByCutsAndCountsThem) {
    const ImportFolder folder;
    const auto imported = importWith("object_id = 'id'\n"
                                     "cuts = ['class == \"GALAXY\"', 'z > 0.15 or z < 0']\n"
                                     "[targets.z]\nmissing = [-1]\nerror = 'zerr'\n",
                                     folder.write("s.csv", survey));
    EXPECT_EQ(imported.rowsRead, 6U);
    ASSERT_EQ(imported.dropped.size(), 2U);
    EXPECT_EQ(imported.dropped[0].rows, 1U); // the star
    EXPECT_EQ(imported.dropped[1].rows, 1U); // z = 0.1
    const Catalogue& c = imported.catalogue;
    ASSERT_EQ(c.rowCount, 4U);
    EXPECT_EQ(c.idText(0), "101");
    EXPECT_EQ(c.idText(3), "105");
    EXPECT_DOUBLE_EQ(c.targets[0].values[0], 0.2);
    EXPECT_TRUE(std::isnan(c.targets[0].values[2])); // -1 means no redshift
    EXPECT_DOUBLE_EQ(c.targets[0].errors[0], 0.01);
    EXPECT_TRUE(c.split.empty());
}

TEST(Import, missingCodesActBeforeCuts) {
    const ImportFolder folder;
    const auto imported = importWith("cuts = ['fg < 55']\n[missing]\nfg = [-99]\nclass = 'STAR'\n"
                                     "[columns]\nfg = 'fg'\nlabelled = 'not ismissing(class)'\n",
                                     folder.write("s.csv", survey));
    EXPECT_EQ(imported.catalogue.rowCount, 4U); // -99 is NaN, and NaN < 55 is false
    EXPECT_DOUBLE_EQ(imported.catalogue.columns.at("labelled").asReal(2), 0.0);
    EXPECT_EQ(imported.catalogue.idText(2), "3"); // no id column: the row in the input
}

// Magnitudes by hand: 22.5 - 2.5 log10 f - A.
TEST(Import, makesMagnitudesAndColoursOfFluxes) {
    const ImportFolder folder;
    const auto imported =
        importWith("[missing]\n'*' = -99\n"
                   "[features.phot]\nbands = ['g','r']\nflux = ['fg','fr']\nivar = ['ivg','ivr']\n"
                   "extinction = ['0', 'Ar']\ntransform = 'magnitude'\ncolours = true\n"
                   "errors_as_features = true\n[targets]\nz = 'z'\n",
                   folder.write("s.csv", survey));
    const MatrixF& x = imported.features[0];
    ASSERT_EQ(x.cols(), 5);
    EXPECT_EQ(imported.catalogue.features[0].attributes.at("columns"), "g,r,g-r,error(g),error(r)");
    const double g = 22.5 - 2.5 * std::log10(10.0);
    const double r = 22.5 - 2.5 * std::log10(100.0) - 0.1;
    EXPECT_NEAR(x(0, 0), g, 1e-5);
    EXPECT_NEAR(x(0, 1), r, 1e-5);
    EXPECT_NEAR(x(0, 2), g - r, 1e-5);
    EXPECT_NEAR(x(0, 3), 2.5 / std::log(10.0) * 0.5 / 10.0, 1e-6);
    EXPECT_NEAR(x(0, 4), 2.5 / std::log(10.0) * 1.0 / 100.0, 1e-6);
    EXPECT_TRUE(std::isnan(x(2, 0)));
    EXPECT_EQ(imported.quarantined[0], 1U);
}

TEST(Import, asinhIsFiniteForNegativeFluxAndDefaultsItsSoftening) {
    const ImportFolder folder;
    const auto imported = importWith("[features.phot]\nbands = ['g']\nflux = ['fg']\nivar = ['ivg']\n",
                                     folder.write("s.csv", survey));
    // b = 1.042 x 0.5; bright: Pogson.
    EXPECT_NEAR(std::stod(imported.catalogue.features[0].attributes.at("asinh_softening")), 0.521, 1e-3);
    EXPECT_NEAR(imported.features[0](5, 0), 22.5 - 2.5 * std::log10(60.0), 1e-3);
    EXPECT_GT(imported.features[0](2, 0), 25.0F); // -99 not declared missing: faint beyond zero flux
    EXPECT_EQ(imported.quarantined[0], 0U);
}

// Flux 0 with inverse variance 0 means "not observed here", whatever becomes of the flux.
TEST(Import, whatWasNotObservedIsMissingInEveryTransform) {
    const ImportFolder folder;
    const auto path = folder.write("s.csv", "f,iv,e,m,z\n"
                                            "10,4,0.5,20,0.1\n"
                                            "0,0,0,21,0.2\n"
                                            "30,-1,-99,22,0.3\n"
                                            "40,nan,nan,23,0.4\n"
                                            "50,inf,inf,24,0.5\n"
                                            "60,4,0.5,25,0.6\n");
    for (const std::string values : {"flux = ['f']\nivar = ['iv']\n", "flux = ['f']\nerror = ['e']\n",
                                     "magnitude = ['m']\nerror = ['e']\n"})
        for (const std::string transform : {"asinh", "magnitude", "raw"})
            for (const std::string errors : {"false", "true"}) {
                if (values.starts_with("magnitude") && transform != "raw")
                    continue;
                const std::string how =
                    values + "transform = '" + transform + "'\n" + "errors_as_features = " + errors + "\n";
                const auto imported = importWith("[features.f]\nbands = ['g']\n" + how, path);
                const MatrixF& x = imported.features[0];
                for (const Eigen::Index row : {1, 2, 3, 4})
                    EXPECT_TRUE(std::isnan(x(row, 0))) << how << " row " << row;
                EXPECT_TRUE(std::isfinite(x(0, 0)) && std::isfinite(x(5, 0))) << how;
                EXPECT_EQ(imported.quarantined[0], 4U) << how;
                EXPECT_NE(imported.text().find("not observed in 4 rows"), std::string::npos)
                    << how << imported.text();
            }
}

TEST(Import, fillsMediansWithFlagColumns) {
    const ImportFolder folder;
    const auto imported =
        importWith("[missing]\nfg = -99\n[features.f]\ncolumns = ['fg', 'log10(fr)']\nmissing = 'median'\n",
                   folder.write("s.csv", survey));
    const MatrixF& x = imported.features[0];
    EXPECT_EQ(imported.catalogue.features[0].attributes.at("columns"), "fg,log10(fr),missing(fg)");
    EXPECT_FLOAT_EQ(x(2, 0), 40.0F); // of 10 20 40 50 60
    EXPECT_FLOAT_EQ(x(2, 2), 1.0F);
    EXPECT_FLOAT_EQ(x(1, 2), 0.0F);
    EXPECT_FLOAT_EQ(x(2, 1), 2.0F);
    EXPECT_EQ(imported.quarantined[0], 0U);
}

TEST(Import, joinsByKeyAndByRowOrder) {
    const ImportFolder folder;
    const auto input = folder.write("s.csv", survey);
    folder.write("labels.csv", "galaxy,mass\n105,10.5\n101,10.1\n100,10.0\n999,9.9\n");
    const std::string byKey =
        "[[join]]\nfile = 'labels.csv'\nkey = 'id'\nother_key = 'galaxy'\nprefix = 'lab_'\n";
    const auto imported = importWith("object_id='id'\n[targets]\nmass = 'lab_mass'\n" + byKey, input);
    const auto& mass = imported.catalogue.targets[0].values;
    ASSERT_EQ(mass.size(), 6U);
    EXPECT_DOUBLE_EQ(mass[0], 10.0);
    EXPECT_DOUBLE_EQ(mass[1], 10.1);
    EXPECT_TRUE(std::isnan(mass[2]));
    EXPECT_DOUBLE_EQ(mass[5], 10.5);
    const auto dropped = importWith("[targets]\nmass = 'lab_mass'\n" + byKey + "unmatched = 'drop'\n", input);
    EXPECT_EQ(dropped.catalogue.rowCount, 3U);
    EXPECT_EQ(dropped.dropped[0].rows, 3U);
    expectWords(errorOf([&] { importWith("[[join]]\nfile = 'labels.csv'\n", input); }),
                {"labels.csv", "4 rows", "6", "row order"});
    folder.write("twice.csv", "id,mass\n100,1\n100,2\n");
    expectWords(errorOf([&] { importWith("[[join]]\nfile = 'twice.csv'\nkey = 'id'\n", input); }),
                {"twice.csv", "100", "rows 0 and 1"});
    expectWords(errorOf([&] { importWith("[[join]]\nfile = 'nowhere.csv'\n", input); }),
                {"nowhere.csv", "--join-dir"});
    folder.write("six.csv", "fg\n1\n2\n3\n4\n5\n6\n");
    expectWords(errorOf([&] { importWith("[[join]]\nfile = 'six.csv'\n", input); }), {"fg", "prefix"});
}

TEST(Import, mapsASplitColumn) {
    const ImportFolder folder;
    const auto input =
        folder.write("p.csv", "row,role,y,pred,q05,q95\n0,cal,1,1.1,0,2\n1,test,2,2.1,1,3\n2,CAL,3,2.9,2,4\n"
                              "3,spare,3,3,2,4\n");
    // Predictions made elsewhere: no features, no training rows.
    const std::string base =
        "object_id='row'\ncarry=['pred','q*']\n[targets]\ny = 'y'\n[split]\ncolumn = 'role'\n";
    expectWords(errorOf([&] { importWith(base, input); }), {"role", "row 3", "spare", "drop"});
    const auto imported = importWith(base + "others = 'drop'\n", input);
    EXPECT_EQ(imported.catalogue.split, (std::vector<std::uint8_t>{1, 2, 1}));
    EXPECT_TRUE(imported.features.empty());
    EXPECT_EQ(imported.catalogue.columns.columns.size(), 3U);
    EXPECT_DOUBLE_EQ(imported.catalogue.columns.at("q95").asReal(1), 3.0);
    const auto renamed = importWith(base + "calibration = ['cal']\ntest = ['test', 'spare']\n", input);
    EXPECT_EQ(renamed.catalogue.split, (std::vector<std::uint8_t>{1, 2, 1, 2}));
}

TEST(Import, drawsASplitFromItsSeed) {
    const ImportFolder folder;
    std::string rows = "x\n";
    for (int i = 0; i < 1000; ++i)
        rows += std::to_string(i) + "\n";
    const auto imported =
        importWith("[columns]\nx='x'\n[split]\nfractions=[0.6,0.1]\nseed=5\n", folder.write("x.csv", rows));
    EXPECT_EQ(imported.catalogue.split, drawSplit(1000, 0.6, 0.1, 5));
}

TEST(Import, leavesNoFileWhenNothingUsableIsLeft) {
    const ImportFolder folder;
    const auto input = folder.write("s.csv", survey);
    const auto refused = [&](const std::string& toml, const std::vector<std::string>& words) {
        const auto mapping = folder.write("m.toml", toml);
        expectWords(errorOf([&] {
                        runWith({{"input", input}, {"mapping", mapping}, {"out", folder.file("o.h5")}});
                    }),
                    words);
        EXPECT_FALSE(std::filesystem::exists(folder.file("o.h5"))) << toml;
    };
    refused("cuts = ['z > 5']\n[targets]\nz='z'\n", {"no rows are left", "z > 5", "s.csv"});
    refused("[missing]\nfg = [10,20,-99,40,50,60]\n[features.f]\ncolumns=['fg','fr']\n",
            {"features f", "fg (6 rows"});
    refused("[missing]\nfg = [10,20,-99,40,50,60]\n[features.f]\ncolumns=['fg']\nmissing='median'\n",
            {"fg", "median"});
    refused("[targets.z]\nfrom='sqrt(-1 - z^2)'\n", {"target z", "no usable value"});
    refused("", {"takes nothing over"});
    refused("[targets]\nz = 'zz'\n", {"target z", "zz", "^"});
    refused("[features.f]\ncolumns=['class']\n", {"features f", "class", "text"});
    refused("carry=['fluxes_*x']\n", {"fluxes_*x"});
    refused("[missing]\nfgg = 0\n[targets]\nz='z'\n", {"fgg", "near: fg"});
    refused("object_id='frr'\n[targets]\nz='z'\n", {"frr"});
}

TEST(ImportCommand, writesACatalogueThatKnowsItsOrigin) {
    const ImportFolder folder;
    const auto input = folder.write("s.csv", survey);
    const auto mapping =
        folder.write("m.toml", "# my mapping\ninput = 's.csv'\nobject_id='id'\nra='ra'\ndec='dec'\n"
                               "carry=['class']\n[attributes]\norigin='a test'\n"
                               "[features.f]\ncolumns=['fg','fr']\n[targets]\nz='z'\n");
    const auto result = runWith({{"mapping", mapping}, {"out", folder.file("c.h5")}});
    EXPECT_EQ(result.json["rows_kept"], 6);
    EXPECT_EQ(result.written, std::vector<std::string>{folder.file("c.h5")});
    const Catalogue c = readCatalogue(folder.file("c.h5"));
    EXPECT_EQ(c.attributes.at("origin"), "a test");
    EXPECT_EQ(c.attributes.at("import_source_hashes"), fileHash(input));
    EXPECT_NE(c.attributes.at("import_mapping").find("# my mapping"), std::string::npos);
    EXPECT_DOUBLE_EQ(c.ra[5], 10.5);
    EXPECT_EQ(c.columns.at("class").asText(3), "STAR");
    EXPECT_EQ(loadFeatures(c, "f").values(1, 0), 20.0F);
}

TEST(ImportCommand, flagsAndTheMappingTheyWriteAgree) {
    const ImportFolder folder;
    const auto input = folder.write("s.csv", survey);
    const auto flags = runWith({{"input", input},
                                {"features-from", "fg,`fr`"},
                                {"features-name", "fluxes"},
                                {"target", "z,redder=log10(fr/fg)"},
                                {"id", "id"},
                                {"ra", "ra"},
                                {"dec", "dec"},
                                {"columns", "iv*,class"},
                                {"cut", "class == \"GALAXY\",fr > 0"},
                                {"missing", "-99,STAR"},
                                {"split-fractions", "0.4,0.2"},
                                {"split-seed", "3"},
                                {"out", folder.file("a.h5")},
                                {"write-mapping", folder.file("m.toml")}});
    EXPECT_EQ(flags.written.size(), 3U); // with the list of the row that lacks fg
    runWith({{"mapping", folder.file("m.toml")}, {"out", folder.file("b.h5")}});
    const Catalogue a = readCatalogue(folder.file("a.h5"));
    const Catalogue b = readCatalogue(folder.file("b.h5"));
    EXPECT_EQ(a.rowCount, 5U);
    EXPECT_EQ(a.rowCount, b.rowCount);
    EXPECT_EQ(a.split, b.split);
    EXPECT_EQ(a.columns.columns.size(), 5U) << "iv*, class, and what features are made of";
    EXPECT_EQ(b.columns.columns.size(), 5U);
    EXPECT_EQ(a.target("redder").values[0], b.target("redder").values[0]);
    EXPECT_DOUBLE_EQ(b.target("redder").values[0], 1.0);
    const auto fa = loadFeatures(a, "fluxes"), fb = loadFeatures(b, "fluxes");
    EXPECT_EQ(fa.quarantinedCount, 1U);
    EXPECT_EQ(fb.quarantinedCount, 1U);
    EXPECT_EQ(fa.values.row(4), fb.values.row(4));
}

TEST(ImportCommand, refusesContradictoryUsage) {
    const ImportFolder folder;
    const auto input = folder.write("s.csv", survey);
    const auto mapping = folder.write("m.toml", "[targets]\nz='z'\n");
    const auto usage = [](const std::vector<std::pair<std::string, std::string>>& given) {
        EXPECT_THROW(runWith(given), UsageError);
    };
    usage({{"input", input}, {"mapping", mapping}, {"id", "id"}, {"out", folder.file("o.h5")}});
    usage({{"input", input}, {"target", "z"}});
    usage({{"mapping", mapping}, {"out", folder.file("o.h5")}});
    usage({{"input", input}, {"target", "=z"}, {"out", folder.file("o.h5")}});
    usage({{"input", input}, {"target", "z"}, {"split-fractions", "0.5"}, {"out", folder.file("o.h5")}});
    EXPECT_FALSE(std::filesystem::exists(folder.file("o.h5")));
}

TEST(Import, featuresMayBeNamedByPatterns) {
    const ImportFolder folder;
    folder.write("p.csv", "mag_g,mag_r,z,g,r\n20.5,19.5,0.1,2,3\n21.5,20.25,0.2,4,5\n");
    const auto widthOf = [&](const std::string& features) {
        const auto result = runWith({{"input", folder.file("p.csv")},
                                     {"features-from", features},
                                     {"target", "z"},
                                     {"out", folder.file("p.h5")}});
        return result.json["features"]["features"]["width"].get<int>();
    };
    EXPECT_EQ(widthOf("mag_*"), 2);
    EXPECT_EQ(widthOf("mag_?,g*r"), 3); // g*r is a product of columns there are
    EXPECT_NE(errorOf([&] { widthOf("flux_*"); }), "no error");
}

TEST(Import, whatFeaturesAreMadeOfCanBeBinnedBy) {
    const ImportFolder folder;
    std::string many = "id,z";
    std::string values = "1,0.5";
    for (int i = 0; i < 70; ++i) {
        many += ",e" + std::to_string(i);
        values += ",0.25";
    }
    folder.write("p.csv", "mag_g,mag_r,z,g,r\n20.5,19.5,0.1,2,3\n21.5,20.25,0.2,4,5\n");
    folder.write("e.csv", many + "\n" + values + "\n" + values + "\n");
    const auto columnsOf = [&](const std::string& file, const std::string& features) {
        runWith({{"input", folder.file(file)},
                 {"features-from", features},
                 {"target", "z"},
                 {"out", folder.file("p.h5")}});
        std::vector<std::string> names;
        for (const io::Column& column : readCatalogue(folder.file("p.h5")).columns.columns)
            names.push_back(column.name);
        std::sort(names.begin(), names.end());
        return names;
    };
    EXPECT_EQ(columnsOf("p.csv", "mag_*,g*r"), (std::vector<std::string>{"g", "mag_g", "mag_r", "r"}));
    EXPECT_EQ(columnsOf("p.csv", "mag_g-mag_r"), (std::vector<std::string>{"mag_g", "mag_r"}));
    EXPECT_TRUE(columnsOf("e.csv", "e*").empty()) << "an embedding's columns are none to bin by";
}

} // namespace
} // namespace penumbra::workflow
