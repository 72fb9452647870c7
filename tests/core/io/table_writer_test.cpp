// Headers and cells as the formats' documents write them, read without our readers.

#include "core/base/error.h"
#include "core/io/hdf5_file.h"
#include "core/io/table_writer.h"
#include "tests/core/io/scratch.h"

#include <fitsio.h>
#include <gtest/gtest.h>
#include <limits>

namespace penumbra::io {
namespace {

using test::bytesOf;
using test::contains;
using test::Scratch;

Table smallTable() {
    Table table;
    table.columns.push_back({"id", "", "identity", std::vector<std::int64_t>{7, 0}, {0, 1}, 1, "meta.id"});
    table.columns.push_back(
        {"m/u", "\xc2\xb5Jy", "", std::vector<double>{0.1, -std::numeric_limits<double>::infinity()}, {}, 1});
    table.columns.push_back({"v", "", "", std::vector<float>{1, 2.5F, 3, 0.1F}, {}, 2});
    table.columns.push_back({"ok", "", "", std::vector<std::uint8_t>{1, 0}, {}, 1});
    table.columns.push_back({"t", "", "", std::vector<std::string>{"a,\"b\"", "\xc3\xa9\n"}, {}, 1});
    return table;
}

const TableMeta meta = {"small",
                        {{"study", std::string(120, 's')}, {"catalogue_hash", "00ff"}, {"alpha", "0.1"}}};

std::filesystem::path written(const Scratch& scratch, const std::string& id, std::string* notes = nullptr) {
    const TableWriter& writer = writerFor("", id);
    const auto path = scratch / ("t" + writer.patterns.front().substr(1));
    RunContext context;
    context.say = [&](const std::string& line) {
        if (notes)
            *notes += line + "\n";
    };
    writer.write(smallTable(), path, meta, context);
    return path;
}

TEST(TableWriters, csvIsRfc4180) {
    const Scratch scratch;
    EXPECT_EQ(bytesOf(written(scratch, "csv")), "id,m/u,v[0],v[1],ok,t\n"
                                                "7,0.1,1,2.5,true,\"a,\"\"b\"\"\"\n"
                                                ",-inf,3,0.1,false,\"\xc3\xa9\n\"\n");
}

TEST(TableWriters, ecsvIsAstropysProposal6) {
    const Scratch scratch;
    EXPECT_EQ(bytesOf(written(scratch, "ecsv")),
              "# %ECSV 1.0\n# ---\n# delimiter: ','\n# datatype:\n"
              "# - {name: \"id\", datatype: int64, description: \"identity\", meta: {ucd: \"meta.id\"}}\n"
              "# - {name: \"m/u\", unit: \"\xc2\xb5Jy\", datatype: float64}\n"
              "# - {name: \"v\", datatype: string, subtype: 'float32[2]'}\n"
              "# - {name: \"ok\", datatype: bool}\n# - {name: \"t\", datatype: string}\n"
              "# meta: !!omap\n# - {\"title\": \"small\"}\n# - {\"study\": \"" +
                  std::string(120, 's') +
                  "\"}\n# - {\"catalogue_hash\": \"00ff\"}\n# - {\"alpha\": \"0.1\"}\n"
                  "# schema: astropy-2.0\nid,m/u,v,ok,t\n"
                  "7,0.1,\"[1,2.5]\",True,\"a,\"\"b\"\"\"\n,-inf,\"[3,0.1]\",False,\"\xc3\xa9\n\"\n");
}

std::string keyOf(fitsfile* file, const char* name) {
    char* value = nullptr;
    int status = 0;
    fits_read_key_longstr(file, name, &value, nullptr, &status);
    const std::string text = status == 0 ? value : "absent";
    fits_free_memory(value, &status);
    return text;
}

TEST(TableWriters, fitsKeywords) {
    const Scratch scratch;
    std::string notes;
    const auto path = written(scratch, "fits", &notes);
    fitsfile* file = nullptr;
    int status = 0;
    ASSERT_EQ(fits_open_diskfile(&file, path.c_str(), READONLY, &status), 0);
    fits_movabs_hdu(file, 2, nullptr, &status);
    const std::pair<const char*, std::string> expected[] = {{"EXTNAME", "small"},
                                                            {"TTYPE1", "id"},
                                                            {"TFORM1", "1K"},
                                                            {"TCOMM1", "identity"},
                                                            {"TUCD1", "meta.id"},
                                                            {"TUNIT2", "uJy"},
                                                            {"TFORM3", "2E"},
                                                            {"TFORM4", "1L"},
                                                            {"TFORM5", "5A"},
                                                            {"ALPHA", "0.1"},
                                                            {"STUDY", std::string(120, 's')},
                                                            {"CATALOGUE_HASH", "00ff"}};
    for (const auto& [key, value] : expected)
        EXPECT_EQ(keyOf(file, key), value) << key;
    LONGLONG null = 0, raw[2] = {}, rows = 0;
    fits_read_key(file, TLONGLONG, "TNULL1", &null, nullptr, &status);
    fits_read_key(file, TLONGLONG, "NAXIS2", &rows, nullptr, &status);
    fits_set_btblnull(file, 1, 12345, &status); // numbers as they stand in the file
    fits_read_col(file, TLONGLONG, 1, 1, 1, 2, nullptr, raw, nullptr, &status);
    EXPECT_EQ(status, 0);
    EXPECT_EQ(rows, 2);
    EXPECT_EQ(raw[0], 7);
    EXPECT_EQ(raw[1], null);
    fits_close_file(file, &status);
    EXPECT_TRUE(contains(notes, "ASCII") && contains(notes, "t")) << notes;
}

TEST(TableWriters, hdf5DatasetsAndMasks) {
    const Scratch scratch;
    std::string notes;
    const Hdf5File file = Hdf5File::openForReading(written(scratch, "hdf5", &notes));
    EXPECT_EQ(file.readBytes("/id.mask"), (std::vector<std::uint8_t>{0, 1}));
    EXPECT_FALSE(file.exists("/ok.mask"));
    EXPECT_EQ(file.textAttribute("/id", "ucd"), "meta.id");
    EXPECT_EQ(file.textAttribute("/m_u", "unit"), "\xc2\xb5Jy");
    EXPECT_EQ(file.textAttribute("/", "catalogue_hash"), "00ff");
    EXPECT_EQ(file.describe("/v").shape, (Shape{2, 2}));
    EXPECT_TRUE(contains(notes, "'m/u' is written as 'm_u'")) << notes;
}

TEST(TableWriters, votableHeader) {
    const Scratch scratch;
    const std::string xml = bytesOf(written(scratch, "votable"));
    for (const char* piece :
         {"<VOTABLE version=\"1.4\" xmlns=\"http://www.ivoa.net/xml/VOTable/v1.3\">",
          "<INFO name=\"catalogue_hash\" value=\"00ff\"/>", "<TABLE name=\"small\" nrows=\"2\">",
          "<FIELD name=\"id\" datatype=\"long\" ucd=\"meta.id\">\n    <DESCRIPTION>identity</DESCRIPTION>",
          "<FIELD name=\"m/u\" datatype=\"double\" unit=\"\xc2\xb5Jy\"/>",
          "<FIELD name=\"v\" datatype=\"float\" arraysize=\"2\"/>",
          "<FIELD name=\"ok\" datatype=\"boolean\"/>",
          "<FIELD name=\"t\" datatype=\"unicodeChar\" arraysize=\"*\"/>",
          // A row: five bits, set where a cell is missing; 7; 0.1; 1, 2.5; T; 5 letters of two bytes.
          "<STREAM "
          "encoding=\"base64\">\nAAAAAAAAAAAHP7mZmZmZmZo/gAAAQCAAAFQAAAAFAGEALAAiAGIAIoAAAAAAAAAAAP/"
          "wAAAAAAAA\n"
          "QEAAAD3MzM1GAAAAAgDpAAo=\n"})
        EXPECT_TRUE(contains(xml, piece)) << piece << "\n" << xml;
}

} // namespace
} // namespace penumbra::io
