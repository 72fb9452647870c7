#pragma once

#include "core/base/error.h"
#include "core/importing/build.h"
#include "core/workflow/import.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <string>
#include <unistd.h>
#include <vector>

namespace penumbra::workflow {

/// A folder of its own for one test, removed afterwards.
class ImportFolder {
public:
    ImportFolder() {
        static int count = 0;
        path_ = std::filesystem::temp_directory_path() /
                ("penumbra-import-" + std::to_string(::getpid()) + "-" + std::to_string(count++));
        std::filesystem::create_directories(path_);
    }
    ~ImportFolder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    ImportFolder(const ImportFolder&) = delete;
    ImportFolder& operator=(const ImportFolder&) = delete;
    std::string file(const std::string& name) const { return (path_ / name).string(); }
    std::string write(const std::string& name, const std::string& contents) const {
        std::ofstream(path_ / name, std::ios::binary) << contents;
        return file(name);
    }

private:
    std::filesystem::path path_;
};

/// Imports with a mapping given as text; its folder is the input's.
inline ImportedCatalogue importWith(const std::string& toml, const std::filesystem::path& input) {
    ImportMapping mapping = parseImportMapping(toml, "test.toml");
    mapping.folder = input.parent_path();
    return importTable(mapping, input, {}, RunContext{});
}

/// Runs the command as the command line would: pairs of option and text.
inline CommandResult runWith(const std::vector<std::pair<std::string, std::string>>& given) {
    const Command command = importCommand();
    OptionSet options;
    command.options(options);
    for (const auto& [name, text] : given)
        options.setFromText(name, text);
    RunContext context;
    return command.run(options, Services{}, context);
}

template <typename Action>
std::string errorOf(Action action) {
    try {
        action();
    } catch (const Error& error) {
        return error.what();
    }
    return "no error";
}

inline void expectWords(const std::string& message, const std::vector<std::string>& words) {
    for (const auto& word : words)
        EXPECT_NE(message.find(word), std::string::npos) << "'" << word << "' not in: " << message;
}

} // namespace penumbra::workflow
