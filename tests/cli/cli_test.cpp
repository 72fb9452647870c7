#include "tests/cli/cli_support.h"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <iomanip>

using namespace penumbra;

namespace {

/// A table whose target t is x0 plus noise; pred, lo, hi predict it from elsewhere. Deterministic.
std::string tableText(int rows) {
    std::ostringstream text;
    text << "id,x0,x1,t,pred,err,lo,hi,role\n";
    text.precision(17);
    for (int i = 0; i < rows; ++i) {
        const double x0 = std::sin(12.9898 * i) * 2.0;
        const double x1 = std::cos(78.233 * i);
        const double noise = std::sin(43.7585 * i * i) * (0.2 + 0.2 * std::abs(x1));
        const char* roles[] = {"train", "train", "cal", "test"};
        text << i << ',' << x0 << ',' << x1 << ',' << x0 + noise << ',' << x0 << ','
             << 0.2 + 0.2 * std::abs(x1) << ',' << x0 - 0.2 << ',' << x0 + 0.2 << ',' << roles[i % 4] << '\n';
    }
    return text.str();
}

/// The coverage of the first method in what --json printed.
double coverageIn(const std::string& json) {
    const auto parsed = nlohmann::json::parse(json);
    for (const auto& score : parsed.at("metrics"))
        if (score.at("metric") == "coverage" && score.at("conditioned_on") == "" &&
            score.at("convention") == "all")
            return score.at("value").get<double>();
    throw std::runtime_error("no coverage in " + json.substr(0, 2000));
}

constexpr const char* quick =
    " --epochs 3 --width 8 --residual-epochs 3 --bootstrap 20 --dropout-passes 5 --device cpu ";

/// A folder with cat.h5.
class Cli : public testing::Test {
protected:
    void SetUp() override {
        folder.write("t.csv", tableText(400));
        const CliRun import =
            folder.run("import t.csv --id id --features-from x0,x1 --target t --columns pred,err,lo,hi "
                       "--split-column role --out cat.h5");
        ASSERT_EQ(import.exitCode, 0) << import.err;
        files = folder.fileCount();
    }
    CliRun study(const std::string& more) const {
        return folder.run(std::string("study cat.h5 ") + quick + more);
    }

    CliFolder folder;
    std::size_t files = 0;
};

} // namespace

TEST_F(Cli, WrongUsageIsExitCodeTwo) {
    for (const char* arguments :
         {"", "stduy", "study", "study cat.h5", "study cat.h5 --out s.h5 --alpha 2",
          "study cat.h5 --out s.h5 --alpha x", "study cat.h5 --out s.h5 --no-such-flag",
          "study cat.h5 --out s.h5 --methods NoSuchMethod", "study cat.h5 --out s.h5 --preset slow",
          "study cat.h5 --out cat.h5", "table cat.h5 --format word",
          "study cat.h5 --out s.h5 --alpha 0.1 --alpha 0.2", "study cat.h5 extra --out s.h5"}) {
        const CliRun run = folder.run(arguments);
        EXPECT_EQ(run.exitCode, 2) << arguments << "\n" << run.err;
        EXPECT_FALSE(run.err.empty()) << arguments;
        EXPECT_TRUE(run.out.empty()) << arguments;
    }
    EXPECT_EQ(folder.fileCount(), files);
    for (const char* arguments : {"study cat.h5 --out s.h5 --alpha 2", "explain s.h5 --row 3 --alpha 90",
                                  "intervals s.h5 --alpha 0", "study cat.h5 --out s.h5 --alpha x"})
        EXPECT_NE(folder.run(arguments).err.find("0.1 means 90 % intervals."), std::string::npos)
            << arguments;
}

