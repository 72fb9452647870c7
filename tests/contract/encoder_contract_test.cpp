// What every encoder in the table must do; a toy encoder, made here, goes through the whole verb.

#include "core/aion/random_model.h"
#include "core/base/error.h"
#include "core/encoding/encoder.h"
#include "core/encoding/options.h"
#include "core/mock/survey.h"
#include "core/workflow/encode.h"

#include <cmath>
#include <filesystem>
#include <gtest/gtest.h>
#include <unistd.h>

namespace penumbra::workflow {
namespace {

/// Reads fluxes: a token for each that is measured, the flux and its square.
class ToyEncoder final : public GalaxyEncoder {
public:
    explicit ToyEncoder(EncoderAbout about) : about_(std::move(about)) {}
    const EncoderAbout& about() const override { return about_; }
    EncodedTokens tokens(const aion::GalaxyBatch& batch, const RunContext&) const override {
        EncodedTokens made;
        aion::Encoded& out = made.encoded;
        out.rowCount = batch.rowCount;
        out.tokens = batch.scalars.size();
        out.width = 2;
        out.values.assign(out.rowCount * out.tokens * 2, 0.0F);
        out.valid.assign(out.rowCount * out.tokens, 0);
        out.modalityId.assign(out.valid.size(), -1);
        for (std::size_t s = 0; s < batch.scalars.size(); ++s)
            for (std::size_t row = 0; row < batch.rowCount; ++row) {
                const float flux = batch.scalars[s].values[row];
                if (std::isnan(flux)) {
                    made.problems.push_back({row, batch.scalars[s].name, "not measured"});
                    continue;
                }
                const std::size_t token = row * out.tokens + s;
                out.values[2 * token] = flux;
                out.values[2 * token + 1] = flux * flux;
                out.valid[token] = 1;
                out.modalityId[token] = static_cast<std::int32_t>(s);
            }
        return made;
    }

private:
    EncoderAbout about_;
};

class ToySource final : public EncoderSource {
public:
    ToySource() {
        about_.name = "toy";
        about_.where = "the toy encoder";
        about_.fingerprint = "0123456789abcdef";
        about_.width = 2;
        about_.modalities = {"tok_flux_g", "tok_flux_r"};
        about_.provenance = {{"source", "toy"}, {"weights_hash", about_.fingerprint}};
    }
    const EncoderAbout& about() const override { return about_; }
    std::unique_ptr<GalaxyEncoder> open(const std::vector<std::string>&, const OptionSet&,
                                        const RunContext&) const override {
        return std::make_unique<ToyEncoder>(about_);
    }

private:
    EncoderAbout about_;
};

EncoderKind toyKind() {
    return {"toy", "a toy", [](const OptionSet&, const RunContext&) -> std::unique_ptr<EncoderSource> {
                return std::make_unique<ToySource>();
            }};
}

class EncoderContract : public testing::Test {
protected:
    void SetUp() override {
        folder_ =
            std::filesystem::temp_directory_path() / ("penumbra-encoders-" + std::to_string(::getpid()));
        std::filesystem::create_directories(folder_);
        describeEncodeOptions(options_);
        mock::SurveyOptions survey;
        survey.rows = 60;
        mock::writeSurvey(survey, path("mock.h5"), RunContext{});
        options_.setFromText("input", path("mock.h5"));
        options_.setFromText("out", path("out.h5"));
        options_.setFromText("modalities", "FLUX_G,FLUX_R");
        options_.setFromText("random-weights", "tiny");
        options_.setFromText("device", "cpu");
        options_.setFromText("threads", "1");
    }
    void TearDown() override {
        std::error_code ignored;
        std::filesystem::remove_all(folder_, ignored);
    }
    std::string path(const char* name) const { return (folder_ / name).string(); }

