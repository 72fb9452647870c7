// Studies with a posterior that a model gave, as generate stores it.

#include "core/catalogue/posterior_table.h"
#include "core/eval/distributions.h"
#include "core/session/study_file.h"
#include "tests/core/workflow/study_support.h"

#include <cmath>
#include <gtest/gtest.h>

namespace penumbra::workflow {
namespace {

/// The mock of studies with posteriors of target a in 200 bins: Gaussian about a_pred, `boast` times a_err.
Catalogue withPosterior(SyntheticCatalogue& mock, const StudyFolder& folder, double boast,
                        bool logarithmic = false) {
    constexpr int bins = 200;
    const double low = -6.0, step = 12.0 / bins;
    const auto prediction = mock.catalogue.columns.at("a_pred").asReals(),
               error = mock.catalogue.columns.at("a_err").asReals();
    MatrixF posterior(static_cast<Eigen::Index>(prediction.size()), bins);
    std::string edges;
    for (int k = 0; k < bins; ++k) {
        edges += (k == 0 ? "" : ",") + std::to_string(low + step * (k + 1));
        for (std::size_t row = 0; row < prediction.size(); ++row) {
            const auto cdf = [&](double y) {
                return 0.5 * std::erfc(-(y - prediction[row]) / (boast * error[row]) / std::sqrt(2.0));
            };
            posterior(static_cast<Eigen::Index>(row), k) =
                static_cast<float>(cdf(low + step * (k + 1)) - cdf(low + step * k));
        }
    }
    posterior.row(3).setConstant(std::nanf("")); // a galaxy that generate could not use; i % 4 == 3: test
    mock.catalogue.features = {
        {"x", 3, {}},
        {"aion_a_posterior",
         bins,
         {{"bins", logarithmic ? "upper edges, natural logarithm of a" : "upper edges of a"},
          {"bin_lowest_edge", std::to_string(low)},
          {"bin_upper_edges", edges},
          {"random_weights", "random numbers"}}}};
    const std::string file = folder.path("with_posterior.h5");
    writeCatalogue(mock.catalogue, {mock.features, posterior}, file);
    return readCatalogue(file);
}

OptionSet posteriorOptions(const std::string& methods) {
    OptionSet options = quickOptions(methods);
    options.setFromText("targets", "a");
    options.setFromText("features", "x");
    options.setFromText("posterior", "aion_a_posterior");
    return options;
}

TEST(PosteriorStudy, standsBesideTrainedMethodsAtAnyAlpha) {
    const StudyFolder folder;
    SyntheticCatalogue mock(1200);
    const Catalogue catalogue = withPosterior(mock, folder, 1.0);
    RunContext context;
    const std::string file = folder.path("study.h5");
    runStudy(catalogue, posteriorOptions("VanillaSplit,AIONPosterior,AIONPosteriorCQR"), file, context);
    const auto check = [&](const Study& study, double z) {
        const TargetStudy& target = study.target("a");
        const Prediction& raw = *target.prediction("AIONPosterior");
        const auto rows = target.testRows();
        const auto mean = catalogue.columns.at("a_pred").asReals(),
                   error = catalogue.columns.at("a_err").asReals();
        for (std::size_t i = 0; i < rows.size(); ++i) {
            const auto row = static_cast<std::size_t>(rows[i]);
            if (row == 3) {
                EXPECT_EQ(raw.upper[i], INFINITY);
                continue;
            }
            EXPECT_NEAR(raw.lower[i], mean[row] - z * error[row], 0.04); // bins of 0.06, levels of 1 %
            EXPECT_NEAR(raw.upper[i], mean[row] + z * error[row], 0.04);
        }
        // The true spread: 300 test galaxies, 4 sigma.
        const double wanted = 1.0 - study.alpha;
        EXPECT_NEAR(study.score("a", "AIONPosterior", "coverage")->value, wanted,
                    4.0 * std::sqrt(wanted * study.alpha / static_cast<double>(rows.size())));
        const Score* crps = study.score("a", "AIONPosterior", "crps");
        ASSERT_NE(crps, nullptr);
        EXPECT_EQ(crps->n, static_cast<std::int64_t>(rows.size()) - 1);
        // Also of a study that was read from a file, which keeps signals as float32.
        EXPECT_TRUE(distributionsOf(target, raw).has_value());
    };
    const Study study = session::readStudy(file, context);
    check(study, 1.6448536);
    check(*recalibrate(study, 0.32, context), 0.99446);
    bool told = false, lacking = false;
    for (const std::string& note : study.notes) {
        told = told || note.starts_with("RANDOM WEIGHTS");
        lacking = lacking || note.find("1 of 600 galaxies have no posterior") != std::string::npos;
    }
    EXPECT_TRUE(told);
    EXPECT_TRUE(lacking) << testing::PrintToString(study.notes);
}

TEST(PosteriorStudy, aBoastingPosteriorIsFoundAndMended) {
    const StudyFolder folder;
    SyntheticCatalogue mock(2000);
    const Catalogue catalogue = withPosterior(mock, folder, 0.5);
    RunContext context;
    const auto study = runStudy(catalogue, posteriorOptions("AIONPosterior,AIONPosteriorCQR"), "", context);
    // P(|N(0,1)| < 1.645 / 2) = 0.589; conformal: Beta-Binomial about 0.9, 500 calibration and test galaxies.
    EXPECT_NEAR(study->score("a", "AIONPosterior", "coverage")->value, 0.589, 4.0 * std::sqrt(0.25 / 500.0));
    EXPECT_NEAR(study->score("a", "AIONPosteriorCQR", "coverage")->value, 0.9,
                4.0 * std::sqrt(2.0 * 0.09 / 500.0));
}

TEST(PosteriorStudy, logarithmicBinsAreExponentiated) {
    const StudyFolder folder;
    SyntheticCatalogue mock(400);
    const Catalogue catalogue = withPosterior(mock, folder, 1.0, true);
    RunContext context;
    const auto study = runStudy(catalogue, posteriorOptions("AIONPosterior"), "", context);
    const TargetStudy& target = study->target("a");
    const auto row = static_cast<std::size_t>(target.testRows()[5]);
    const double mean = catalogue.columns.at("a_pred").asReal(row),
                 error = catalogue.columns.at("a_err").asReal(row);
    EXPECT_NEAR(std::log(target.prediction("AIONPosterior")->upper[5]), mean + 1.6448536 * error, 0.05);
}

TEST(PosteriorStudy, saysWhatIsWrong) {
    const StudyFolder folder;
    SyntheticCatalogue mock(400);
    const Catalogue catalogue = withPosterior(mock, folder, 1.0);
    RunContext context;
    const auto message = [&](const std::string& posterior, const std::string& targets) {
        OptionSet options = quickOptions("AIONPosterior");
        options.setFromText("targets", targets);
        options.setFromText("posterior", posterior);
        try {
            runStudy(catalogue, options, "", context);
        } catch (const Error& error) {
            return std::string(error.what());
        }
        return std::string();
    };
    EXPECT_NE(message("", "a").find("--posterior"), std::string::npos);
    EXPECT_NE(message("x", "a").find("no posterior"), std::string::npos);
    EXPECT_NE(message("a=aion_a_posterior", "a,b").find("target b"), std::string::npos);
    EXPECT_NE(message("aion_b_posterior", "a").find("aion_b_posterior"), std::string::npos);
    // Without methods named, it is among those of a study with a posterior and of no other.
    OptionSet options = quickOptions("");
    options.setFromText("targets", "a");
    options.setFromText("metric-iterations", "10");
    const auto plain = runStudy(catalogue, options, "", context);
    EXPECT_EQ(plain->target("a").prediction("AIONPosterior"), nullptr);
}

} // namespace
} // namespace penumbra::workflow
