#include "core/workflow/spooled_input.h"

#include "core/base/error.h"
#include "core/base/output_place.h"
#include "core/base/text.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

namespace penumbra::workflow {

namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t mostBytes = 16ULL << 30U;
constexpr int glanceMilliseconds = 50;

class Source {
public:
    /// An open descriptor is taken as it is: opening /dev/stdin anew would not see that a pipe's writer has
    /// gone. A FIFO opens at once without a writer; poll() tells of the first one's going.
    explicit Source(const fs::path& path) : path_(path) {
        const int own = ownDescriptor(path);
        descriptor_ = own >= 0 ? ::fcntl(own, F_DUPFD_CLOEXEC, 0)
                               : ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
        if (descriptor_ < 0)
            fail();
    }
    ~Source() { ::close(descriptor_); }
    Source(const Source&) = delete;
    Source& operator=(const Source&) = delete;

    /// Bytes read; 0 at the end.
    std::size_t read(std::vector<char>& to, const RunContext& context) const {
        for (;;) {
            context.checkStop();
            pollfd waiting{descriptor_, POLLIN, 0};
            if (::poll(&waiting, 1, glanceMilliseconds) <= 0)
                continue;
            const ssize_t got = ::read(descriptor_, to.data(), to.size());
            if (got >= 0)
                return static_cast<std::size_t>(got);
            if (errno != EINTR && errno != EAGAIN)
                fail();
        }
    }

private:
    [[noreturn]] void fail() const {
        throw Error(path_.string() + ": cannot be read (" + std::strerror(errno) + ").");
    }
    fs::path path_;
    int descriptor_ = -1;
};

std::uintmax_t limitIn(const fs::path& folder) {
    std::error_code failed;
    const auto space = fs::space(folder, failed);
    return failed ? mostBytes : std::min(mostBytes, space.available / 2);
}

} // namespace

bool canBeReadOnceOnly(const fs::path& path) {
    struct stat state {};
    if (::stat(path.c_str(), &state) != 0)
        return ownDescriptor(path) >= 0;
    return S_ISFIFO(state.st_mode) || S_ISCHR(state.st_mode) || S_ISSOCK(state.st_mode);
}

SpooledInput::SpooledInput(const fs::path& path, const RunContext& context)
    : file_(temporaryFolder(), path.filename().string(),
            "A temporary copy of '" + path.string() + "' cannot be made in " + temporaryFolder().string()) {
    const Source source(path);
    std::ofstream copy(file_.path(), std::ios::binary);
    const std::uintmax_t limit = limitIn(temporaryFolder());
    std::vector<char> piece(1U << 16U);
    std::uintmax_t bytes = 0;
    context.step(0.0, "reading " + path.string());
    while (const std::size_t got = source.read(piece, context)) {
        bytes += got;
        copy.write(piece.data(), static_cast<std::streamsize>(got));
        if (bytes > limit || !copy)
            throw Error("'" + path.string() + "' gives more than a temporary file in " +
                        temporaryFolder().string() + " may hold (" +
                        aboutCount(static_cast<double>(limit) / 1e9) +
                        " GB). Save it to a file first, or set TMPDIR to a roomier folder.");
    }
    copy.close();
    if (!copy)
        throw Error("A temporary copy of '" + path.string() + "' cannot be written: " + std::strerror(errno) +
                    ".");
}

} // namespace penumbra::workflow
