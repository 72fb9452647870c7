// What becomes of files: inputs stay, outputs appear whole, pipes and devices are what they were.

#include "tests/cli/cli_support.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

using namespace penumbra;

namespace {

std::string smallTable(int rows) {
    std::ostringstream text;
    text << "id,m0,m1,lower,upper,truth\n";
    for (int i = 0; i < rows; ++i)
        text << i << ',' << 20.0 + i % 7 << ',' << 19.0 + i % 5 << ',' << i << ',' << i + 2 << ',' << i + 1
             << '\n';
    return text.str();
}

constexpr const char* import = "import t.csv --id id --features-from 'm*' --target z=truth ";

class CliFiles : public testing::Test {
protected:
    void SetUp() override { folder.write("t.csv", smallTable(300)); }
    void expectSaid(const CliRun& run, int exitCode, const std::vector<std::string>& words) {
        EXPECT_EQ(run.exitCode, exitCode) << run.err;
        for (const auto& word : words)
            EXPECT_NE(run.err.find(word), std::string::npos) << "'" << word << "' is not in: " << run.err;
    }
    /// st.h5, a study of 300 intervals made elsewhere.
    void makeStudy() {
        const CliRun made = folder.run("evaluate t.csv --bootstrap 20 --out st.h5");
        ASSERT_EQ(made.exitCode, 0) << made.err;
    }
    CliFolder folder;
};

} // namespace

TEST_F(CliFiles, InputsAreNeverReplaced) {
    makeStudy();
    ASSERT_EQ(folder.run(std::string(import) + "--write-mapping m.toml --out i.h5").exitCode, 0);
    std::map<std::string, std::string> before;
    for (const char* name : {"t.csv", "st.h5", "m.toml", "i.h5"})
        before[name] = textOf(folder.path(name));
    std::filesystem::create_symlink("t.csv", folder.path("l.csv"));
    const std::string work = folder.path("").parent_path().filename().string();
    for (const std::string& arguments :
         {std::string(import) + "--out t.csv", std::string(import) + "--out ./../" + work + "/t.csv",
          std::string(import) + "--out l.csv", std::string(import) + "--write-mapping t.csv --out x.h5",
          std::string(import) + "--write-mapping x.h5 --out x.h5",
          std::string("import --mapping m.toml --out m.toml"),
          std::string("import --mapping m.toml --out t.csv"), std::string("table st.h5 --out st.h5"),
          std::string("compare st.h5 --out st.h5"), std::string("stability st.h5 --out st.h5"),
          std::string("evaluate st.h5 --out st.h5"), std::string("evaluate st.h5 --out t.csv"),
          std::string("figure st.h5 --format csv --out st.h5"), std::string("figure st.h5 --out t.csv"),
          std::string("doctor t.csv --quarantine t.csv"), std::string("study i.h5 --out i.h5"),
          std::string("intervals st.h5 --out t.csv")}) {
        const CliRun run = folder.run(arguments);
        EXPECT_EQ(run.exitCode, 2) << arguments << "\n" << run.err;
        EXPECT_NE(run.err.find("Choose another name"), std::string::npos) << arguments << "\n" << run.err;
    }
    for (const auto& [name, text] : before)
        EXPECT_EQ(textOf(folder.path(name)), text) << name;
    EXPECT_EQ(folder.fileCount(), 5U);
}

