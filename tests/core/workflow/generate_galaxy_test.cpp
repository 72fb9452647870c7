// What AION generates of single galaxies, and how often its bands hold what the catalogue has measured.

#include "core/base/error.h"
#include "core/base/rng.h"
#include "core/encoding/galaxy_generation.h"
#include "tests/core/workflow/generate_support.h"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>

using namespace penumbra;
using namespace penumbra::test;
using namespace penumbra::workflow;

namespace {

constexpr std::size_t rows = 5, coefficients = 55;

/// A tiny random model and a catalogue with fluxes, a redshift and Gaia's BP coefficients; row 3 lacks a
/// flux.
class GenerateGalaxy : public testing::Test {
protected:
    static void SetUpTestSuite() {
        shared = std::make_unique<Scratch>();
        writeTinyModel(*shared);
        Catalogue catalogue = galaxiesWithFluxes({11, 12, 13, 14, 15}, {0.1, 0.2, 0.3, 0.4, 0.5}, 3);
        FeatureInfo info;
        info.name = "bp_coefficients";
        info.width = coefficients;
        catalogue.features.push_back(info);
        measured() = MatrixF(rows, coefficients);
        Rng rng(4);
        for (Eigen::Index i = 0; i < measured().size(); ++i)
            measured().data()[i] = static_cast<float>(20.0 * rng.normal());
        writeCatalogue(catalogue, {measured()}, *shared / "in.h5");
    }
    static void TearDownTestSuite() { shared.reset(); }
    static MatrixF& measured() {
        static MatrixF values;
        return values;
    }

    static OptionSet options(const std::vector<std::pair<std::string, std::string>>& given) {
        OptionSet options = generateOptions(*shared, {{"draws", "5"}, {"steps", "3"}});
        for (const auto& [name, text] : given)
            options.setFromText(name, text);
        return options;
    }
    static CommandResult run(const std::string& out, std::vector<std::pair<std::string, std::string>> given) {
        given.emplace_back("out", (*shared / out).string());
        RunContext context;
        return runGenerate(options(given), {}, context);
    }
    static MatrixF features(const std::string& file, const std::string& name) {
        return loadFeatures(readCatalogue(*shared / file), name).values;
    }
    static std::unique_ptr<Scratch> shared;
};
std::unique_ptr<Scratch> GenerateGalaxy::shared;

} // namespace

TEST_F(GenerateGalaxy, imagesAndMapsAreDrawnAsPixels) {
    run("pixels.h5", {{"target", "image,image_hsc,segmap"}, {"draws", "3"}, {"steps", "2"}});
    const struct {
        const char* name;
        Eigen::Index width;
    } targets[] = {{"aion_image_random", 4 * 96 * 96},
                   {"aion_image_hsc_random", 5 * 96 * 96},
                   {"aion_segmentation_map_random", 96 * 96}};
    for (const auto& [name, width] : targets) {
        const std::string base(name);
        const MatrixF low = features("pixels.h5", base + "_p16"),
                      middle = features("pixels.h5", base + "_median"),
                      high = features("pixels.h5", base + "_p84");
        ASSERT_EQ(middle.cols(), width) << name;
        EXPECT_TRUE(middle.row(0).allFinite()) << name;
        EXPECT_TRUE((low.row(0).array() <= middle.row(0).array()).all()) << name;
        EXPECT_TRUE((middle.row(0).array() <= high.row(0).array()).all()) << name;
        EXPECT_GT((high.row(0) - low.row(0)).maxCoeff(), 0.0F) << name; // draws differ
        EXPECT_TRUE(std::isnan(middle(3, 0))) << name;                  // lacks a flux
    }
    const MatrixF map = features("pixels.h5", "aion_segmentation_map_random_median");
    EXPECT_GE(map.row(0).minCoeff(), 0.0F);
    EXPECT_LE(map.row(0).maxCoeff(), 1.0F);
}

TEST_F(GenerateGalaxy, theVerbMeasuresItsBandsAgainstTheCatalogue) {
    const CommandResult result = run("xp.h5", {{"target", "xp_bp"}});
    const std::string base = "aion_bp_coefficients_random";
    const auto& coverage = result.json.at("coverage").at(base);
    EXPECT_EQ(coverage.at("galaxies").get<std::size_t>(), rows - 1);
    const MatrixF low = features("xp.h5", base + "_p16"), high = features("xp.h5", base + "_p84");
    double inside = 0.0;
    for (Eigen::Index r = 0; r < static_cast<Eigen::Index>(rows); ++r)
        if (r != 3)
            inside += ((measured().row(r).array() >= low.row(r).array()) &&
                       (measured().row(r).array() <= high.row(r).array()))
                          .cast<double>()
                          .mean();
    EXPECT_NEAR(coverage.at("observed").get<double>(), inside / (rows - 1), 1e-9);
    EXPECT_NE(result.text.find("coverage  " + base), std::string::npos) << result.text;
    EXPECT_EQ(readCatalogue(*shared / "xp.h5").feature(base + "_p16").attributes.count("measured_coverage"),
              1U);
}

