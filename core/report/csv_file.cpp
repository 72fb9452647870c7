#include "core/report/csv_file.h"

#include "core/base/error.h"
#include "core/report/csv_cell.h"

namespace penumbra::report {

namespace {
constexpr std::size_t fullBuffer = 1 << 20;
}

CsvFile::CsvFile(const std::filesystem::path& path)
    : path_(path), file_(path), stream_(file_.temporaryPath(), std::ios::binary) {}

void CsvFile::add(const std::vector<std::string>& cells) {
    for (std::size_t i = 0; i < cells.size(); ++i)
        buffer_ += (i ? "," : "") + csvCell(cells[i]);
    buffer_ += '\n';
    if (buffer_.size() >= fullBuffer)
        flush();
}

void CsvFile::commit() {
    flush();
    stream_.close();
    check();
    file_.commit();
}

void CsvFile::flush() {
    stream_.write(buffer_.data(), static_cast<std::streamsize>(buffer_.size()));
    buffer_.clear();
    check();
}

void CsvFile::check() const {
    if (!stream_)
        throw Error("Cannot write '" + path_.string() + "'. Is the disk full?");
}

} // namespace penumbra::report
