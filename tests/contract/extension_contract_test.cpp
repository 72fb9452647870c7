// The promise of CONTRIBUTING: a method, a metric, a figure, a reader and a verb are a function or class and
// one line. Each is made here, added by that line, and used through the commands that users have. The page is
// added in tests/gui/extension_page_test.cpp.

#include "app/command_line.h"
#include "core/eval/metrics.h"
#include "core/io/table_reader.h"
#include "core/report/figures.h"
#include "core/uq/uq_method.h"
#include "core/workflow/run_command.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <gtest/gtest.h>
#include <sstream>
#include <unistd.h>

namespace penumbra {
namespace {

namespace fs = std::filesystem;

/// As wide as the largest calibration error, whatever alpha.
class LargestError final : public uq::UqMethod {
public:
    const uq::MethodInfo& info() const override {
        static const uq::MethodInfo info{.id = "LargestError",
                                         .title = "largest calibration error",
                                         .oneLine = "A toy.",
                                         .reference = "nobody"};
        return info;
    }
    std::vector<uq::Signal> needs(const OptionSet&, double) const override { return {uq::Signal::mean()}; }
    std::vector<Prediction> intervals(const uq::Evidence& evidence, std::span<const double> alphas, double,
                                      const OptionSet&, const RunContext&) const override {
        const auto calibration = evidence.calibration(uq::Signal::mean());
        double largest = 0.0;
        for (std::size_t i = 0; i < calibration.size(); ++i)
            largest = std::max(largest, std::abs(evidence.calibrationTruth[i] - calibration[i]));
        std::vector<Prediction> out;
        for (const double alpha : alphas) {
            Prediction& p = out.emplace_back();
            p.method = info().id;
            p.target = evidence.target;
            p.unit = evidence.unit;
            p.alpha = alpha;
            p.mean = p.lower = p.upper = evidence.test(uq::Signal::mean());
            for (std::size_t i = 0; i < p.mean.size(); ++i) {
                p.lower[i] -= largest;
                p.upper[i] += largest;
            }
        }
        return out;
    }
};

double upperEnd(const GalaxyInput& galaxy) {
    return galaxy.prediction.upper[galaxy.row];
}

void computeMeanUpper(const MetricInput& input, std::vector<Score>& out) {
    Score score = emptyScore(input.prediction, "mean_upper");
    score.value = 0.0;
    for (const double upper : input.prediction.upper)
        score.value += upper / static_cast<double>(input.prediction.upper.size());
    score.n = static_cast<std::int64_t>(input.prediction.upper.size());
    out.push_back(score);
}

report::FigureSpec makeHalves(const report::FigureInput& input, const OptionSet& options) {
    report::FigureSpec figure;
    figure.kind = "halves";
    figure.caption = "Widths divided by " + std::to_string(options.getInteger("divisor")) + ".";
    report::Series& series = figure.panels.emplace_back().series.emplace_back();
    for (const Prediction& prediction : input.study.targets.front().predictions) {
        series.x.push_back(static_cast<double>(series.x.size()));
        series.y.push_back((prediction.upper[0] - prediction.lower[0]) /
                           static_cast<double>(options.getInteger("divisor")));
    }
    return figure;
}

bool isToyFile(const fs::path&, std::span<const unsigned char> bytes) {
    return std::string(bytes.begin(), bytes.end()).starts_with("TOY ");
}

/// "TOY a b c": one column of squares.
io::Table readToyFile(const fs::path& path, const io::ReadOptions&, const RunContext&) {
    std::ifstream stream(path);
    std::string word;
    stream >> word;
    std::vector<double> squares;
    for (double value = 0.0; stream >> value;)
        squares.push_back(value * value);
    io::Table table;
    table.source = path.string();
    table.columns.emplace_back();
    table.columns.back().name = "square";
    table.columns.back().values = squares;
    return table;
}

workflow::CommandResult greet(const OptionSet& options, const workflow::Services&, RunContext&) {
    workflow::CommandResult result;
    result.text = "hello " + options.getText("name") + "\n";
    return result;
}

class Extension : public testing::Test {
protected:
    void SetUp() override {
        std::string pattern = (fs::temp_directory_path() / "penumbra_extension_XXXXXX").string();
        ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
        root = pattern;
    }
    void TearDown() override {
        std::error_code ignored;
        fs::remove_all(root, ignored);
    }
    std::string path(const std::string& name) const { return (root / name).string(); }
    /// As the command line reads and runs it.
    static workflow::CommandResult run(const std::vector<std::string>& words) {
        std::vector<const char*> arguments = {"penumbra-cli"};
        for (const std::string& word : words)
            arguments.push_back(word.c_str());
        const app::Invocation call =
            app::parseCommandLine(static_cast<int>(arguments.size()), arguments.data());
        RunContext context;
        return workflow::runCommand(*call.command, call.options, {}, context);
    }
    /// A study of predictions made elsewhere: nothing is trained. y = p + 0.1, 0.2 ... in turns.
    std::string makeStudy(const std::string& methods) const {
        std::ofstream csv(path("galaxies.csv"));
        csv << "id,x,z,z_phot,part\n";
        for (int i = 0; i < 90; ++i)
            csv << i << "," << i % 7 << "," << 0.01 * i + 0.1 * (1 + i % 4) << "," << 0.01 * i << ","
                << (i % 3 == 0   ? "train"
                    : i % 3 == 1 ? "calibration"
                                 : "test")
                << "\n";
        csv.close();
        run({"import", path("galaxies.csv"), "--id", "id", "--features-from", "x", "--target", "z",
             "--columns", "z_phot", "--split-column", "part", "--out", path("galaxies.h5")});
        run({"study", path("galaxies.h5"), "--targets", "z", "--methods", methods, "--prediction-column",
             "z_phot", "--out", path("study.h5")});
        return path("study.h5");
    }
    static std::string read(const std::string& file) {
        std::ifstream stream(file);
        return {std::istreambuf_iterator<char>(stream), {}};
    }
    fs::path root;
};

TEST_F(Extension, AMethodIsAClassAndALine) {
    const LargestError toy;
    const Added added = uq::addMethod(toy);
    const auto study = makeStudy("VanillaSplit,LargestError");
    const std::string table = run({"table", study, "--format", "csv"}).text;
    EXPECT_NE(table.find("LargestError"), std::string::npos) << table;
    const auto scores = run({"evaluate", study, "--alpha", "0.5"}).json;
    bool found = false;
    for (const auto& metric : scores.at("metrics"))
        if (metric.at("method") == "LargestError" && metric.at("metric") == "mean_width" &&
            metric.at("convention") == "all") {
            EXPECT_NEAR(metric.at("value").get<double>(), 2.0 * 0.4, 1e-6); // calibration errors 0.1 ... 0.4
            found = true;
        }
    EXPECT_TRUE(found) << scores.dump(1);
}

TEST_F(Extension, AMetricIsAnEntry) {
    const Added added = addMetric({.id = "mean_upper",
                                   .title = "mean upper end",
                                   .definition = "Mean of the upper ends.",
                                   .unit = MetricUnit::Target,
                                   .better = Better::Lower,
                                   .finding = "ends lower",
                                   .ofGalaxy = upperEnd,
                                   .compute = computeMeanUpper});
    const LargestError toy;
    const Added method = uq::addMethod(toy);
    const auto study = makeStudy("VanillaSplit,LargestError");
    const std::string table = run({"table", study, "--metrics", "mean_upper", "--format", "csv"}).text;
    EXPECT_NE(table.find("mean upper end"), std::string::npos) << table;
    const auto pairs = run({"compare", study, "--metrics", "mean_upper"}).json.at("tests");
    ASSERT_EQ(pairs.size(), 1U);
    EXPECT_EQ(pairs[0].at("metric"), "mean_upper");
    EXPECT_TRUE(pairs[0].at("p").is_number()) << pairs.dump(1);
}

TEST_F(Extension, AFigureIsAFunctionAndALine) {
    const Added added = report::addFigure(
        {"halves", "Halves", "Widths divided.",
         [](OptionSet& options) { options.integer("divisor", 2, "By what.").in("Figure"); }, makeHalves});
    const auto study = makeStudy("VanillaSplit");
    run({"figure", study, "--kind", "halves", "--divisor", "4", "--out", path("halves.json")});
    const std::string drawn = read(path("halves.json"));
    EXPECT_NE(drawn.find("Widths divided by 4."), std::string::npos) << drawn;
    EXPECT_EQ(&report::findFigure("halves"), &report::allFigures().back());
}

TEST_F(Extension, AReaderIsAFunctionAndALine) {
    std::ofstream(path("squares.txt")) << "TOY 1 2 3 12\n"; // text would read it, too
    const Added added =
        io::addTableReader({"toy", "toy", "a toy's numbers", {"*.toy"}, isToyFile, readToyFile});
    const io::Table table = io::readTable(path("squares.txt"), {}, RunContext());
    EXPECT_EQ(std::get<std::vector<double>>(table.at("square").values),
              (std::vector<double>{1.0, 4.0, 9.0, 144.0}));
    EXPECT_NE(run({"inspect", path("squares.txt")}).text.find("square"), std::string::npos);
    EXPECT_NE(io::readablePatterns().find("*.toy"), std::string::npos);
}

TEST_F(Extension, AVerbIsAFunctionAndALine) {
    const Added added = workflow::addCommand(
        {"greet", "Say hello", "Examples\n  penumbra-cli greet --name you", false,
         [](OptionSet& options) { options.text("name", "world", "Whom.").in("Greeting"); }, greet});
    EXPECT_EQ(run({"greet", "--name", "galaxy"}).text, "hello galaxy\n");
    EXPECT_THROW(run({"greet", "--nam", "galaxy"}), UsageError);
}

TEST_F(Extension, WhatWasAddedGoesAgain) {
    const std::size_t before = workflow::allCommands().size();
    {
        const Added added = workflow::addCommand({"greet", "Say hello", "", false, [](OptionSet&) {}, greet});
        EXPECT_EQ(workflow::allCommands().size(), before + 1);
    }
    EXPECT_EQ(workflow::allCommands().size(), before);
    EXPECT_THROW(workflow::findCommand("greet"), UsageError);
}

} // namespace
} // namespace penumbra