TEST_F(Cli, BadDataIsExitCodeOneAndLeavesNothing) {
    folder.write("empty.h5", "");
    folder.write("text.h5", "not an HDF5 file at all\n");
    const std::string good = textOf(folder.path("cat.h5"));
    folder.write("cut.h5", good.substr(0, good.size() / 2));
    folder.write("bad.toml", "epochs = \"many\"\n");
    folder.write("unknown.toml", "epoks = 3\n");
    const std::size_t before = folder.fileCount();
    for (const char* arguments :
         {"study absent.h5 --out s.h5", "study empty.h5 --out s.h5", "study text.h5 --out s.h5",
          "study cut.h5 --out s.h5", "study cat.h5 --targets tt --out s.h5",
          "study cat.h5 --features nosuch --out s.h5", "study cat.h5 --out nowhere/s.h5", "table cat.h5",
          "evaluate absent.h5", "figure text.h5 --out f.csv",
          "study cat.h5 --targets t --prediction-column nosuch --out s.h5", "inspect absent.fits"}) {
        const CliRun run = folder.run(arguments);
        EXPECT_EQ(run.exitCode, 1) << arguments << "\n" << run.err;
        EXPECT_NE(run.err.find("penumbra-cli: "), std::string::npos) << arguments;
    }
    for (const char* config : {"bad.toml", "unknown.toml", "absent.toml"}) {
        const CliRun run = folder.run(std::string("study cat.h5 --out s.h5 --config ") + config);
        EXPECT_TRUE(run.exitCode == 1 || run.exitCode == 2) << config << "\n" << run.err;
        EXPECT_NE(run.err.find(config), std::string::npos) << run.err;
    }
    EXPECT_EQ(folder.fileCount(), before);
}

TEST_F(Cli, TellsTheWayOutOfCommonSlips) {
    const CliRun misspelt = folder.run("study cat.h5 --target t --out s.h5");
    EXPECT_EQ(misspelt.exitCode, 2);
    EXPECT_NE(misspelt.err.find("--targets"), std::string::npos) << misspelt.err;
    folder.write("raw.csv", tableText(40));
    const CliRun raw = folder.run("study raw.csv --out s.h5");
    EXPECT_EQ(raw.exitCode, 1);
    EXPECT_NE(raw.err.find("penumbra-cli import raw.csv"), std::string::npos) << raw.err;
    folder.write("README.md",
                 "# Not a table\n\nWords, and *more* words, of unlike number.\nA line.\n\n- a, b\n");
    const CliRun words = folder.run("study README.md --out s.h5");
    EXPECT_EQ(words.exitCode, 1);
    for (const char* told : {"README.md", "catalogue (HDF5)", "penumbra-cli import"})
        EXPECT_NE(words.err.find(told), std::string::npos) << words.err;
    const CliRun noStudy = folder.run("table README.md");
    EXPECT_EQ(noStudy.exitCode, 1);
    EXPECT_NE(noStudy.err.find("penumbra-cli study CATALOGUE"), std::string::npos) << noStudy.err;
    EXPECT_EQ(folder.run("import --help").out.find("{false}"), std::string::npos);
    const CliRun doctor = folder.run("doctor cat.h5 --json");
    EXPECT_EQ(doctor.exitCode, 0) << doctor.err;
    EXPECT_NE(doctor.out.find("\"findings\""), std::string::npos) << doctor.out;
}

TEST_F(Cli, RowsThatShareIdsAreToldByImportAndByTheStudyThatFails) {
    folder.write("raw.csv", tableText(400));
    const std::string import = "import raw.csv --features-from x0,x1 --target t --out twins.h5 --id ";
    EXPECT_EQ(folder.run(import + "id").out.find("repeat"), std::string::npos);
    const CliRun twins = folder.run(import + "role");
    ASSERT_EQ(twins.exitCode, 0) << twins.err;
    EXPECT_NE(twins.out.find("397 rows repeat an object_id already seen (3 different ids in 400 rows)"),
              std::string::npos)
        << twins.out;
    EXPECT_NE(twins.out.find("doctor twins.h5"), std::string::npos) << twins.out;
    bool told = false; // of three objects, some draw leaves a part empty
    for (int seed = 0; seed < 20 && !told; ++seed) {
        const CliRun run = folder.run(std::string("study twins.h5 --methods VanillaSplit --out s.h5") +
                                      quick + "--seed " + std::to_string(seed));
        told = run.err.find("400 rows share 3 ids in object_id (column role of the imported table)") !=
               std::string::npos;
        EXPECT_EQ(told, run.exitCode == 1) << run.err;
    }
    EXPECT_TRUE(told);
}

