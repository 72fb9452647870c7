#pragma once

#include "core/io/table.h"

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace penumbra::io {

/// What a table file says of itself before any value is read.
struct TableOutline {
    struct Entry {
        std::string name;
        std::string type; ///< "int64", "float32 list"
        std::string unit, description;
    };
    std::vector<Entry> columns;
    std::size_t rows = 0;
};

/// Rows [first, first + count) of the columns named, as many as there are. @throws Error
Table readParquetRows(const std::filesystem::path& path, const std::vector<std::string>& columns,
                      std::size_t first, std::size_t count);
/// Reads a Parquet file's footer alone. @throws Error
TableOutline outlineParquet(const std::filesystem::path& path);

} // namespace penumbra::io
