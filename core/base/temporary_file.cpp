#include "core/base/temporary_file.h"

#include "core/base/error.h"
#include "core/base/fingerprint.h"
#include "core/base/text.h"

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <mutex>
#include <set>
#include <sys/stat.h>
#include <unistd.h>

namespace penumbra {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view ending = ".part";
constexpr std::size_t hexDigits = 8;
/// Nobody asks another machine whether a process of it lives; a live one touches its file more often.
constexpr std::time_t longForgotten = 7 * 24 * 3600;

/// Files that live now. Never destroyed: a thread may ask for it while the process ends.
struct Living {
    std::mutex mutex;
    std::set<std::string> paths;
};
Living& living() {
    static auto* const all = new Living;
    return *all;
}

std::string shortHash(std::string_view text) {
    Fingerprint print;
    print.add(text);
    return print.text().substr(0, hexDigits);
}

/// Process numbers mean something on one machine and in one container only.
const std::string& hostTag() {
    static const std::string tag = [] {
        char host[256] = {};
        ::gethostname(host, sizeof host - 1);
        std::error_code unknown;
        return shortHash(host + fs::read_symlink("/proc/self/ns/pid", unknown).string());
    }();
    return tag;
}

/// ".NAME.", such that NAME and what follows fit into the file system's longest name.
std::string prefixOf(const fs::path& folder, const std::string& name) {
    constexpr std::size_t forTheRest = 48;
    const long limit = ::pathconf(folder.c_str(), _PC_NAME_MAX);
    const std::size_t longest =
        limit > static_cast<long>(2 * forTheRest) ? static_cast<std::size_t>(limit) : 255;
    if (name.size() + forTheRest <= longest)
        return "." + name + ".";
    // Whole letters: some file systems insist on them.
    const std::string kept(firstBytes(name, longest - forTheRest - hexDigits));
    return "." + kept + "~" + shortHash(name) + ".";
}

bool takeNumber(std::string_view& text, long& number) {
    std::size_t digits = 0;
    number = 0;
    for (; digits < text.size() && text[digits] >= '0' && text[digits] <= '9' && digits < 18; ++digits)
        number = 10 * number + (text[digits] - '0');
    text.remove_prefix(digits);
    return digits > 0;
}

bool isDead(long process, const fs::path& file) {
    if (process == ::getpid()) { // an earlier process of this number, unless the file is ours
        const std::lock_guard lock(living().mutex);
        return !living().paths.contains(file.string());
    }
    return process > 0 && ::kill(static_cast<pid_t>(process), 0) != 0 && errno == ESRCH;
}

/// @param rest what stands between prefix and ending: PID-n or PID-n@HOST
bool isAbandoned(const fs::path& file, std::string_view rest) {
    long process = 0, serial = 0;
    if (!takeNumber(rest, process) || !rest.starts_with('-'))
        return false;
    rest.remove_prefix(1);
    if (!takeNumber(rest, serial) || !(rest.empty() || (rest[0] == '@' && rest.size() == 1 + hexDigits)))
        return false;
    struct stat state {};
    if (::lstat(file.c_str(), &state) != 0 || !S_ISREG(state.st_mode) || state.st_uid != ::geteuid())
        return false;
    if (!rest.empty() && rest.substr(1) != hostTag())
        return state.st_mtime + longForgotten < std::time(nullptr);
    return isDead(process, file);
}

void sweep(const fs::path& folder, const std::string& prefix) {
    std::error_code failed;
    for (fs::directory_iterator at(folder, failed), end; !failed && at != end; at.increment(failed)) {
        const std::string name = at->path().filename().string();
        if (name.size() <= prefix.size() + ending.size() || !name.starts_with(prefix) ||
            !name.ends_with(ending))
            continue;
        const std::string_view rest =
            std::string_view(name).substr(prefix.size(), name.size() - prefix.size() - ending.size());
        if (std::error_code ignored; isAbandoned(at->path(), rest))
            fs::remove(at->path(), ignored);
    }
}

} // namespace

TemporaryFile::TemporaryFile(const fs::path& where, const std::string& name, const std::string& purpose) {
    static std::atomic<unsigned> serial{0};
    std::error_code failed;
    fs::path folder = fs::canonical(where, failed); // one spelling, by which sweep() knows what is alive
    if (failed)
        folder = where;
    const std::string prefix = prefixOf(folder, name);
    sweep(folder, prefix);
    path_ = folder / (prefix + std::to_string(::getpid()) + "-" + std::to_string(serial++) + "@" + hostTag() +
                      std::string(ending));
    {
        const std::lock_guard lock(living().mutex);
        living().paths.insert(path_.string());
    }
    // Tried now rather than after an hour of work, and taken away again: some libraries insist on new files.
    const int descriptor = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (descriptor < 0) {
        const std::string reason = std::strerror(errno);
        release();
        throw Error(purpose + ": " + reason + ".");
    }
    ::close(descriptor);
    ::unlink(path_.c_str());
}

TemporaryFile::~TemporaryFile() {
    const std::lock_guard lock(living().mutex);
    if (living().paths.erase(path_.string()) > 0)
        ::unlink(path_.c_str());
}

void TemporaryFile::release() {
    const std::lock_guard lock(living().mutex);
    living().paths.erase(path_.string());
}

void TemporaryFile::removeAll() noexcept {
    const std::lock_guard lock(living().mutex);
    for (const std::string& path : living().paths)
        ::unlink(path.c_str());
}

fs::path temporaryFolder() {
    std::error_code failed;
    const fs::path folder = fs::temp_directory_path(failed);
    return failed ? fs::path("/tmp") : folder;
}

} // namespace penumbra
