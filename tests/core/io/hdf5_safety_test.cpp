// What a damaged or hostile HDF5 file, or a full disk, must not do.

#include "core/base/error.h"
#include "core/io/hdf5_file.h"
#include "core/io/table_reader.h"
#include "tests/core/io/foreign_hdf5.h"
#include "tests/core/io/scratch.h"

#include <csignal>
#include <gtest/gtest.h>
#include <malloc.h>
#include <sys/resource.h>

namespace penumbra::io {
namespace {

using test::contains;
using test::ForeignHdf5;
using test::messageOf;
using test::Scratch;

/// Memory that was freed or never filled holds no zeros by luck, so that using it shows.
class FilledMemory {
public:
    FilledMemory() { mallopt(M_PERTURB, 165); }
    ~FilledMemory() { mallopt(M_PERTURB, 0); }
    FilledMemory(const FilledMemory&) = delete;
    FilledMemory& operator=(const FilledMemory&) = delete;
};

/// Lists and reads everything there is; Error is all that may come out.
void visit(const Hdf5File& file, const std::string& group, int depth = 0) {
    if (depth > 3) {
        return; // damage can make a circle
    }
    std::vector<Hdf5LeftOut> left;
    for (const Hdf5Entry& entry : file.list(group, &left)) {
        const std::string object = (group == "/" ? "/" : group + "/") + entry.name;
        if (entry.isGroup) {
            visit(file, object, depth + 1);
            continue;
        }
        try {
            (void)file.attributesAsText(object);
            (void)(entry.kind == Hdf5Kind::Compound ? file.readCompound(object).rows()
                                                    : file.readColumn(object).rows());
        } catch (const Error&) {
        }
    }
}

/// True if something was refused.
bool survives(const std::filesystem::path& path) {
    try {
        visit(Hdf5File::openForReading(path), "/");
        return false;
    } catch (const Error& error) {
        EXPECT_TRUE(contains(error.what(), path.filename().string())) << error.what();
        return true;
    }
}

/// Puts every value of `with` in turn into each byte from `from` on.
int damage(const Scratch& scratch, const std::string& good, std::size_t from, std::size_t count,
           std::initializer_list<int> with) {
    int refused = 0;
    for (std::size_t at = from; at < std::min(good.size(), from + count); ++at) {
        for (const int value : with) {
            std::string bad = good;
            bad[at] = static_cast<char>(value);
            refused += survives(scratch.write("bad.h5", bad)) ? 1 : 0;
        }
    }
    return refused;
}

TEST(Hdf5Safety, damagedLinksInHeaps) {
    const Scratch scratch;
    const FilledMemory filled;
    {
        ForeignHdf5 file(scratch / "dense.h5", ForeignHdf5::Layout::New);
        file.group("columns");
        for (int i = 0; i < 20; ++i) {
            file.reals("columns/c" + std::to_string(i), {1, 2, 3});
        }
    }
    const std::string good = test::bytesOf(scratch / "dense.h5");
    const auto block = good.find("FHDB"); // a direct block of the fractal heap: links without a checksum
    ASSERT_NE(block, std::string::npos) << "the links are not where this test damages them";
    EXPECT_GT(damage(scratch, good, block + 22, 160, {0, 255}), 30);
}

TEST(Hdf5Safety, damagedAttributesInOldHeaders) {
#ifdef __SANITIZE_ADDRESS__
    // The release build runs this one: only Error comes out there.
    GTEST_SKIP() << "libhdf5 1.10 reads a header message that it has freed when its type is damaged "
                    "(H5O_attr_exists); AddressSanitizer stops there, inside the library";
#endif
    const Scratch scratch;
    const FilledMemory filled;
    {
        ForeignHdf5 file(scratch / "old.h5");
        file.reals("z", {1, 2, 3});
        for (int i = 0; i < 7; ++i) {
            file.attribute("z", "note" + std::to_string(i), "text");
        }
    }
    const std::string good = test::bytesOf(scratch / "old.h5");
    const auto first = good.find("note0");
    const auto last = good.find("note6");
    ASSERT_NE(last, std::string::npos);
    damage(scratch, good, first - 16, last - first + 40, {0, 3, 255});
}

TEST(Hdf5Safety, membersOutsideOfTheirRow) {
    const Scratch scratch;
    const FilledMemory filled;
    {
        ForeignHdf5 file(scratch / "rows.h5");
        const hid_t type = H5Tcreate(H5T_COMPOUND, 16);
        H5Tinsert(type, "first", 0, H5T_NATIVE_INT64);
        H5Tinsert(type, "second", 8, H5T_NATIVE_DOUBLE);
        const std::vector<double> rows(80, 1.0);
        file.dataset("t", type, {40}, rows.data());
        H5Tclose(type);
    }
    const std::string good = test::bytesOf(scratch / "rows.h5");
    const auto name = good.find("second");
    ASSERT_NE(name, std::string::npos);
    damage(scratch, good, name - 40, 80, {1, 40, 255});
}

TEST(Hdf5Safety, whatWeWriteLiesInChecksummedHeaders) {
    const Scratch scratch;
    {
        Hdf5File file = Hdf5File::create(scratch / "own.h5");
        for (int i = 0; i < 60; ++i) {
            const std::string number = std::to_string(i);
            file.writeReals("/deep/columns/c" + number, std::vector<double>{1, 2});
            file.writeIntegers("/top" + number, std::vector<std::int64_t>{1});
            file.setAttribute("/", "a" + number, i);
            file.setAttribute("/deep", "a" + number, "x");
            file.setAttribute("/top0", "a" + number, 0.5);
        }
        Table table;
        table.columns = {{"z", "", "", std::vector<double>{0.5, 0.25}, {}, 1}};
        file.writeCompound("/deep/tables/t", table);
        for (int i = 0; i < 60; ++i) {
            file.setAttribute("/deep/tables/t", "b" + std::to_string(i), i);
        }
        file.createGroup("/made/by/name");
    }
    const std::string bytes = test::bytesOf(scratch / "own.h5");
    EXPECT_EQ(bytes.find("FRHP"), std::string::npos) << "a heap for links or attributes";
    EXPECT_EQ(bytes.find("SNOD"), std::string::npos) << "a symbol table";
    const Hdf5File file = Hdf5File::openForReading(scratch / "own.h5");
    EXPECT_EQ(file.list("/deep/columns").size(), 60U);
    EXPECT_EQ(file.list("/").size(), 62U);
    EXPECT_EQ(file.list("/").at(1).name, "made") << "in order of name";
    EXPECT_EQ(file.attributeNames("/deep/tables/t").size(), 60U);
    EXPECT_EQ(file.integerAttribute("/", "a59"), 59);
}

TEST(Hdf5Safety, updatedFilesAreCheckedAsNewOnes) {
    const Scratch scratch;
    { Hdf5File::create(scratch / "own.h5").writeReals("z", std::vector<double>{1}); }
    {
        Hdf5File file = Hdf5File::openForUpdate(scratch / "own.h5");
        for (int i = 0; i < 20; ++i) {
            file.writeReals("/maps/m" + std::to_string(i), std::vector<double>{1});
        }
    }
    const std::string bytes = test::bytesOf(scratch / "own.h5");
    EXPECT_EQ(bytes.find("SNOD"), std::string::npos);
    EXPECT_EQ(bytes.find("FRHP"), std::string::npos);
}

TEST(Hdf5Safety, nothingLeadsOutOfTheFile) {
    const Scratch scratch;
    {
        ForeignHdf5 other(scratch / "other.h5");
        other.reals("secret", {42, 43, 44});
    }
    scratch.write("secret.bin", std::string(24, '*'));
    {
        ForeignHdf5 file(scratch / "a.h5");
        file.reals("z", {1, 2, 3});
        H5Lcreate_soft("/z", file.id(), "soft", H5P_DEFAULT, H5P_DEFAULT);
        H5Lcreate_soft("/nowhere", file.id(), "dangling", H5P_DEFAULT, H5P_DEFAULT);
        H5Lcreate_external("other.h5", "/secret", file.id(), "external", H5P_DEFAULT, H5P_DEFAULT);
        H5Lcreate_external("other.h5", "/", file.id(), "door", H5P_DEFAULT, H5P_DEFAULT);
        H5Lcreate_soft("/door/secret", file.id(), "through", H5P_DEFAULT, H5P_DEFAULT);
        const hid_t outside = H5Pcreate(H5P_DATASET_CREATE);
        H5Pset_external(outside, (scratch / "secret.bin").c_str(), 0, 24);
        file.dataset("raw", H5T_NATIVE_DOUBLE, {3}, nullptr, outside);
        H5Pclose(outside);
        const hid_t pieces = H5Pcreate(H5P_DATASET_CREATE);
        const hsize_t n = 3;
        const hid_t space = H5Screate_simple(1, &n, nullptr);
        H5Pset_virtual(pieces, space, (scratch / "other.h5").c_str(), "/secret", space);
        file.dataset("virtual", H5T_NATIVE_DOUBLE, {3}, nullptr, pieces);
        H5Sclose(space);
        H5Pclose(pieces);
    }
    const Hdf5File file = Hdf5File::openForReading(scratch / "a.h5");
    std::vector<Hdf5LeftOut> left;
    const auto entries = file.list("/", &left);
    ASSERT_EQ(entries.size(), 2U);
    EXPECT_EQ(entries[0].name, "soft");
    std::string told;
    for (const Hdf5LeftOut& one : left) {
        told += one.name + ": " + one.why + "\n";
    }
    EXPECT_EQ(left.size(), 6U) << told;
    EXPECT_TRUE(contains(told, "external: a link into another file")) << told;
    EXPECT_TRUE(contains(told, "raw: keeps its values in another file")) << told;
    EXPECT_TRUE(contains(told, "virtual: is put together")) << told;
    EXPECT_TRUE(contains(told, "dangling: a link that leads nowhere")) << told;
    for (const char* name : {"external", "through", "door/secret", "raw", "virtual"}) {
        EXPECT_FALSE(messageOf<Error>([&] { (void)file.readReals(name); }).empty()) << name;
        EXPECT_FALSE(messageOf<Error>([&] { (void)file.readColumn(name); }).empty()) << name;
        EXPECT_FALSE(messageOf<Error>([&] { (void)file.describe(name); }).empty()) << name;
    }
    EXPECT_FALSE(file.exists("external"));
    EXPECT_TRUE(contains(messageOf<Error>([&] { (void)file.describe("external"); }), "another file"));
}

/// Writes until the limit on the size of files stops it, and ends as a command does.
[[noreturn]] void writeTooMuch(const std::filesystem::path& path) {
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit small{100'000, 100'000};
    setrlimit(RLIMIT_FSIZE, &small);
    try {
        Hdf5File file = Hdf5File::create(path);
        for (int i = 0; i < 20; ++i) {
            file.writeReals("/columns/c" + std::to_string(i), std::vector<double>(5000, 1.0));
        }
        file.close();
    } catch (const Error& error) {
        std::fprintf(stderr, "%s\n", error.what());
        std::exit(1);
    }
    std::exit(0);
}

TEST(Hdf5SafetyDeathTest, aFullDiskEndsWithASentence) {
    const Scratch scratch;
    EXPECT_EXIT(
        writeTooMuch(scratch / "full.h5"), testing::ExitedWithCode(1),
        "full.h5: the file grew beyond the largest size allowed here: at least [0-9]+ bytes are needed");
}

} // namespace
} // namespace penumbra::io
