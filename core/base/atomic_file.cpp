#include "core/base/atomic_file.h"

#include "core/base/error.h"

#include <atomic>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <string>
#include <unistd.h>

namespace penumbra {

namespace fs = std::filesystem;

AtomicFile::AtomicFile(fs::path target) : target_(std::move(target)) {
    if (target_.empty() || target_.filename().empty())
        throw Error("No file name was given to write to; name an output file.");
    if (fs::is_directory(target_))
        throw Error("Cannot write '" + target_.string() + "': it is a folder. Name a file inside it.");
    const fs::path folder = target_.has_parent_path() ? target_.parent_path() : fs::path(".");
    if (!fs::is_directory(folder))
        throw Error("Cannot write '" + target_.string() + "': the folder '" + folder.string() +
                    "' does not exist. Make it first, or choose another place.");
    if (::access(folder.c_str(), W_OK) != 0)
        throw Error("Cannot write '" + target_.string() + "': the folder '" + folder.string() +
                    "' is not writable (" + std::strerror(errno) + ").");
    static std::atomic<unsigned> serial{0};
    temporary_ = folder / ("." + target_.filename().string() + "." + std::to_string(::getpid()) + "-" +
                           std::to_string(serial++) + ".part");
}

AtomicFile::~AtomicFile() {
    if (!committed_) {
        std::error_code ignored;
        fs::remove(temporary_, ignored);
    }
}

void AtomicFile::commit() {
    // Data first, then the name: after a power cut either the old or the new file is there, never an empty
    // one.
    const int handle = ::open(temporary_.c_str(), O_RDONLY | O_CLOEXEC);
    if (handle >= 0) {
        ::fsync(handle);
        ::close(handle);
    }
    std::error_code failure;
    fs::rename(temporary_, target_, failure);
    if (failure)
        throw Error("Cannot write '" + target_.string() + "': " + failure.message() + ".");
    committed_ = true;
}

void writeFileAtomically(const fs::path& target, std::string_view contents) {
    AtomicFile file(target);
    std::ofstream stream(file.temporaryPath(), std::ios::binary);
    stream.write(contents.data(), static_cast<std::streamsize>(contents.size()));
    stream.close();
    if (!stream)
        throw Error("Cannot write '" + target.string() + "': " + std::strerror(errno) +
                    ". Is the disk full?");
    file.commit();
}

} // namespace penumbra
