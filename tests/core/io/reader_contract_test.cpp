// What every reader in the table of readers must do. A reader added there is held to this without further
// work, once sampleFile knows how to write a file for it.

#ifdef PENUMBRA_WITH_ARROW
#include "tests/core/io/arrow_files.h" // before cfitsio's macros
#endif

#include "core/base/error.h"
#include "core/io/hdf5_file.h"
#include "core/io/table_reader.h"
#include "tests/core/io/fits_writer.h"
#include "tests/core/io/scratch.h"

#include <cmath>
#include <fstream>
#include <gtest/gtest.h>
#include <limits>
#include <set>

namespace penumbra::io {
namespace {

using test::contains;
using test::FitsWriter;
using test::messageOf;
using test::Scratch;

constexpr std::size_t sampleRows = 500;

#ifdef PENUMBRA_WITH_ARROW
void writeArrowSample(const std::string& reader, const std::filesystem::path& path,
                      const std::vector<std::int64_t>& ids, const std::vector<double>& z,
                      const std::vector<std::string>& names) {
    arrow::Int64Builder idBuilder;
    arrow::DoubleBuilder zBuilder;
    arrow::StringBuilder nameBuilder;
    test::must(idBuilder.AppendValues(ids));
    test::must(zBuilder.AppendValues(z));
    test::must(nameBuilder.AppendValues(names));
    const auto table = arrow::Table::Make(
        arrow::schema({arrow::field("id", arrow::int64()), arrow::field("z", arrow::float64()),
                       arrow::field("name", arrow::utf8())}),
        {test::must(idBuilder.Finish()), test::must(zBuilder.Finish()), test::must(nameBuilder.Finish())});
    if (reader == "hats")
        test::writeHats(path, {{{0, 4}, table->Slice(0, 200)}, {{0, 5}, table->Slice(200)}});
    else if (reader == "parquet")
        test::writeParquetFile(path, *table);
    else
        test::writeIpcFile(path, *table);
}
#else
void writeArrowSample(const std::string&, const std::filesystem::path&, const std::vector<std::int64_t>&,
                      const std::vector<double>&, const std::vector<std::string>&) {}
#endif

/// id = 2^53 + 1 + row, z = row / 8 with NaN in row 3, name = "g<row>".
std::filesystem::path sampleFile(const std::string& reader, const Scratch& scratch) {
    std::vector<std::int64_t> ids;
    std::vector<double> z;
    std::vector<std::string> names;
    for (std::size_t row = 0; row < sampleRows; ++row) {
        ids.push_back(9007199254740993 + static_cast<std::int64_t>(row));
        z.push_back(row == 3 ? std::numeric_limits<double>::quiet_NaN() : static_cast<double>(row) / 8.0);
        names.push_back("g" + std::to_string(row));
    }
    const auto path = scratch / ("sample." + reader);
    if (reader == "fits") {
        FitsWriter fits(path);
        fits.table(BINARY_TBL, "SAMPLE", {{"id", "K", ""}, {"z", "D", ""}, {"name", "6A", ""}});
        fits.column(TLONGLONG, 1, std::vector<LONGLONG>(ids.begin(), ids.end()));
        fits.column(TDOUBLE, 2, z);
        fits.texts(3, names);
    } else if (reader == "hdf5") {
        Hdf5File file = Hdf5File::create(path);
        file.writeIntegers("id", ids);
        file.writeReals("z", z);
        file.writeTexts("name", names);
    } else if (reader == "votable") {
        std::ofstream xml(path);
        xml << "<VOTABLE version=\"1.4\"><RESOURCE><TABLE><FIELD name=\"id\" datatype=\"long\"/>"
               "<FIELD name=\"z\" datatype=\"double\"/>"
               "<FIELD name=\"name\" datatype=\"char\" arraysize=\"*\"/><DATA><TABLEDATA>\n";
        for (std::size_t row = 0; row < sampleRows; ++row) {
            xml << "<TR><TD>" << ids[row] << "</TD><TD>" << z[row] << "</TD><TD>" << names[row]
                << "</TD></TR>\n";
        }
        xml << "</TABLEDATA></DATA></TABLE></RESOURCE></VOTABLE>\n";
    } else if (reader == "text") {
        std::ofstream text(path);
        text << "id,z,name\n";
        for (std::size_t row = 0; row < sampleRows; ++row) {
            text << ids[row] << ',' << z[row] << ',' << names[row] << '\n';
        }
    } else if (reader == "parquet" || reader == "arrow" || reader == "hats") {
        writeArrowSample(reader, path, ids, z, names);
    } else {
        ADD_FAILURE() << "no sample file for reader " << reader << ": add one here";
    }
    return path;
}

class ReaderContract : public testing::TestWithParam<std::size_t> {
protected:
    const TableReader& reader() const { return allTableReaders()[GetParam()]; }
    Scratch scratch_;
    std::filesystem::path sample_ = sampleFile(reader().id, scratch_);
};

TEST_P(ReaderContract, describesItself) {
    EXPECT_FALSE(reader().id.empty());
    EXPECT_FALSE(reader().title.empty());
    ASSERT_FALSE(reader().patterns.empty());
    for (const std::string& pattern : reader().patterns) {
        EXPECT_TRUE(pattern.starts_with("*.") || reader().takesFolders) << pattern;
        EXPECT_TRUE(contains(readablePatterns(), pattern)) << readablePatterns();
    }
    EXPECT_TRUE(contains(readableFormats(), reader().name)) << readableFormats();
    std::set<std::string> ids;
    for (const TableReader& other : allTableReaders()) {
        EXPECT_TRUE(ids.insert(other.id).second) << other.id << " is there twice";
    }
}

/// What people read before they have the program cannot be derived; it must not fall behind.
TEST_P(ReaderContract, isNamedWhereUsersReadFirst) {
    for (const char* file : {"README.md", "resources/penumbra.metainfo.xml"})
        EXPECT_TRUE(contains(test::bytesOf(std::filesystem::path(PENUMBRA_SOURCE_DIR) / file), reader().name))
            << file << " does not name the format: " << reader().name;
}

TEST_P(ReaderContract, recognisesItsOwnFilesFirst) {
    const TableReader* found = findTableReader(sample_);
    ASSERT_NE(found, nullptr) << "no reader takes " << sample_;
    EXPECT_EQ(found->id, reader().id);
}

TEST_P(ReaderContract, readsWhatWasWritten) {
    const Table table = readTable(sample_, {}, RunContext{});
    ASSERT_EQ(table.rows(), sampleRows);
    EXPECT_TRUE(contains(table.source, sample_.string()));
    for (const Column& column : table.columns) {
        EXPECT_EQ(column.rows(), sampleRows) << column.name;
    }
    EXPECT_EQ(table.at("id").typeName(), "int64");
    EXPECT_EQ(table.at("id").asText(499), "9007199254741492");
    EXPECT_EQ(table.at("z").asReal(499), 62.375);
    EXPECT_TRUE(table.at("z").isMissing(3));
    EXPECT_FALSE(table.at("z").isMissing(4));
    EXPECT_EQ(table.at("name").asText(17), "g17");
    EXPECT_TRUE(table.notes.empty());
}

TEST_P(ReaderContract, obeysRowsAndColumns) {
    const Table table = readTable(sample_, {.maxRows = 7, .columns = {"NAME", "id"}}, RunContext{});
    EXPECT_EQ(table.rows(), 7U);
    EXPECT_EQ(table.columns.size(), 2U);
    EXPECT_NE(table.find("name"), nullptr);
    const std::string message =
        messageOf<Error>([&] { readTable(sample_, {.columns = {"nane"}}, RunContext{}); });
    EXPECT_TRUE(contains(message, "nane") && contains(message, "name")) << message;
    EXPECT_THROW(readTable(sample_, {.part = "no such part"}, RunContext{}), Error);
}

TEST_P(ReaderContract, stopsWhenAsked) {
    std::stop_source source;
    source.request_stop();
    RunContext context;
    context.stop = source.get_token();
    EXPECT_THROW(readTable(sample_, {}, context), Cancelled);
}

TEST_P(ReaderContract, readsTwiceTheSame) {
    const Table first = readTable(sample_, {}, RunContext{});
    const Table second = readTable(sample_, {}, RunContext{});
    EXPECT_EQ(first.at("id").values, second.at("id").values);
    EXPECT_EQ(first.at("name").values, second.at("name").values);
}

TEST_P(ReaderContract, truncatedFilesNameThemselves) {
    // Half of a row's text can still be a row, so text is cut in the middle of a line.
    const bool folder = std::filesystem::is_directory(sample_);
    const std::filesystem::path part = "dataset/Norder=0/Dir=0/Npix=4.parquet";
    const auto bytes = test::bytesOf(folder ? sample_ / part : sample_);
    auto cut = scratch_ / ("cut." + reader().id);
    if (folder)
        std::filesystem::copy(sample_, cut, std::filesystem::copy_options::recursive);
    std::ofstream(folder ? cut / part : cut, std::ios::binary)
        << std::string_view(bytes).substr(0, bytes.size() / 2 + 3);
    try {
        const Table table = readTable(cut, {}, RunContext{});
        EXPECT_EQ(reader().id, "text") << "a truncated file was read as if it were whole";
        EXPECT_LT(table.rows(), sampleRows);
    } catch (const Error& error) {
        EXPECT_TRUE(contains(error.what(), "cut." + reader().id)) << error.what();
    }
}

INSTANTIATE_TEST_SUITE_P(AllTableReaders, ReaderContract,
                         testing::Range<std::size_t>(0, allTableReaders().size()),
                         [](const auto& index) { return allTableReaders()[index.param].id; });

TEST(ReadTable, saysWhatIsWrongWithAFile) {
    const Scratch scratch;
    const auto message = [&](const std::filesystem::path& path) {
        const std::string text = messageOf<Error>([&] { readTable(path, {}, RunContext{}); });
        EXPECT_TRUE(contains(text, path.string())) << text;
        return text;
    };
    EXPECT_TRUE(contains(message(scratch / "absent.fits"), "no such file"));
    EXPECT_TRUE(contains(message(scratch.write("empty.csv", "")), "empty"));
    EXPECT_TRUE(contains(message(std::filesystem::temp_directory_path()), "folder"));
    EXPECT_TRUE(
        contains(message(scratch.write("a.bin", std::string("\x01\x00\x02\x7f\x00", 5))), "no known format"));
    EXPECT_TRUE(contains(message(scratch.write("a.gz", "\x1f\x8b\x08 abc")), "gzip"));
    EXPECT_TRUE(contains(message(scratch.write("a.parquet", "PAR1 abc")), "arquet"));
    EXPECT_TRUE(contains(message(scratch.write("a.json", "{\"data\": [1, 2]}\n")), "JSON"));
    EXPECT_TRUE(contains(message(scratch.write("b.json", "[{\"z\": 1}, {\"z\": 2}]\n")), "JSON"));
    EXPECT_TRUE(contains(message(scratch.write("a.tex", "\\begin{tabular}{ll}\n1 & 2\\\\\n")), "LaTeX"));
    EXPECT_TRUE(contains(message(scratch.write("a.xml", "<?xml version=\"1.0\"?>\n<VOTABLE>")), "XML"));
}

} // namespace
} // namespace penumbra::io
