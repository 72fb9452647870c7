// Imports of real files, from the folder in PENUMBRA_DATA.

#include "tests/core/workflow/import_support.h"
#include "tests/core/workflow/real_files.h"

#include "core/catalogue/catalogue.h"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>

namespace penumbra::workflow {
namespace {

TEST_F(RealFiles, sdssFitsWithVectorColumnsJoinedByRowOrder) {
    const auto input = data_ / "kcorrect_gst/gst_tests_small.fits";
    ImportMapping mapping = parseImportMapping(
        "[[join]]\nfile = 'gst_photometry_and_kcorrect_labels.csv'\nprefix = 'lab_'\n"
        "[missing]\n'?_M_EXT' = 0\n'NUV_FLUX_AUTO' = [0, -99]\n"
        "[columns]\nsame = 'abs(lab_flux_r - MODELFLUX[2]) < 1e-5 * MODELFLUX[2]'\n"
        "K = 'K_M_EXT'\nNUV = 'NUV_FLUX_AUTO'\n"
        "[features.phot]\nbands = ['u','g','r','i','z']\nflux = 'MODELFLUX'\nivar = 'MODELFLUX_IVAR'\n"
        "extinction = 'EXTINCTION'\ncolours = true\n"
        "[targets]\nz = 'Z'\nlog_mstar = 'lab_log_mstar'\n",
        "test");
    const auto imported = importTable(mapping, input, data_ / "derived_here", RunContext{});
    const Catalogue& c = imported.catalogue;
    EXPECT_EQ(c.rowCount, 10000U);
    EXPECT_EQ(imported.quarantined[0], 0U); // asinh magnitudes bear the 12 negative fluxes
    EXPECT_EQ(imported.features[0].cols(), 9);
    const auto same = c.columns.at("same").asReals();
    EXPECT_EQ(std::count(same.begin(), same.end(), 1.0), 10000); // the join really is by row
    // Row 0 by hand from the csv: u = 22.5 - 2.5 log10 27.263485 - 0.262775809; bright, so Pogson within
    // 0.01.
    EXPECT_NEAR(imported.features[0](0, 0), 22.5 - 2.5 * std::log10(27.263485) - 0.262775809, 0.01);
    const auto nuv = c.columns.at("NUV").asReals();
    const auto present = std::count_if(nuv.begin(), nuv.end(), [](double x) { return !std::isnan(x); });
    EXPECT_NEAR(static_cast<double>(present), 800.0, 200.0); // data/README: present for 8 %
}

TEST_F(RealFiles, mlzTextWithAHeaderOneNameShort) {
    const auto imported = importWith("[features.mags]\nmagnitude = ['u','g','r','i','z']\ncolours = true\n"
                                     "[targets.z_spec]\nfrom = 'zs'\nlabel = 'redshift'\n",
                                     data_ / "mlz_sdss_mgs/SDSS_MGS.test");
    EXPECT_EQ(imported.catalogue.rowCount, 5000U);
    EXPECT_NEAR(imported.catalogue.targets[0].values[0], 0.122743, 1e-9);
    EXPECT_NEAR(imported.features[0](0, 5), 1.766193, 1e-4); // u-g as the file itself gives it
    const ImportFolder folder;
    const auto trained = [&] {
        return importWith("[targets]\nz_spec = 'zs'\n[columns]\nr = 'r'\n",
                          data_ / "mlz_sdss_mgs/SDSS_MGS.train");
    };
    const auto train = trained(); // 18 names, 19 columns: read, with a note that says so
    EXPECT_EQ(train.catalogue.rowCount, 5000U);
    EXPECT_NEAR(train.catalogue.columns.at("r").asReal(0), 17.298376, 1e-9);
    EXPECT_FALSE(train.notes.empty());
}

TEST_F(RealFiles, combo17WithBlanksAndGluedCells) {
    const auto imported =
        importWith("object_id = 'Nr'\n[features.fluxes]\ncolumns = ['`e.W420FE`', 'W462FE', 'Rmag']\n"
                   "missing = 'median'\n[targets.Mcz]\nerror = '`e.Mcz`'\n",
                   data_ / "combo17/COMBO17.csv");
    EXPECT_EQ(imported.catalogue.rowCount, 3462U);
    EXPECT_DOUBLE_EQ(imported.catalogue.targets[0].values[0], 0.832);
    EXPECT_DOUBLE_EQ(imported.catalogue.targets[0].errors[0], 0.036);
    EXPECT_EQ(imported.quarantined[0], 0U);
    // 143 cells of e.W420FE hold two numbers; they are no measurement, and are flagged.
    ASSERT_GE(imported.features[0].cols(), 4);
    EXPECT_GE(imported.features[0].col(3).sum(), 143.0F);
    EXPECT_FALSE(imported.notes.empty());
}

TEST_F(RealFiles, dc2WithNonDetectionsAt99) {
    const auto input = data_ / "rail_dc2/test_dc2_training_9816.hdf5";
    const std::string mapping =
        "object_id='id'\n[missing]\n'mag_*' = 99\n[features.mags]\n"
        "bands = ['u','g','r','i','z','y']\n"
        "magnitude = ['mag_u_lsst','mag_g_lsst','mag_r_lsst','mag_i_lsst','mag_z_lsst','mag_y_lsst']\n"
        "error = ['mag_err_u_lsst','mag_err_g_lsst','mag_err_r_lsst','mag_err_i_lsst',"
        "'mag_err_z_lsst','mag_err_y_lsst']\ncolours = true\n[targets]\nredshift='redshift'\n";
    const auto imported = importWith(mapping, input);
    EXPECT_EQ(imported.catalogue.rowCount, 10225U);
    EXPECT_GT(imported.quarantined[0], 0U); // undetected in some band
    EXPECT_LT(imported.quarantined[0], 5000U);
    const MatrixF& x = imported.features[0];
    for (Eigen::Index row = 0; row < x.rows(); ++row)
        for (Eigen::Index k = 0; k < 6; ++k)
            ASSERT_FALSE(x(row, k) > 90.0F) << "a code 99 went through as a magnitude, row " << row;
}

TEST_F(RealFiles, predictionsMadeElsewhereWithARoleColumn) {
    const auto imported = importWith(
        "object_id='row'\ncarry = ['pred','q05','q95']\n[targets]\nz = 'y'\n[split]\ncolumn='role'\n",
        data_ / "derived_here/gst_z_spec_predictions.csv");
    const auto& split = imported.catalogue.split;
    EXPECT_EQ(std::count(split.begin(), split.end(), 0), 0);
    EXPECT_EQ(std::count(split.begin(), split.end(), 1), 2000); // data/README: 2000 cal, 3000 test
    EXPECT_EQ(std::count(split.begin(), split.end(), 2), 3000);
    EXPECT_TRUE(imported.features.empty());
}

} // namespace
} // namespace penumbra::workflow