TEST_F(GenerateGalaxy, oneGalaxyIsDrawnAsTheWholeRunDrawsIt) {
    run("whole.h5", {{"target", "z,xp_bp"}});
    RunContext context;
    const GalaxyGenerator generator(options({{"target", "z,xp_bp"}, {"out", (*shared / "x.h5").string()}}),
                                    context);
    EXPECT_NE(generator.randomLabel(), "");
    const GeneratedGalaxy galaxy = generator.of(2, context);
    EXPECT_EQ(galaxy.id, "13");
    ASSERT_EQ(galaxy.targets.size(), 2U);
    const MatrixF p = features("whole.h5", "aion_z_random_posterior");
    for (std::size_t k = 0; k < galaxy.targets[0].posterior->probability().size(); k += 37)
        EXPECT_NEAR(galaxy.targets[0].posterior->probability()[k],
                    static_cast<double>(p(2, static_cast<Eigen::Index>(k))), 1e-6);
    EXPECT_DOUBLE_EQ(galaxy.targets[0].truth, 0.3);
    const auto bands = drawnBands(galaxy.targets[1].draws);
    const char* names[] = {"_median", "_p16", "_p84"};
    for (std::size_t b = 0; b < 3; ++b) {
        const MatrixF stored = features("whole.h5", std::string("aion_bp_coefficients_random") + names[b]);
        for (std::size_t v = 0; v < coefficients; ++v)
            EXPECT_FLOAT_EQ(bands[b][v], stored(2, static_cast<Eigen::Index>(v)));
    }
    ASSERT_TRUE(galaxy.targets[1].measured.present());
    EXPECT_FLOAT_EQ(galaxy.targets[1].measured.observed[7], measured()(2, 7));
    EXPECT_THROW(static_cast<void>(generator.of(3, context)), Error); // lacks a flux
    for (const GeneratedTarget& target : galaxy.targets) {
        const report::FigureSpec figure = generatedFigure(target);
        ASSERT_EQ(figure.panels.size(), 1U);
        EXPECT_FALSE(figure.panels[0].series.empty());
        EXPECT_NE(figure.caption, "");
    }
    const auto coverages = generator.measure(10, context);
    ASSERT_EQ(coverages.size(), 2U);
    EXPECT_TRUE(coverages[0].ofPosteriors);
    EXPECT_EQ(coverages[0].band.galaxies, rows - 1);
    EXPECT_EQ(coverages[1].band.galaxies, rows - 1);
}

TEST_F(GenerateGalaxy, withoutWeightsItSaysWhatToDo) {
    RunContext context;
    OptionSet none = options({{"target", "z"}});
    none.setFromText("weights", "");
    try {
        const GalaxyGenerator generator(none, context);
        FAIL();
    } catch (const UsageError& error) {
        EXPECT_NE(std::string(error.what()).find("config.json"), std::string::npos) << error.what();
    }
}

TEST(BandCounter, countsSharesOfGalaxies) {
    BandCounter counter;
    const std::vector<float> low{0.0F, 0.0F, 0.0F, 0.0F}, high{1.0F, 1.0F, 1.0F, 1.0F};
    const float nan = std::nanf("");
    counter.add(low, high, {{0.5F, 2.0F, nan, nan}, {1.0F, 0.0F, 0.5F, 3.0F}});     // 1/2 and 3/4, ends count
    counter.add(low, high, {{-1.0F, -1.0F, 0.2F, 2.0F}, {0.5F, 0.5F, 2.0F, 2.0F}}); // 1/4 and 1/2
    counter.add(low, high, {});                                                     // not measured
    const BandCoverage coverage = counter.coverage(9);
    EXPECT_EQ(coverage.galaxies, 2U);
    EXPECT_DOUBLE_EQ(coverage.observed, 0.375);
    EXPECT_DOUBLE_EQ(coverage.kept, 0.625);
    EXPECT_NEAR(coverage.keptError, 0.125, 1e-12); // |0.75 - 0.5| / 2
}

/// Draws and truth from one distribution: over 20,000 of them the share lies within four standard errors
/// (false alarm 6e-5).
TEST(BandCounter, perfectDrawsReachWhatIsExpectedOfThem) {
    constexpr std::size_t count = 20000, draws = 12;
    Rng rng(8);
    std::size_t inside = 0;
    for (std::size_t i = 0; i < count; ++i) {
        std::vector<std::vector<float>> drawn;
        for (std::size_t d = 0; d < draws; ++d)
            drawn.push_back({static_cast<float>(rng.uniform())});
        const auto bands = drawnBands(drawn);
        const auto truth = static_cast<float>(rng.uniform());
        inside += truth >= bands[1][0] && truth <= bands[2][0] ? 1 : 0;
    }
    const double expected = expectedBandCoverage(draws);
    const double error = std::sqrt(expected * (1.0 - expected) / count);
    EXPECT_NEAR(static_cast<double>(inside) / count, expected, 4.0 * error);
}
