// What every writer in the table of writers must do: what it wrote reads back as the same table, bit by bit.

#include "core/base/error.h"
#include "core/base/rng.h"
#include "core/io/table_reader.h"
#include "core/io/table_writer.h"
#include "tests/core/io/nasty_table.h"
#include "tests/core/io/scratch.h"

#include <bit>
#include <chrono>
#include <cmath>
#include <gtest/gtest.h>
#include <set>
#include <stop_token>
#include <sys/stat.h>
#include <thread>

namespace penumbra::io {
namespace {

using penumbra::test::bytesOf;
using penumbra::test::contains;
using penumbra::test::messageOf;
using penumbra::test::Scratch;
using test::nastyTable;

const TableMeta meta = {"intervals",
                        {{"study", "/data/a study \"x\" & y.h5"},
                         {"catalogue_hash", std::string(64, 'f')},
                         {"method", "CQR,LCNet"},
                         {"alpha", "0.1"},
                         {"long", std::string(150, 'l') + " \xc3\xa9"}}};

/// CSV has no types, no units, and one column an element.
bool keepsTypes(const TableWriter& writer) {
    return writer.id != "csv";
}

template <typename Value>
bool sameBits(const Value& a, const Value& b) {
    if constexpr (std::is_floating_point_v<Value>) {
        if (std::isnan(a) || std::isnan(b))
            return std::isnan(a) && std::isnan(b);
        return a == b && std::signbit(a) == std::signbit(b);
    } else {
        return a == b;
    }
}

void expectSame(const Column& written, const Column& read) {
    ASSERT_EQ(read.typeName(), written.typeName()) << written.name;
    ASSERT_EQ(read.rows(), written.rows()) << written.name;
    std::visit(
        [&](const auto& values) {
            using Values = std::decay_t<decltype(values)>;
            const auto& others = std::get<Values>(read.values);
            for (std::size_t i = 0; i < values.size(); ++i) {
                const std::size_t row = i / written.width;
                const bool text = std::is_same_v<Values, std::vector<std::string>>;
                if (!text || !written.asText(row).empty()) { // an empty text may count as missing
                    EXPECT_EQ(read.isMissing(row), written.isMissing(row)) << written.name << " row " << row;
                }
                const std::string before = written.asText(row, i % written.width);
                const std::string after = read.asText(row, i % written.width);
                if (written.isMissing(row)) {
                    EXPECT_EQ(after, "") << written.name << " row " << row;
                    continue;
                }
                const typename Values::value_type a = values[i], b = others[i];
                EXPECT_TRUE(sameBits(a, b))
                    << written.name << " element " << i << ": " << before << " came back as " << after;
            }
        },
        written.values);
}

class WriterContract : public testing::TestWithParam<std::size_t> {
protected:
    const TableWriter& writer() const { return allTableWriters()[GetParam()]; }
    std::filesystem::path file() const { return scratch_ / ("t" + writer().patterns.front().substr(1)); }
    Scratch scratch_;
};

TEST_P(WriterContract, describesItself) {
    EXPECT_FALSE(writer().title.empty());
    ASSERT_FALSE(writer().patterns.empty());
    for (const std::string& pattern : writer().patterns) {
        EXPECT_EQ(pattern.substr(0, 2), "*.");
        EXPECT_EQ(&writerFor("A" + pattern.substr(1)), &writer());
    }
    EXPECT_EQ(&writerFor("whatever", writer().id), &writer());
    EXPECT_TRUE(contains(writableFormats(), writer().id));
}

TEST_P(WriterContract, readsBackToTheBit) {
    const Table table = nastyTable();
    writer().write(table, file(), meta, RunContext{});
    const Table read = readTable(file(), {}, RunContext{});
    ASSERT_EQ(read.rows(), table.rows());
    if (!keepsTypes(writer())) {
        for (const Column& column : table.columns)
            for (std::size_t row = 0; row < column.rows(); ++row)
                for (std::size_t k = 0; k < column.width; ++k) {
                    const Column& one = read.at(
                        column.width == 1 ? column.name : column.name + "[" + std::to_string(k) + "]");
                    EXPECT_EQ(one.asText(row), column.asText(row, k)) << column.name << " row " << row;
                }
        return;
    }
    for (const Column& column : table.columns) {
        expectSame(column, read.at(column.name));
        EXPECT_EQ(read.at(column.name).unit, column.unit);
        EXPECT_EQ(read.at(column.name).description, column.description);
        EXPECT_EQ(read.at(column.name).ucd, column.ucd);
    }
}

TEST_P(WriterContract, blocksMakeTheSameFileAsTheWhole) {
    const Table table = nastyTable();
    writer().write(table, file(), meta, RunContext{});
    const auto other = scratch_ / ("other" + writer().patterns.front().substr(1));
    const auto sink = writer().open(other, layoutOf(table), meta, RunContext{});
    sink->append(table, 0, 1);
    sink->append(table, 1, 0);
    sink->append(table, 1, 3);
    EXPECT_FALSE(std::filesystem::exists(other));
    sink->finish();
    const Table a = readTable(file(), {}, RunContext{});
    const Table b = readTable(other, {}, RunContext{});
    ASSERT_EQ(a.columns.size(), b.columns.size());
    for (std::size_t i = 0; i < a.columns.size(); ++i)
        expectSame(a.columns[i], b.columns[i]);
}

TEST_P(WriterContract, manyRowsOfAllTypes) {
    Rng rng(5);
    Table table;
    const std::size_t rows = 30000;
    Column id{"id", "", "", std::vector<std::int64_t>(), {}, 1};
    Column x{"x", "", "", std::vector<double>(), {}, 1};
    Column name{"name", "", "", std::vector<std::string>(), {}, 1};
    Column ok{"ok", "", "", std::vector<std::uint8_t>(), {}, 1};
    for (std::size_t row = 0; row < rows; ++row) {
        std::get<std::vector<std::int64_t>>(id.values).push_back(
            static_cast<std::int64_t>(rng.below(1ULL << 62)));
        std::get<std::vector<double>>(x.values).push_back(std::bit_cast<double>(rng.below(1ULL << 62)));
        std::get<std::vector<std::string>>(name.values).push_back("g" + std::string(rng.below(9), 'y'));
        std::get<std::vector<std::uint8_t>>(ok.values).push_back(static_cast<std::uint8_t>(rng.below(2)));
        id.missing.push_back(rng.below(3) == 0);
        ok.missing.push_back(rng.below(3) == 0);
    }
    table.columns = {id, x, name, ok};
    writer().write(table, file(), {}, RunContext{});
    const Table read = readTable(file(), {}, RunContext{});
    ASSERT_EQ(read.rows(), rows);
    for (const Column& column : table.columns)
        for (std::size_t row = 0; row < rows; ++row)
            ASSERT_EQ(read.at(column.name).asText(row), column.asText(row)) << column.name << " row " << row;
}

TEST_P(WriterContract, oneColumnWithNothingInSomeRowsKeepsItsRows) {
    Table table;
    table.columns.push_back({"a", "", "", std::vector<std::int64_t>{1, 0, 3}, {0, 1, 0}, 1});
    writer().write(table, file(), {}, RunContext{});
    const Table read = readTable(file(), {}, RunContext{});
    ASSERT_EQ(read.rows(), 3U);
    EXPECT_TRUE(read.at("a").isMissing(1));
    EXPECT_EQ(read.at("a").asText(2), "3");
}

TEST_P(WriterContract, tablesWithoutRowsAreWritten) {
    Table table;
    table.columns.push_back({"a", "", "", std::vector<double>(), {}, 1});
    table.columns.push_back({"b", "", "", std::vector<std::string>(), {}, 1});
    writer().write(table, file(), meta, RunContext{});
    EXPECT_TRUE(contains(messageOf<Error>([&] { readTable(file(), {}, RunContext{}); }), file().string()));
}

TEST_P(WriterContract, stopsAndLeavesWhatWasThere) {
    scratch_.write(file().filename().string(), "old");
    std::stop_source source;
    source.request_stop();
    RunContext context;
    context.stop = source.get_token();
    EXPECT_THROW(writer().write(nastyTable(), file(), meta, context), Cancelled);
    EXPECT_EQ(bytesOf(file()), "old");
    std::size_t files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(file().parent_path()))
        files += entry.exists();
    EXPECT_EQ(files, 1U) << "a temporary file is left";
}

TEST_P(WriterContract, theWaitForAReaderOfAFifoCanBeStopped) {
    ASSERT_EQ(::mkfifo(file().c_str(), 0600), 0);
    std::stop_source source;
    RunContext context;
    context.stop = source.get_token();
    std::thread asker([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(200));
        source.request_stop();
    });
    EXPECT_THROW(writer().write(nastyTable(), file(), meta, context), Cancelled);
    asker.join();
    EXPECT_TRUE(std::filesystem::is_fifo(file()));
}

