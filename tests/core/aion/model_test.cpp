// Properties that hold for any weights: what a dropped token, a missing modality or another batch must not
// change.

#include "core/aion/model.h"

#include "core/base/error.h"
#include "tests/core/aion/tiny_model.h"

#include <cmath>
#include <limits>

namespace penumbra::aion {
namespace {

constexpr float roundingOfSums = 2e-4F; // float32 through two blocks; wrong inputs differ by about 1
constexpr float nan = std::numeric_limits<float>::quiet_NaN();

float largestDifference(const MatrixF& a, const MatrixF& b) {
    EXPECT_EQ(a.rows(), b.rows());
    return (a - b).cwiseAbs().maxCoeff();
}

GalaxyBatch mixedBatch() {
    GalaxyBatch batch;
    batch.rowCount = 3;
    batch.scalars = {{"FLUX_G", {1, 20, 300}, {}}, {"FLUX_R", {2, 50}, {0, 2}}};
    batch.spectra = {test::spectra(2, 3)};
    batch.spectra[0].rows = {1, 2};
    return batch;
}

const std::vector<std::string> mixedModalities = {"FLUX_G", "FLUX_R", "tok_spectrum_desi"};

TEST(Model, galaxiesDoNotInfluenceEachOther) {
    const Model model = test::loadTiny(mixedModalities);
    const TokenBatch all = model.tokenise(mixedBatch(), {});
    EXPECT_TRUE(all.problems.empty());
    const MatrixF together = model.encodePooled(all, {}, {}, {}).mean;
    GalaxyBatch alone; // row 2 by itself
    alone.rowCount = 1;
    alone.scalars = {{"FLUX_G", {300}, {}}, {"FLUX_R", {50}, {}}};
    alone.spectra = {test::spectra(2, 3)};
    SpectrumInput& s = alone.spectra[0];
    for (std::vector<float>* values : {&s.flux, &s.ivar})
        values->erase(values->begin(), values->begin() + static_cast<std::ptrdiff_t>(s.pixels));
    s.mask.resize(s.pixels);
    const MatrixF single = model.encodePooled(model.tokenise(alone, {}), {}, {}, {}).mean;
    EXPECT_LT(largestDifference(single, together.row(2)), roundingOfSums);
    EXPECT_GT(largestDifference(single, together.row(1)), 0.01F);
    // A galaxy without a modality is as if the batch had none of it.
    GalaxyBatch photometry;
    photometry.rowCount = 1;
    photometry.scalars = {{"FLUX_G", {1}, {}}, {"FLUX_R", {2}, {}}};
    EXPECT_LT(largestDifference(model.encodePooled(model.tokenise(photometry, {}), {}, {}, {}).mean,
                                together.row(0)),
              roundingOfSums);
}

TEST(Model, sequencesHoldUsedTokensFirst) {
    const Model model = test::loadTiny(mixedModalities);
    const TokenBatch tokens = model.tokenise(mixedBatch(), {});
    const Encoded encoded = model.encode(tokens, {}, {});
    EXPECT_EQ(encoded.rowCount, 3U);
    EXPECT_EQ(encoded.tokens, 275U);
    EXPECT_EQ(encoded.width, 64U);
    const auto valid = [&](std::size_t row) {
        const auto first = encoded.valid.begin() + static_cast<std::ptrdiff_t>(row * encoded.tokens);
        return std::count(first, first + static_cast<std::ptrdiff_t>(encoded.tokens), 1);
    };
    EXPECT_EQ(valid(0), 2);
    EXPECT_EQ(valid(1), 274);
    EXPECT_EQ(valid(2), 275);
    EXPECT_EQ(encoded.modalityId[0], 14685);
    EXPECT_EQ(encoded.modalityId[2], -1);
    EXPECT_LT(largestDifference(meanPool(encoded), model.encodePooled(tokens, {}, {}, {}).mean),
              roundingOfSums);
    EncodeOptions cut;
    cut.encoderTokens = 10;
    EXPECT_EQ(model.encode(tokens, cut, {}).tokens, 10U);
    RunContext two;
    two.threads = 2;
    EXPECT_EQ(model.encode(tokens, {}, two).values, encoded.values);
}

TEST(Model, rowsThatCannotBeUsedAreListedAndTheRestGoesOn) {
    const Model model = test::loadTiny({"FLUX_G", "tok_image", "tok_spectrum_desi"});
    GalaxyBatch batch;
    batch.rowCount = 3;
    batch.scalars = {{"FLUX_G", {1, nan, 3}, {}}};
    batch.images = {test::images(3, 1)};
    ImageInput& image = batch.images[0];
    image.flux[image.flux.size() / 3 + image.flux.size() / 24 + 50] =
        nan;             // middle of the first band of galaxy 1
    image.flux[0] = nan; // cut away: does not matter
    batch.spectra = {test::spectra(2, 2)};
    SpectrumInput& spectrum = batch.spectra[0];
    spectrum.rows = {0, 1};
    auto second = spectrum.wavelength;
    second[500] = second[499];
    spectrum.wavelength.insert(spectrum.wavelength.end(), second.begin(), second.end());
    const TokenBatch tokens = model.tokenise(batch, {});
    ASSERT_EQ(tokens.problems.size(), 3U);
    for (const RowProblem& problem : tokens.problems)
        EXPECT_EQ(problem.row, 1U);
    EXPECT_EQ(tokens.problems[0].modality, "tok_flux_g");
    EXPECT_EQ(tokens.problems[1].what, "1 of 36864 pixels are NaN");
    EXPECT_NE(tokens.problems[2].what.find("pixel 500"), std::string::npos) << tokens.problems[2].what;
    const MatrixF mean = model.encodePooled(tokens, {}, {}, {}).mean;
    EXPECT_TRUE(mean.row(0).allFinite());
    EXPECT_TRUE(mean.row(1).array().isNaN().all()) << "nothing was left of galaxy 1";
    EXPECT_TRUE(mean.row(2).allFinite());
    const Encoded encoded = model.encode(tokens, {}, {});
    EXPECT_TRUE(
        std::all_of(encoded.values.begin(), encoded.values.end(), [](float v) { return std::isfinite(v); }));
}

TEST(Model, inputsThatDoNotFitAreErrors) {
    const Model model = test::loadTiny({"FLUX_G", "tok_image", "tok_spectrum_desi"});
    GalaxyBatch batch;
    batch.rowCount = 1;
    const auto refusal = [&] {
        try {
            model.tokenise(batch, {});
            return std::string("accepted");
        } catch (const Error& error) {
            return std::string(error.what());
        }
    };
    batch.images = {test::images(1, 1, 95)};
    EXPECT_NE(refusal().find("95 x 98"), std::string::npos) << refusal();
    batch.images = {test::images(1, 1)};
    batch.images[0].bands[1] = "SDSS-R";
    EXPECT_NE(refusal().find("'SDSS-R'"), std::string::npos) << refusal();
    batch.images[0].bands[1] = "DES-G";
    EXPECT_NE(refusal().find("twice"), std::string::npos) << refusal();
    batch.images = {test::images(2, 1)};
    EXPECT_NE(refusal().find("82400"), std::string::npos) << refusal(); // 2 x 4 x 100 x 103
    batch.images.clear();
    batch.scalars = {{"FLUX_G", {1, 2}, {}}};
    EXPECT_NE(refusal().find("2 values, wanted 1"), std::string::npos) << refusal();
    batch.scalars = {{"EBV", {1}, {}}};
    EXPECT_NE(refusal().find("tok_ebv was not loaded"), std::string::npos) << refusal();
    TokenBatch tokens;
    tokens.rowCount = 1;
    tokens.modalities = {{"tok_flux_g", 1, {5000}, {}}};
    EXPECT_THROW(model.encode(tokens, {}, {}), Error);
    EXPECT_THROW(model.logits(tokens, std::vector<std::string>{"tok_z"}, {}, {}), UsageError);
}

TEST(Model, stopsWhenAsked) {
    const Model model = test::loadTiny({"tok_image"});
    GalaxyBatch batch;
    batch.rowCount = 2;
    batch.images = {test::images(2, 1)};
    std::stop_source source;
    RunContext context;
    context.stop = source.get_token();
    source.request_stop();
    EXPECT_THROW(model.tokenise(batch, context), Cancelled);
}

TEST(Model, reconstructsWhatTheTokensStandFor) {
    LoadOptions options;
    options.reconstruction = true;
    options.transformer = false;
    const Model model = test::loadTiny({"FLUX_G", "tok_image", "tok_spectrum_desi"}, options);
    GalaxyBatch batch;
    batch.rowCount = 2;
    batch.scalars = {{"FLUX_G", {10, 200}, {}}};
    batch.images = {test::images(2, 1)};
    batch.spectra = {test::spectra(2, 2)};
    const TokenBatch tokens = model.tokenise(batch, {});
    const auto flux = model.reconstructScalar(tokens.modalities.at(0));
    EXPECT_NEAR(flux.at(0), 10.0F, 0.2F); // steps of the code book: 11/1023 in ln flux
    EXPECT_NEAR(flux.at(1), 200.0F, 4.0F);
    const ImageInput image =
        model.reconstructImage(tokens.modalities.at(1), std::vector<std::string>{"DES-R", "HSC-Y"}, {});
    EXPECT_EQ(image.flux.size(), 2U * 2 * 96 * 96);
    const auto own = model.reconstructSpectrum(tokens.modalities.at(2), {}, {});
    EXPECT_EQ(own.pixels, 8704U);
    const auto& wavelength = batch.spectra[0].wavelength;
    const auto there = model.reconstructSpectrum(tokens.modalities.at(2), wavelength, {});
    ASSERT_EQ(there.flux.size(), 2U * 2000);
    const auto at = static_cast<std::size_t>(std::lround((wavelength[1000] - own.wavelength[0]) / 0.8));
    EXPECT_NEAR(there.flux[1000], own.flux[at], 0.02F * std::abs(own.flux[at]) + 0.05F);
}

TEST(Model, decoderGivesLogitsForEveryTarget) {
    LoadOptions options;
    options.decoder = true;
    const Model model = test::loadTiny({"FLUX_G", "FLUX_R"}, options);
    GalaxyBatch batch;
    batch.rowCount = 2;
    batch.scalars = {{"FLUX_G", {10, 200}, {}}, {"FLUX_R", {20}, {1}}};
    const auto logits =
        model.logits(model.tokenise(batch, {}), std::vector<std::string>{"tok_z", "tok_flux_i"}, {}, {});
    ASSERT_EQ(logits.size(), 2U);
    EXPECT_EQ(logits[0].values.size(), 2U * 1025);
    EXPECT_EQ(logits[1].values.size(), 2U * 1024);
    EXPECT_THROW(model.logits(model.tokenise(batch, {}), std::vector<std::string>{"tok_ebv"}, {}, {}),
                 UsageError);
}

} // namespace
} // namespace penumbra::aion
