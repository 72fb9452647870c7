// Readers on files that others wrote. The numbers expected here were taken from the raw files with other
// tools (Python's struct and csv, h5dump, a text editor), not from our readers.

#include "core/base/error.h"
#include "core/io/table_reader.h"
#include "tests/core/io/scratch.h"
#include "tests/core/io/table_reading.h"

#include <cmath>
#include <gtest/gtest.h>
#include <numeric>

namespace penumbra::io {
namespace {

using test::contains;
using test::notesOf;
using test::readTableAt;

std::size_t missingIn(const Column& column) {
    std::size_t count = 0;
    for (std::size_t row = 0; row < column.rows(); ++row) {
        count += column.isMissing(row) ? 1 : 0;
    }
    return count;
}

TEST(RealFiles, kcorrectGalaxies) {
    PENUMBRA_DATA_OR_SKIP(data);
    const Table table = readTableAt(data / "kcorrect_gst/gst_tests_small.fits");
    EXPECT_EQ(table.rows(), 10000U);
    EXPECT_EQ(table.columns.size(), 18U);
    EXPECT_EQ(table.at("RA").asReal(4321), 177.923279);
    EXPECT_EQ(table.at("Z").asReal(4321), static_cast<double>(0.0750283003F));
    EXPECT_EQ(selectColumn(table, "MODELFLUX[0]").asReal(4321), static_cast<double>(36.8434601F));
    EXPECT_EQ(selectColumn(table, "MODELFLUX[4]").asReal(9999), static_cast<double>(435.719208F));
    const auto nuv = table.at("NUV_FLUX_AUTO").asReals();
    EXPECT_EQ(std::count_if(nuv.begin(), nuv.end(), [](double v) { return v > 0; }), 774);
}

TEST(RealFiles, railSimulation) {
    PENUMBRA_DATA_OR_SKIP(data);
    const Table table = readTableAt(data / "rail_dc2/test_dc2_training_9816.hdf5");
    EXPECT_TRUE(contains(table.source, "/photometry"));
    EXPECT_EQ(table.rows(), 10225U);
    EXPECT_EQ(table.columns.size(), 14U);
    EXPECT_EQ(table.at("id").asText(5001), "8064196347");
    EXPECT_EQ(table.at("redshift").asReal(5000), 0.89270124909923809);
    EXPECT_EQ(table.at("mag_u_lsst").asReal(5001), 25.885940551757812);
    EXPECT_EQ(readTableAt(data / "rail_dc2/test_dc2_validation_9816.hdf5").rows(), 20449U);
}

TEST(RealFiles, mlzHeaderOneNameShort) {
    PENUMBRA_DATA_OR_SKIP(data);
    const Table train = readTableAt(data / "mlz_sdss_mgs/SDSS_MGS.train");
    EXPECT_EQ(train.rows(), 5000U);
    ASSERT_EQ(train.columns.size(), 19U);
    EXPECT_EQ(train.columns.front().name, "zs");
    EXPECT_EQ(train.columns.back().name, "col19");
    EXPECT_EQ(train.columns.front().asReal(2500), 0.088937);
    EXPECT_EQ(train.columns.back().asReal(2500), 0.009894);
    EXPECT_TRUE(contains(notesOf(train), "names 18 columns, the rows have 19")) << notesOf(train);
    const Table test = readTableAt(data / "mlz_sdss_mgs/SDSS_MGS.test");
    EXPECT_EQ(test.rows(), 5000U);
    EXPECT_EQ(test.at("eu").asReal(2500), 0.057903);
    EXPECT_EQ(test.at("ei-z").asReal(2500), 0.019058);
    EXPECT_TRUE(test.notes.empty()) << notesOf(test);
}

TEST(RealFiles, combo17GluedAndBlankCells) {
    PENUMBRA_DATA_OR_SKIP(data);
    const Table table = readTableAt(data / "combo17/COMBO17.csv");
    EXPECT_EQ(table.rows(), 3462U);
    EXPECT_EQ(table.columns.size(), 65U);
    EXPECT_EQ(table.at("Nr").asText(1234), "3733");
    EXPECT_EQ(table.at("MCzml").asReal(1234), 0.136);
    const auto redshift = table.at("Mcz").asReals();
    EXPECT_NEAR(std::accumulate(redshift.begin(), redshift.end(), 0.0), 2522.078, 1e-6);
    EXPECT_EQ(missingIn(table.at("e.W420FE")), 143U);
    EXPECT_TRUE(table.at("e.W420FE").isMissing(62));
    EXPECT_EQ(missingIn(table.at("S280MAG")), 24U);
    EXPECT_TRUE(table.at("S280MAG").isMissing(22));
    EXPECT_EQ(missingIn(table.at("VnMAG")), 1U);
    EXPECT_TRUE(contains(notesOf(table), "e.W420FE: 143 cells")) << notesOf(table);
    EXPECT_TRUE(contains(notesOf(table), "line 64")) << notesOf(table);
    EXPECT_EQ(table.notes.size(), 1U) << notesOf(table);
}

TEST(RealFiles, uciTables) {
    PENUMBRA_DATA_OR_SKIP(data);
    const Table casp = readTableAt(data / "uci_cqr/CASP.csv");
    EXPECT_EQ(casp.rows(), 45730U);
    EXPECT_EQ(casp.columns.size(), 10U);
    EXPECT_EQ(casp.at("F3").asReal(1000), 0.3153);
    EXPECT_EQ(casp.at("F9").asReal(45729), 29.8118);
    const Table concrete = readTableAt(data / "uci_cqr/Concrete_Data.csv");
    EXPECT_EQ(concrete.rows(), 1030U);
    ASSERT_EQ(concrete.columns.size(), 9U) << "a comma inside a quoted name";
    EXPECT_EQ(concrete.columns.back().name, "Concrete compressive strength(MPa, megapascals)");
    EXPECT_EQ(concrete.columns.back().asReal(1029), 32.40);
}

TEST(RealFiles, derivedTables) {
    PENUMBRA_DATA_OR_SKIP(data);
    const Table labels = readTableAt(data / "derived_here/gst_photometry_and_kcorrect_labels.csv");
    EXPECT_EQ(labels.rows(), 10000U);
    EXPECT_EQ(labels.columns.size(), 25U);
    EXPECT_EQ(labels.at("ra").asReal(500), 204.234848);
    EXPECT_EQ(labels.at("log_mstar").asReal(500), 11.5356077);
    EXPECT_EQ(readTableAt(data / "derived_here/gst_first1000.csv").rows(), 1000U);
    for (const char* name : {"gst_z_spec_predictions.csv", "gst_log_mstar_predictions.csv"}) {
        const Table table = readTableAt(data / "derived_here" / name);
        EXPECT_EQ(table.rows(), 5000U);
        const auto& roles = std::get<std::vector<std::string>>(table.at("role").values);
        EXPECT_EQ(std::count(roles.begin(), roles.end(), "cal"), 2000);
        EXPECT_EQ(std::count(roles.begin(), roles.end(), "test"), 3000);
    }
    EXPECT_EQ(readTableAt(data / "derived_here/gst_z_spec_predictions.csv").at("pred").asReal(500),
              0.14198269591247076);
}

TEST(RealFiles, desiIdsStayExact) {
    PENUMBRA_DATA_OR_SKIP(data);
    const Table table = readTableAt(data / "desi_redrock/redrock-test.fits", {.part = "REDSHIFTS"});
    EXPECT_EQ(table.rows(), 3U);
    EXPECT_EQ(table.at("TARGETID").asText(0), "616094145466860255"); // 2^53 is 9007199254740992
}

} // namespace
} // namespace penumbra::io
