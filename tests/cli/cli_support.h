#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <sys/wait.h>
#include <unistd.h>

namespace penumbra {

inline std::string textOf(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

/// What a run of the program left behind.
struct CliRun {
    int exitCode = -1; ///< -1: ended by a signal
    std::string out, err;
};

/// A folder in which penumbra-cli runs as a user would run it, through the shell.
class CliFolder {
public:
    CliFolder() {
        static int count = 0;
        folder_ = std::filesystem::temp_directory_path() /
                  ("penumbra-cli-" + std::to_string(::getpid()) + "-" + std::to_string(count++));
        std::filesystem::create_directories(folder_ / "work");
    }
    ~CliFolder() {
        std::error_code ignored;
        std::filesystem::remove_all(folder_, ignored);
    }
    CliFolder(const CliFolder&) = delete;
    CliFolder& operator=(const CliFolder&) = delete;

    std::filesystem::path path(const std::string& name) const { return folder_ / "work" / name; }

    void write(const std::string& name, const std::string& text) const {
        std::ofstream(path(name), std::ios::binary) << text;
    }

    /// @param command a shell command in which CLI stands for the program
    CliRun shell(std::string command) const {
        for (std::size_t at = 0; (at = command.find("CLI", at)) != std::string::npos;)
            command.replace(at, 3, "\"$CLI\""), at += 6;
        const std::string line = "export CLI='" + std::string(PENUMBRA_CLI) + "'; cd '" +
                                 (folder_ / "work").string() + "' && { " + command + " ; } >../out 2>../err";
        const int status = std::system(line.c_str());
        CliRun run;
        if (WIFEXITED(status) && WEXITSTATUS(status) <= 130) // a shell reports death by signal n as 128 + n
            run.exitCode = WEXITSTATUS(status);
        run.out = textOf(folder_ / "out");
        run.err = textOf(folder_ / "err");
        return run;
    }
    CliRun run(const std::string& arguments) const { return shell("CLI " + arguments); }

    std::size_t fileCount() const {
        return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder_ / "work"),
                                                      std::filesystem::directory_iterator()));
    }

private:
    std::filesystem::path folder_;
};

} // namespace penumbra
