#include "core/base/command_line.h"

#include <gtest/gtest.h>

using namespace penumbra;

TEST(CommandLine, WordsAreQuotedForAShell) {
    EXPECT_EQ(shellWord("mag_r"), "mag_r");
    EXPECT_EQ(shellWord("/data/a b.h5"), "'/data/a b.h5'");
    EXPECT_EQ(shellWord("it's"), "'it'\\''s'");
    EXPECT_EQ(shellWord("x1 > 1"), "'x1 > 1'");
    EXPECT_EQ(shellWord("é"), "'é'");
    EXPECT_EQ(shellWord(""), "''");
}

TEST(CommandLine, NamesWhatWasGivenAndNothingElse) {
    OptionSet options;
    options.inputFile("study", "").asPositional();
    options.inputFile("catalogue", "").asPositional();
    options.real("alpha", 0.1, "");
    options.real("offset", 0.0, "");
    options.textList("methods", {}, "");
    options.flag("ood", true, "");
    options.flag("quick", false, "");
    options.text("where", "", "");
    EXPECT_EQ(commandLine("regions", options), "penumbra-cli regions");
    options.set("study", std::string("my study.h5"));
    options.setFromText("alpha", "0.1");
    options.setFromText("offset", "-2");
    options.setFromText("methods", "CQR,MADSplit");
    options.set("ood", false);
    options.set("quick", true);
    options.set("where", std::string());
    EXPECT_EQ(commandLine("regions", options), "penumbra-cli regions 'my study.h5' --alpha 0.1 --offset=-2 "
                                               "--methods CQR,MADSplit --no-ood --quick");
}