TEST_F(Cli, TooFewCalibrationRowsLeaveNoFile) {
    folder.write("few.csv", tableText(36));
    ASSERT_EQ(folder.run("import few.csv --features-from x0,x1 --target t --split-column role --out few.h5")
                  .exitCode,
              0);
    const std::size_t before = folder.fileCount();
    const CliRun run = folder.run("study few.h5 --out s.h5");
    EXPECT_EQ(run.exitCode, 1);
    EXPECT_NE(run.err.find("calibration rows"), std::string::npos) << run.err;
    EXPECT_EQ(folder.fileCount(), before);
}

TEST_F(Cli, JsonIsOneObjectAndNothingElse) {
    const CliRun run = study("--out s.h5 --json");
    ASSERT_EQ(run.exitCode, 0) << run.err;
    const auto json = nlohmann::json::parse(run.out);
    EXPECT_TRUE(json.is_object());
    for (const char* method : {"LCNet", "LCMADAion", "VanillaSplit", "MCDropout"})
        EXPECT_NE(json.at("methods").dump().find(method), std::string::npos) << method << " is on by default";
    EXPECT_EQ(json.at("options").at("epochs"), 3);
    EXPECT_EQ(json.at("options").at("weight-decay"), 1e-4);
    EXPECT_EQ(json.at("targets")[0].at("n_train"), 200);
    for (const char* arguments :
         {"evaluate s.h5 --json", "table s.h5 --json", "inspect s.h5 --json", "inspect cat.h5 --json"}) {
        const CliRun other = folder.run(arguments);
        EXPECT_EQ(other.exitCode, 0) << arguments << other.err;
        EXPECT_TRUE(nlohmann::json::parse(other.out).is_object()) << arguments;
    }
}

TEST_F(Cli, InspectTellsHowAStudyWasTrained) {
    ASSERT_EQ(study("--methods VanillaSplit --preset quick --out s.h5").exitCode, 0);
    EXPECT_NE(folder.run("inspect s.h5").out.find("preset quick, 3 epochs, residuals in-sample\n"),
              std::string::npos);
    ASSERT_EQ(study("--methods VanillaSplit --residuals cross-fitted --residual-folds 3 --out s.h5").exitCode,
              0);
    const std::string folded = folder.run("inspect s.h5").out;
    EXPECT_NE(folded.find("preset standard, 3 epochs, residuals cross-fitted (3 folds)\n"), std::string::npos)
        << folded;
    ASSERT_EQ(study("--methods VanillaSplit --prediction-column pred --out s.h5").exitCode, 0);
    EXPECT_NE(folder.run("inspect s.h5").out.find("nothing trained"), std::string::npos);
    ASSERT_EQ(
        folder.run("evaluate t.csv --lower-column lo --upper-column hi --truth-column t --out e.h5").exitCode,
        0);
    EXPECT_EQ(folder.run("inspect e.h5").out.find("training"), std::string::npos) << "made elsewhere";
}

TEST_F(Cli, QuietSaysNothing) {
    const CliRun run = study("--out s.h5 --quiet --json");
    EXPECT_EQ(run.exitCode, 0);
    EXPECT_EQ(run.err, "");
}

TEST_F(Cli, AFileGivesOptionsAndFlagsWin) {
    folder.write("s.toml",
                 "# a study\nalpha = 0.3\nmethods = [\"VanillaSplit\"]\nseed = 5\nown-order = true\n");
    const CliRun run = study("--config s.toml --seed 6 --no-own-order --out s.h5 --json");
    ASSERT_EQ(run.exitCode, 0) << run.err;
    const auto json = nlohmann::json::parse(run.out);
    EXPECT_EQ(json.at("alpha"), 0.3);
    EXPECT_EQ(json.at("seed"), 6);
    EXPECT_EQ(json.at("options").at("own-order"), false);
    EXPECT_EQ(json.at("methods"), nlohmann::json({"VanillaSplit"}));
}

