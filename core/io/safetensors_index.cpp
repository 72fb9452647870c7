#include "core/io/safetensors_index.h"

#include "core/base/error.h"
#include "core/base/json_text.h"

#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

namespace penumbra::io {

namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t largestIndex = 100'000'000;

nlohmann::json readWeightMap(const fs::path& path) {
    std::error_code failed;
    if (fs::file_size(path, failed) > largestIndex || failed)
        throw Error(path.string() + ": is no index of weights (a JSON text of less than 100 MB).");
    std::ifstream stream(path, std::ios::binary);
    auto index = nlohmann::json::parse(stream, nullptr, false);
    if (index.is_discarded() || !index.is_object() || !index.contains("weight_map") ||
        !index["weight_map"].is_object() || index["weight_map"].empty())
        throw Error(path.string() +
                    ": has no \"weight_map\" that says which file holds which weights; fetch it again.");
    return std::move(index["weight_map"]);
}

/// A bare name: an index from elsewhere may not name files outside its folder.
bool staysInFolder(const std::string& name) {
    return !name.empty() && name != "." && name != ".." && name.find('/') == std::string::npos &&
           name.find('\\') == std::string::npos && name.find('\0') == std::string::npos;
}

} // namespace

std::optional<SafetensorsIndex> findSafetensorsIndex(const fs::path& file) {
    std::error_code failed;
    SafetensorsIndex found;
    found.path = file.string() + ".index.json";
    if (fs::exists(file, failed) || !fs::is_regular_file(found.path, failed))
        return std::nullopt;
    std::set<std::string> names;
    const nlohmann::json weightMap = readWeightMap(found.path);
    for (const auto& [key, name] : weightMap.items()) {
        if (!name.is_string() || !staysInFolder(name.get_ref<const std::string&>()))
            throw Error(found.path.string() + ": the file of key " + shortJsonText(key) + " is " +
                        shortJsonText(name) + ", which is no name of a file beside the index.");
        names.insert(name.get<std::string>());
        found.weightMap[key] = name.get<std::string>();
    }
    for (const std::string& name : names) {
        found.shards.push_back(file.parent_path() / name);
        if (!fs::is_regular_file(found.shards.back(), failed))
            throw Error(found.shards.back().string() + ": is missing; " + found.path.filename().string() +
                        " names it as one of " + std::to_string(names.size()) + " files. Fetch it too.");
    }
    return found;
}

} // namespace penumbra::io