TEST_F(CliFiles, APipeIsReadOnce) {
    const CliRun file = folder.run("inspect t.csv");
    for (const char* command :
         {"cat t.csv | CLI inspect /dev/stdin", "mkfifo f; cat t.csv > f & CLI inspect f",
          "CLI inspect /dev/stdin < t.csv"}) {
        const CliRun run = folder.shell(command);
        EXPECT_EQ(run.exitCode, 0) << command << run.err;
        EXPECT_NE(run.out.find("300"), std::string::npos) << run.out;
        EXPECT_EQ(run.out.find(".part"), std::string::npos)
            << "the copy's name is nobody's business: " << run.out;
    }
    const CliRun scored = folder.shell("cat t.csv | CLI evaluate /dev/stdin --bootstrap 20 --json");
    EXPECT_EQ(scored.exitCode, 0) << scored.err;
    EXPECT_EQ(nlohmann::json::parse(scored.out).at("source"), "/dev/stdin");
    ASSERT_EQ(folder.run(std::string(import) + "--out i.h5").exitCode, 0);
    const CliRun catalogue = folder.shell("cat i.h5 | CLI inspect /dev/stdin");
    EXPECT_EQ(catalogue.exitCode, 0) << catalogue.err;
    EXPECT_NE(catalogue.out.find("catalogue"), std::string::npos) << catalogue.out;
    expectSaid(folder.shell("cat i.h5 | CLI study /dev/stdin --out s.h5"), 2, {"only once", "file first"});
}

TEST_F(CliFiles, AFifoNobodyWritesIntoCanBeLeft) {
    for (const char* signal : {"INT", "TERM", "HUP"}) {
        const CliRun run = folder.shell(std::string("mkfifo f; CLI inspect f & pid=$!; sleep 2; kill -") +
                                        signal + " $pid; wait $pid; code=$?; rm f; exit $code");
        EXPECT_EQ(run.exitCode, 130) << signal << run.err;
    }
}

TEST_F(CliFiles, FifosAreWrittenIntoAndStay) {
    makeStudy();
    const CliRun table = folder.shell("mkfifo f; cat f > got & CLI table st.h5 --out f && wait && cat got");
    EXPECT_EQ(table.exitCode, 0) << table.err;
    EXPECT_EQ(table.out, folder.run("table st.h5").out);
    EXPECT_TRUE(std::filesystem::is_fifo(folder.path("f")));
    const CliRun piped = folder.shell("CLI table st.h5 --format csv --out /dev/stdout | cat");
    EXPECT_EQ(piped.out, folder.run("table st.h5 --format csv").out);
    expectSaid(folder.run(std::string(import) + "--out f"), 2, {"FIFO", "HDF5"});
    EXPECT_TRUE(std::filesystem::is_fifo(folder.path("f")));
}

TEST_F(CliFiles, AFifoNobodyReadsCanBeLeft) {
    makeStudy();
    for (const char* command : {"table st.h5 --out f", "figure st.h5 --format csv --out f",
                                "intervals st.h5 --format csv --out f"}) {
        const CliRun run = folder.shell(std::string("mkfifo f; CLI ") + command +
                                        " & pid=$!; sleep 2; kill -TERM $pid; wait $pid; code=$?; rm f; "
                                        "exit $code");
        EXPECT_EQ(run.exitCode, 130) << command << run.err;
    }
}

TEST_F(CliFiles, LinksAreFollowed) {
    makeStudy();
    folder.write("real.txt", "old");
    std::filesystem::create_symlink("real.txt", folder.path("link.txt"));
    EXPECT_EQ(folder.run("table st.h5 --out link.txt").exitCode, 0);
    EXPECT_TRUE(std::filesystem::is_symlink(folder.path("link.txt")));
    EXPECT_EQ(textOf(folder.path("real.txt")), folder.run("table st.h5").out);
    std::filesystem::create_symlink("b", folder.path("a"));
    std::filesystem::create_symlink("a", folder.path("b"));
    expectSaid(folder.run("table st.h5 --out a"), 1, {"circle"});
    expectSaid(folder.run("table st.h5 --out " + std::string(300, 'n')), 1, {"too long"});
    EXPECT_EQ(folder.run("table st.h5 --out " + std::string(250, 'n')).exitCode, 0);
}