TEST_F(Cli, EvaluateRecalibratesBinsAndSubsets) {
    ASSERT_EQ(study("--methods VanillaSplit,CQR --out s.h5").exitCode, 0);
    EXPECT_EQ(folder.run("evaluate s.h5 --where 'nothere < 99 or t > 0'").exitCode, 1);
    EXPECT_EQ(folder.run("evaluate s.h5 --where 'x0 < 99 or t > 0'").exitCode, 0)
        << "what features are made of can be cut by";
    const CliRun good =
        folder.run("evaluate s.h5 --alpha 0.1,0.5 --where 't > 0' --condition-on err --bins 3 --json");
    ASSERT_EQ(good.exitCode, 0) << good.err;
    double width[2] = {0.0, 0.0};
    int binsByColumn = 0;
    const auto json = nlohmann::json::parse(good.out);
    for (const auto& score : json.at("metrics")) {
        if (score.at("method") != "VanillaSplit" || score.at("convention") != "all")
            continue;
        if (score.at("metric") == "mean_width" && score.at("conditioned_on") == "") {
            width[score.at("alpha") == 0.1 ? 0 : 1] = score.at("value");
            EXPECT_LT(score.at("n"), 100);
        }
        binsByColumn += score.at("metric") == "coverage_by_bin" && score.at("conditioned_on") == "err";
    }
    EXPECT_GT(width[0], width[1]);
    EXPECT_GT(width[1], 0.0);
    EXPECT_EQ(binsByColumn, 2 * 3);
    EXPECT_EQ(folder.run("evaluate s.h5 --where 't > 1e9'").exitCode, 1);
    const CliRun tooLarge = folder.run("evaluate s.h5 --alpha 7");
    EXPECT_EQ(tooLarge.exitCode, 2);
    EXPECT_NE(tooLarge.err.find("0.1 means 90 % intervals."), std::string::npos) << tooLarge.err;
}

TEST_F(Cli, EvaluateTakesIntervalsMadeElsewhere) {
    const CliRun run =
        folder.run("evaluate t.csv --lower-column lo --upper-column hi --truth-column t --json");
    ASSERT_EQ(run.exitCode, 0) << run.err;
    // |t - x0| < 0.2 counted from the table itself
    int covered = 0;
    for (int i = 0; i < 400; ++i)
        covered += std::abs(std::sin(43.7585 * i * i) * (0.2 + 0.2 * std::abs(std::cos(78.233 * i)))) < 0.2;
    const auto json = nlohmann::json::parse(run.out);
    const auto& metrics = json.at("metrics");
    const auto coverage = std::find_if(metrics.begin(), metrics.end(), [](const auto& score) {
        return score.at("metric") == "coverage" && score.at("convention") == "all" &&
               score.at("conditioned_on") == "";
    });
    ASSERT_NE(coverage, metrics.end());
    EXPECT_DOUBLE_EQ(coverage->at("value").template get<double>(), covered / 400.0);
    EXPECT_EQ(folder.run("evaluate t.csv").exitCode, 1); // no column 'lower'
}

TEST_F(Cli, CrossedIntervalsFromElsewhereCountAsEmptyAndAreTold) {
    const auto scored = [&](const std::string& rows) {
        folder.write("i.csv", "lower,upper,truth\n" + rows);
        return folder.run("evaluate i.csv --json");
    };
    const std::string good = "0,1,0.5\n0,2,0.5\n0,3,9\n";
    const CliRun several = scored(good + "1,0,0.5\n,1,0.5\n3,1,2\n");
    ASSERT_EQ(several.exitCode, 0) << several.err;
    EXPECT_NE(
        several.err.find("2 rows with lower > upper (the first is row 3, counted from 0) count as empty"),
        std::string::npos)
        << several.err;
    EXPECT_NE(several.err.find("1 incomplete row of the table was left out."), std::string::npos)
        << several.err;
    const auto ofSeveral = nlohmann::json::parse(several.out);
    for (const auto& score : ofSeveral.at("metrics"))
        if (score.at("metric") == "mean_width" && score.at("conditioned_on") == "") {
            EXPECT_EQ(score.at("n"), 5);
            EXPECT_EQ(score.at("n_crossed"), 2);
            EXPECT_DOUBLE_EQ(score.at("value").get<double>(), 6.0 / 5.0);
        } else if (score.at("metric") == "coverage" && score.at("convention") == "all") {
            EXPECT_DOUBLE_EQ(score.at("value").get<double>(), 2.0 / 5.0);
        }
    EXPECT_NE(
        scored(good + "1,0,0.5\n").err.find("1 row with lower > upper (row 3, counted from 0) counts as"),
        std::string::npos);
    const CliRun none = scored("1,0,0.5\n2,0,0.5\n");
    EXPECT_EQ(none.exitCode, 1);
    EXPECT_NE(none.err.find("every row has lower > upper"), std::string::npos) << none.err;
    EXPECT_NE(none.err.find("swap"), std::string::npos) << none.err;
}

