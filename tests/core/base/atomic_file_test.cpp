#include "core/base/atomic_file.h"
#include "core/base/error.h"

#include <fstream>
#include <gtest/gtest.h>
#include <iterator>
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
    fs::path folder_;
};

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
