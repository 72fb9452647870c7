// In place of the Parquet reader in a build without Arrow.

#include "core/base/error.h"
#include "core/io/parquet_outline.h"

namespace penumbra::io {

namespace {

[[noreturn]] void refuse(const std::filesystem::path& path) {
    throw Error(path.string() +
                ": is Parquet, and this Penumbra was built without Arrow (PENUMBRA_ARROW=OFF): use a "
                "build with Arrow, or write the table as FITS, HDF5 or CSV");
}

} // namespace

struct ParquetRows::Open {};

ParquetRows::ParquetRows(std::filesystem::path path, const std::vector<std::string>&)
    : path_(std::move(path)) {
    refuse(path_);
}
ParquetRows::ParquetRows(ParquetRows&& other) noexcept = default;
ParquetRows& ParquetRows::operator=(ParquetRows&& other) noexcept = default;
ParquetRows::~ParquetRows() = default;

Table ParquetRows::read(std::size_t, std::size_t) {
    refuse(path_);
}

TableOutline outlineParquet(const std::filesystem::path& path) {
    refuse(path);
}

} // namespace penumbra::io