TEST_F(Cli, InfiniteIntervalsFromElsewhereCountWithoutAColumnOfCentres) {
    std::string rows = "lower,upper,truth\n-inf,inf,0.5\n0,inf,-1\n-inf,2,1\n";
    for (int i = 0; i < 17; ++i)
        rows += "0,1,0.5\n";
    folder.write("i.csv", rows);
    const CliRun run = folder.run("evaluate i.csv --json");
    ASSERT_EQ(run.exitCode, 0) << run.err;
    EXPECT_NE(run.err.find("3 infinite intervals have no middle"), std::string::npos) << run.err;
    std::map<std::string, nlohmann::json> found;
    const auto json = nlohmann::json::parse(run.out);
    for (const auto& score : json.at("metrics"))
        if (score.at("convention") == "all" && score.at("conditioned_on") == "")
            found[score.at("metric")] = score;
    EXPECT_DOUBLE_EQ(found.at("coverage").at("value").get<double>(), 19.0 / 20.0);
    EXPECT_EQ(found.at("coverage").at("n"), 20);
    EXPECT_EQ(found.at("coverage").at("n_infinite"), 3);
    EXPECT_DOUBLE_EQ(found.at("miss_below").at("value").get<double>(), 1.0 / 20.0);
    EXPECT_EQ(found.at("rmse").at("n"), 17);
    EXPECT_EQ(found.at("n_infinite").at("value"), 3.0);
    folder.write("h.csv", "lower,upper,truth\n0,1,0.5\n0,inf,0.5\n-inf,inf,0.5\n");
    const CliRun half = folder.run("evaluate h.csv --json"); // the median width is infinite
    ASSERT_EQ(half.exitCode, 0) << half.err;
    const auto halfJson = nlohmann::json::parse(half.out);
    for (const auto& score : halfJson.at("metrics"))
        if (score.at("metric") == "median_width" && score.at("convention") == "all") {
            EXPECT_EQ(score.at("value"), "inf");
        }
}

TEST_F(Cli, ACutByTheTargetsOwnNameIsACutByTruth) {
    ASSERT_EQ(study("--methods VanillaSplit,CQR --out s.h5").exitCode, 0);
    const CliRun run = folder.run("evaluate s.h5 --condition-on t,'t * 2',err --bins 3");
    ASSERT_EQ(run.exitCode, 0) << run.err;
    EXPECT_NE(run.out.find("coverage by the truth, t (chosen by the outcome"), std::string::npos) << run.out;
    EXPECT_NE(run.out.find("coverage by t * 2 (chosen by the outcome"), std::string::npos) << run.out;
    EXPECT_NE(run.out.find("coverage by err\n"), std::string::npos) << run.out;
    const auto json =
        nlohmann::json::parse(folder.run("evaluate s.h5 --condition-on t,'t * 2',err --bins 3 --json").out);
    int truth = 0, made = 0;
    for (const auto& score : json.at("metrics"))
        if (score.at("metric") == "coverage_by_bin") {
            EXPECT_NE(score.at("conditioned_on"), "t");
            truth += score.at("conditioned_on") == "truth";
            if (score.at("conditioned_on") == "t * 2") {
                ++made;
                EXPECT_TRUE(score.at("oracle_low").is_null()) << "no band is known";
            } else if (score.at("conditioned_on") == "err") {
                EXPECT_FALSE(score.at("oracle_low").is_null());
            }
        }
    EXPECT_EQ(truth, 2 * 2 * 3) << "once, not twice";
    EXPECT_EQ(made, 2 * 2 * 3);
}

