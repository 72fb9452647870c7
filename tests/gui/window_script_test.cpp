// The program itself, led by scripts: opened, killed, recovered.
#include "core/io/hdf5_file.h"
#include "tests/gui/program_run.h"

#include <QDir>
#include <QImage>
#include <QTemporaryDir>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cmath>
#include <filesystem>
#include <fstream>

using namespace penumbra;
using namespace penumbra::gui::test;
using nlohmann::json;

namespace {

std::string contentsOf(const QString& path) {
    std::ifstream file(path.toStdString());
    return {std::istreambuf_iterator<char>(file), {}};
}

/// The session that a window keeps, as soon as these words are in it.
bool isKept(const QString& home, const std::string& words) {
    return waitUntil(
        [&] {
            const QDir folder(home + "/data/penumbra/penumbra/recovery");
            for (const QString& name : folder.entryList({"*.penumbra"}))
                if (contentsOf(folder.filePath(name)).find(words) != std::string::npos)
                    return true;
            return false;
        },
        30000);
}

} // namespace

/// The walk: a quick study of the SDSS sample, its worst misses selected and named, undone, saved; the window
/// is killed and its session recovered. The coverage is counted from the study file here.
TEST(Script, AWalkThroughTheSampleSurvivesAKill) {
    const QTemporaryDir home;
    {
        Program first(home.path(), {sample(), "--script", "-"});
        first.send({"run preset=quick targets=z methods=VanillaSplit,CQR epochs=5", "wait",
                    "select where \"abs(truth - prediction) > 0.04\"", "subset add \"worst misses\"",
                    "select none", "alpha 0.2", "undo", "undo", "save session walk.penumbra",
                    "report selection --json"});
        const json before = first.line();
        ASSERT_TRUE(before.is_object()) << first.said();
        EXPECT_GT(before.at("n").get<int>(), 0) << "undo brought the selection back";
        ASSERT_TRUE(isKept(home.path(), "worst misses"));
        first.kill();
    }
    Program second(home.path(), {"--script", "-"});
    second.send(
        {"recover", "report subsets --json", "subset use \"worst misses\"", "report selection --json"});
    const json subsets = second.line(), after = second.line();
    ASSERT_TRUE(after.is_object()) << second.said();
    EXPECT_EQ(second.end(), 0) << second.said();

    const auto file = io::Hdf5File::openForReading((home.path() + "/walk_study.h5").toStdString());
    const auto truth = file.readReals("/truth/z");
    const auto prediction = file.readReals("/predictions/z/VanillaSplit/mean"); // the base head's
    double n = 0;
    std::map<std::string, double> covered;
    for (const char* method : {"VanillaSplit", "CQR"}) {
        const std::string group = std::string("/predictions/z/") + method;
        const auto lower = file.readReals(group + "/lower"), upper = file.readReals(group + "/upper");
        n = 0;
        for (std::size_t i = 0; i < truth.size(); ++i)
            if (std::abs(truth[i] - prediction[i]) > 0.04) {
                ++n;
                covered[method] += lower[i] <= truth[i] && truth[i] <= upper[i] ? 1 : 0;
            }
    }
    ASSERT_GT(n, 20) << "there are misses to speak of";
    EXPECT_EQ(subsets.at(0).at("name"), "worst misses");
    EXPECT_EQ(subsets.at(0).at("n"), n);
    EXPECT_EQ(after.at("n"), n);
    EXPECT_EQ(after.at("alpha"), 0.1);
    EXPECT_EQ(after.at("by_outcome"), true);
    for (const auto& [method, count] : covered)
        EXPECT_DOUBLE_EQ(after.at("methods").at(method).at("coverage").get<double>(), count / n) << method;
}

