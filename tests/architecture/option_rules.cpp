#include "tests/architecture/option_rules.h"

#include "tests/architecture/include_rules.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>

namespace penumbra::test {

namespace {

std::string textOf(const std::filesystem::path& file) {
    std::ifstream stream(file);
    return {std::istreambuf_iterator<char>(stream), {}};
}

/// Of the options that a file describes.
std::set<std::string> describedNames(const std::string& text) {
    static const std::regex description(
        R"(\.\s*(?:flag|integer|real|text|choice|textList|realList|inputFile|outputFile)\(\s*"([a-z0-9-]+)\")");
    std::set<std::string> names;
    for (std::sregex_iterator found(text.begin(), text.end(), description), end; found != end; ++found)
        names.insert((*found)[1]);
    return names;
}

} // namespace

std::map<std::string, std::vector<std::size_t>> optionReadsElsewhere(const std::filesystem::path& root) {
    static const std::regex read(
        R"((?:\.|->)(?:getFlag|getInteger|getReal|getText|getTextList|getRealList|given)\(\s*"([a-z0-9-]+)\")");
    std::map<std::string, std::vector<std::size_t>> reads;
    for (const auto& file : sourceFiles(root)) {
        const std::string path = file.lexically_relative(root).generic_string();
        if (path.ends_with("options.cpp"))
            continue;
        const std::string text = textOf(file);
        const auto described = describedNames(text);
        for (std::sregex_iterator found(text.begin(), text.end(), read), end; found != end; ++found)
            if (!described.contains((*found)[1]))
                reads[path].push_back(1 + static_cast<std::size_t>(std::count(
                                              text.begin(), text.begin() + found->position(), '\n')));
    }
    return reads;
}

} // namespace penumbra::test
