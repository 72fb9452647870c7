#include "core/mock/survey.h"

#include "core/catalogue/catalogue.h"
#include "core/io/hdf5_file.h"
#include "core/mock/labels.h"

#include <cmath>
#include <filesystem>
#include <gtest/gtest.h>
#include <unistd.h>

using namespace penumbra;
using namespace penumbra::mock;
namespace fs = std::filesystem;

namespace {

class SurveyTest : public testing::Test {
protected:
    void SetUp() override {
        folder_ = fs::temp_directory_path() / ("survey_" + std::to_string(::getpid()));
        fs::create_directories(folder_);
    }
    void TearDown() override { fs::remove_all(folder_); }
    fs::path write(const std::string& name, const SurveyOptions& options, int threads = 2) {
        RunContext context;
        context.threads = threads;
        writeSurvey(options, folder_ / name, context);
        return folder_ / name;
    }
    fs::path folder_;
};

SurveyOptions small(std::size_t rows) {
    SurveyOptions options;
    options.rows = rows;
    options.embeddingWidth = 8;
    options.seed = 4;
    return options;
}

} // namespace

// 5 targets x 5 levels, each a binomial count beyond 4.5 sigma with probability 7e-6: under 2e-4 in all.
TEST_F(SurveyTest, OracleQuantilesAreTheTrueOnes) {
    const Catalogue catalogue = readCatalogue(write("a.h5", small(20'000)));
    ASSERT_EQ(catalogue.targets.size(), labelModels().size());
    for (const Target& target : catalogue.targets) {
        ASSERT_EQ(target.oracle.size(), oracleLevels.size()) << target.name;
        for (std::size_t q = 0; q < oracleLevels.size(); ++q) {
            const auto& quantile = target.oracle.at(std::string(oracleNames[q]));
            double below = 0;
            for (std::size_t i = 0; i < quantile.size(); ++i)
                below += target.values[i] < quantile[i];
            const double p = oracleLevels[q], n = static_cast<double>(quantile.size());
            EXPECT_NEAR(below / n, p, 4.5 * std::sqrt(p * (1 - p) / n)) << target.name << " " << p;
        }
    }
}

TEST_F(SurveyTest, RowsDependOnSeedAndRowAlone) {
    SurveyOptions shorter = small(300), longer = small(9000);
    longer.cutouts = 1;
    const Catalogue a = readCatalogue(write("a.h5", shorter, 1));
    const Catalogue b = readCatalogue(write("b.h5", longer, 3));
    const Features fa = loadFeatures(a, ""), fb = loadFeatures(b, "");
    for (std::size_t i = 0; i < 300; ++i) {
        for (std::size_t t = 0; t < a.targets.size(); ++t)
            ASSERT_EQ(a.targets[t].values[i], b.targets[t].values[i]);
        ASSERT_EQ(fa.values(static_cast<Eigen::Index>(i), 3), fb.values(static_cast<Eigen::Index>(i), 3));
    }
    SurveyOptions other = small(300);
    other.seed = 5;
    const Catalogue c = readCatalogue(write("c.h5", other));
    EXPECT_NE(a.targets[0].values[0], c.targets[0].values[0]);
}

TEST_F(SurveyTest, CutoutsAndSpectraBelongToTheFirstRows) {
    SurveyOptions options = small(50);
    options.cutouts = 3;
    options.spectra = 2;
    const fs::path path = write("a.h5", options);
    const Catalogue catalogue = readCatalogue(path);
    EXPECT_EQ(catalogue.images.count, 3U);
    EXPECT_EQ(catalogue.images.bandNames, (std::vector<std::string>{"DES-G", "DES-R", "DES-I", "DES-Z"}));
    EXPECT_EQ(catalogue.spectra.count, 2U);
    const auto file = io::Hdf5File::openForReading(path);
    // The cutout's light is the catalogue's flux, up to what falls outside, field stars and noise.
    const auto pixels = file.readFloats("/images/flux");
    const auto fluxR = catalogue.columns.at("FLUX_R").asReals();
    for (std::size_t i = 0; i < 3; ++i) {
        double sum = 0;
        for (std::size_t p = 0; p < 96 * 96; ++p)
            sum += pixels[(i * 4 + 1) * 96 * 96 + p];
        EXPECT_GT(sum, 0.6 * fluxR[i]);
        EXPECT_LT(sum, 4.0 * fluxR[i]);
    }
}

TEST_F(SurveyTest, ACancelLeavesNothing) {
    std::stop_source source;
    source.request_stop();
    RunContext context;
    context.stop = source.get_token();
    EXPECT_THROW(writeSurvey(small(100), folder_ / "a.h5", context), Cancelled);
    EXPECT_TRUE(fs::is_empty(folder_));
}