TEST_P(WriterContract, refusesRowsThatWereNotAnnounced) {
    Table table;
    table.columns.push_back({"a", "", "", std::vector<std::string>{"long", "x"}, {}, 1});
    table.columns.push_back({"b", "", "", std::vector<std::int64_t>{1, 2}, {}, 1});
    TableLayout layout = layoutOf(table);
    const auto tryWith = [&](const TableLayout& announced, const Table& block) {
        const auto sink = writer().open(file(), announced, {}, RunContext{});
        sink->append(block);
        sink->finish();
    };
    tryWith(layout, table);
    layout.columns[0].textBytes = 2;
    EXPECT_THROW(tryWith(layout, table), Error);
    layout = layoutOf(table);
    layout.rows = 3;
    EXPECT_THROW(tryWith(layout, table), Error);
    layout = layoutOf(table);
    Table missing = table;
    missing.columns[1].missing = {0, 1};
    EXPECT_THROW(tryWith(layout, missing), Error);
    layout.columns[1].mayMiss = true;
    layout.columns[1].spare = 2;
    EXPECT_THROW(tryWith(layout, table), Error);
}

TEST_P(WriterContract, saysWhichFileCannotBeWritten) {
    const auto nowhere = scratch_ / "no" / file().filename();
    EXPECT_TRUE(contains(messageOf<Error>([&] { writer().write(nastyTable(), nowhere, {}, RunContext{}); }),
                         nowhere.string()));
}

INSTANTIATE_TEST_SUITE_P(AllTableWriters, WriterContract,
                         testing::Range<std::size_t>(0, allTableWriters().size()),
                         [](const auto& index) { return allTableWriters()[index.param].id; });

TEST(WriterFor, listsWhatCanBeWritten) {
    const std::string byName = messageOf<UsageError>([] { writerFor("a.foo"); });
    EXPECT_TRUE(contains(byName, "a.foo") && contains(byName, ".csv") && contains(byName, ".fits")) << byName;
    const std::string byId = messageOf<UsageError>([] { writerFor("a.csv", "xlsx"); });
    EXPECT_TRUE(contains(byId, "xlsx") && contains(byId, "votable")) << byId;
    EXPECT_EQ(writerFor("a.csv", "fits").id, "fits");
    EXPECT_EQ(writerFor("a.FITS", "auto").id, "fits");
}

} // namespace
} // namespace penumbra::io
