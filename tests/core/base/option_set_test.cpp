#include "core/base/error.h"
#include "core/base/option_set.h"

#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

using namespace penumbra;

namespace {

OptionSet sampleOptions() {
    OptionSet options;
    options.flag("bold", false, "Bold numbers.");
    options.integer("epochs", 500, "Passes over the training rows.").range(1, 1000).in("Training");
    options.real("alpha", 0.1, "Miscoverage.").range(1e-4, 0.9999);
    options.choice("rule", "exact", {"exact", "interpolated"}, "Quantile rule.");
    options.textList("methods", {"CQR"}, "Methods.").oneOf({"CQR", "MADSplit"});
    options.realList("levels", {}, "Quantile levels.").range(0.0, 1.0);
    options.text("features", "", "Feature set.");
    options.outputFile("out", "Study file.").asRequired();
    return options;
}

std::string messageOf(const std::function<void()>& action) {
    try {
        action();
    } catch (const std::exception& failure) {
        return failure.what();
    }
    return "";
}

class TomlFile {
public:
    explicit TomlFile(const std::string& contents)
        : path_(std::filesystem::temp_directory_path() /
                ("options_" + std::to_string(::getpid()) + ".toml")) {
        std::ofstream(path_) << contents;
    }
    ~TomlFile() { std::filesystem::remove(path_); }
    std::string path() const { return path_.string(); }

private:
    std::filesystem::path path_;
};

} // namespace

TEST(OptionSet, TextIsParsedForItsKind) {
    OptionSet options = sampleOptions();
    options.setFromText("bold", "yes");
    options.setFromText("epochs", "30");
    options.setFromText("alpha", "5e-2");
    options.setFromText("methods", "CQR, MADSplit");
    options.setFromText("levels", "0.05,0.95");
    EXPECT_TRUE(options.getFlag("bold"));
    EXPECT_EQ(options.getInteger("epochs"), 30);
    EXPECT_DOUBLE_EQ(options.getReal("alpha"), 0.05);
    EXPECT_EQ(options.getTextList("methods"), (std::vector<std::string>{"CQR", "MADSplit"}));
    EXPECT_EQ(options.getRealList("levels"), (std::vector<double>{0.05, 0.95}));
    EXPECT_TRUE(options.given("alpha"));
    EXPECT_FALSE(options.given("rule"));
}

TEST(OptionSet, WrongValuesNameOptionValueAndWhatFits) {
    OptionSet options = sampleOptions();
    EXPECT_THROW(options.setFromText("epochs", "0"), UsageError);
    EXPECT_THROW(options.setFromText("alpha", "nan"), UsageError);
    EXPECT_THROW(options.setFromText("alpha", "ten"), UsageError);
    EXPECT_THROW(options.setFromText("levels", "0.5,1.5"), UsageError);
    EXPECT_THROW(options.setFromText("epochs", "3.5"), UsageError);
    const std::string message = messageOf([&] { options.setFromText("methods", "MADSplitt"); });
    EXPECT_NE(message.find("--methods"), std::string::npos) << message;
    EXPECT_NE(message.find("Did you mean MADSplit"), std::string::npos) << message;
    EXPECT_EQ(options.getTextList("methods"), std::vector<std::string>{"CQR"})
        << "a refused value must change nothing";
}

TEST(OptionSet, UnknownNamesSuggestNearOnes) {
    const OptionSet options = sampleOptions();
    EXPECT_NE(messageOf([&] { options.find("alhpa"); }).find("alpha"), std::string::npos);
}

TEST(OptionSet, RequiredOptionsAreListed) {
    OptionSet options = sampleOptions();
    EXPECT_NE(messageOf([&] { options.checkRequired(); }).find("--out"), std::string::npos);
    options.setFromText("out", "study.h5");
    EXPECT_NO_THROW(options.checkRequired());
}

TEST(OptionSet, FlagsWinOverTheFile) {
    const TomlFile file(
        "alpha = 0.2\nepochs = 30\nmethods = [\"MADSplit\"]\nlevels = [0.1, 0.9]\nbold = true\n");
    OptionSet options = sampleOptions();
    options.setFromText("alpha", "0.05");
    options.loadToml(file.path());
    EXPECT_DOUBLE_EQ(options.getReal("alpha"), 0.05);
    EXPECT_EQ(options.getInteger("epochs"), 30);
    EXPECT_EQ(options.getTextList("methods"), std::vector<std::string>{"MADSplit"});
    EXPECT_EQ(options.getRealList("levels"), (std::vector<double>{0.1, 0.9}));
    EXPECT_TRUE(options.getFlag("bold"));
}

TEST(OptionSet, FileErrorsNameFileLineAndKey) {
    OptionSet options = sampleOptions();
    const TomlFile unknown("alpha = 0.2\nepoch = 30\n");
    const std::string message = messageOf([&] { options.loadToml(unknown.path()); });
    EXPECT_NE(message.find(unknown.path() + ", line 2"), std::string::npos) << message;
    EXPECT_NE(message.find("epochs"), std::string::npos) << message;
    const TomlFile broken("alpha = = 2\n");
    EXPECT_NE(messageOf([&] { options.loadToml(broken.path()); }).find("line 1"), std::string::npos);
    EXPECT_THROW(options.loadToml("no-such-file.toml"), Error);
}

TEST(OptionSet, TomlAndJsonRoundTrip) {
    OptionSet written = sampleOptions();
    written.setFromText("alpha", "0.25");
    written.setFromText("features", "a \"quoted\" name");
    written.setFromText("levels", "0,1");
    const TomlFile file(written.toToml());
    OptionSet read = sampleOptions();
    read.loadToml(file.path());
    OptionSet fromJson = sampleOptions();
    fromJson.loadJson(written.toJson());
    for (const auto* copy : {&read, &fromJson}) {
        EXPECT_DOUBLE_EQ(copy->getReal("alpha"), 0.25);
        EXPECT_EQ(copy->getText("features"), "a \"quoted\" name");
        EXPECT_EQ(copy->getRealList("levels"), (std::vector<double>{0.0, 1.0}));
    }
}

TEST(OptionSet, ResetBringsTheDefaultBack) {
    OptionSet options = sampleOptions();
    options.setFromText("epochs", "7");
    options.reset("epochs");
    EXPECT_EQ(options.getInteger("epochs"), 500);
    EXPECT_FALSE(options.given("epochs"));
}
