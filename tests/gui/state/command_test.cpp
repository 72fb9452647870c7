#include "core/base/error.h"
#include "core/base/rng.h"
#include "tests/gui/state/state_fixture.h"

#include <set>

using namespace penumbra;
using namespace penumbra::gui;
using namespace penumbra::gui::test;

TEST(Command, WordsQuotesAndComments) {
    const Command command = parseCommand("  select where \"z > 0.3 and kind == 'a b'\"\tadd # the far ones");
    EXPECT_EQ(command.verb, "select");
    EXPECT_EQ(command.words, (std::vector<std::string>{"where", "z > 0.3 and kind == 'a b'", "add"}));
    EXPECT_EQ(parseCommand("# nothing").verb, "");
    EXPECT_EQ(parseCommand("").verb, "");
    EXPECT_EQ(parseCommand("open file#1.h5").words, std::vector<std::string>{"file#1.h5"});
    EXPECT_THROW(parseCommand("select where \"z > 0.3"), UsageError);
}

TEST(Command, ItsTextIsReadAsTheSameCommand) {
    const std::vector<std::string> odd = {"",     "a", "a b", "say \"no\"", "back\\slash",
                                          "\\\"", "#", "é ü", "tab\there"};
    for (const std::string& first : odd)
        for (const std::string& second : odd) {
            const Command command{"verb", {first, second}};
            const Command again = parseCommand(textOf(command));
            EXPECT_EQ(again.verb, command.verb);
            EXPECT_EQ(again.words, command.words) << textOf(command);
        }
}

TEST(Command, RowsInWordsComeBack) {
    Rng rng(11);
    for (int trial = 0; trial < 50; ++trial) {
        std::vector<std::int64_t> rows;
        for (std::int64_t row = 0; row < 300; ++row)
            if (rng.uniform() < (trial % 2 == 0 ? 0.1 : 0.9))
                rows.push_back(row);
        const RowMask mask = RowMask::of(300, rows);
        EXPECT_EQ(rowsNamed(rowsText(mask), 300), mask) << rowsText(mask);
    }
    EXPECT_EQ(rowsText(RowMask::of(20, std::vector<std::int64_t>{1, 2, 3, 7, 9, 10})), "1-3,7,9-10");
    for (const char* wrong : {"a", "3-1", "1,,x", "1.5"})
        EXPECT_THROW(rowsNamed(wrong, 20), UsageError) << wrong;
    EXPECT_THROW(rowsNamed("20", 20), Error);
    EXPECT_THROW(rowsNamed("-1", 20), Error);
}

TEST(CommandTable, EveryEntryIsWhole) {
    std::set<std::string> verbs;
    for (const CommandKind& kind : allCommandKinds()) {
        EXPECT_TRUE(verbs.insert(kind.verb).second) << kind.verb << " stands there twice";
        EXPECT_NE(std::string(kind.help), "") << kind.verb;
        EXPECT_EQ(&findCommandKind(kind.verb), &kind);
    }
    for (const char* verb :
         {"open", "run", "wait", "target", "alpha", "methods", "condition", "page", "select", "current",
          "subset", "undo", "redo", "figure", "screenshot", "save", "report", "quit"})
        EXPECT_EQ(verbs.count(verb), 1U) << verb;
    try {
        findCommandKind("selct");
        FAIL() << "unknown verbs are refused";
    } catch (const UsageError& error) {
        EXPECT_NE(std::string(error.what()).find("select"), std::string::npos) << error.what();
    }
}

TEST_F(StateTest, WrongWordsAreRefusedAndChangeNothing) {
    const Choices before = choices();
    for (const CommandKind& kind : allCommandKinds()) {
        const std::string verb = kind.verb;
        if (verb == "open" || verb == "figure" || verb == "run" || verb == "wait")
            continue; // any one word may be right
        for (const char* words : {" no-such-thing at all of it", " \"\" \"\" \"\" \"\" \"\""}) {
            EXPECT_THROW(apply(verb + words), Error) << verb << words;
            EXPECT_TRUE(choices() == before) << verb << words;
        }
    }
    EXPECT_THROW(apply("run fast"), UsageError);
    EXPECT_THROW(apply("wait soon"), UsageError);
    EXPECT_THROW(apply("open"), UsageError);
    EXPECT_THROW(apply("alpha 1.5"), UsageError);
    EXPECT_THROW(apply("alpha nan"), UsageError);
    EXPECT_THROW(apply("target mass"), Error);
    EXPECT_THROW(apply("methods CQR,Magic"), Error);
    EXPECT_TRUE(host_.asked.empty());
    EXPECT_TRUE(state_.history().empty());
}

TEST_F(StateTest, WhatTheWindowDoesIsHandedOn) {
    apply("open \"my file.h5\"");
    apply("run preset=quick targets=z");
    apply("figure out.pdf");
    apply("screenshot out.png 1024x700");
    apply("save session here.penumbra");
    apply("quit");
    EXPECT_EQ(host_.asked,
              (std::vector<std::string>{"open my file.h5", "run preset=quick targets=z", "figure out.pdf",
                                        "screenshot out.png 1024 700", "session here.penumbra", "quit"}));
    EXPECT_TRUE(state_.history().empty()) << "none of these is a change of the choices";
}
