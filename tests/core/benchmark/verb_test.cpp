// The verb: table, figure, JSON, and what it refuses.

#include "core/workflow/benchmark.h"
#include "tests/core/benchmark/mock_inputs.h"

#include <fstream>
#include <gtest/gtest.h>
#include <sstream>

namespace penumbra::benchmark {
namespace {

TEST(BenchmarkVerb, writesTableFigureAndJson) {
    MockInputs mock(1000);
    mock.catalogue.features[3].attributes["random_weights"] = "random numbers";
    mock.stored();
    const workflow::Command command = workflow::benchmarkCommand();
    OptionSet options;
    command.options(options);
    options.setFromText("catalogue", mock.path("galaxies.h5"));
    options.setFromText("sets", "photometry,noise");
    options.setFromText("epochs", "10");
    options.setFromText("heads", "2");
    options.setFromText("hidden", "16");
    options.setFromText("out", mock.path("table.tex"));
    options.setFromText("format", "latex");
    options.setFromText("figure", mock.path("figure.csv"));
    RunContext context;
    const auto result = command.run(options, {}, context);
    EXPECT_EQ(result.written.size(), 2U);
    EXPECT_EQ(result.json.at("results").size(), 2U);
    EXPECT_EQ(result.json.at("pairs").size(), 3U);
    std::ifstream table(mock.path("table.tex")), figure(mock.path("figure.csv"));
    std::stringstream text, numbers;
    text << table.rdbuf();
    numbers << figure.rdbuf();
    EXPECT_NE(text.str().find("\\toprule"), std::string::npos);
    EXPECT_NE(text.str().find("RANDOM WEIGHTS"), std::string::npos);
    EXPECT_NE(numbers.str().find("photometry"), std::string::npos);
    options.setFromText("figure", mock.path("figure.bmp"));
    EXPECT_THROW(command.run(options, {}, context), UsageError);
    options.setFromText("figure", "");
    options.setFromText("protocol", "transfer");
    EXPECT_THROW(command.run(options, {}, context), UsageError);
}

} // namespace
} // namespace penumbra::benchmark
