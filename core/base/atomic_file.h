#pragma once

#include "core/base/output_place.h"
#include "core/base/temporary_file.h"

#include <filesystem>
#include <optional>
#include <stop_token>
#include <string_view>

namespace penumbra {

/// Write-then-rename: work on temporaryPath(), then commit(). Destroyed without commit (error, cancel), it
/// removes the temporary file and leaves whatever stood at the target as it was. The temporary stands beside
/// the target. Symbolic links are followed; a target that exists keeps its permissions. A FIFO or device is
/// written into at the commit, from a temporary in the system's folder for these.
class AtomicFile {
public:
    /// @throws Error if the folder does not exist or cannot be written, or something else than a file, FIFO
    /// or character device stands there.
    explicit AtomicFile(std::filesystem::path target);
    const std::filesystem::path& temporaryPath() const { return temporary_->path(); }
    /// @param stop ends the wait for a FIFO's reader
    /// @throws Error naming the target; Cancelled
    void commit(const std::stop_token& stop = {});

private:
    void settle() const;
    std::filesystem::path target_; ///< as it was named
    OutputPlace place_;
    std::optional<TemporaryFile> temporary_;
};

void writeFileAtomically(const std::filesystem::path& target, std::string_view contents,
                         const std::stop_token& stop = {});

} // namespace penumbra
