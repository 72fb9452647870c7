#include "core/base/atomic_file.h"
#include "core/base/error.h"

#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

using namespace penumbra;
namespace fs = std::filesystem;

namespace {

class AtomicFileTest : public testing::Test {
protected:
    void SetUp() override {
        folder_ = fs::temp_directory_path() / ("atomic_" + std::to_string(::getpid()));
        fs::create_directories(folder_);
    }
    void TearDown() override { fs::remove_all(folder_); }
    std::string contents(const fs::path& path) const {
        std::ifstream stream(path);
        return {std::istreambuf_iterator<char>(stream), {}};
    }
    std::size_t files() const {
        return static_cast<std::size_t>(
            std::distance(fs::directory_iterator(folder_), fs::directory_iterator()));
    }
    /// The message of what writing throws; empty: it was written.
    static std::string messageOf(const fs::path& target) {
        try {
            writeFileAtomically(target, "text");
        } catch (const Error& error) {
            return error.what();
        }
        return {};
    }
    fs::path folder_;
};

/// The number of a process that has ended.
pid_t deadProcess() {
    const pid_t child = ::fork();
    if (child == 0)
        ::_exit(0);
    ::waitpid(child, nullptr, 0);
    return child;
}

} // namespace

TEST_F(AtomicFileTest, ReplacesOnlyOnCommit) {
    writeFileAtomically(folder_ / "a.txt", "old");
    {
        AtomicFile file(folder_ / "a.txt");
        std::ofstream(file.temporaryPath()) << "half";
    }
    EXPECT_EQ(contents(folder_ / "a.txt"), "old");
    EXPECT_EQ(files(), 1U) << "nothing may be left behind";
    writeFileAtomically(folder_ / "a.txt", "new");
    EXPECT_EQ(contents(folder_ / "a.txt"), "new");
    EXPECT_EQ(files(), 1U);
}

TEST_F(AtomicFileTest, SaysWhyAPlaceCannotBeWritten) {
    EXPECT_THROW(AtomicFile(folder_ / "missing" / "a.txt"), Error);
    EXPECT_THROW(AtomicFile{folder_}, Error);
    EXPECT_THROW(AtomicFile(fs::path()), Error);
}

TEST_F(AtomicFileTest, FollowsLinksAndLeavesThem) {
    std::ofstream(folder_ / "real.txt") << "old";
    fs::create_symlink("real.txt", folder_ / "link.txt");
    fs::create_symlink(folder_ / "link.txt", folder_ / "link_of_link.txt");
    writeFileAtomically(folder_ / "link_of_link.txt", "new");
    EXPECT_TRUE(fs::is_symlink(folder_ / "link.txt"));
    EXPECT_TRUE(fs::is_symlink(folder_ / "link_of_link.txt"));
    EXPECT_EQ(contents(folder_ / "real.txt"), "new");
    fs::create_directory(folder_ / "sub");
    fs::create_symlink("sub/not_yet.txt", folder_ / "dangling.txt");
    writeFileAtomically(folder_ / "dangling.txt", "made");
    EXPECT_TRUE(fs::is_symlink(folder_ / "dangling.txt"));
    EXPECT_EQ(contents(folder_ / "sub/not_yet.txt"), "made");
}

