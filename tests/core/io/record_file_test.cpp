#include "core/io/record_file.h"

#include "core/base/error.h"
#include "tests/core/io/scratch.h"

#include <fstream>

using namespace penumbra;
using namespace penumbra::io;
using namespace penumbra::test;

namespace {

std::vector<std::byte> record(std::size_t bytes, unsigned seed) {
    std::vector<std::byte> values(bytes);
    for (std::size_t i = 0; i < bytes; ++i)
        values[i] = static_cast<std::byte>((i * 31 + seed * 7) % 251);
    return values;
}

} // namespace

TEST(RecordFile, KeepsRecordsAcrossOpenings) {
    const Scratch scratch;
    {
        RecordFile file(scratch / "r", "work A");
        file.append(7, record(1000, 1));
        file.append(2, record(0, 2));
        EXPECT_THROW(file.append(7, record(1, 1)), Error);
    }
    EXPECT_EQ(RecordFile::identityOf(scratch / "r"), "work A");
    RecordFile file(scratch / "r", "work A");
    EXPECT_EQ(file.keys(), (std::vector<std::uint64_t>{2, 7}));
    EXPECT_EQ(file.read(7), record(1000, 1));
    EXPECT_TRUE(file.read(2).empty());
    std::vector<std::byte> part(10);
    file.readPart(7, 500, part);
    EXPECT_EQ(part[0], record(1000, 1)[500]);
    EXPECT_THROW(file.readPart(7, 995, part), Error);
    EXPECT_THROW(file.read(3), Error);
    file.append(3, record(10, 3));
    file.remove();
    EXPECT_FALSE(std::filesystem::exists(scratch / "r"));
}

TEST(RecordFile, EveryTornTailIsCutAndTheRestKept) {
    const Scratch scratch;
    {
        RecordFile file(scratch / "r", "w");
        file.append(0, record(40, 1));
        file.append(1, record(50, 2));
    }
    const std::string whole = bytesOf(scratch / "r");
    const std::size_t lastRecord = 32 + 50;
    for (std::size_t cut = 1; cut <= lastRecord; ++cut) {
        scratch.write("t", whole.substr(0, whole.size() - cut));
        RecordFile file(scratch / "t", "w");
        EXPECT_EQ(file.keys(), std::vector<std::uint64_t>{0}) << cut;
        file.append(1, record(50, 2));
        EXPECT_EQ(file.read(1), record(50, 2));
    }
    EXPECT_EQ(bytesOf(scratch / "t"), whole);
    // Killed while the file was created.
    for (std::size_t length = 0; length < 20; ++length) {
        scratch.write("h", whole.substr(0, length));
        EXPECT_EQ(RecordFile(scratch / "h", "w").size(), 0U);
    }
    // The length reached the disk, the bytes did not.
    std::string zeros = whole;
    std::fill(zeros.end() - 50, zeros.end(), '\0');
    scratch.write("z", zeros);
    EXPECT_EQ(RecordFile(scratch / "z", "w").keys(), std::vector<std::uint64_t>{0});
}

TEST(RecordFile, RefusesOtherWorkOtherFilesAndCompany) {
    const Scratch scratch;
    const auto path = scratch / "r";
    RecordFile file(path, "work A");
    EXPECT_TRUE(contains(messageOf<Error>([&] { RecordFile(path, "work A"); }), "in use"));
    const auto other = scratch / "other";
    { RecordFile made(other, "work A"); }
    EXPECT_TRUE(contains(messageOf<Error>([&] { RecordFile(other, "work B"); }), "other work"));
    const auto text = scratch.write("text", std::string(200, 'x'));
    EXPECT_TRUE(contains(messageOf<Error>([&] { RecordFile(text, "w"); }), "left alone"));
    EXPECT_EQ(bytesOf(text), std::string(200, 'x'));
    EXPECT_FALSE(RecordFile::identityOf(text));
    EXPECT_THROW(RecordFile(scratch / "no/such", "w"), Error);
}

TEST(RecordFile, DamageInTheMiddleIsFoundWhenRead) {
    const Scratch scratch;
    {
        RecordFile file(scratch / "r", "w");
        file.append(0, record(400, 1));
        file.append(1, record(50, 2));
    }
    std::string bytes = bytesOf(scratch / "r");
    bytes[150] = static_cast<char>(bytes[150] ^ 1);
    scratch.write("r", bytes);
    const RecordFile file(scratch / "r", "w");
    EXPECT_EQ(file.read(1), record(50, 2));
    EXPECT_TRUE(contains(messageOf<Error>([&] { file.read(0); }), "damaged"));
}