    std::filesystem::path folder_;
    OptionSet options_;
};

aion::GalaxyBatch fluxes(std::size_t rows, std::size_t lacking) {
    aion::GalaxyBatch batch;
    batch.rowCount = rows;
    for (const char* name : {"FLUX_G", "FLUX_R"}) {
        aion::ScalarInput input;
        input.name = name;
        for (std::size_t row = 0; row < rows; ++row)
            input.values.push_back(row == lacking ? std::nanf("") : 1.0F + static_cast<float>(row));
        batch.scalars.push_back(std::move(input));
    }
    return batch;
}

void checkEncoder(const EncoderKind& kind, const OptionSet& options) {
    SCOPED_TRACE(kind.id);
    EXPECT_FALSE(kind.title.empty());
    const RunContext context;
    const auto source = kind.find(options, context);
    const EncoderAbout& about = source->about();
    EXPECT_FALSE(about.name.empty());
    EXPECT_EQ(about.fingerprint.size(), 16U);
    EXPECT_FALSE(about.modalities.empty());
    EXPECT_GT(about.width, 0U);
    EXPECT_TRUE(about.provenance.contains("source"));
    EXPECT_TRUE(about.provenance.contains("weights_hash"));
    const auto encoder = source->open({"FLUX_G", "FLUX_R"}, options, context);
    EXPECT_EQ(encoder->about().fingerprint, about.fingerprint);

    const EncodedTokens made = encoder->tokens(fluxes(5, 3), context);
    const aion::Encoded& encoded = made.encoded;
    EXPECT_EQ(encoded.rowCount, 5U);
    EXPECT_EQ(encoded.width, about.width);
    ASSERT_EQ(encoded.values.size(), 5 * encoded.tokens * about.width);
    ASSERT_EQ(encoded.valid.size(), 5 * encoded.tokens);
    for (std::size_t row = 0; row < 5; ++row) {
        std::size_t valid = 0;
        for (std::size_t t = row * encoded.tokens; t < (row + 1) * encoded.tokens; ++t) {
            valid += encoded.valid[t];
            for (std::size_t k = t * about.width; encoded.valid[t] != 0 && k < (t + 1) * about.width; ++k)
                EXPECT_TRUE(std::isfinite(encoded.values[k]));
        }
        EXPECT_EQ(valid > 0, row != 3) << "a galaxy without anything has no token";
    }
    EXPECT_FALSE(made.problems.empty());

    // The vector is the pooled tokens, and galaxies do not influence each other.
    const MatrixF pooled = encoder->pooled(fluxes(5, 3), {}, context).features;
    ASSERT_EQ(pooled.cols(), static_cast<Eigen::Index>(about.width));
    const MatrixF mean = aion::meanPool(encoded), alone = encoder->pooled(fluxes(2, 9), {}, context).features;
    for (const Eigen::Index row : {0, 1, 2, 4})
        EXPECT_LT((pooled.row(row) - mean.row(row)).cwiseAbs().maxCoeff(), 1e-5F);
    EXPECT_TRUE(pooled.row(3).array().isNaN().all());
    EXPECT_LT((pooled.topRows(2) - alone).cwiseAbs().maxCoeff(), 1e-5F);
}

TEST_F(EncoderContract, holdsForAllAndForAToy) {
    for (const EncoderKind& kind : allEncoders()) {
        EXPECT_EQ(&findEncoder(kind.id), &kind);
        checkEncoder(kind, options_);
    }
    checkEncoder(toyKind(), options_);
    EXPECT_THROW(findEncoder("toy"), UsageError);
}

TEST_F(EncoderContract, aToyGoesThroughTheVerb) {
    RunContext context;
    const CommandResult result = encodeWith(toyKind(), options_, context);
    EXPECT_EQ(result.json.at("encoded"), 60);
    const Catalogue catalogue = readCatalogue(path("out.h5"));
    const FeatureInfo& info = catalogue.feature("toy_mean");
    EXPECT_EQ(info.attributes.at("weights_hash"), "0123456789abcdef");
    EXPECT_EQ(info.attributes.at("modalities"), "FLUX_G,FLUX_R");
    const MatrixF features = loadFeatures(catalogue, "toy_mean").values;
    const double g = catalogue.columns.at("FLUX_G").asReal(7), r = catalogue.columns.at("FLUX_R").asReal(7);
    EXPECT_NEAR(features(7, 0), 0.5 * (g + r), 1e-5 * std::abs(g + r));
    EXPECT_NEAR(features(7, 1), 0.5 * (g * g + r * r), 1e-5 * (g * g + r * r));
    EXPECT_NE(encodeWith(toyKind(), options_, context).text.find("finished already"), std::string::npos);
    options_.setFromText("out", path("other.h5"));
    options_.setFromText("modalities", "FLUX_Z");
    EXPECT_THROW(encodeWith(toyKind(), options_, context), UsageError); // which the toy does not read
}

} // namespace
} // namespace penumbra::workflow