TEST_F(CliFiles, WhatKilledRunsLeftIsSweptByTheNext) {
    const CliRun run = folder.shell("sh -c 'echo half > .o.h5.$$-0.part'; ls -A | grep -c part; CLI " +
                                    std::string(import) + "--out o.h5 && ls -A | grep -c part");
    EXPECT_EQ(run.out.substr(0, 2), "1\n");
    EXPECT_EQ(run.out.substr(run.out.size() - 2), "0\n") << run.out;
}

TEST_F(CliFiles, AFileThatMayNotGrowIsToldShortly) {
    makeStudy();
    for (const std::string& command : {std::string("CLI ") + import + "--out o.h5",
                                       std::string("CLI evaluate t.csv --bootstrap 20 --out o.h5"),
                                       std::string("CLI table st.h5 --format csv --out o.h5")}) {
        // The limit holds for the program alone: what it says goes through a pipe.
        const CliRun run = folder.shell("( ulimit -f 0; " + command + " 2>&1; echo code $? ) | cat >&2");
        EXPECT_NE(run.err.find("penumbra-cli: "), std::string::npos) << run.err;
        EXPECT_NE(run.err.find("code 1\n"), std::string::npos) << run.err;
        EXPECT_LT(run.err.size(), 600U) << run.err;
    }
    EXPECT_FALSE(std::filesystem::exists(folder.path("o.h5")));
    EXPECT_EQ(folder.shell("ls -A | grep part").out, "");
}

TEST_F(CliFiles, NamesAndCellsThatAreNoUtf8AreNoFailure) {
    folder.write("latin.csv", "id,m0,m\xe9,z,name\n1,20,19,0.1,caf\xe9\n2,21,x\xe9,0.2,b\n3,22,18,0.3,c\n");
    const CliRun run = folder.shell(
        "N=$(printf 'e\\351'); "
        "CLI import latin.csv --id id --features-from 'm0' --target z --columns '*' --out $N.h5; "
        "CLI inspect $N.h5 --json; CLI doctor $N.h5 --json; cp t.csv $N.csv; "
        "CLI evaluate $N.csv --bootstrap 20 --out s.h5 --json; CLI figure s.h5 --out $N.json; "
        "CLI figure s.h5 --out $N.csv.csv; ls");
    EXPECT_EQ(run.exitCode, 0);
    EXPECT_EQ(run.err.find("json.exception"), std::string::npos) << run.err;
    EXPECT_EQ(run.err.find("Unexpected"), std::string::npos) << run.err;
    EXPECT_TRUE(nlohmann::json::parse(textOf(folder.path("e\xe9.json"))).is_object());
}

TEST_F(CliFiles, StrayWordsAreNamed) {
    expectSaid(folder.run("import t.csv --impute median --out o.h5"), 2,
               {"'median'", "--impute takes no value"});
    expectSaid(folder.run("simulate galaxies --out o.h5"), 2, {"'galaxies'", "no input"});
    expectSaid(folder.run("inspect t.csv u.csv"), 2, {"'u.csv'", "'t.csv'"});
    EXPECT_EQ(
        folder.run("import t.csv --impute --id id --features-from 'm*' --target z=truth --out o.h5").exitCode,
        0);
    EXPECT_EQ(folder.run("import --id=id --features-from=m0,m1 --target z=truth --no-impute t.csv --out o.h5")
                  .exitCode,
              0);
}

TEST_F(CliFiles, TheSessionsQtPlatformDoesNotMatter) {
    makeStudy();
    if (folder.run("figure st.h5 --out f.pdf").exitCode == 2)
        GTEST_SKIP() << "this build draws nothing";
    for (const char* environment :
         {"QT_QPA_PLATFORM=nonsense", "QT_QPA_PLATFORM=xcb DISPLAY=:77", "LC_ALL=de_DE.UTF-8"}) {
        const CliRun run = folder.shell(std::string(environment) + " CLI figure st.h5 --out f.pdf");
        EXPECT_EQ(run.exitCode, 0) << environment << run.err;
        EXPECT_EQ(textOf(folder.path("f.pdf")).substr(0, 5), "%PDF-");
    }
}
