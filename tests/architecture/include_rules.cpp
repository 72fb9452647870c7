#include "tests/architecture/include_rules.h"

#include <algorithm>
#include <fstream>
#include <map>
#include <set>

namespace penumbra::test {

namespace {

constexpr std::size_t longestFile = 800;

const std::map<std::string, int>& moduleNumbers() {
    static const std::map<std::string, int> numbers = {
        {"base", 0},      {"io", 0},       {"catalogue", 1}, {"mock", 2},     {"nn", 2},   {"heads", 3},
        {"lvd", 3},       {"aion", 3},     {"manifold", 3},  {"uq", 4},       {"eval", 4}, {"lvd_device", 4},
        {"session", 5},   {"report", 5},   {"importing", 5}, {"study", 6},    {"jobs", 8}, {"encoding", 6},
        {"benchmark", 6}, {"applying", 7}, {"repairing", 7}, {"workflow", 8},
    };
    return numbers;
}

/// The window's rooms, from what knows nothing of it to what arranges all.
const std::map<std::string, int>& guiNumbers() {
    static const std::map<std::string, int> numbers = {
        {"style", 0},   {"gl", 1},     {"icons", 1}, {"options", 2},   {"plots", 2},   {"models", 2},
        {"cloud", 3},   {"jobs", 3},   {"state", 3}, {"inspector", 4}, {"space3d", 4}, {"documents", 4},
        {"dialogs", 5}, {"panels", 6}, {"pages", 7}, {"window", 8},
    };
    return numbers;
}

/// Numerical modules that the window reaches through study, applying and workflow alone.
const std::set<std::string>& hiddenFromGui() {
    static const std::set<std::string> modules = {"heads", "lvd", "lvd_device", "mock"};
    return modules;
}

bool startsWith(const std::string& text, const std::string& prefix) {
    return text.compare(0, prefix.size(), prefix) == 0;
}

/// The folder below `part` ("core/", "gui/"): "core/uq/methods/cqr.cpp" -> "uq"; "" outside it.
std::string folderBelow(const std::string& part, const std::string& path) {
    if (!startsWith(path, part)) {
        return {};
    }
    const auto end = path.find('/', part.size());
    return end == std::string::npos ? std::string() : path.substr(part.size(), end - part.size());
}

std::string coreModule(const std::string& path) {
    return folderBelow("core/", path);
}

std::string guiModule(const std::string& path) {
    return folderBelow("gui/", path);
}

bool isQtOrVtk(const std::string& header) {
    const bool qtClass = header.size() > 1 && header[0] == 'Q' && header[1] >= 'A' && header[1] <= 'Z';
    return qtClass || startsWith(header, "Qt") || startsWith(header, "vtk") ||
           startsWith(header, "qcustomplot") || header.find("/Q") != std::string::npos;
}

bool isTorch(const std::string& header) {
    static const char* const prefixes[] = {"torch/", "ATen/", "c10/", "caffe2/"};
    return std::any_of(std::begin(prefixes), std::end(prefixes),
                       [&](const char* prefix) { return startsWith(header, prefix); });
}

/// Drawing libraries each belong to the rooms that draw with them; "" for other headers.
std::string checkDrawingLibrary(const std::string& path, const std::string& header) {
    static const struct {
        const char *prefix, *name;
        std::set<std::string> rooms;
    } libraries[] = {{"vtk", "VTK", {"space3d"}},
                     {"imgui", "Dear ImGui", {"space3d", "cloud"}},
                     {"qcustomplot", "QCustomPlot", {"plots"}}};
    for (const auto& library : libraries) {
        const std::string name = std::filesystem::path(header).filename().string();
        if (startsWith(name, library.prefix) && header.find("gui/") != 0 &&
            library.rooms.count(guiModule(path)) == 0)
            return std::string(library.name) + " does not belong here: " + header;
    }
    return {};
}

bool isTorchModule(const std::string& path) {
    static const std::set<std::string> modules = {"nn", "heads", "aion", "uq", "lvd_device"};
    return modules.count(coreModule(path)) != 0;
}

/// Whether module `from` may include module `to`; both are known.
bool mayInclude(const std::string& from, const std::string& to) {
    if (from == to || (from == "io" && to == "base")) {
        return true;
    }
    return moduleNumbers().at(to) < moduleNumbers().at(from);
}

std::string checkCoreInclude(const std::string& path, const std::string& header) {
    const std::string from = coreModule(path);
    if (startsWith(header, "gui/") || startsWith(header, "app/") || startsWith(header, "tests/")) {
        return "core may not include " + header;
    }
    if (isQtOrVtk(header)) {
        return "core may not know Qt or VTK, but includes " + header;
    }
    const std::string to = coreModule(header);
    if (to.empty()) {
        return {};
    }
    if (moduleNumbers().count(to) == 0) {
        return "includes the unknown module " + to;
    }
    if (!mayInclude(from, to)) {
        return "module " + from + " (" + std::to_string(moduleNumbers().at(from)) +
               ") may not include module " + to + " (" + std::to_string(moduleNumbers().at(to)) +
               "): " + header;
    }
    return {};
}

std::string checkGuiInclude(const std::string& path, const std::string& header) {
    if (startsWith(header, "app/") || startsWith(header, "tests/")) {
        return "gui may not include " + header;
    }
    if (hiddenFromGui().count(coreModule(header)) != 0) {
        return "gui reaches " + coreModule(header) + " through study and workflow only: " + header;
    }
    const std::string from = guiModule(path), to = guiModule(header);
    if (startsWith(header, "gui/") && guiNumbers().count(to) == 0) {
        return "includes the unknown room " + header;
    }
    if (!to.empty() && from != to && guiNumbers().at(to) >= guiNumbers().at(from)) {
        return "room " + from + " (" + std::to_string(guiNumbers().at(from)) + ") may not include room " +
               to + " (" + std::to_string(guiNumbers().at(to)) + "): " + header;
    }
    return checkDrawingLibrary(path, header);
}

/// The header that a line includes; "" if it includes none.
std::string includedHeader(const std::string& line) {
    auto at = line.find_first_not_of(" \t");
    if (at == std::string::npos || line[at] != '#') {
        return {};
    }
    at = line.find_first_not_of(" \t", at + 1);
    if (at == std::string::npos || line.compare(at, 7, "include") != 0) {
        return {};
    }
    const auto open = line.find_first_of("<\"", at + 7);
    const auto close = open == std::string::npos ? open : line.find_first_of(">\"", open + 1);
    return close == std::string::npos ? std::string() : line.substr(open + 1, close - open - 1);
}

/// Arrow's headers compile slowly and define macros' names: they stay with the readers and writers of its
/// formats.
bool mayIncludeArrow(const std::string& path) {
    return startsWith(path, "core/io/arrow_") || startsWith(path, "core/io/parquet_") ||
           startsWith(path, "tests/") || startsWith(path, "bench/");
}

std::string checkInclude(const std::string& path, const std::string& header,
                         const std::set<std::string>& torchHeaders) {
    if ((startsWith(header, "arrow/") || startsWith(header, "parquet/")) && !mayIncludeArrow(path)) {
        return "Arrow belongs only into core/io/arrow_* and parquet_*, but comes in through " + header;
    }
    if ((isTorch(header) || torchHeaders.count(header) != 0) && !isTorchModule(path)) {
        return "torch belongs only into nn, heads, aion, lvd_device and uq, but comes in through " + header;
    }
    if (startsWith(path, "core/")) {
        return checkCoreInclude(path, header);
    }
    if (startsWith(path, "gui/")) {
        return checkGuiInclude(path, header);
    }
    return {};
}

struct Include {
    std::size_t line = 0;
    std::string header;
};

struct Source {
    std::string path; ///< from the root
    std::size_t lines = 0;
    std::vector<Include> includes;
    std::vector<std::size_t> dumps; ///< lines that write JSON by the library's own means
};

/// The library throws at texts that are no UTF-8; jsonText() does not.
constexpr const char* jsonWriter = "core/base/json_text.cpp";

std::vector<Source> readSources(const std::filesystem::path& root) {
    std::vector<Source> sources;
    for (const auto& file : sourceFiles(root)) {
        Source source;
        source.path = file.lexically_relative(root).generic_string();
        std::ifstream text(file);
        std::string line;
        while (std::getline(text, line)) {
            ++source.lines;
            if (line.find(".dump(") != std::string::npos && source.path != jsonWriter) {
                source.dumps.push_back(source.lines);
            }
            std::string header = includedHeader(line);
            if (!header.empty()) {
                source.includes.push_back({source.lines, std::move(header)});
            }
        }
        sources.push_back(std::move(source));
    }
    return sources;
}

/// Our headers that see torch, directly or through one another.
std::set<std::string> findTorchHeaders(const std::vector<Source>& sources) {
    std::set<std::string> found;
    for (std::size_t before = found.size() + 1; before != found.size();) {
        before = found.size();
        for (const Source& source : sources) {
            const bool isHeader = std::filesystem::path(source.path).extension() != ".cpp";
            const bool seesTorch =
                std::any_of(source.includes.begin(), source.includes.end(), [&](const Include& include) {
                    return isTorch(include.header) || found.count(include.header) != 0;
                });
            if (isHeader && seesTorch) {
                found.insert(source.path);
            }
        }
    }
    return found;
}

} // namespace

std::vector<std::filesystem::path> sourceFiles(const std::filesystem::path& root) {
    static const std::set<std::string> extensions = {".h", ".hpp", ".cpp", ".cc", ".cu", ".cuh", ".in"};
    std::vector<std::filesystem::path> files;
    for (const char* part : {"core", "gui", "app"}) {
        if (!std::filesystem::is_directory(root / part)) {
            continue;
        }
        for (const auto& entry : std::filesystem::recursive_directory_iterator(root / part)) {
            if (entry.is_regular_file() && extensions.count(entry.path().extension().string()) != 0) {
                files.push_back(entry.path());
            }
        }
    }
    std::sort(files.begin(), files.end());
    return files;
}

std::vector<std::string> findBreaches(const std::filesystem::path& root) {
    std::vector<std::string> breaches;
    const std::vector<Source> sources = readSources(root);
    const std::set<std::string> torchHeaders = findTorchHeaders(sources);
    for (const Source& source : sources) {
        if (startsWith(source.path, "core/") && moduleNumbers().count(coreModule(source.path)) == 0) {
            breaches.push_back(source.path + ": belongs to no known module");
            continue;
        }
        if (startsWith(source.path, "gui/") && guiNumbers().count(guiModule(source.path)) == 0) {
            breaches.push_back(source.path + ": belongs to no known room");
            continue;
        }
        for (const Include& include : source.includes) {
            const std::string breach = checkInclude(source.path, include.header, torchHeaders);
            if (!breach.empty()) {
                breaches.push_back(source.path + ":" + std::to_string(include.line) + ": " + breach);
            }
        }
        for (const std::size_t line : source.dumps) {
            breaches.push_back(source.path + ":" + std::to_string(line) +
                               ": JSON is written by jsonText() only");
        }
        if (source.lines > longestFile) {
            breaches.push_back(source.path + ": has " + std::to_string(source.lines) +
                               " lines; no file may have more than " + std::to_string(longestFile));
        }
    }
    return breaches;
}

} // namespace penumbra::test
