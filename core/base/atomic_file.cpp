#include "core/base/atomic_file.h"

#include "core/base/error.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <string>
#include <sys/stat.h>
#include <unistd.h>

namespace penumbra {

namespace fs = std::filesystem;

namespace {

std::string cannotWrite(const fs::path& target) {
    return "Cannot write '" + target.string() + "'";
}

void checkFolder(const fs::path& folder, const fs::path& target) {
    std::error_code failed;
    if (!fs::is_directory(folder, failed))
        throw Error(cannotWrite(target) + ": the folder '" + folder.string() +
                    "' does not exist. Make it first, or choose another place.");
    if (::access(folder.c_str(), W_OK) != 0)
        throw Error(cannotWrite(target) + ": the folder '" + folder.string() + "' is not writable (" +
                    std::strerror(errno) + ").");
}

} // namespace

AtomicFile::AtomicFile(fs::path target) : target_(std::move(target)), place_(outputPlace(target_)) {
    fs::path folder = temporaryFolder();
    if (place_.kind == OutputPlace::Kind::File) {
        folder = place_.path.has_parent_path() ? place_.path.parent_path() : fs::path(".");
        checkFolder(folder, target_);
    }
    temporary_.emplace(folder, place_.path.filename().string(), cannotWrite(target_));
}

/// Data first, then the name: after a power cut either the old or the new file is there, never an empty one.
void AtomicFile::settle() const {
    const int handle = ::open(temporaryPath().c_str(), O_RDONLY | O_CLOEXEC);
    if (handle < 0)
        throw Error(cannotWrite(target_) + ": " + std::strerror(errno) + ".");
    int reason = ::fsync(handle) == 0 ? 0 : errno;
    if (reason == EINVAL || reason == ENOSYS || reason == EROFS) // this file system has no such thing
        reason = 0;
    struct stat before {};
    if (::stat(place_.path.c_str(), &before) == 0)
        ::fchmod(handle, before.st_mode & 07777U);
    ::close(handle);
    if (reason != 0)
        throw Error(cannotWrite(target_) + ": " + std::strerror(reason) + ".");
}

void AtomicFile::commit(const std::stop_token& stop) {
    if (place_.kind != OutputPlace::Kind::File) {
        copyInto(place_, temporaryPath(), target_, stop);
        return;
    }
    settle();
    std::error_code failure;
    fs::rename(temporaryPath(), place_.path, failure);
    if (failure)
        throw Error(cannotWrite(target_) + ": " + failure.message() + ".");
    temporary_->release();
}

void writeFileAtomically(const fs::path& target, std::string_view contents, const std::stop_token& stop) {
    AtomicFile file(target);
    std::ofstream stream(file.temporaryPath(), std::ios::binary);
    stream.write(contents.data(), static_cast<std::streamsize>(contents.size()));
    stream.close();
    if (!stream)
        throw Error(cannotWrite(target) + ": " + std::strerror(errno) + ". Is the disk full?");
    file.commit(stop);
}

} // namespace penumbra
