// Named parts of the test galaxies as rows of the comparison table.

#include "core/base/error.h"
#include "core/study/scores.h"
#include "core/study/subset.h"
#include "core/workflow/run_command.h"
#include "tests/core/workflow/study_support.h"

#include <gtest/gtest.h>

namespace penumbra::workflow {
namespace {

class SubsetTable : public testing::Test {
protected:
    StudyFolder folder;
    Catalogue catalogue = SyntheticCatalogue(800).stored(folder, false);
    std::shared_ptr<const Study> study;
    void SetUp() override {
        OptionSet options = quickOptions("VanillaSplit,MADSplit");
        options.setFromText("targets", "a");
        options.setFromText("prediction-column", "a_pred");
        options.setFromText("spread-column", "a_err");
        RunContext context;
        study = runStudy(catalogue, options, folder.path("study.h5"), context);
    }
    CommandResult table(const std::string& subset, const std::string& format = "csv") const {
        const Command& command = findCommand("table");
        OptionSet options;
        command.options(options);
        options.setFromText("study", folder.path("study.h5"));
        options.setFromText("subset", subset);
        options.setFromText("format", format);
        options.setFromText("convention", "all");
        RunContext context;
        return runCommand(command, options, {}, context);
    }
    struct Counted {
        std::size_t n = 0, covered = 0;
        double width = 0.0;
    };
    /// Counted by hand from the columns.
    template <typename Keep>
    Counted count(const std::string& method, Keep keep) const {
        const TargetStudy& target = study->target("a");
        const Prediction& p = *target.prediction(method);
        Counted out;
        const auto rows = target.testRows();
        for (std::size_t i = 0; i < rows.size(); ++i) {
            const auto row = static_cast<std::size_t>(rows[i]);
            const double truth = catalogue.targets[0].values[row];
            if (!keep(catalogue.columns.at("a_err").asReal(row), truth))
                continue;
            ++out.n;
            out.covered += p.lower[i] <= truth && truth <= p.upper[i] ? 1 : 0;
            out.width += p.upper[i] - p.lower[i];
        }
        return out;
    }
};

TEST_F(SubsetTable, ScoresAreThoseOfItsGalaxies) {
    const io::Table columns = variableTable(catalogue, "");
    const auto part = scoredPart(*study, rowsWhere("a_err > 0.3", &columns),
                                 scoringFrom(recordedOptions(*study), study->seed), RunContext());
    for (const char* method : {"VanillaSplit", "MADSplit"}) {
        const Counted wanted = count(method, [](double error, double) { return error > 0.3; });
        ASSERT_GT(wanted.n, 20U);
        const Score* coverage = part->score("a", method, "coverage");
        ASSERT_NE(coverage, nullptr);
        EXPECT_EQ(coverage->n, static_cast<std::int64_t>(wanted.n));
        EXPECT_EQ(coverage->value, static_cast<double>(wanted.covered) / static_cast<double>(wanted.n));
        EXPECT_LE(coverage->low, coverage->value);
        EXPECT_GE(coverage->high, coverage->value);
        const Interval band = splitConformalBand(200, wanted.n, 0.1); // a quarter of 800 calibrates
        EXPECT_EQ(coverage->oracleLow, band.low);
        EXPECT_EQ(coverage->oracleHigh, band.high);
        EXPECT_NEAR(part->score("a", method, "mean_width")->value,
                    wanted.width / static_cast<double>(wanted.n), 1e-12);
    }
}

TEST_F(SubsetTable, NoBandWhereTheTruthChose) {
    const auto part = scoredPart(*study, rowsWhere("truth > 0.5 or missed(MADSplit)", nullptr),
                                 scoringFrom(recordedOptions(*study), study->seed), RunContext());
    for (const Score& score : part->scores)
        EXPECT_TRUE(std::isnan(score.oracleLow) && std::isnan(score.exactLow)) << score.metric;
    EXPECT_FALSE(part->scores.empty());
}

TEST_F(SubsetTable, IsRowsOfTheTable) {
    const CommandResult result = table("wide=max(a_err, 0.1) > 0.3,bright=truth > 0");
    const auto& columns = result.json.at("columns");
    EXPECT_EQ(columns.at(1), "subset") << columns.dump();
    const Counted wide = count("MADSplit", [](double error, double) { return error > 0.3; });
    const Counted bright = count("MADSplit", [](double, double truth) { return truth > 0.0; });
    EXPECT_NE(result.text.find("wide (n = " + std::to_string(wide.n) + ")"), std::string::npos)
        << result.text;
    EXPECT_NE(result.text.find("bright (n = " + std::to_string(bright.n) + ")"), std::string::npos);
    std::size_t perfect = 0; // a line of all galaxies and of wide, none of bright
    for (std::size_t at = 0; (at = result.text.find(",perfect method", at)) != std::string::npos; ++at)
        ++perfect;
    EXPECT_EQ(perfect, 2U) << result.text;
    const std::string plain = table("wide=a_err > 0.3,bright=truth > 0", "text").text;
    EXPECT_NE(plain.find("bright: chosen with a look at the truth"), std::string::npos) << plain;
    EXPECT_NE(plain.find("wide: a_err > 0.3"), std::string::npos) << plain;
}

TEST_F(SubsetTable, SaysWhatIsWrong) {
    for (const char* wrong : {"faint", "=a_err > 1", "faint=", "x==1", "a=a_err > 0,a=a_err > 1"})
        EXPECT_THROW(table(wrong), UsageError) << wrong;
    EXPECT_THROW(table("x=no_such_column > 1"), Error);
    EXPECT_NO_THROW(table("nobody=a_err > 1000")); // rows without numbers
}

} // namespace
} // namespace penumbra::workflow
