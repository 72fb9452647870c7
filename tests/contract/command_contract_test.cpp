// What every command keeps: an option that names a file says so, and no output replaces an input.

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/io/hdf5_file.h"
#include "core/workflow/command.h"
#include "core/workflow/file_uses.h"
#include "core/workflow/run_command.h"

#include <algorithm>
#include <fstream>
#include <gtest/gtest.h>
#include <sstream>
#include <unistd.h>

namespace penumbra::workflow {
namespace {

namespace fs = std::filesystem;

class CommandFiles : public testing::Test {
protected:
    void SetUp() override {
        std::string pattern = (fs::temp_directory_path() / "penumbra_files_XXXXXX").string();
        ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
        root = pattern;
        fs::create_directories(root / "folder" / "inner");
        write("input.csv", "id,x,z\n1,2,0.1\n");
        write("folder/inner/member.hdf5", "galaxies");
        fs::create_symlink("input.csv", root / "symbolic.csv");
        fs::create_hard_link(root / "input.csv", root / "hard.csv");
    }
    void TearDown() override {
        std::error_code ignored;
        fs::remove_all(root, ignored);
    }
    std::string write(const std::string& name, const std::string& text) const {
        std::ofstream(root / name, std::ios::binary) << text;
        return path(name);
    }
    std::string path(const std::string& name) const { return (root / name).string(); }
    std::string contents(const std::string& name) const {
        std::ifstream stream(root / name, std::ios::binary);
        return {std::istreambuf_iterator<char>(stream), {}};
    }
    /// A study file as far as its catalogue goes.
    std::string writeStudyOf(const std::string& catalogue) const {
        auto file = io::Hdf5File::create(root / "study.h5");
        file.setAttribute("/", "format", "penumbra-study");
        file.setAttribute("/", "catalogue", catalogue);
        file.close();
        return path("study.h5");
    }
    static OptionSet optionsOf(const Command& command) {
        OptionSet options;
        command.options(options);
        return options;
    }
    /// Every spelling of input.csv.
    std::vector<std::string> spellings() const {
        return {path("input.csv"), path("symbolic.csv"), path("hard.csv"), path("folder/../input.csv"),
                path("./input.csv")};
    }
    static bool isRefused(const Command& command, const OptionSet& options) {
        try {
            refuseReplacing(fileUses(command.id, options));
            return false;
        } catch (const UsageError&) {
            return true;
        }
    }
    fs::path root;
};

bool isIn(const std::vector<std::string>& names, const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

std::vector<std::string> namesOfKind(const OptionSet& options, Option::Kind kind) {
    std::vector<std::string> names;
    for (const Option& option : options.all())
        if (option.kind == kind)
            names.push_back(option.name);
    return names;
}

/// Options whose help speaks of files though they name none, or whose files are found another way.
const std::vector<std::string> noFiles = {
    "join-dir",      // its files are those that the mapping joins
    "cone", "tiles", // places in the input
};

TEST_F(CommandFiles, everyOptionThatNamesAFileHasARole) {
    for (const Command& command : allCommands())
        for (const OptionSet options = optionsOf(command); const Option& option : options.all()) {
            const bool isText = option.kind == Option::Kind::Text || option.kind == Option::Kind::TextList;
            if (!isText || isIn(inputLists(command.id), option.name) || isIn(noFiles, option.name))
                continue;
            const std::string sentence = lowered(option.help.substr(0, option.help.find(". ")));
            for (const char* word :
                 {"catalogues made", "other files", "folder", "file that", "file with", "file to"})
                EXPECT_EQ(sentence.find(word), std::string::npos)
                    << command.id << " --" << option.name << " speaks of files (" << word
                    << "): make it an inputFile or outputFile, list it in inputLists() or above";
        }
}

TEST_F(CommandFiles, noOutputReplacesAnInput) {
    std::size_t tried = 0;
    for (const Command& command : allCommands()) {
        const OptionSet options = optionsOf(command);
        for (const std::string& output : namesOfKind(options, Option::Kind::OutputFile))
            for (const std::string& spelled : spellings()) {
                const auto tryInput = [&](auto set) {
                    OptionSet given = options;
                    set(given);
                    given.set(output, spelled);
                    EXPECT_TRUE(isRefused(command, given)) << command.id << " --" << output << " " << spelled;
                    given.set(output, path("fresh.out"));
                    EXPECT_FALSE(isRefused(command, given)) << command.id << " --" << output;
                    ++tried;
                };
                for (const std::string& input : namesOfKind(options, Option::Kind::InputFile))
                    if (!options.find(input).folder)
                        tryInput([&](OptionSet& given) { given.set(input, path("input.csv")); });
                for (const std::string& input : inputLists(command.id))
                    tryInput([&](OptionSet& given) {
                        given.set(input, std::vector<std::string>{path("other.csv"), path("input.csv")});
                    });
            }
    }
    EXPECT_GT(tried, 100U);
}

TEST_F(CommandFiles, noOutputReplacesAMemberOfAFolder) {
    for (const Command& command : allCommands()) {
        const OptionSet options = optionsOf(command);
        std::vector<std::string> folders = inputLists(command.id);
        for (const std::string& input : namesOfKind(options, Option::Kind::InputFile))
            folders.push_back(input);
        for (const std::string& output : namesOfKind(options, Option::Kind::OutputFile))
            for (const std::string& input : folders) {
                OptionSet given = options;
                given.setFromText(input, path("folder"));
                given.set(output, path("folder/inner/../inner/member.hdf5"));
                EXPECT_TRUE(isRefused(command, given)) << command.id << " --" << output << " in " << input;
                given.set(output, path("folder/inner/new.h5"));
                EXPECT_FALSE(isRefused(command, given)) << command.id << " --" << output;
            }
    }
}

TEST_F(CommandFiles, noTwoOutputsAreOneFile) {
    for (const Command& command : allCommands()) {
        const OptionSet options = optionsOf(command);
        const auto outputs = namesOfKind(options, Option::Kind::OutputFile);
        for (std::size_t a = 0; a < outputs.size(); ++a)
            for (std::size_t b = 0; b < a; ++b) {
                OptionSet given = options;
                given.set(outputs[a], path("new.h5"));
                given.set(outputs[b], path("folder/../new.h5")); // neither exists
                EXPECT_TRUE(isRefused(command, given))
                    << command.id << " " << outputs[a] << " " << outputs[b];
                given.set(outputs[b], path("new2.h5"));
                EXPECT_FALSE(isRefused(command, given)) << command.id;
            }
    }
}

TEST_F(CommandFiles, theCatalogueOfAStudyIsNeeded) {
    for (const std::string& stored : {path("input.csv"), std::string("/elsewhere/input.csv")}) {
        const std::string study = writeStudyOf(stored); // a moved one is found beside the study
        for (const Command& command : allCommands()) {
            OptionSet options = optionsOf(command);
            if (!options.contains("study"))
                continue;
            options.set("study", study);
            for (const std::string& output : namesOfKind(options, Option::Kind::OutputFile))
                for (const std::string& spelled : spellings()) {
                    OptionSet given = options;
                    given.set(output, spelled);
                    EXPECT_TRUE(isRefused(command, given)) << command.id << " " << spelled;
                }
        }
    }
}

TEST_F(CommandFiles, whatAMappingNamesIsNeeded) {
    write("joined.csv", "id,m\n1,3\n");
    const std::string mapping =
        write("map.toml", "input = \"input.csv\"\n[features.f]\ncolumns = [\"x\"]\n[targets]\nz = \"z\"\n"
                          "[[join]]\nfile = \"joined.csv\"\nkey = \"id\"\n");
    const Command& import = findCommand("import");
    for (const char* victim : {"input.csv", "hard.csv", "joined.csv", "map.toml"})
        for (const char* output : {"out", "write-mapping"}) {
            OptionSet options = optionsOf(import);
            options.set("mapping", mapping);
            options.set(output, path(victim));
            EXPECT_TRUE(isRefused(import, options)) << output << " " << victim;
        }
    write("folder/joined.csv", "id,m\n1,3\n");
    for (const char* victim : {"joined.csv", "folder/joined.csv"}) { // of the two, import reads one
        OptionSet options = optionsOf(import);
        options.set("mapping", mapping);
        options.set("join-dir", path("folder"));
        options.set("out", path(victim));
        EXPECT_EQ(isRefused(import, options), std::string(victim) == "folder/joined.csv") << victim;
    }
    OptionSet options = optionsOf(import); // the list beside the catalogue: new_quarantine.csv
    options.set("input", write("new_quarantine.csv", "id,x,z\n1,2,0.1\n"));
    options.set("out", path("new.h5"));
    EXPECT_TRUE(isRefused(import, options));
}

TEST_F(CommandFiles, refusalComesBeforeAnyWork) {
    const std::string before = contents("input.csv");
    const Command& import = findCommand("import");
    OptionSet options = optionsOf(import);
    options.set("input", path("input.csv"));
    options.setFromText("features-from", "x");
    options.setFromText("target", "z");
    options.set("out", path("hard.csv"));
    RunContext context;
    try {
        runCommand(import, options, {}, context);
        ADD_FAILURE() << "was not refused";
    } catch (const UsageError& error) {
        const std::string text = error.what();
        for (const char* word : {"--out", "hard.csv", "the input", "another name"})
            EXPECT_NE(text.find(word), std::string::npos) << text;
    }
    EXPECT_EQ(contents("input.csv"), before);
    options.set("out", path("fresh.h5"));
    EXPECT_EQ(runCommand(import, options, {}, context).written.front(), path("fresh.h5"));
    const std::vector<FileUse> alsoRead = {{path("config.toml"), "the file of --config"}};
    options.set("out", write("config.toml", "id = \"id\"\n"));
    EXPECT_THROW(runCommand(import, options, {}, context, alsoRead), UsageError);
}

TEST_F(CommandFiles, devicesAreNoFilesToReplace) {
    const Command& doctor = findCommand("doctor");
    OptionSet options = optionsOf(doctor);
    options.set("file", std::string("/dev/null"));
    options.set("quarantine", std::string("/dev/null"));
    EXPECT_FALSE(isRefused(doctor, options)); // nothing is lost there
}

} // namespace
} // namespace penumbra::workflow
