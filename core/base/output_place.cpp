#include "core/base/output_place.h"

#include "core/base/error.h"
#include "core/base/text.h"

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <poll.h>
#include <string>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

namespace penumbra {

namespace fs = std::filesystem;

namespace {

constexpr auto glance = std::chrono::milliseconds(50); ///< how often a waiting writer looks whether to stop
constexpr auto patience = std::chrono::seconds(10);    ///< of one whom nobody can ask to stop

[[noreturn]] void refuse(const fs::path& name, const std::string& why) {
    throw Error("Cannot write '" + name.string() + "': " + why);
}

/// N if `at` itself is an entry of /proc/self/fd.
int descriptorAt(const fs::path& at) {
    std::error_code failed;
    const fs::path folder = fs::canonical(at.parent_path(), failed);
    if (failed || folder != "/proc/" + std::to_string(::getpid()) + "/fd")
        return -1;
    const auto number = parseInteger(at.filename().string());
    return number && *number >= 0 && ::fcntl(static_cast<int>(*number), F_GETFD) >= 0
               ? static_cast<int>(*number)
               : -1;
}

OutputPlace followed(const fs::path& name) {
    OutputPlace place;
    place.path = name;
    constexpr int mostLinks = 40; // Linux's own limit
    for (int i = 0; i < mostLinks; ++i) {
        if (place.descriptor = descriptorAt(place.path); place.descriptor >= 0) {
            place.kind = OutputPlace::Kind::Descriptor;
            return place;
        }
        std::error_code failed;
        if (!fs::is_symlink(fs::symlink_status(place.path, failed)))
            return place;
        const fs::path next = fs::read_symlink(place.path, failed);
        if (failed)
            refuse(name, "its symbolic link cannot be read (" + failed.message() + ").");
        place.path = place.path.parent_path() / next; // an absolute one replaces the folder
    }
    refuse(name, "its symbolic links lead in a circle.");
}

int openStream(const OutputPlace& place, const fs::path& name, const std::stop_token& stop) {
    const auto start = std::chrono::steady_clock::now();
    for (;;) {
        if (stop.stop_requested())
            throw Cancelled();
        const int descriptor = place.kind == OutputPlace::Kind::Descriptor
                                   ? ::fcntl(place.descriptor, F_DUPFD_CLOEXEC, 0)
                                   : ::open(place.path.c_str(), O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
        if (descriptor >= 0)
            return descriptor;
        if (errno != ENXIO && errno != EINTR) // ENXIO: nobody reads the FIFO yet
            refuse(name, std::string(std::strerror(errno)) + ".");
        if (!stop.stop_possible() && std::chrono::steady_clock::now() - start > patience)
            refuse(name, "nobody reads it.");
        std::this_thread::sleep_for(glance);
    }
}

class Closing {
public:
    explicit Closing(int descriptor) : descriptor_(descriptor) {}
    ~Closing() { ::close(descriptor_); }
    Closing(const Closing&) = delete;
    Closing& operator=(const Closing&) = delete;

private:
    int descriptor_;
};

void writeAll(int descriptor, const char* from, std::size_t bytes, const fs::path& name,
              const std::stop_token& stop) {
    while (bytes > 0) {
        if (stop.stop_requested())
            throw Cancelled();
        pollfd ready{descriptor, POLLOUT, 0};
        if (::poll(&ready, 1, static_cast<int>(glance.count())) == 0)
            continue;
        const ssize_t put = ::write(descriptor, from, bytes);
        if (put < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        if (put < 0)
            refuse(name, errno == EPIPE ? "its reader has gone." : std::string(std::strerror(errno)) + ".");
        from += put;
        bytes -= static_cast<std::size_t>(put);
    }
}

} // namespace

int ownDescriptor(const fs::path& name) {
    try {
        return followed(name).descriptor;
    } catch (const Error&) { // links in a circle
        return -1;
    }
}

OutputPlace outputPlace(const fs::path& name) {
    if (name.empty() || name.filename().empty())
        throw Error("No file name was given to write to; name an output file.");
    OutputPlace place = followed(name);
    if (place.kind == OutputPlace::Kind::Descriptor)
        return place;
    struct stat state {};
    if (::stat(place.path.c_str(), &state) != 0) {
        if (errno == ENAMETOOLONG)
            refuse(firstBytes(name.string(), 200), "the name is too long. Choose a shorter one.");
        return place; // nothing there, or a folder that the caller judges
    }
    if (S_ISDIR(state.st_mode))
        refuse(name, "it is a folder. Name a file inside it.");
    if (S_ISSOCK(state.st_mode))
        refuse(name, "it is a socket. Name a file.");
    if (S_ISBLK(state.st_mode))
        refuse(name, "it is a disk. Name a file.");
    if (!S_ISREG(state.st_mode))
        place.kind = OutputPlace::Kind::Stream;
    return place;
}

void copyInto(const OutputPlace& place, const fs::path& file, const fs::path& name,
              const std::stop_token& stop) {
    const int descriptor = openStream(place, name, stop);
    const Closing closing(descriptor);
    std::ifstream from(file, std::ios::binary);
    std::array<char, 4096> piece{}; // a pipe that is ready takes as much without blocking
    while (from) {
        from.read(piece.data(), piece.size());
        writeAll(descriptor, piece.data(), static_cast<std::size_t>(from.gcount()), name, stop);
    }
    if (!from.eof())
        refuse(name, "the temporary file '" + file.string() + "' cannot be read back.");
}

} // namespace penumbra
