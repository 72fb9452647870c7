// Reading and writing mapping files.

#include "tests/core/workflow/import_support.h"

#include "core/importing/tables.h"

#include <gtest/gtest.h>

namespace penumbra::workflow {
namespace {

std::string parseError(const std::string& toml) {
    return errorOf([&] { parseImportMapping(toml, "sdss.toml"); });
}

TEST(ImportMapping, theExampleInTheHelpIsValid) {
    const std::string help = importMappingHelp();
    std::string toml;
    std::size_t start = 0;
    while (start < help.size()) {
        const std::size_t end = help.find('\n', start);
        const std::string line = help.substr(start, end - start);
        if (line.starts_with("  "))
            toml += line + "\n";
        start = end == std::string::npos ? help.size() : end + 1;
    }
    const ImportMapping mapping = parseImportMapping(toml, "help");
    EXPECT_EQ(mapping.cuts.size(), 3U);
    ASSERT_EQ(mapping.features.size(), 1U);
    EXPECT_EQ(mapping.features[0].fluxes[4], "MODELFLUX[4]");
    EXPECT_EQ(mapping.features[0].softening.size(), 5U);
    EXPECT_EQ(mapping.columns[1].unit, "mag");
    EXPECT_EQ(mapping.targets[0].missing, std::vector<double>{-1.0});
    EXPECT_EQ(mapping.split.calibration, std::vector<std::string>{"cal"});
    EXPECT_EQ(mapping.missing.size(), 3U);
}

TEST(ImportMapping, survivesBeingWrittenAndRead) {
    const std::string toml = R"(
input = "a \"quoted\" name.fits"
part = "2"
max_rows = 5
cuts = ["x > 1", 'class == "A"']
[missing]
"mag_*" = [99, -99.5, "N/A"]
[[join]]
file = "b.csv"
key = "id"
unmatched = "drop"
[columns]
"u-g" = { from = "u - g", unit = "mag" }
[features."p q"]
magnitude = ["u", "g"]
error = ["eu", "eg"]
values = false
colours = true
errors_as_features = true
zero_point = 25.0
missing = "median"
[targets.z]
from = "Z"
unit = "dex"
error = "E"
missing = [-1, 1e20]
[split]
fractions = [0.5, 0.25]
seed = 12
)";
    const ImportMapping first = parseImportMapping(toml, "a");
    const std::string written = toToml(first);
    const ImportMapping second = parseImportMapping(written, "b");
    EXPECT_EQ(toToml(second), written);
    EXPECT_EQ(second.input, "a \"quoted\" name.fits");
    EXPECT_EQ(second.maxRows, 5U);
    EXPECT_EQ(second.missing[0].numbers, (std::vector<double>{99, -99.5}));
    EXPECT_EQ(second.missing[0].texts, std::vector<std::string>{"N/A"});
    EXPECT_TRUE(second.joins[0].dropUnmatched);
    EXPECT_EQ(second.columns[0].name, "u-g");
    const FeatureRule& rule = second.features[0];
    EXPECT_EQ(rule.name, "p q");
    EXPECT_FALSE(rule.useBands);
    EXPECT_TRUE(rule.useColours && rule.useErrors && rule.imputeMedian);
    EXPECT_EQ(rule.transform, FeatureRule::Transform::Magnitude);
    EXPECT_DOUBLE_EQ(rule.zeroPoint, 25.0);
    EXPECT_EQ(second.targets[0].missing, (std::vector<double>{-1, 1e20}));
    EXPECT_EQ(second.split.seed, 12U);
}

TEST(ImportMapping, errorsNameFileLineAndKey) {
    expectWords(parseError("ra = 'RA'\nobjct_id = 'x'\n"), {"sdss.toml:2", "objct_id", "object_id"});
    expectWords(parseError("[features.f]\nflx = ['a']\n"), {"sdss.toml:2", "flx", "features.f", "flux"});
    expectWords(parseError("ra = 3\n"), {"sdss.toml:1", "ra", "text"});
    expectWords(parseError("cuts = [1]\n"), {"cuts", "texts"});
    expectWords(parseError("max_rows = -2\n"), {"max_rows", "0 or more"});
    expectWords(parseError("ra = \n"), {"sdss.toml:1"});
    expectWords(parseError("[features]\nf = 3\n"), {"f", "[features.f]"});
    expectWords(parseError("[features.f]\ncolumns='x'\ntransform='log'\n"),
                {"sdss.toml:3", "asinh, magnitude, raw"});
    expectWords(parseError("[split]\ncolumn='a'\nfractions=[0.1,0.2]\n"), {"split", "fractions"});
    expectWords(parseError("[split]\nfractions=[0.1]\n"), {"two numbers"});
    expectWords(parseError("[[join]]\nkey='a'\n"), {"join", "file"});
    expectWords(parseError("[missing]\nx = true\n"), {"x", "mean missing"});
}

TEST(ImportMapping, refusesFeaturesThatContradictThemselves) {
    const auto refused = [](const std::string& body, const std::string& word) {
        expectWords(parseError("[features.f]\n" + body), {"sdss.toml:1", "features.f", word});
    };
    refused("flux=['a']\nmagnitude=['b']\n", "not both");
    refused("flux=['a']\nivar=['b']\nerror=['c']\n", "not both");
    refused("colours=true\n", "nothing to make features of");
    refused("magnitude=['a','b']\ntransform='asinh'\n", "asinh needs fluxes");
    refused("flux=['a','b']\nivar=['c']\n", "ivar has 1 entries, but there are 2");
    refused("flux=['a','b']\nbands=['g']\n", "bands has 1");
    refused("flux=['a','b']\nerrors_as_features=true\n", "needs ivar or error");
    refused("flux=['a']\ncolours=true\n", "two bands");
    refused("flux=['a','b']\ntransform='raw'\ncolours=true\n", "colours need magnitudes");
}

TEST(ImportMapping, patternsMatchWholeNames) {
    EXPECT_TRUE(matchesPattern("*", "anything"));
    EXPECT_TRUE(matchesPattern("mag_?", "mag_u"));
    EXPECT_FALSE(matchesPattern("mag_?", "mag_uu"));
    EXPECT_TRUE(matchesPattern("*_err_*", "mag_err_u_lsst"));
    EXPECT_FALSE(matchesPattern("mag", "mag_u"));
    EXPECT_FALSE(matchesPattern("*x", "abc"));
    EXPECT_TRUE(matchesPattern("a*b*c", "a-b-b-c"));
    EXPECT_TRUE(matchesPattern("", ""));
    EXPECT_FALSE(matchesPattern("", "a"));
}

TEST(TakeRows, keepsIntegersExactAndMarksRowsWithoutPartner) {
    io::Column column;
    column.values = std::vector<std::int64_t>{(1LL << 60) + 1, 2, 3};
    column.missing = {0, 0, 1};
    const auto taken = takeRows(column, {2, 0, std::string::npos});
    EXPECT_TRUE(taken.isMissing(0));
    EXPECT_EQ(std::get<std::vector<std::int64_t>>(taken.values)[1], (1LL << 60) + 1);
    EXPECT_FALSE(taken.isMissing(1));
    EXPECT_TRUE(taken.isMissing(2));
    io::Column vectors;
    vectors.width = 2;
    vectors.values = std::vector<float>{1, 2, 3, 4};
    const auto swapped = takeRows(vectors, {1, 0});
    EXPECT_EQ(std::get<std::vector<float>>(swapped.values), (std::vector<float>{3, 4, 1, 2}));
}

} // namespace
} // namespace penumbra::workflow
