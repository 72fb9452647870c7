#include "core/io/table.h"

#include "core/base/error.h"
#include "tests/core/io/scratch.h"

#include <cmath>
#include <gtest/gtest.h>
#include <limits>

namespace penumbra::io {
namespace {

using test::contains;
using test::messageOf;

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

Table sample() {
    Table table;
    table.source = "galaxies.fits[1]";
    table.columns = {{"ID", "", "", std::vector<std::int64_t>{9007199254740993, 2}, {0, 1}, 1},
                     {"Z", "", "redshift", std::vector<double>{0.1, nan}, {}, 1},
                     {"z", "mag", "", std::vector<float>{17.1F, 18.0F}, {}, 1},
                     {"FLUX", "nanomaggy", "", std::vector<float>{1, 2, 3, nan, nan, nan}, {}, 3},
                     {"TYPE", "", "", std::vector<std::string>{"REX", ""}, {0, 1}, 1},
                     {"ok", "", "", std::vector<std::uint8_t>{1, 0}, {}, 1}};
    return table;
}

TEST(Column, typesRowsAndMissing) {
    const Table table = sample();
    EXPECT_EQ(table.rows(), 2U);
    EXPECT_EQ(table.at("ID").typeName(), "int64");
    EXPECT_EQ(table.at("Z").typeName(), "float64");
    EXPECT_EQ(table.at("FLUX").typeName(), "float32[3]");
    EXPECT_EQ(table.at("FLUX").rows(), 2U);
    EXPECT_EQ(table.at("TYPE").typeName(), "text");
    EXPECT_EQ(table.at("ok").typeName(), "bool");
    EXPECT_TRUE(table.at("ID").isMissing(1));
    EXPECT_TRUE(table.at("Z").isMissing(1));
    EXPECT_TRUE(table.at("FLUX").isMissing(1));
    EXPECT_FALSE(table.at("FLUX").isMissing(0));
    EXPECT_FALSE(table.at("TYPE").isNumeric());
}

TEST(Column, values) {
    const Table table = sample();
    EXPECT_EQ(table.at("ID").asText(0), "9007199254740993");
    EXPECT_EQ(table.at("ID").asText(1), "");
    EXPECT_TRUE(std::isnan(table.at("ID").asReal(1)));
    EXPECT_TRUE(std::isnan(table.at("ID").asReals().at(1)));
    EXPECT_EQ(table.at("z").asText(0), "17.1") << "a float32 is not shown with a double's digits";
    EXPECT_EQ(table.at("FLUX").asReal(0, 2), 3.0);
    EXPECT_EQ(table.at("FLUX").asReals().size(), 6U);
    EXPECT_EQ(table.at("ok").asText(0), "true");
    EXPECT_EQ(table.at("ok").asReal(0), 1.0);
}

TEST(Column, wrongUseIsAnError) {
    const Table table = sample();
    EXPECT_THROW(table.at("TYPE").asReal(0), Error);
    EXPECT_THROW(table.at("TYPE").asReals(), Error);
    EXPECT_THROW(table.at("FLUX").asReal(0, 3), Error);
    EXPECT_THROW(table.at("Z").asReal(2), Error);
    EXPECT_THROW(table.at("Z").asText(2), Error);
}

TEST(Table, findsByNameExactlyThenWithoutCase) {
    const Table table = sample();
    EXPECT_EQ(table.find("z")->unit, "mag") << "z and Z are two columns";
    EXPECT_EQ(table.find("Z")->description, "redshift");
    EXPECT_EQ(table.find("flux")->name, "FLUX");
    EXPECT_EQ(table.find("absent"), nullptr);
    Table ambiguous = table;
    ambiguous.columns[1].name = "Zz";
    ambiguous.columns[2].name = "zZ";
    EXPECT_EQ(ambiguous.find("ZZ"), nullptr);
    const std::string message = messageOf<Error>([&] { (void)table.at("FLUXX"); });
    EXPECT_TRUE(contains(message, "galaxies.fits[1]")) << message;
    EXPECT_TRUE(contains(message, "FLUX")) << message;
}

TEST(SelectColumn, elementsOfVectors) {
    const Table table = sample();
    const Column second = selectColumn(table, "FLUX[1]");
    EXPECT_EQ(second.name, "FLUX[1]");
    EXPECT_EQ(second.unit, "nanomaggy");
    EXPECT_EQ(second.width, 1U);
    ASSERT_EQ(second.rows(), 2U);
    EXPECT_EQ(second.asReal(0), 2.0);
    EXPECT_TRUE(second.isMissing(1));
    EXPECT_EQ(selectColumn(table, "Z").description, "redshift");
    EXPECT_EQ(selectColumn(table, "ID[0]").asText(0), "9007199254740993");
    EXPECT_THROW(selectColumn(table, "FLUX[3]"), Error);
    EXPECT_THROW(selectColumn(table, "FLUX[-1]"), Error);
    EXPECT_THROW(selectColumn(table, "FLUX[a]"), Error);
    EXPECT_THROW(selectColumn(table, "NONE[0]"), Error);
    EXPECT_THROW(selectColumn(table, ""), Error);
    EXPECT_THROW(selectColumn(table, "[0]"), Error);
}

TEST(SelectColumn, aNameThatLooksLikeAnElement) {
    Table table = sample();
    table.columns[1].name = "FLUX[1]";
    EXPECT_EQ(selectColumn(table, "FLUX[1]").asReal(0), 0.1);
}

TEST(Table, AppendsRowsOfOneTypeAndOfSeveral) {
    Column a{"c", "mag", "", std::vector<std::int64_t>{1, 2}, {}, 1};
    Column b{"c", "", "", std::vector<std::int64_t>{3}, {1}, 1};
    append(a, b);
    EXPECT_EQ(a.rows(), 3U);
    EXPECT_FALSE(a.isMissing(1));
    EXPECT_TRUE(a.isMissing(2));
    append(a, Column{"c", "", "", std::vector<float>{0.5F}, {}, 1});
    EXPECT_EQ(a.typeName(), "float64");
    EXPECT_TRUE(a.isMissing(2));
    EXPECT_EQ(a.asReal(3), 0.5);
    appendMissing(a, 2);
    EXPECT_EQ(a.rows(), 6U);
    EXPECT_TRUE(a.isMissing(5));
    Column ids{"id", "", "", std::vector<std::int64_t>{(std::int64_t{1} << 60) + 1}, {}, 1};
    append(ids, Column{"id", "", "", std::vector<double>{2.0}, {}, 1});
    EXPECT_EQ(ids.asText(0), "1152921504606846977"); // as text rather than rounded
    EXPECT_EQ(ids.asText(1), "2");
    appendMissing(ids, 1);
    EXPECT_TRUE(ids.isMissing(2));
    EXPECT_FALSE(ids.isMissing(0));
}

TEST(Table, PicksRows) {
    const std::vector<std::size_t> rows{2, noRow, 0};
    const Column picked = pickRows(Column{"c", "mag", "", std::vector<std::int64_t>{1, 2, 3}, {}, 1}, rows);
    EXPECT_EQ(picked.asText(0), "3");
    EXPECT_TRUE(picked.isMissing(1));
    EXPECT_EQ(picked.asText(2), "1");
    EXPECT_EQ(picked.unit, "mag");
    const Column pairs = pickRows(Column{"v", "", "", std::vector<float>{1, 2, 3, 4, 5, 6}, {}, 2}, rows);
    EXPECT_EQ(pairs.asReal(0, 1), 6.0);
    EXPECT_TRUE(pairs.isMissing(1));
    EXPECT_EQ(pairs.rows(), 3U);
}

constexpr std::uint64_t beyondInt64 = 18446744073709551615U;

Column idColumn(Column::Values values, std::vector<std::uint8_t> missing = {}) {
    return {"id", "", "", std::move(values), std::move(missing), 1};
}

TEST(Column, unsignedIntegersStayWhole) {
    const Column column = idColumn(std::vector<std::uint64_t>{beyondInt64, 7}, {0, 1});
    EXPECT_EQ(column.typeName(), "uint64");
    EXPECT_TRUE(column.isInteger());
    EXPECT_EQ(column.asText(0), "18446744073709551615");
    EXPECT_EQ(column.asText(1), "");
    EXPECT_EQ(column.asReal(0), 18446744073709551616.0);
    const std::size_t wanted[] = {1, noRow, 0};
    EXPECT_EQ(pickRows(column, wanted).asText(2), "18446744073709551615");
    EXPECT_EQ(narrowed({1, 2}), Column::Values(std::vector<std::int64_t>{1, 2}));
    EXPECT_EQ(narrowed({1, beyondInt64}), Column::Values(std::vector<std::uint64_t>{1, beyondInt64}));
}

TEST(Append, signedAndUnsignedMeetExactly) {
    const Column small = idColumn(std::vector<std::int64_t>{9007199254740993});
    Column to = small;
    append(to, idColumn(std::vector<std::uint64_t>{beyondInt64}));
    EXPECT_EQ(to.values, Column::Values(std::vector<std::uint64_t>{9007199254740993, beyondInt64}));
    append(to, small);
    EXPECT_EQ(to.typeName(), "uint64");
    append(to, idColumn(std::vector<std::int64_t>{-1}));
    EXPECT_EQ(to.typeName(), "text") << "no 64-bit integer holds both";
    EXPECT_EQ(to.asText(1), "18446744073709551615");
    EXPECT_EQ(to.asText(3), "-1");
}

TEST(Append, whatIsMissingDecidesNoType) {
    Column to = idColumn(std::vector<std::int64_t>{-5, -9}, {0, 1});
    append(to, idColumn(std::vector<std::uint64_t>{3, beyondInt64}, {0, 1}));
    EXPECT_EQ(to.typeName(), "int64") << "the value beyond int64 is missing";
    EXPECT_EQ(to.asText(2), "3");
    EXPECT_TRUE(to.isMissing(1));
    EXPECT_TRUE(to.isMissing(3));
}

} // namespace
} // namespace penumbra::io
