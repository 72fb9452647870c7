#pragma once

#include <filesystem>
#include <string>

namespace penumbra {

/// A name of its own for a file that vanishes with this object; the first to open it makes it. Its name,
/// .NAME.PID-n@HOST.part, says whose it is: making one removes those of the same NAME that killed processes
/// of this user left behind.
class TemporaryFile {
public:
    /// @param where the folder
    /// @param name what it is for; shortened where the file system's limit asks for it.
    /// @param purpose begins the message: "Cannot write 'x'".
    /// @throws Error if no file can be made there.
    TemporaryFile(const std::filesystem::path& where, const std::string& name, const std::string& purpose);
    ~TemporaryFile();
    TemporaryFile(const TemporaryFile&) = delete;
    TemporaryFile& operator=(const TemporaryFile&) = delete;
    const std::filesystem::path& path() const { return path_; }
    void release(); ///< it has another name now and stays

    /// Removes all of this process: for an end without destructors.
    static void removeAll() noexcept;

private:
    std::filesystem::path path_;
};

/// TMPDIR, or /tmp where that is no folder.
std::filesystem::path temporaryFolder();

} // namespace penumbra
