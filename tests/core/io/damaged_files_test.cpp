// Files with single bytes changed, or cut anywhere: whatever a reader makes of them, it returns a table of
// equally long columns or throws Error. Positions and values come from a seed, so a failure can be repeated.

#ifdef PENUMBRA_WITH_ARROW
#include "tests/core/io/arrow_files.h" // before cfitsio's macros
#endif

#include "core/base/error.h"
#include "core/base/rng.h"
#include "core/io/hdf5_file.h"
#include "core/io/table_reader.h"
#include "tests/core/io/fits_writer.h"
#include "tests/core/io/scratch.h"

#include <gtest/gtest.h>
#include <typeinfo>

namespace penumbra::io {
namespace {

using test::Scratch;

void writeFits(const std::filesystem::path& path) {
    test::FitsWriter fits(path);
    fits.table(BINARY_TBL, "T",
               {{"id", "K", ""}, {"flux", "3E", "nJy"}, {"name", "5A", ""}, {"ok", "L", ""}, {"n", "I", ""}});
    fits.column<LONGLONG>(TLONGLONG, 1, {1, 2, 3});
    fits.column<float>(TFLOAT, 2, {1, 2, 3, 4, 5, 6, 7, 8, 9});
    fits.texts(3, {"a", "bb", "ccccc"});
    fits.column<char>(TLOGICAL, 4, {1, 0, 1});
    fits.column<short>(TSHORT, 5, {1, 2, 3});
}

void writeHdf5(const std::filesystem::path& path) {
    Hdf5File file = Hdf5File::create(path);
    file.writeReals("z", std::vector<double>(40, 0.5));
    file.writeFloats("flux", std::vector<float>(200, 1.0F), {40, 5}, {.chunkRows = 8, .lzf = true});
    file.writeIntegers("id", std::vector<std::int64_t>(40, 7), {}, {.deflate = 4});
    file.writeTexts("fixed", std::vector<std::string>(40, "abc"), {}, {.fixedText = true});
    file.writeBooleans("ok", std::vector<std::uint8_t>(40, 1));
    file.writeTexts("name", std::vector<std::string>(40, "variable"));
    file.setAttribute("z", "unit", "none");
}

void writeText(const std::filesystem::path& path) {
    std::ofstream text(path);
    text << "# a comment\nid,z,\"na,me\",ok\n";
    for (int i = 0; i < 40; ++i) {
        text << i << ',' << i * 0.25 << ",\"g \"\"" << i << "\"\"\"," << (i % 2 == 0 ? "true" : "false")
             << '\n';
    }
}

void writeVotable(const std::filesystem::path& path) {
    std::ofstream xml(path);
    xml << "<?xml version=\"1.0\"?>\n<VOTABLE version=\"1.4\"><RESOURCE><TABLE name=\"cells\">"
           "<FIELD name=\"id\" datatype=\"long\"/><FIELD name=\"z\" datatype=\"double\" arraysize=\"2\"/>"
           "<FIELD name=\"name\" datatype=\"char\" arraysize=\"4x*\"/><DATA><TABLEDATA>\n";
    for (int i = 0; i < 20; ++i) {
        xml << "<TR><TD>" << i << "</TD><TD>" << i << " 0.5</TD><TD>abcdefgh</TD></TR>\n";
    }
    xml << "</TABLEDATA></DATA></TABLE></RESOURCE>\n<RESOURCE><TABLE name=\"binary\">"
           "<FIELD name=\"name\" datatype=\"char\" arraysize=\"*\"/><FIELD name=\"n\" datatype=\"int\"/>"
           "<FIELD name=\"ok\" datatype=\"bit\" arraysize=\"9\"/><DATA><BINARY2><STREAM "
           "encoding=\"base64\">\n";
    for (int i = 0; i < 14; ++i) { // three rows of: mask 0; 3, "abc"; 7; nine bits
        xml << "AAAAAANhYmMAAAAHgIAAAAAAA2FiYwAAAAeAgAAAAAADYWJjAAAAB4CA\n";
    }
    xml << "</STREAM></BINARY2></DATA></TABLE></RESOURCE></VOTABLE>\n";
}
#ifdef PENUMBRA_WITH_ARROW
std::shared_ptr<arrow::Table> arrowSample() {
    std::string ids = "[0", vectors = "[[0, 1]", names = "[\"g0\"", structs = "[{\"a\": 0, \"b\": [1, 2]}]";
    structs.pop_back();
    for (int i = 1; i < 40; ++i) {
        ids += "," + std::to_string(i);
        vectors += i == 7 ? ", null" : ",[1, " + std::to_string(i) + "]";
        names += ",\"g" + std::to_string(i % 5) + "\"";
        structs += ",{\"a\": 1, \"b\": [3, 4]}";
    }
    const auto part = arrow::struct_({arrow::field("a", arrow::float32()),
                                      arrow::field("b", arrow::fixed_size_list(arrow::float16(), 2))});
    return test::arrowTable({{"id", arrow::int64(), ids + "]", {"unit", "none"}},
                             {"v", arrow::list(arrow::float64()), vectors + "]"},
                             {"name", arrow::utf8(), names + "]"},
                             {"word", arrow::dictionary(arrow::int8(), arrow::utf8()), names + "]"},
                             {"s", part, structs + "]"}});
}
void writePlainParquet(const std::filesystem::path& path) {
    test::writeParquetFile(path, *arrowSample(),
                           {.rowGroup = 16, .compression = arrow::Compression::UNCOMPRESSED});
}
void writePackedParquet(const std::filesystem::path& path) {
    test::writeParquetFile(path, *arrowSample(), {.rowGroup = 16, .compression = arrow::Compression::ZSTD});
}
void writeIpc(const std::filesystem::path& path) {
    test::writeIpcFile(path, *arrowSample(), false, 16);
}
void writeIpcStream(const std::filesystem::path& path) {
    test::writeIpcFile(path, *arrowSample(), true, 16);
}
#endif

/// Reads it all; true if it could be read. Anything but Error fails the test.
bool readsOrSaysWhy(const std::filesystem::path& path, const std::string& what) {
    try {
        const Table table = readTable(path, {}, RunContext{});
        for (const Column& column : table.columns) {
            EXPECT_EQ(column.rows(), table.rows()) << what << ", column " << column.name;
            if (column.rows() > 0) {
                (void)column.asText(column.rows() - 1, column.width - 1);
            }
        }
        return true;
    } catch (const Error& error) {
        EXPECT_TRUE(test::contains(error.what(), path.filename().string())) << what << ": " << error.what();
    } catch (const std::exception& other) {
        ADD_FAILURE() << what << ": " << typeid(other).name() << ": " << other.what();
    }
    return false;
}

struct Format {
    const char* name;
    void (*write)(const std::filesystem::path&);
    int trials;
};

/// Else GoogleTest prints the bytes, padding and addresses included.
void PrintTo(const Format& format, std::ostream* out) {
    *out << format.name;
}

class DamagedFiles : public testing::TestWithParam<Format> {};

TEST_P(DamagedFiles, changedBytes) {
#ifdef __SANITIZE_ADDRESS__
    // The release build runs this one: only Error comes out there.
    if (std::string_view(GetParam().name) == "hdf5")
        GTEST_SKIP()
            << "libhdf5 1.10 reads past its own chunk buffer when the element size in a dataset's layout is "
               "damaged; AddressSanitizer stops there, inside the library";
#endif

    const Scratch scratch;
    GetParam().write(scratch / "good");
    const std::string good = test::bytesOf(scratch / "good");
    ASSERT_TRUE(readsOrSaysWhy(scratch / "good", "the good file"));
    Rng rng(20260101);
    int refused = 0;
    for (int trial = 0; trial < GetParam().trials; ++trial) {
        std::string bad = good;
        std::string what = GetParam().name;
        for (std::uint64_t changes = 1 + rng.below(3); changes > 0; --changes) {
            const auto at = static_cast<std::size_t>(rng.below(bad.size()));
            const auto to = static_cast<unsigned char>(rng.below(256));
            bad[at] = static_cast<char>(to);
            what += " byte " + std::to_string(at) + " = " + std::to_string(to);
        }
        refused += readsOrSaysWhy(scratch.write("bad", bad), what) ? 0 : 1;
    }
    RecordProperty("refused", refused);
    EXPECT_GT(refused, 0) << "no damage was ever noticed";
}

TEST_P(DamagedFiles, cutFiles) {
    const Scratch scratch;
    GetParam().write(scratch / "good");
    const std::string good = test::bytesOf(scratch / "good");
    Rng rng(7);
    for (int trial = 0; trial < GetParam().trials / 4; ++trial) {
        const auto size = static_cast<std::size_t>(rng.below(good.size()));
        readsOrSaysWhy(scratch.write("bad", std::string_view(good).substr(0, size)),
                       std::string(GetParam().name) + " cut to " + std::to_string(size) + " bytes");
    }
}

INSTANTIATE_TEST_SUITE_P(Formats, DamagedFiles,
                         testing::Values(Format{"fits", writeFits, 2000}, Format{"hdf5", writeHdf5, 2000},
                                         Format{"text", writeText, 2000},
                                         Format{"votable", writeVotable, 2000}),
                         [](const auto& format) { return std::string(format.param.name); });

#ifdef PENUMBRA_WITH_ARROW
INSTANTIATE_TEST_SUITE_P(ArrowFormats, DamagedFiles,
                         testing::Values(Format{"parquet", writePlainParquet, 400},
                                         Format{"packed_parquet", writePackedParquet, 400},
                                         Format{"arrow", writeIpc, 400},
                                         Format{"arrow_stream", writeIpcStream, 400}),
                         [](const auto& format) { return std::string(format.param.name); });
#endif

} // namespace
} // namespace penumbra::io
