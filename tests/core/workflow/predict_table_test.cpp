// New galaxies from tables: features as the study's import made them, columns of another code's predictions.

#include "core/applying/rows.h"
#include "core/base/error.h"
#include "core/io/table_reader.h"
#include "core/workflow/import.h"
#include "tests/core/workflow/predict_support.h"

#include <fstream>
#include <gtest/gtest.h>

namespace penumbra::workflow {
namespace {

/// A table of photometry, imported with magnitudes softened by its own errors and missing values filled in.
class PredictTables : public testing::Test {
protected:
    static std::string tableText(std::size_t rows, std::uint64_t seed, bool labels, double errorScale) {
        Rng rng(seed);
        std::string text = labels ? "id,g,r,eg,er,size,z\n" : "id,size,r,g,er,eg\n";
        for (std::size_t i = 0; i < rows; ++i) {
            const double g = std::exp(rng.normal()), r = g * std::exp(0.3 * rng.normal());
            const double e = errorScale * (0.05 + 0.05 * rng.uniform());
            const std::string size = rng.uniform() < 0.2 ? "" : std::to_string(1.0 + rng.uniform());
            const std::string n = std::to_string(10 * i), sg = std::to_string(g), sr = std::to_string(r),
                              se = std::to_string(e);
            if (labels)
                text += n + "," + sg + "," + sr + "," + se + "," + se + "," + size + "," +
                        std::to_string(std::log(g) + 0.1 * rng.normal()) + "\n";
            else
                text += n + "," + size + "," + sr + "," + sg + "," + se + "," + se + "\n";
        }
        return text;
    }

    void SetUp() override {
        write("old.csv", tableText(1000, 1, true, 1.0));
        write("map.toml", R"(input = "old.csv"
object_id = "id"
[features.phot]
flux = ["g", "r"]
error = ["eg", "er"]
transform = "asinh"
colours = true
columns = ["size"]
missing = "median"
[targets.t]
from = "z"
)");
        runVerb(importCommand(), {{"mapping", path("map.toml")}, {"out", path("old.h5")}});
        RunContext context;
        runStudy(readCatalogue(path("old.h5")), quickOptions("VanillaSplit,CQR"), path("s.h5"), context);
    }

    void write(const std::string& name, const std::string& text) const {
        std::ofstream(path(name), std::ios::binary) << text;
    }
    std::string path(const std::string& name) const { return folder.path(name); }

    StudyFolder folder;
};

TEST_F(PredictTables, FeaturesAreMadeAsTheStudysImportMadeThem) {
    // The study's own table as new galaxies, and its catalogue: the same numbers. Then half of its rows with
    // errors ten times as large, as another survey might have: softening and medians must stay the old ones,
    // so that galaxies of the same fluxes get the same features.
    OptionSet options;
    predictCommand().options(options);
    const PredictModel model(session::readStudy(path("s.h5")), session::readNetworks(path("s.h5")), options);
    const auto fromTable = openNewGalaxies(path("old.csv"), model, {});
    const auto fromCatalogue = openNewGalaxies(path("old.h5"), model, {});
    ASSERT_EQ(fromTable->size(), 1000U);
    const NewRows a = fromTable->rows(0, 1000), b = fromCatalogue->rows(0, 1000);
    EXPECT_TRUE(a.features == b.features);
    EXPECT_EQ(a.ids.asTexts(), b.ids.asTexts());
    write("noisy.csv", tableText(500, 1, true, 10.0));
    const NewRows c = openNewGalaxies(path("noisy.csv"), model, {})->rows(0, 500);
    EXPECT_TRUE(c.features == b.features.topRows(500));
}

TEST_F(PredictTables, AFilledInValueIsFlagged) {
    write("new.csv", tableText(300, 5, false, 1.0));
    std::vector<std::string> notes;
    RunContext context;
    context.say = [&](const std::string& line) { notes.push_back(line); };
    const CommandResult result = predictWith(
        {{"study", path("s.h5")}, {"galaxies", path("new.csv")}, {"out", path("p.csv")}}, context);
    const io::Table table = io::readTable(path("p.csv"), {}, {}),
                    input = io::readTable(path("new.csv"), {}, {});
    ASSERT_EQ(table.rows(), 300U);
    std::size_t filled = 0;
    for (std::size_t i = 0; i < 300; ++i) {
        EXPECT_EQ(table.at("object_id").asText(i), std::to_string(10 * i));
        EXPECT_EQ(table.at("imputed").asReal(i) != 0.0, input.at("size").isMissing(i)) << i;
        EXPECT_TRUE(std::isfinite(table.at("t_CQR_lower").asReal(i))) << i;
        filled += input.at("size").isMissing(i);
    }
    EXPECT_GT(filled, 30U);
    EXPECT_EQ(result.json.at("flags").at("imputed"), filled);
}

TEST_F(PredictTables, WhatATableLacksIsNamed) {
    write("new.csv", "id,g,eg,size\n1,2,0.1,1\n");
    try {
        predictWith({{"study", path("s.h5")}, {"galaxies", path("new.csv")}, {"out", path("p.csv")}});
        FAIL() << "a table without the band r was predicted";
    } catch (const Error& error) {
        EXPECT_NE(std::string(error.what()).find("r"), std::string::npos) << error.what();
    }
}

TEST(PredictColumns, ATableOfAnotherCodesPredictionsIsCalibrated) {
    const StudyFolder folder;
    SyntheticCatalogue synthetic(800);
    RunContext context;
    OptionSet options = quickOptions("MADSplit,VanillaSplit");
    options.setFromText("targets", "a");
    options.setFromText("prediction-column", "a_pred");
    options.setFromText("spread-column", "a_err");
    const auto study = runStudy(synthetic.stored(folder, false), options, folder.path("s.h5"), context);
    std::ofstream(folder.path("new.csv")) << "object_id,a_pred,a_err\nx,0.5,0.25\ny,,0.5\nz,2,-1\n";
    predictWith({{"study", folder.path("s.h5")},
                 {"galaxies", folder.path("new.csv")},
                 {"out", folder.path("p.csv")}});
    const io::Table table = io::readTable(folder.path("p.csv"), {}, {});
    ASSERT_EQ(table.rows(), 3U);
    EXPECT_EQ(table.at("object_id").asText(1), "y");
    // Split conformal has one width for all galaxies: that of any test galaxy.
    const Prediction& split = *study->targets[0].prediction("VanillaSplit");
    const double half = split.upper[0] - split.mean[0];
    EXPECT_NEAR(table.at("a_VanillaSplit_lower").asReal(0), 0.5 - half, 1e-9);
    EXPECT_TRUE(std::isnan(table.at("a_VanillaSplit_lower").asReal(1)));
    EXPECT_EQ(table.at("imputed").asReal(1), 1.0);
    EXPECT_TRUE(std::isinf(table.at("a_MADSplit_upper").asReal(2))); // a size that cannot be
    EXPECT_EQ(table.at("infinite").asReal(2), 1.0);
    std::ofstream(folder.path("lacking.csv")) << "object_id,a_pred\nx,0.5\n";
    EXPECT_THROW(predictWith({{"study", folder.path("s.h5")},
                              {"galaxies", folder.path("lacking.csv")},
                              {"out", folder.path("p.csv")}}),
                 Error);
}

} // namespace
} // namespace penumbra::workflow
