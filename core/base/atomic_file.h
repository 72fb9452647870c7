#pragma once

#include <filesystem>
#include <string_view>

namespace penumbra {

/// Write-then-rename: work on temporaryPath(), then commit(). Destroyed without commit (error, cancel), it
/// removes the temporary file and leaves whatever stood at the target as it was. The temporary stands beside
/// the target.
class AtomicFile {
public:
    /// @throws Error if the folder does not exist or cannot be written.
    explicit AtomicFile(std::filesystem::path target);
    ~AtomicFile();
    AtomicFile(const AtomicFile&) = delete;
    AtomicFile& operator=(const AtomicFile&) = delete;
    const std::filesystem::path& temporaryPath() const { return temporary_; }
    void commit(); ///< @throws Error naming the target

private:
    std::filesystem::path target_;
    std::filesystem::path temporary_;
    bool committed_ = false;
};

void writeFileAtomically(const std::filesystem::path& target, std::string_view contents);

} // namespace penumbra
