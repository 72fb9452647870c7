#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>
#include <string>
#include <string_view>

namespace penumbra::test {

/// A folder of one test's own, removed with everything in it.
class Scratch {
public:
    Scratch() {
        std::string pattern = (std::filesystem::temp_directory_path() / "penumbra_io_XXXXXX").string();
        if (mkdtemp(pattern.data()) == nullptr) {
            throw std::runtime_error("cannot make " + pattern);
        }
        folder_ = pattern;
    }
    ~Scratch() {
        std::error_code ignored;
        std::filesystem::remove_all(folder_, ignored);
    }
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;
    std::filesystem::path operator/(std::string_view name) const { return folder_ / name; }

    std::filesystem::path write(std::string_view name, std::string_view contents) const {
        const auto path = folder_ / name;
        std::ofstream(path, std::ios::binary) << contents;
        return path;
    }

private:
    std::filesystem::path folder_;
};

inline std::string bytesOf(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

/// The message of the Error that `work` must throw.
template <typename Exception, typename Work>
std::string messageOf(Work work) {
    try {
        work();
    } catch (const Exception& error) {
        return error.what();
    }
    ADD_FAILURE() << "nothing was thrown";
    return {};
}

inline bool contains(std::string_view text, std::string_view piece) {
    return text.find(piece) != std::string_view::npos;
}

} // namespace penumbra::test

/// The folder of real files, or a loud skip.
#define PENUMBRA_DATA_OR_SKIP(folder)                                                                        \
    const char* folder##Text = std::getenv("PENUMBRA_DATA");                                                 \
    if (folder##Text == nullptr) {                                                                           \
        GTEST_SKIP() << "PENUMBRA_DATA is unset: the readers are NOT checked on real files here";            \
    }                                                                                                        \
    const std::filesystem::path folder(folder##Text)
