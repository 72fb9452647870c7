#pragma once

#include "core/base/atomic_file.h"

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace penumbra::report {

/// Lines appended to a CSV file through a buffer; the file appears with commit().
/// @throws Error naming the file if it cannot be written.
class CsvFile {
public:
    explicit CsvFile(const std::filesystem::path& path);
    void add(const std::vector<std::string>& cells);
    void commit();

private:
    void flush();
    void check() const;
    std::filesystem::path path_;
    AtomicFile file_;
    std::ofstream stream_;
    std::string buffer_;
};

} // namespace penumbra::report
