// Embeddings that were made from a part of their galaxies' tokens.

#include "core/catalogue/doctor_tokens.h"

#include <gtest/gtest.h>

namespace penumbra::doctor {
namespace {

std::size_t findings(std::map<std::string, std::string> attributes) {
    Report report;
    examineTokens({"aion", 768, std::move(attributes)}, report);
    for (const Finding& finding : report.findings) {
        EXPECT_EQ(finding.kind, "few-tokens");
        EXPECT_EQ(finding.severity, Severity::Warning);
        EXPECT_EQ(finding.where, "features aion");
    }
    return report.findings.size();
}

TEST(DoctorTokens, tellsImagesOfWhich256Of576TokensWereUsed) {
    EXPECT_EQ(findings({{"modalities", "tok_image"}, {"num_encoder_tokens", "256"}}), 1U);
    EXPECT_EQ(findings({{"modalities", "tok_image"}, {"num_encoder_tokens", "576"}}), 0U);
    EXPECT_EQ(findings({{"modalities", "FLUX_G,FLUX_R,FLUX_I,FLUX_Z,tok_image,tok_spectrum_desi"},
                        {"encoder_tokens", "853"}}),
              0U);
    EXPECT_EQ(findings({{"modalities", "FLUX_G,FLUX_R,FLUX_I,FLUX_Z,tok_image,tok_spectrum_desi"},
                        {"encoder_tokens", "852"}}),
              1U);
    EXPECT_EQ(findings({{"modalities", "tok_xp_bp,tok_xp_rp"}, {"encoder_tokens", "64"}}), 1U);
    EXPECT_EQ(findings({{"modalities", "tok_segmap"}, {"encoder_tokens", "144"}}), 0U);
}

TEST(DoctorTokens, saysNothingOfWhatItDoesNotKnow) {
    EXPECT_EQ(findings({{"modalities", "tok_image"}}), 0U);
    EXPECT_EQ(findings({{"num_encoder_tokens", "256"}}), 0U);
    EXPECT_EQ(findings({{"modalities", "tok_image"}, {"num_encoder_tokens", "many"}}), 0U);
}

} // namespace
} // namespace penumbra::doctor