TEST_F(Cli, IntervalsListEveryGalaxyAndReadBackExactly) {
    ASSERT_EQ(study("--methods VanillaSplit,CQR --out s.h5").exitCode, 0);
    const CliRun shown = folder.run("intervals s.h5 --methods CQR");
    ASSERT_EQ(shown.exitCode, 0) << shown.err;
    EXPECT_NE(shown.out.find("100 rows of 100 test galaxies, 90 % intervals"), std::string::npos)
        << shown.out;
    const auto next = shown.out.find("penumbra-cli explain");
    ASSERT_NE(next, std::string::npos) << shown.out;
    const std::string explain = shown.out.substr(next + 13, shown.out.find('\n', next) - next - 13);
    EXPECT_EQ(folder.run(explain).exitCode, 0) << explain;

    const CliRun written = folder.run("intervals s.h5 --methods CQR --out i.csv --json");
    ASSERT_EQ(written.exitCode, 0) << written.err;
    const auto summary = nlohmann::json::parse(written.out);
    const CliRun again = folder.run("evaluate i.csv --truth-column truth --json");
    ASSERT_EQ(again.exitCode, 0) << again.err;
    const auto metrics = nlohmann::json::parse(again.out).at("metrics");
    for (const std::string name : {"i.fits", "i.h5", "i.vot"}) { // any format a reader and a writer share
        ASSERT_EQ(folder.run("intervals s.h5 --methods CQR --out " + name).exitCode, 0) << name;
        const CliRun other = folder.run("evaluate " + name + " --truth-column truth --json");
        ASSERT_EQ(other.exitCode, 0) << other.err;
        EXPECT_EQ(nlohmann::json::parse(other.out).at("metrics"), metrics) << name;
    }
    const auto ofAgain = nlohmann::json::parse(again.out);
    for (const auto& score : ofAgain.at("metrics"))
        if (score.at("metric") == "coverage" && score.at("conditioned_on") == "" &&
            score.at("convention") == "all") {
            EXPECT_EQ(score.at("n"), 100);
            EXPECT_DOUBLE_EQ(score.at("value").get<double>(),
                             1.0 - summary.at("methods")[0].at("missed").get<double>() / 100.0);
        }
    const std::size_t before = folder.fileCount();
    EXPECT_EQ(folder.run("intervals s.h5 --out i.xlsx").exitCode, 2);
    EXPECT_NE(folder.run("intervals s.h5 --methods MADSplit --out j.csv").err.find("VanillaSplit, CQR"),
              std::string::npos);
    EXPECT_EQ(folder.run("intervals s.h5 --where 't > 1e9' --out j.csv").exitCode, 1);
    EXPECT_EQ(folder.run("intervals cat.h5 --out j.csv").exitCode, 1);
    EXPECT_EQ(folder.fileCount(), before);
    for (const char* galaxy : {"0", "2"}) // of training, of calibration
        EXPECT_NE(
            folder.run(std::string("explain s.h5 --object ") + galaxy).err.find("penumbra-cli intervals"),
            std::string::npos)
            << galaxy;
}

/// Modified Julian days known to seconds, some errors tied: every command counts the same galaxies, and all
/// digits that tell are shown.
TEST_F(Cli, DatesAreCountedAlikeByEveryCommand) {
    std::ostringstream rows;
    rows << std::fixed << std::setprecision(6) << "id,y,p\n";
    for (int i = 0; i < 240; ++i) {
        const double predicted = 59000.0 + 0.01 * i;
        const double error = i % 3 == 0 ? 1e-4 : 1e-4 * std::sin(7.3 * i);
        rows << i << ',' << predicted + error << ',' << predicted << '\n';
    }
    folder.write("mjd.csv", rows.str());
    ASSERT_EQ(folder.run("import mjd.csv --id id --columns p --target y=y --out mjd.h5").exitCode, 0);
    for (const std::string ends : {"closed", "open"}) {
        const CliRun made =
            folder.run("study mjd.h5 --prediction-column p --methods VanillaSplit --json --out m.h5 "
                       "--ends " +
                       ends);
        ASSERT_EQ(made.exitCode, 0) << made.err;
        const double coverage = coverageIn(made.out);
        EXPECT_EQ(coverage > 0.95, ends == "closed") << coverage; // a third of the errors is the largest
        EXPECT_EQ(coverageIn(folder.run("evaluate m.h5 --json").out), coverage);
        const CliRun listed = folder.run("intervals m.h5 --out m.csv --json");
        const auto tally = nlohmann::json::parse(listed.out).at("methods")[0];
        EXPECT_EQ(1.0 - tally.at("missed").get<double>() / tally.at("labelled").get<double>(), coverage);
        EXPECT_NEAR(coverageIn(folder.run("evaluate m.csv --json --ends " + ends).out), coverage, 1e-12);
    }
    const double other = coverageIn(folder.run("evaluate m.h5 --ends closed --json").out);
    EXPECT_GT(other, 0.95);
    const CliRun shown = folder.run("intervals m.h5");
    EXPECT_NE(shown.out.find("59000."), std::string::npos) << shown.out;
    const auto next = shown.out.find("penumbra-cli explain");
    ASSERT_NE(next, std::string::npos);
    const CliRun explained = folder.run(shown.out.substr(next + 13, shown.out.find('\n', next) - next - 13));
    EXPECT_NE(explained.out.find("half width 0.0001"), std::string::npos) << explained.out;
    EXPECT_EQ(explained.out.find("interval 59000 to 59000"), std::string::npos) << explained.out;
}

