#include "core/workflow/inspect.h"

#include "core/catalogue/doctor.h"
#include "tests/core/workflow/import_support.h"

#include <cmath>
#include <gtest/gtest.h>
#include <limits>

namespace penumbra::workflow {
namespace {

CommandResult inspect(const std::string& path, const std::string& part = "") {
    const Command command = inspectCommand();
    OptionSet options;
    command.options(options);
    options.setFromText("file", path);
    if (!part.empty())
        options.setFromText("part", part);
    RunContext context;
    return command.run(options, Services{}, context);
}

io::Column reals(const std::string& name, std::vector<double> values) {
    io::Column column;
    column.name = name;
    column.values = std::move(values);
    return column;
}

/// 1000 different values between 15 and 25 with `count` of them replaced by `code`.
io::Column magnitudes(double code, std::size_t count) {
    std::vector<double> values;
    for (std::size_t i = 0; i < 1000; ++i)
        values.push_back(i < count ? code : 15.0 + 0.01 * static_cast<double>(i) + 1e-4);
    return reals("mag", std::move(values));
}

bool warns(const io::Column& column, const std::string& words) {
    for (const auto& finding : doctor::examineColumn(column).findings)
        if (finding.what.find(words) != std::string::npos)
            return true;
    return false;
}

TEST(InspectColumn, noticesCodesForMissing) {
    for (const double code : {-99.0, 99.0, -9.99, -9999.0, 99.99, 1e20})
        EXPECT_TRUE(warns(magnitudes(code, 5), "code for missing")) << code;
    EXPECT_TRUE(warns(magnitudes(-99.0, 1), "-99 occurs 1 time"));
    EXPECT_TRUE(warns(magnitudes(0.0, 20), "0 occurs 20 times"));
    EXPECT_TRUE(warns(magnitudes(-1.0, 20), "-1 occurs 20 times"));
}

TEST(InspectColumn, findsNothingWrongWithPlainColumns) {
    EXPECT_TRUE(doctor::examineColumn(magnitudes(0.0, 0)).findings.empty());
    io::Column counts;
    counts.name = "row";
    std::vector<std::int64_t> rows;
    for (std::int64_t i = 0; i < 1000; ++i)
        rows.push_back(i - 100); // passes -99, -1, 0, 99 on the way
    counts.values = rows;
    EXPECT_TRUE(doctor::examineColumn(counts).findings.empty());
    std::vector<double> centred;
    for (int i = 0; i < 1000; ++i)
        centred.push_back(0.37 * (i - 500));
    EXPECT_TRUE(doctor::examineColumn(reals("offset", centred)).findings.empty()); // one exact 0
}

TEST(InspectColumn, countsMissingInfiniteAndRange) {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    const double infinity = std::numeric_limits<double>::infinity();
    const auto findings = doctor::examineColumn(reals("x", {3, nan, 1, infinity, 2})).summary;
    EXPECT_EQ(findings.missing, 1U);
    EXPECT_EQ(findings.infinite, 1U);
    EXPECT_DOUBLE_EQ(findings.minimum, 1.0);
    EXPECT_DOUBLE_EQ(findings.median, 2.0);
    EXPECT_DOUBLE_EQ(findings.maximum, 3.0);
    EXPECT_TRUE(warns(reals("c", {5, 5, 5}), "constant"));
    EXPECT_TRUE(warns(reals("e", {nan, nan}), "no value at all"));
}

TEST(InspectColumn, looksAtIdsAndText) {
    EXPECT_TRUE(warns(reals("TARGETID", {1.8e16, 1.9e16}), "2^53"));
    io::Column ids;
    ids.name = "object_id";
    ids.values = std::vector<std::int64_t>{7, 8, 7, 7};
    EXPECT_TRUE(warns(ids, "2 rows repeat"));
    io::Column glued;
    glued.name = "e.W420FE";
    glued.values = std::vector<std::string>{"1.0", "3  3.1E-03", "2.0", "4"};
    EXPECT_TRUE(warns(glued, "3 of 4"));
    EXPECT_TRUE(warns(glued, "3  3.1E-03"));
}

TEST(Inspect, describesATable) {
    const ImportFolder folder;
    const auto result = inspect(folder.write("t.csv", "id,z,class\n1,0.1,A\n2,0.2,B\n2,0.3,A\n"));
    EXPECT_EQ(result.json["kind"], "table");
    EXPECT_EQ(result.json["rows"], 3);
    ASSERT_EQ(result.json["columns"].size(), 3U);
    EXPECT_EQ(result.json["columns"][0]["type"], "int64");
    EXPECT_EQ(result.json["columns"][0]["max"], 2);
    EXPECT_DOUBLE_EQ(result.json["columns"][1]["max"].get<double>(), 0.3);
    EXPECT_EQ(result.json["columns"][2]["example"], "A");
    expectWords(result.json["warnings"].dump(), {"id: 1 row repeats"});
    expectWords(result.text, {"t.csv", "3 columns", "class", "warning"});
}

TEST(Inspect, describesACatalogue) {
    const ImportFolder folder;
    folder.write("s.csv", "id,f,z,role\n1,1.5,0.1,train\n2,,0.2,cal\n3,2.5,,test\n");
    runWith({{"input", folder.file("s.csv")},
             {"id", "id"},
             {"features-from", "f"},
             {"target", "z"},
             {"columns", "role"},
             {"split-column", "role"},
             {"out", folder.file("c.h5")}});
    const auto result = inspect(folder.file("c.h5"));
    EXPECT_EQ(result.json["kind"], "catalogue");
    EXPECT_EQ(result.json["rows"], 3);
    EXPECT_EQ(result.json["features"][0]["quarantined"], 1);
    EXPECT_EQ(result.json["targets"][0]["labelled"], 2);
    EXPECT_EQ(result.json["split"]["calibration"], 1);
    expectWords(result.json["warnings"].dump(), {"quarantine", "ten or more"});
    // As a plain table, on request.
    EXPECT_EQ(inspect(folder.file("c.h5"), "/columns").json["kind"], "table");
}

TEST(Doctor, importListsTheRowsInQuarantineAndTellsLeaks) {
    const ImportFolder folder;
    std::string text = "id,f,g,z\n";
    for (int i = 0; i < 200; ++i) {
        const std::string z = std::to_string(0.1 + 0.001 * ((i * 37) % 200));
        text += std::to_string(i) + (i == 5 ? ",," : "," + std::to_string((i * 7919) % 211) + ".5,") + z +
                "," + z + "\n";
    }
    const auto result =
        runWith({{"input", folder.write("s.csv", text)},
                 {"id", "id"},
                 {"features-from", "f,g"},
                 {"target", "z"},
                 {"cut", "id != 2"}, // rows of the input are named, not those of the catalogue
                 {"out", folder.file("c.h5")}});
    ASSERT_EQ(result.written.size(), 2U);
    std::ifstream list(folder.file("c_quarantine.csv"));
    const std::string lines{std::istreambuf_iterator<char>(list), {}};
    EXPECT_EQ(lines, "row,reason\n5,features: f is NaN or infinite\n");
    EXPECT_EQ(readCatalogue(folder.file("c.h5")).quarantine.at(0).row, 4);
    expectWords(result.json["serious"].dump(), {"target z is identical to g"});
    expectWords(result.text, {"serious", "penumbra-cli doctor"});
}

TEST(Inspect, failsWithWordsOnFilesItCannotRead) {
    const ImportFolder folder;
    for (const auto& path : {folder.write("empty.csv", ""), folder.file("absent.fits"),
                             folder.write("broken.h5", std::string("\x89HDF\r\n\x1a\n") + "rubbish")})
        expectWords(errorOf([&] { inspect(path); }), {path});
}

} // namespace
} // namespace penumbra::workflow
