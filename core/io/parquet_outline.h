#pragma once

#include "core/io/table.h"

#include <cstddef>
#include <filesystem>
#include <memory>
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

/// Some columns of a Parquet file, piece by piece. Rows asked for in order are decoded once; what the
/// file says of its columns beside their own fields is not read. What fails is an
/// Error, and does not keep other rows from being read.
class ParquetRows {
public:
    ParquetRows(std::filesystem::path path, const std::vector<std::string>& columns);
    ParquetRows(ParquetRows&& other) noexcept;
    ParquetRows& operator=(ParquetRows&& other) noexcept;
    ~ParquetRows();
    /// Rows [first, first + count), as many as there are.
    Table read(std::size_t first, std::size_t count);

private:
    struct Open; ///< Arrow's headers stay out of this one
    std::filesystem::path path_;
    std::unique_ptr<Open> open_;
};
/// Reads a Parquet file's footer alone. @throws Error
TableOutline outlineParquet(const std::filesystem::path& path);

} // namespace penumbra::io