TEST_F(Cli, TablesAndFiguresAreWritten) {
    ASSERT_EQ(study("--methods VanillaSplit --out s.h5").exitCode, 0);
    EXPECT_NE(folder.run("table s.h5 --format latex").out.find("\\toprule"), std::string::npos);
    EXPECT_NE(folder.run("table s.h5 --format markdown").out.find("|---"), std::string::npos);
    EXPECT_EQ(folder.run("table s.h5 --format csv --out t1.csv").out, "");
    EXPECT_NE(textOf(folder.path("t1.csv")).find("VanillaSplit"), std::string::npos);
    EXPECT_EQ(folder.run("table s.h5 --metrics nosuch").exitCode, 2);
    EXPECT_EQ(folder.run("figure s.h5 --kind coverage-by-bin --out f.csv").exitCode, 0);
    EXPECT_NE(textOf(folder.path("f.csv")).find("VanillaSplit"), std::string::npos);
    EXPECT_EQ(folder.run("figure s.h5 --out f.json").exitCode, 0);
    EXPECT_TRUE(nlohmann::json::parse(textOf(folder.path("f.json"))).is_object());
    EXPECT_EQ(folder.run("figure s.h5 --out f.xyz").exitCode, 2);
    const CliRun bare = folder.run("figure cat.h5 --kind galaxies --out g.csv");
    EXPECT_EQ(bare.exitCode, 1);
    EXPECT_NE(bare.err.find("cat.h5 holds neither cutouts"), std::string::npos) << bare.err;
    EXPECT_FALSE(std::filesystem::exists(folder.path("g.csv")));
    const CliRun pdf = folder.run("figure s.h5 --out f.pdf");
    if (pdf.exitCode == 0)
        EXPECT_EQ(textOf(folder.path("f.pdf")).substr(0, 5), "%PDF-");
    else
        EXPECT_NE(pdf.err.find("csv"), std::string::npos)
            << pdf.err; // a build without the window says what it can do
}

TEST_F(Cli, CtrlCLeavesNothing) {
    for (const char* signal : {"INT", "TERM"}) {
        const CliRun run =
            folder.shell(std::string("CLI study cat.h5 --epochs 1000000 --device cpu --out s.h5 & pid=$!; "
                                     "sleep 3; kill -") +
                         signal + " $pid; wait $pid; exit $?");
        EXPECT_EQ(run.exitCode, 130) << signal << run.err;
        EXPECT_EQ(folder.fileCount(), files) << signal;
    }
}

TEST_F(Cli, HelpShowsWhatHoldsWhereNothingIsGiven) {
    std::string help = folder.run("study --help").out;
    std::replace(help.begin(), help.end(), '\n', ' ');
    help.erase(std::unique(help.begin(), help.end(), [](char a, char b) { return a == ' ' && b == ' '; }),
               help.end());
    for (const char* told :
         {"[by preset: standard 200, paper 500, quick 30, reference 500]",
          "[by preset: standard best, paper last, quick last, reference last]",
          "[by preset: standard auto, paper in-sample, quick in-sample, reference in-sample]", "[512]",
          "[standard]"})
        EXPECT_NE(help.find(told), std::string::npos) << told << "\n" << help;
}

TEST_F(Cli, HelpTeaches) {
    const CliRun top = folder.run("--help");
    EXPECT_EQ(top.exitCode, 0);
    for (const char* command :
         {"inspect", "import", "simulate", "study", "evaluate", "table", "intervals", "figure"}) {
        EXPECT_NE(top.out.find(command), std::string::npos) << command;
        const CliRun help = folder.run(std::string(command) + " --help");
        EXPECT_EQ(help.exitCode, 0);
        EXPECT_NE(help.out.find("penumbra-cli " + std::string(command)), std::string::npos) << help.out;
        EXPECT_EQ(help.err, "");
    }
    EXPECT_EQ(folder.run("table --help").out.find("Rows of the table"), std::string::npos);
    EXPECT_EQ(folder.run("--version").out.substr(0, 9), "penumbra ");
}

