#pragma once

#include "core/base/run_context.h"
#include "core/base/temporary_file.h"

#include <filesystem>

namespace penumbra::workflow {

/// A FIFO, a pipe (/dev/stdin), a socket or a character device: to be read once, from front to back.
bool canBeReadOnceOnly(const std::filesystem::path& path);

/// What such a file gave, in a temporary file that vanishes with this object: readers look twice and seek.
class SpooledInput {
public:
    /// Reads to the end; waits for the writer of a FIFO until a stop is asked for.
    /// @throws Cancelled; Error if more than 16 GB come, or more than half of what is free in the folder of
    /// temporary files.
    SpooledInput(const std::filesystem::path& path, const RunContext& context);
    const std::filesystem::path& path() const { return file_.path(); }

private:
    TemporaryFile file_;
};

} // namespace penumbra::workflow