TEST(Script, AKilledWindowLosesNoStudyThatWasNotSaved) {
    const QTemporaryDir home;
    const std::string catalogue = writeMadeCatalogue(home.path().toStdString());
    const QStringList run = {"run preset=quick targets=z methods=VanillaSplit epochs=2 bootstrap=50", "wait"};
    {
        Program first(home.path(), {"made.h5", "--script", "-"});
        first.send(run);
        first.send({"select where \"colour > 0\"", "subset add blue", "report selection --json"});
        ASSERT_TRUE(first.line().is_object()) << first.said();
        ASSERT_TRUE(isKept(home.path(), "\"blue\""));
        ASSERT_TRUE(isKept(home.path(), "study_is_unsaved"));
        first.kill();
    }
    std::filesystem::rename(catalogue, (home.path() + "/renamed.h5").toStdString());
    {
        Program lost(home.path(), {"--script", "-"});
        lost.send({"recover", "report state --json"});
        EXPECT_TRUE(lost.line().is_null());
        EXPECT_EQ(lost.end(), 1) << "nobody can be asked where the catalogue is";
        EXPECT_NE(lost.said().find("line 1: "), std::string::npos);
    }
    std::filesystem::rename((home.path() + "/renamed.h5").toStdString(), catalogue);
    Program second(home.path(), {"--script", "-"});
    second.send({"recover", "report state --json", "save session kept.penumbra"});
    const json state = second.line();
    ASSERT_TRUE(state.is_object()) << second.said();
    EXPECT_EQ(state.at("study"), true);
    EXPECT_EQ(state.at("subsets").at(0).at("name"), "blue");
    EXPECT_EQ(second.end(), 0) << second.said();
    EXPECT_TRUE(QFile::exists(home.path() + "/kept_study.h5"));
    const QDir left(home.path() + "/data/penumbra/penumbra/recovery");
    EXPECT_TRUE(left.entryList(QDir::Files).isEmpty()) << left.entryList(QDir::Files).join(' ').toStdString();
    // The session and its files move together to another place.
    const QTemporaryDir elsewhere;
    for (const char* name : {"kept.penumbra", "kept_study.h5", "made.h5"})
        QFile::rename(home.path() + '/' + name, elsewhere.filePath(name));
    Program third(elsewhere.path(), {"kept.penumbra", "--script", "-"});
    third.send({"subset use blue", "report selection --json", "screenshot window.png 1024x700"});
    const json selection = third.line();
    ASSERT_TRUE(selection.is_object()) << third.said();
    EXPECT_GT(selection.at("n").get<int>(), 100);
    EXPECT_FALSE(selection.at("methods").at("VanillaSplit").at("oracle_low").is_null());
    EXPECT_EQ(third.end(), 0) << third.said();
    EXPECT_EQ(QImage(elsewhere.filePath("window.png")).size(), QSize(1024, 700));
}

TEST(Script, ExitCodesAreTheCommandLines) {
    const QTemporaryDir home;
    writeMadeCatalogue(home.path().toStdString());
    const auto run = [&](const QString& lines, std::string& said, std::string& out) {
        std::ofstream(home.filePath("script.txt").toStdString()) << lines.toStdString();
        Program program(home.path(), {"--script", "script.txt"});
        const int code = program.end();
        said = program.said();
        out = program.rest();
        return code;
    };
    std::string said, out;
    EXPECT_EQ(run("open made.h5\nreport state --json\n", said, out), 0) << said;
    EXPECT_EQ(json::parse(out).at("study"), false);
    EXPECT_EQ(run("open made.h5\n\nfly\n", said, out), 2);
    EXPECT_NE(said.find("line 3: "), std::string::npos) << said;
    EXPECT_EQ(run("open nowhere.h5\nreport state --json\n", said, out), 1);
    EXPECT_NE(said.find("line 1: "), std::string::npos) << said;
    EXPECT_EQ(out, "");
    EXPECT_EQ(run("open made.h5\nrun epochs=none\n", said, out), 2) << said;
    Program wrong(home.path(), {"--no-such-option"});
    EXPECT_EQ(wrong.end(), 2);
    Program absent(home.path(), {"--script", "no_such_script"});
    EXPECT_EQ(absent.end(), 1);
}