TEST_F(Cli, AFullDiskOrALeftReaderIsNoSignal) {
    ASSERT_EQ(study("--methods VanillaSplit --out s.h5").exitCode, 0);
    EXPECT_EQ(folder.shell("CLI table s.h5 >/dev/full; exit $?").exitCode, 1);
    // evaluate writes more than a pipe holds; `true` reads none of it
    const CliRun left = folder.shell("{ CLI evaluate s.h5 --json; echo $? >code; } | true; exit $(cat code)");
    EXPECT_TRUE(left.exitCode == 0 || left.exitCode == 1) << left.exitCode;
}

TEST_F(Cli, PredictPutsErrorBarsOnGalaxiesWithoutLabels) {
    ASSERT_EQ(study("--targets t --methods VanillaSplit,CQR,MCDropout --out s.h5").exitCode, 0);
    std::string fresh = "id,x1,x0\n"; // no labels, no roles, columns in another order
    for (int i = 0; i < 50; ++i)
        fresh += std::to_string(1000 + i) + "," + std::to_string(std::cos(i)) + "," +
                 std::to_string(2.0 * std::sin(i)) + "\n";
    folder.write("new.csv", fresh);
    const CliRun run = folder.run("predict s.h5 new.csv --alpha 0.2 --out p.csv --json");
    ASSERT_EQ(run.exitCode, 0) << run.err;
    const auto json = nlohmann::json::parse(run.out);
    EXPECT_EQ(json.at("rows"), 50);
    EXPECT_EQ(json.at("alpha"), 0.2);
    EXPECT_FALSE(json.at("finding").get<std::string>().empty());
    std::istringstream lines(textOf(folder.path("p.csv")));
    std::string header, first;
    std::getline(lines, header);
    std::getline(lines, first);
    EXPECT_TRUE(
        header.starts_with("object_id,t_VanillaSplit_mean,t_VanillaSplit_lower,t_VanillaSplit_upper,"))
        << header;
    EXPECT_TRUE(first.starts_with("1000,")) << first;
    // The study's own catalogue as new galaxies: what `intervals` tells of a test galaxy comes out again.
    ASSERT_EQ(folder.run("predict s.h5 cat.h5 --methods CQR --out again.csv").exitCode, 0);
    ASSERT_EQ(folder.run("intervals s.h5 --methods CQR --out test.csv").exitCode, 0);
    std::istringstream test(textOf(folder.path("test.csv")));
    std::string line;
    std::getline(test, line);
    ASSERT_TRUE(line.starts_with("object_id,row,target,method,alpha,truth,prediction,lower,upper,")) << line;
    const std::string again = textOf(folder.path("again.csv"));
    int compared = 0;
    for (; std::getline(test, line); ++compared) {
        std::vector<std::string> cells;
        std::istringstream row(line);
        for (std::string cell; std::getline(row, cell, ',');)
            cells.push_back(cell);
        const auto wanted = "\n" + cells[0] + "," + cells[6] + "," + cells[7] + "," + cells[8] + ",";
        EXPECT_NE(again.find(wanted), std::string::npos) << wanted;
    }
    EXPECT_EQ(compared, 100);
    // Without networks it says so; wrong usage is told apart from data that do not fit.
    ASSERT_EQ(study("--targets t --methods VanillaSplit --no-networks --out bare.h5").exitCode, 0);
    const CliRun bare = folder.run("predict bare.h5 new.csv --out q.csv");
    EXPECT_EQ(bare.exitCode, 1);
    EXPECT_NE(bare.err.find("--no-networks"), std::string::npos) << bare.err;
    EXPECT_EQ(folder.run("predict s.h5 new.csv").exitCode, 2);
    EXPECT_EQ(folder.run("predict s.h5 new.csv --methods LCNet --out q.csv").exitCode, 2);
    EXPECT_EQ(folder.run("predict s.h5 new.csv --out new.csv").exitCode, 2);
    EXPECT_FALSE(std::filesystem::exists(folder.path("q.csv")));
}
