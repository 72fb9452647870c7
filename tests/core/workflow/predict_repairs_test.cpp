// Repaired methods on galaxies that the study has not seen: held against the study's own test rows, whose
// groups and weights the repair worked out of the whole catalogue.

#include "core/io/hdf5_file.h"
#include "core/io/table_reader.h"
#include "core/study/repair_recipes.h"
#include "core/workflow/repair.h"
#include "tests/core/workflow/predict_support.h"

#include <algorithm>
#include <fstream>
#include <gtest/gtest.h>

namespace penumbra::workflow {
namespace {

/// Targets a and b are noisy where "depth" > 1, which no feature tells. "depth" is missing of one galaxy in
/// nine; "field" is a text, "visits" has few values.
SyntheticCatalogue survey(std::size_t rows, std::uint64_t seed) {
    SyntheticCatalogue made(rows, seed);
    Rng rng(seed + 50);
    std::vector<double> depth, visits;
    std::vector<std::string> field;
    for (std::size_t i = 0; i < rows; ++i) {
        const double own = rng.normal();
        depth.push_back(i % 9 == 4 ? missing : own);
        visits.push_back(static_cast<double>(1 + rng.below(3)));
        field.push_back(rng.uniform() < 0.3 ? "north" : "south");
        made.catalogue.ra.push_back(360.0 * rng.uniform());
        made.catalogue.dec.push_back(60.0 * rng.uniform() - 30.0);
        for (Target& target : made.catalogue.targets)
            target.values[i] += (own > 1.0 ? 1.5 : 0.0) * rng.normal();
    }
    made.addColumn("depth", depth);
    made.addColumn("visits", visits);
    io::Column text;
    text.name = "field";
    text.values = field;
    made.catalogue.columns.columns.push_back(text);
    return made;
}

double scatterOf(const std::vector<double>& values) {
    double sum = 0.0, squares = 0.0;
    for (const double value : values) {
        sum += value;
        squares += value * value;
    }
    const auto n = static_cast<double>(values.size());
    return std::sqrt(squares / n - sum * sum / (n * n));
}

class PredictRepairs : public testing::Test {
protected:
    void SetUp() override {
        const Catalogue catalogue = old.stored(folder);
        RunContext context;
        runStudy(catalogue, quick(), study, context);
    }
    static OptionSet quick() {
        OptionSet options = quickOptions("VanillaSplit,MADSplit,CQR");
        options.setFromText("targets", "a");
        return options;
    }
    std::string path(const std::string& name) const { return folder.path(name); }

    /// Adds a repair to the study file.
    void repair(const std::string& by, const std::string& where = "") {
        std::map<std::string, std::string> values = {
            {"study", study}, {"by", by}, {"out", path("next.h5")}, {"methods", "VanillaSplit,MADSplit"}};
        if (!where.empty())
            values["where"] = where;
        runVerb(repairCommand(), values);
        std::filesystem::rename(path("next.h5"), study);
    }
    CommandResult predict(const std::string& galaxies, const std::string& out) const {
        return predictWith(
            {{"study", study}, {"galaxies", path(galaxies)}, {"out", path(out)}, {"block", "311"}});
    }
    /// Every interval of the study's test rows is in the file, at the row of their catalogue.
    void expectReproduced(const std::string& out) const {
        const Study stored = session::readStudy(study);
        const auto file = io::Hdf5File::openForReading(path(out));
        for (const TargetStudy& target : stored.targets) {
            const auto rows = target.testRows();
            const double scatter = scatterOf(target.testTruth());
            for (const Prediction& prediction : target.predictions) {
                const std::string group = "/predictions/" + target.name + "/" + prediction.method;
                const auto lower = file.readReals(group + "/lower"), upper = file.readReals(group + "/upper");
                for (std::size_t i = 0; i < rows.size(); ++i) {
                    const auto row = static_cast<std::size_t>(rows[i]);
                    const std::string where = group + " row " + std::to_string(row);
                    if (std::isinf(prediction.upper[i]))
                        ASSERT_EQ(upper[row], prediction.upper[i]) << where;
                    else
                        ASSERT_NEAR(upper[row], prediction.upper[i], 1e-6 * scatter) << where;
                    if (std::isinf(prediction.lower[i]))
                        ASSERT_EQ(lower[row], prediction.lower[i]) << where;
                    else
                        ASSERT_NEAR(lower[row], prediction.lower[i], 1e-6 * scatter) << where;
                }
            }
        }
    }