TEST_F(AtomicFileTest, RefusesWhatCannotBeAFile) {
    fs::create_symlink("b.txt", folder_ / "a.txt");
    fs::create_symlink("a.txt", folder_ / "b.txt");
    EXPECT_NE(messageOf(folder_ / "a.txt").find("circle"), std::string::npos);
    EXPECT_NE(messageOf(folder_ / "a.txt" / "inside.txt"), "");

    const int sock = ::socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string path = (folder_ / "s").string();
    ASSERT_LT(path.size(), sizeof address.sun_path);
    path.copy(address.sun_path, path.size());
    ASSERT_EQ(::bind(sock, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    EXPECT_NE(messageOf(folder_ / "s").find("socket"), std::string::npos);
    EXPECT_TRUE(fs::is_socket(folder_ / "s"));
    ::close(sock);
}

TEST_F(AtomicFileTest, WritesIntoAFifo) {
    const fs::path fifo = folder_ / "f";
    ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
    const std::string text(300'000, 'x'); // more than a pipe holds
    std::string got;
    std::thread reader([&] { got = contents(fifo); });
    writeFileAtomically(fifo, text);
    reader.join();
    EXPECT_EQ(got, text);
    EXPECT_TRUE(fs::is_fifo(fifo));
    EXPECT_EQ(files(), 1U);
}

TEST_F(AtomicFileTest, AFifoWithoutAReaderCanBeStopped) {
    const fs::path fifo = folder_ / "f";
    ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
    std::stop_source source;
    std::thread asker([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
        source.request_stop();
    });
    EXPECT_THROW(writeFileAtomically(fifo, "text", source.get_token()), Cancelled);
    asker.join();
    EXPECT_TRUE(fs::is_fifo(fifo));
}

TEST_F(AtomicFileTest, AFifoWhoseReaderStallsCanBeStopped) {
    const fs::path fifo = folder_ / "f";
    ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
    const int reader = ::open(fifo.c_str(), O_RDONLY | O_NONBLOCK);
    std::stop_source source;
    std::thread asker([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
        source.request_stop();
    });
    const std::string text(1'000'000, 'x'); // more than a pipe holds
    EXPECT_THROW(writeFileAtomically(fifo, text, source.get_token()), Cancelled);
    asker.join();
    ::close(reader);
}

TEST_F(AtomicFileTest, TellsThatTheReaderHasGone) {
    std::signal(SIGPIPE, SIG_IGN);
    const fs::path fifo = folder_ / "f";
    ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
    std::thread reader([&] { // opens and goes
        std::ifstream stream(fifo);
        stream.get();
    });
    std::string message;
    try {
        writeFileAtomically(fifo, std::string(1'000'000, 'x'));
    } catch (const Error& error) {
        message = error.what();
    }
    reader.join();
    EXPECT_NE(message.find("reader"), std::string::npos) << message;
}

TEST_F(AtomicFileTest, WritesIntoATerminal) { // a device whose file system refuses renames: nothing can break
    const int master = ::posix_openpt(O_RDWR | O_NOCTTY);
    if (master < 0 || ::grantpt(master) != 0 || ::unlockpt(master) != 0)
        GTEST_SKIP() << "this system lends no terminals";
    const fs::path device = ::ptsname(master);
    writeFileAtomically(device, "text\n");
    char got[16] = {};
    EXPECT_GE(::read(master, got, sizeof got - 1), 5);
    EXPECT_EQ(std::string(got).substr(0, 4), "text");
    EXPECT_TRUE(fs::is_character_file(device));
    ::close(master);
}

TEST_F(AtomicFileTest, WritesIntoAnOpenDescriptorWhereItStands) {
    const int handle = ::open((folder_ / "out.txt").c_str(), O_CREAT | O_RDWR, 0600);
    ASSERT_EQ(::write(handle, "before ", 7), 7);
    writeFileAtomically("/proc/self/fd/" + std::to_string(handle), "text");
    writeFileAtomically("/dev/fd/" + std::to_string(handle), " twice");
    ::close(handle);
    EXPECT_EQ(contents(folder_ / "out.txt"), "before text twice");
}

TEST_F(AtomicFileTest, KeepsPermissions) {
    const auto modeOf = [](const fs::path& path) { return fs::status(path).permissions(); };
    const mode_t mask = ::umask(027);
    writeFileAtomically(folder_ / "new.txt", "text");
    ::umask(mask);
    EXPECT_EQ(modeOf(folder_ / "new.txt"), fs::perms(0640));
    fs::permissions(folder_ / "new.txt", fs::perms(0604));
    writeFileAtomically(folder_ / "new.txt", "other");
    EXPECT_EQ(modeOf(folder_ / "new.txt"), fs::perms(0604));
}

TEST_F(AtomicFileTest, TakesTheLongestNames) {
    for (const std::size_t length : {200U, 250U, 255U}) {
        const std::string name(length, 'n');
        writeFileAtomically(folder_ / name, name);
        EXPECT_EQ(contents(folder_ / name), name);
    }
    EXPECT_EQ(files(), 3U);
    const std::string message = messageOf(folder_ / std::string(256, 'n'));
    EXPECT_NE(message.find("too long"), std::string::npos) << message;
    EXPECT_LT(messageOf(folder_ / std::string(60'000, 'n')).size(), 400U);
}

TEST_F(AtomicFileTest, SweepsWhatDeadProcessesLeft) {
    const std::string dead = std::to_string(deadProcess());
    const std::string alive = std::to_string(::getppid());
    const auto leave = [&](const std::string& name) { std::ofstream(folder_ / name) << "half"; };
    leave(".a.h5." + dead + "-0.part");
    leave(".a.h5." + alive + "-0.part");         // at work
    leave(".b.h5." + dead + "-0.part");          // another target's
    leave(".a.h5." + dead + "-0@00000000.part"); // of another machine
    leave(".a.h5.mine.part");                    // somebody's own name
    leave("a.h5.part");                          // encode resumes from it
    writeFileAtomically(folder_ / "a.h5", "text");
    EXPECT_FALSE(fs::exists(folder_ / (".a.h5." + dead + "-0.part")));
    EXPECT_EQ(files(), 6U);
    // What this process has at work stays, under any spelling of the folder.
    AtomicFile first(folder_ / "a.h5");
    std::ofstream(first.temporaryPath()) << "whole";
    const AtomicFile second(folder_ / "." / "a.h5");
    EXPECT_TRUE(fs::exists(first.temporaryPath()));
    first.commit();
}

TEST_F(AtomicFileTest, SweepsWhatItsOwnKilledRunLeft) {
    const pid_t child = ::fork();
    if (child == 0) {
        const AtomicFile file(folder_ / "a.h5");
        std::ofstream(file.temporaryPath()) << "half";
        ::raise(SIGKILL);
    }
    ::waitpid(child, nullptr, 0);
    EXPECT_EQ(files(), 1U);
    writeFileAtomically(folder_ / "a.h5", "text");
    EXPECT_EQ(files(), 1U);
    EXPECT_EQ(contents(folder_ / "a.h5"), "text");
}

TEST_F(AtomicFileTest, AFileThatMayNotGrowIsAnError) {
    const pid_t child = ::fork();
    if (child == 0) {
        std::signal(SIGXFSZ, SIG_IGN);
        const rlimit small{1000, 1000};
        ::setrlimit(RLIMIT_FSIZE, &small);
        try {
            writeFileAtomically(folder_ / "a.txt", std::string(100'000, 'x'));
        } catch (const Error& error) {
            ::_exit(std::string(error.what()).size() < 200 ? 7 : 8);
        }
        ::_exit(0);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    EXPECT_EQ(WEXITSTATUS(status), 7);
    EXPECT_EQ(files(), 0U);
}

TEST_F(AtomicFileTest, RemoveAllLeavesNothing) {
    const AtomicFile first(folder_ / "a.txt");
    const AtomicFile second(folder_ / "b.txt");
    for (const AtomicFile* file : {&first, &second})
        std::ofstream(file->temporaryPath()) << "half";
    EXPECT_EQ(files(), 2U);
    TemporaryFile::removeAll();
    EXPECT_EQ(files(), 0U);
}
