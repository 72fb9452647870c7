#include "tests/architecture/option_rules.h"

#include "tests/architecture/include_rules.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <fstream>
#include <iterator>
#include <set>
#include <string_view>

namespace penumbra::test {

namespace {

std::string textOf(const std::filesystem::path& file) {
    std::ifstream stream(file);
    return {std::istreambuf_iterator<char>(stream), {}};
}

std::size_t pastSpaces(std::string_view text, std::size_t at) {
    while (at < text.size() && std::isspace(static_cast<unsigned char>(text[at])))
        ++at;
    return at;
}

struct Mention {
    std::string name;
    std::size_t at;
};

/// Every `.FUNCTION("name"` or `->FUNCTION("name"` of one of these functions; spaces and line ends may stand
/// before both. Written out because <regex> does not compile without warnings under the sanitizers.
template <std::size_t count>
std::vector<Mention> mentions(std::string_view text, const std::array<std::string_view, count>& functions) {
    std::vector<Mention> found;
    for (const std::string_view function : functions)
        for (std::size_t at = text.find(function); at != std::string_view::npos;
             at = text.find(function, at + 1)) {
            std::size_t before = at;
            while (before > 0 && std::isspace(static_cast<unsigned char>(text[before - 1])))
                --before;
            const std::string_view head = text.substr(0, before);
            if (!head.ends_with('.') && !head.ends_with("->"))
                continue;
            std::size_t next = at + function.size();
            if (next >= text.size() || text[next] != '(')
                continue;
            next = pastSpaces(text, next + 1);
            if (next >= text.size() || text[next] != '"')
                continue;
            const std::size_t end = text.find('"', next + 1);
            if (end != std::string_view::npos)
                found.push_back({std::string(text.substr(next + 1, end - next - 1)), at});
        }
    return found;
}

constexpr std::array<std::string_view, 9> describing{
    "flag", "integer", "real", "text", "choice", "textList", "realList", "inputFile", "outputFile"};
constexpr std::array<std::string_view, 7> reading{"getFlag",     "getInteger",  "getReal", "getText",
                                                  "getTextList", "getRealList", "given"};

} // namespace

std::map<std::string, std::vector<std::size_t>> optionReadsElsewhere(const std::filesystem::path& root) {
    std::map<std::string, std::vector<std::size_t>> reads;
    for (const auto& file : sourceFiles(root)) {
        const std::string path = file.lexically_relative(root).generic_string();
        if (path.ends_with("options.cpp"))
            continue;
        const std::string text = textOf(file);
        std::set<std::string> described;
        for (const Mention& description : mentions(text, describing))
            described.insert(description.name);
        for (const Mention& read : mentions(text, reading))
            if (!described.contains(read.name))
                reads[path].push_back(
                    1 + static_cast<std::size_t>(std::count(
                            text.begin(), text.begin() + static_cast<std::ptrdiff_t>(read.at), '\n')));
    }
    for (auto& [path, lines] : reads)
        std::sort(lines.begin(), lines.end());
    return reads;
}

} // namespace penumbra::test
