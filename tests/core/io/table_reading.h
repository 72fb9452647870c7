#pragma once

#include "core/io/table_reader.h"

#include <filesystem>
#include <string>

namespace penumbra::test {

inline io::Table readTableAt(const std::filesystem::path& path, const io::ReadOptions& options = {}) {
    return io::readTable(path, options, RunContext{});
}

/// What the reader told, a line each.
inline std::string notesOf(const io::Table& table) {
    std::string all;
    for (const std::string& note : table.notes) {
        all += note + "\n";
    }
    return all;
}

} // namespace penumbra::test
