// The walk of doc/explore.txt, on both samples.
#include "core/io/hdf5_file.h"
#include "tests/gui/program_run.h"

#include <QImage>
#include <QTemporaryDir>

#include <cmath>
#include <filesystem>

using namespace penumbra;
using namespace penumbra::gui::test;

namespace {

class Explore : public testing::TestWithParam<const char*> {};

} // namespace

/// From a study to a region, its galaxies, one wide interval and back; the region's coverage is counted here
/// from the study file that the session keeps.
TEST_P(Explore, TheWalkRunsAndItsNumbersAreThoseOfTheStudy) {
    const QTemporaryDir home;
    const auto catalogue = std::filesystem::path(sample().toStdString()).parent_path() / GetParam();
    Program program(home.path(), {QString::fromStdString(catalogue.string()), "--script",
                                  QStringLiteral(PENUMBRA_DOC_DIR) + "/explore.txt"});
    const json region = program.line(), subsets = program.line();
    ASSERT_TRUE(subsets.is_array()) << program.said();
    const json reopened = program.line(), again = program.line();
    ASSERT_TRUE(again.is_object()) << program.said();
    EXPECT_EQ(program.end(), 0) << program.said();
    const char* const pictures[] = {"01_study",        "02_map_forming",  "03_map",       "04_local_coverage",
                                    "05_worst_region", "06_worst_misses", "07_cutouts",   "08_another_look",
                                    "09_why_wide",     "10_similar",      "11_two_views", "12_reopened"};
    for (const char* name : pictures)
        EXPECT_EQ(QImage(home.filePath(QString(name) + ".png")).size(), QSize(1440, 900)) << name;

    // The map that was made in the window came back with the session, and so the same worst region.
    EXPECT_NE(reopened.at("positions").get<std::string>().find("_umap_2d"), std::string::npos);
    EXPECT_EQ(reopened.at("colour"), "local_coverage(CQR)");
    EXPECT_EQ(reopened.at("beside").at("colour"), "missed(CQR)");
    EXPECT_TRUE(std::filesystem::exists((home.path() + "/explore_maps.h5").toStdString()));
    EXPECT_EQ(again.at("methods"), region.at("methods"));

    // Fifty nearest galaxies, chosen by how they were covered.
    EXPECT_EQ(region.at("n"), 50);
    EXPECT_EQ(region.at("by_outcome"), true);
    ASSERT_EQ(subsets.size(), 1U);
    EXPECT_EQ(subsets[0].at("name"), "worst region");
    EXPECT_EQ(subsets[0].at("n"), 50);
    EXPECT_TRUE(std::filesystem::exists((home.path() + "/explore.penumbra").toStdString()));
    const auto file = io::Hdf5File::openForReading((home.path() + "/explore_study.h5").toStdString());
    const auto truth = file.readReals("/truth/z");
    const auto lower = file.readReals("/predictions/z/CQR/lower"),
               upper = file.readReals("/predictions/z/CQR/upper");
    double covered = 0.0;
    for (std::size_t i = 0; i < truth.size(); ++i)
        covered += lower[i] <= truth[i] && truth[i] <= upper[i] ? 1.0 : 0.0;
    const double overall = covered / static_cast<double>(truth.size());
    const double there = region.at("methods").at("CQR").at("coverage").get<double>();
    EXPECT_LT(there, overall) << "the region is the worst one";
    EXPECT_DOUBLE_EQ(there * 50.0, std::round(there * 50.0)) << "a share of fifty galaxies";
}

INSTANTIATE_TEST_SUITE_P(samples, Explore,
                         testing::Values("simulated_sample.h5", "sdss_photometric_sample.h5"),
                         [](const auto& each) {
                             return std::string(each.param).substr(0, std::string(each.param).find('_'));
                         });
