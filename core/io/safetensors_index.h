#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace penumbra::io {

/// FILE.index.json beside FILE: weights in several files, as the transformers library writes them.
struct SafetensorsIndex {
    std::filesystem::path path;
    std::vector<std::filesystem::path> shards;    ///< each once, in order of name
    std::map<std::string, std::string> weightMap; ///< key to the shard's file name
};

/// The index that stands in for `file`; none where the file itself is there, or neither is.
/// @throws Error naming the index and what is wrong: no JSON, no weight_map, a shard outside its folder or
/// missing.
std::optional<SafetensorsIndex> findSafetensorsIndex(const std::filesystem::path& file);

} // namespace penumbra::io
