// Inputs that are no columns, by their names in formulas.
#include "tests/core/workflow/study_support.h"

#include "core/catalogue/expression.h"
#include "core/catalogue/feature_columns.h"
#include "core/eval/galaxy_variables.h"
#include "core/study/subset.h"

#include <algorithm>
#include <gtest/gtest.h>

using namespace penumbra;
using namespace penumbra::workflow;

namespace {

/// Features x as elements u, g-r and a_pred, of which the last is a column as well.
Catalogue namedCatalogue(const StudyFolder& folder, SyntheticCatalogue& synthetic) {
    const std::string file = folder.path("named.h5");
    synthetic.catalogue.features = {{"x", 3, {{"columns", "u,g-r,a_pred"}}}};
    writeCatalogue(synthetic.catalogue, {synthetic.features}, file);
    return readCatalogue(file);
}

std::vector<double> elements(const SyntheticCatalogue& synthetic, Eigen::Index k) {
    std::vector<double> values;
    for (Eigen::Index row = 0; row < synthetic.features.rows(); ++row)
        values.push_back(static_cast<double>(synthetic.features(row, k)));
    return values;
}

bool hasName(const io::Table& table, const std::string& name) {
    return table.find(name) != nullptr;
}

} // namespace

TEST(FeatureNames, StandForElementsThatAreNoColumns) {
    const StudyFolder folder;
    SyntheticCatalogue synthetic(60);
    const Catalogue catalogue = namedCatalogue(folder, synthetic);
    EXPECT_EQ(featureElementNames(catalogue), (std::vector<std::string>{"u", "g-r", "a_pred"}));
    const io::Table table = variableTable(catalogue, "u > 0.5 and `g-r` < a_pred");
    EXPECT_EQ(table.at("u").asReals(), elements(synthetic, 0));
    EXPECT_EQ(table.at("g-r").asReals(), elements(synthetic, 1));
    EXPECT_EQ(table.at("a_pred").asReals(), catalogue.columns.at("a_pred").asReals()); // the column wins
    EXPECT_NE(table.at("a_pred").asReals(), elements(synthetic, 2));
    EXPECT_FALSE(hasName(variableTable(catalogue, "a_lo > 0"), "u")); // not read for nothing
    EXPECT_FALSE(hasName(variableTable(catalogue, "umag + nu.x > 0"), "u"));
}

TEST(FeatureNames, ElementsHaveNumbersToo) {
    const StudyFolder folder;
    SyntheticCatalogue synthetic(60);
    const Catalogue catalogue = namedCatalogue(folder, synthetic);
    const Expression second("x[1] * 2");
    auto expected = elements(synthetic, 1);
    for (double& value : expected)
        value *= 2.0;
    EXPECT_EQ(second.evaluate(variableTable(catalogue, second.text())), expected);
    EXPECT_FALSE(hasName(variableTable(catalogue, "x > 0"), "x"));
    io::Table none;
    addFeatureColumns(none, catalogue, "u > 0", 60 * 3 * sizeof(float) - 1);
    EXPECT_TRUE(none.columns.empty());
}

TEST(FeatureNames, CutAndAreOfferedInFormulas) {
    const StudyFolder folder;
    SyntheticCatalogue synthetic(400);
    const Catalogue catalogue = namedCatalogue(folder, synthetic);
    OptionSet options = quickOptions("VanillaSplit");
    options.setFromText("targets", "a");
    options.setFromText("prediction-column", "a_pred");
    RunContext context;
    Study study = *runStudy(catalogue, options, "", context);
    std::size_t expected = 0;
    for (const std::int64_t row : study.target("a").testRows())
        expected += synthetic.features(static_cast<Eigen::Index>(row), 0) > 0.5F;
    ASSERT_GT(expected, 5u);
    keepWhere(study, "u > 0.5", variableTable(catalogue, "u > 0.5"));
    EXPECT_EQ(study.target("a").heldOut.testCount(), expected);
    const io::Table offered = galaxyVariables(catalogue, "");
    EXPECT_TRUE(hasName(offered, "u"));
    EXPECT_EQ(offered.at("u").rows(), 0u); // its name alone
    EXPECT_EQ(galaxyVariables(catalogue, "u < 1").at("u").asReals(), elements(synthetic, 0));
}