    StudyFolder folder;
    SyntheticCatalogue old = survey(2400, 3);
    std::string study = folder.path("s.h5");
};

TEST_F(PredictRepairs, TestRowsGetTheirStoredIntervalsOfEveryRepair) {
    const std::vector<std::pair<std::string, std::string>> repairs = {
        {"mondrian:depth:4", ""},
        {"mondrian:field", ""},
        {"mondrian:visits", ""},
        {"mondrian:prediction", ""},
        {"mondrian:width:3", ""},
        {"mondrian:x[1]", ""},
        {"conditional:depth,field", ""},
        {"subset:deep", "depth > 0.5 and field == \"north\" and dec < 10"},
        {"shift", ""},
        {"region", ""},
        {"asymmetric", ""}};
    for (const auto& [by, where] : repairs)
        repair(by, where);
    const std::size_t methods = session::readStudy(study).methods.size();
    ASSERT_GE(methods, 3U + 2U * repairs.size() - 1U) << "no region was found of one method at most";
    const CommandResult result = predict("catalogue.h5", "p.h5");
    EXPECT_EQ(result.json.at("methods").size(), methods) << result.text;
    expectReproduced("p.h5");
    const auto file = io::Hdf5File::openForReading(path("p.h5"));
    const auto ungrouped = file.readBytes("/flags/ungrouped");
    EXPECT_EQ(std::count(ungrouped.begin(), ungrouped.end(), 1), 0);
    const auto guarantee =
        file.textAttribute("/predictions/a/VanillaSplit+mondrian(depth)", "guarantee").value_or("");
    EXPECT_NE(guarantee.find("In every bin"), std::string::npos) << guarantee;
    // Another alpha needs no groups anew.
    predictWith(
        {{"study", study}, {"galaxies", path("catalogue.h5")}, {"out", path("q.h5")}, {"alpha", "0.3"}});
    const auto wide = io::Hdf5File::openForReading(path("q.h5"));
    const std::string set = "/predictions/a/VanillaSplit+mondrian(depth)/upper";
    const auto narrow = wide.readReals(set), usual = file.readReals(set);
    for (std::size_t i = 0; i < narrow.size(); ++i)
        EXPECT_LE(narrow[i], usual[i]);
}

TEST_F(PredictRepairs, WeightsTowardsAnotherCatalogueGoWithTheStudyFile) {
    SyntheticCatalogue other = survey(900, 11);
    for (Eigen::Index row = 0; row < other.features.rows(); ++row)
        other.features(row, 1) += 0.5F;
    const StudyFolder elsewhere;
    other.stored(elsewhere);
    repair("shift:" + elsewhere.path("catalogue.h5"));
    predict("catalogue.h5", "p.h5");
    expectReproduced("p.h5");
}

// The draw about a galaxy goes with its id, the width of the kernel with the study: a block holds other
// galaxies at other places than the study's test rows.
TEST_F(PredictRepairs, DrawsOfLocalisedMethodsGoWithTheGalaxies) {
    OptionSet options = quick();
    options.setFromText("methods", "LCNet,LCAion,VanillaSplit,MADSplit");
    options.setFromText("metric-iterations", "20");
    RunContext context;
    runStudy(readCatalogue(path("catalogue.h5")), options, study, context);
    repair("rlcp");
    repair("rlcp:aion");
    const CommandResult result = predict("catalogue.h5", "p.h5");
    EXPECT_EQ(result.json.at("methods").size(), 8U) << result.text;
    expectReproduced("p.h5");
    const Study stored = session::readStudy(study);
    const Prediction& net = *stored.targets[0].prediction("MADSplit+rlcp(net)");
    const Prediction& aion = *stored.targets[0].prediction("MADSplit+rlcp(aion)");
    EXPECT_NE(net.upper, aion.upper);
    predictWith(
        {{"study", study}, {"galaxies", path("catalogue.h5")}, {"out", path("q.h5")}, {"alpha", "0.3"}});
    const auto low = io::Hdf5File::openForReading(path("q.h5")),
               usual = io::Hdf5File::openForReading(path("p.h5"));
    predictWith({{"study", study}, {"galaxies", path("catalogue.h5")}, {"out", path("p.fits")}});
    const io::Table table = io::readTable(path("p.fits"), {}, {}); // names of letters, digits, underscores
    EXPECT_EQ(table.at("a_MADSplit_rlcp_net_lower").asReals(),
              usual.readReals("/predictions/a/MADSplit+rlcp(net)/lower"));
    EXPECT_NE(table.at("a_MADSplit_rlcp_aion_lower").description.find("MADSplit+rlcp(aion)"),
              std::string::npos);
    const std::string set = "/predictions/a/VanillaSplit+rlcp(net)/upper";
    const auto narrow = low.readReals(set), wide = usual.readReals(set);
    for (std::size_t i = 0; i < narrow.size(); ++i)
        ASSERT_LE(narrow[i], wide[i]) << "the same draw at any alpha";
}

TEST_F(PredictRepairs, LocalisedMethodsNeedTheirMetric) {
    try {
        repair("rlcp");
        FAIL() << "this study learned no metric";
    } catch (const Error& error) {
        EXPECT_NE(std::string(error.what()).find("LCNet"), std::string::npos) << error.what();
    }
}

TEST_F(PredictRepairs, GalaxiesOfUnknownGroupHaveNoEndsAndAreFlagged) {
    repair("mondrian:depth:4");
    repair("mondrian:field");
    repair("conditional:visits,field");
    SyntheticCatalogue fresh = survey(200, 21);
    for (io::Column& column : fresh.catalogue.columns.columns)
        if (column.name == "field")
            std::get<std::vector<std::string>>(column.values)[7] = "west";
    std::vector<io::Column> kept;
    for (io::Column& column : fresh.catalogue.columns.columns)
        if (column.name == "field" || column.name == "visits")
            kept.push_back(std::move(column));
    fresh.catalogue.columns.columns = std::move(kept);
    fresh.catalogue.targets.clear();
    fresh.catalogue.split.clear();
    const StudyFolder elsewhere;
    fresh.stored(elsewhere);
    std::vector<std::string> notes;
    RunContext context;
    context.say = [&](const std::string& note) { notes.push_back(note); };
    const CommandResult result = predictWith(
        {{"study", study}, {"galaxies", elsewhere.path("catalogue.h5")}, {"out", path("p.h5")}}, context);
    EXPECT_TRUE(std::any_of(notes.begin(), notes.end(), [](const std::string& note) {
        return note.starts_with("the new galaxies have no depth,");
    }));
    const auto file = io::Hdf5File::openForReading(path("p.h5"));
    const auto width = [&](const std::string& method, std::size_t row) {
        const std::string group = "/predictions/a/" + method;
        return file.readReals(group + "/upper")[row] - file.readReals(group + "/lower")[row];
    };
    for (const std::size_t row : {std::size_t{0}, std::size_t{7}, std::size_t{8}}) {
        EXPECT_TRUE(std::isinf(width("VanillaSplit+mondrian(depth)", row))) << "a column that is not there";
        EXPECT_EQ(std::isinf(width("VanillaSplit+mondrian(field)", row)), row == 7) << "a text never seen";
        EXPECT_EQ(std::isinf(width("MADSplit+conditional(visits&field)", row)), row == 7);
        EXPECT_TRUE(std::isfinite(width("VanillaSplit", row)));
    }
    const auto ungrouped = file.readBytes("/flags/ungrouped"), infinite = file.readBytes("/flags/infinite");
    EXPECT_EQ(std::count(ungrouped.begin(), ungrouped.end(), 1), 200);
    EXPECT_EQ(std::count(infinite.begin(), infinite.end(), 1), 200);
    EXPECT_NE(result.text.find("in no known group"), std::string::npos) << result.text;
}

TEST_F(PredictRepairs, TablesGiveTheirColumnsToGroupsToo) {
    repair("mondrian:depth:4");
    repair("mondrian:field");
    std::ofstream csv(path("new.csv"));
    csv << "object_id,x[0],x[1],x[2],depth,field\n";
    csv.precision(17);
    const auto depth = old.catalogue.columns.at("depth").asReals();
    const auto field = old.catalogue.columns.at("field").asTexts();
    for (std::size_t i = 0; i < depth.size(); ++i) {
        csv << i;
        for (Eigen::Index k = 0; k < 3; ++k)
            csv << "," << old.features(static_cast<Eigen::Index>(i), k);
        csv << ",";
        if (!std::isnan(depth[i]))
            csv << depth[i];
        csv << "," << field[i] << "\n";
    }
    csv.close();
    // The features have no names in this catalogue: told by their attribute, as an import writes it.
    old.catalogue.features.clear();
    old.catalogue.features.push_back({"x", 3, {{"columns", "x[0],x[1],x[2]"}}});
    writeCatalogue(old.catalogue, {old.features}, path("named.h5"));
    RunContext context;
    runStudy(readCatalogue(path("named.h5")), quick(), study, context);
    repair("mondrian:depth:4");
    repair("mondrian:field");
    predict("new.csv", "p.h5");
    expectReproduced("p.h5");
}

TEST(RepairRecipe, ComesBackFromTextAndTheFilesArrays) {
    uq::RepairRecipe recipe;
    recipe.alpha = 0.32;
    recipe.inputs.resize(3);
    recipe.inputs[0].name = "mag r, \"odd\"";
    recipe.inputs[0].mayBeMissing = true;
    recipe.inputs[1].kind = uq::RecipeInput::Kind::Feature;
    recipe.inputs[1].name = "latent";
    recipe.inputs[1].element = 12;
    recipe.inputs[2].name = "field";
    recipe.inputs[2].categories = {"north", "süd"};
    recipe.groups = {{0, {}, {17.25, 18.1, std::numeric_limits<double>::infinity()}, true},
                     {2, {0.0, 1.0}, {}, false}};
    recipe.regions = {{{0, uq::RecipeCondition::Op::Above, 0.1}, {2, uq::RecipeCondition::Op::Equals, 1.0}}};
    recipe.subset = "depth > 1e-3";
    recipe.weights = uq::RecipeWeights{
        {0.1F, 2.0F, -3.3F}, {1e-9F, 0.0F, 7.0F}, {0.5F, -2e5F, 0.0F}, -0.1234567890123456789, 1.5, 9.25};
    recipe.localWidth = 0.1234567890123;
    const auto arrays = toArrays({{"z", {{"repair_x", recipe}}}});
    const uq::RepairRecipe again = recipesFrom(arrays).at("z").at("repair_x");
    EXPECT_EQ(again.toJson(), recipe.toJson());
    EXPECT_EQ(again.groups[0].edges, recipe.groups[0].edges);
    EXPECT_EQ(again.localWidth, recipe.localWidth);
    EXPECT_EQ(again.inputs, recipe.inputs);
    EXPECT_EQ(again.weights->mean, recipe.weights->mean);
    EXPECT_EQ(again.weights->slope, recipe.weights->slope);
    EXPECT_EQ(again.weights->curve, recipe.weights->curve);
    EXPECT_EQ(again.weights->intercept, recipe.weights->intercept);
    EXPECT_THROW(uq::RepairRecipe::fromJson("{}"), Error);
    EXPECT_THROW(uq::RepairRecipe::fromJson(R"({"version":99,"alpha":0.1,"inputs":[]})"), Error);
    EXPECT_THROW(
        uq::RepairRecipe::fromJson(
            R"({"version":1,"alpha":0.1,"inputs":[],"groups":[{"input":0,"values":[],"edges":[],"of_missing":false}]})"),
        Error)
        << "groups of an input that is not there";
}

TEST(RepairRecipe, BinsHoldTheirLowerEdgeAndTheOuterOnesHaveNone) {
    uq::RepairRecipe recipe;
    recipe.inputs.resize(1);
    recipe.inputs[0].name = "m";
    recipe.groups = {{0, {}, {1.0, 2.0}, false}};
    uq::RecipeRows rows;
    rows.count = 6;
    io::Column column;
    column.name = "m";
    column.values = std::vector<double>{-1e9, 1.0, std::nextafter(2.0, 0.0), 2.0, 1e9, missing};
    rows.columns.columns = {column};
    const auto groups = uq::signalOf(recipe, uq::RepairKind::Mondrian, rows);
    const std::vector<double> wanted = {0.0, 1.0, 1.0, 2.0, 2.0, -1.0};
    for (std::size_t i = 0; i < 6; ++i)
        EXPECT_EQ(groups.values(static_cast<Eigen::Index>(i), 0), wanted[i]) << i;
    EXPECT_EQ(groups.unknown, (std::vector<std::uint8_t>{0, 0, 0, 0, 0, 1}));
    recipe.inputs[0].mayBeMissing = true;
    recipe.groups[0].ofMissing = true;
    EXPECT_EQ(uq::signalOf(recipe, uq::RepairKind::Mondrian, rows).values(5, 0), 3.0);
    rows.columns.columns.clear();
    EXPECT_EQ(uq::signalOf(recipe, uq::RepairKind::Mondrian, rows).unknown, std::vector<std::uint8_t>(6, 1))
        << "a column that is not there is not one whose values are missing";
}

} // namespace
} // namespace penumbra::workflow
