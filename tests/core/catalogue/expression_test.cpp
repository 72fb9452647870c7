#include "core/catalogue/expression.h"

#include "core/base/error.h"

#include <cmath>
#include <gtest/gtest.h>
#include <limits>

namespace penumbra {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

io::Column column(std::string name, io::Column::Values values, std::size_t width = 1) {
    io::Column out;
    out.name = std::move(name);
    out.values = std::move(values);
    out.width = width;
    return out;
}

/// Three galaxies: x = 1, 2, NaN; n = 4, 5 (missing), 6; flux = vectors of two; class; u-g; e.Mcz.
io::Table table() {
    io::Table t;
    t.source = "test table";
    t.columns.push_back(column("x", std::vector<double>{1, 2, nan}));
    t.columns.push_back(column("n", std::vector<std::int64_t>{4, 5, 6}));
    t.columns.back().missing = {0, 1, 0};
    t.columns.push_back(column("flux", std::vector<float>{10, 20, 30, 40, 50, 60}, 2));
    t.columns.push_back(column("class", std::vector<std::string>{"GALAXY", "STAR", ""}));
    t.columns.back().missing = {0, 0, 1};
    t.columns.push_back(column("u-g", std::vector<double>{1.5, -1, 0}));
    t.columns.push_back(column("e.Mcz", std::vector<double>{0.1, 0.2, 0.3}));
    return t;
}

double first(const std::string& text) {
    return Expression(text).evaluate(table())[0];
}

std::string messageOf(const std::string& text) {
    try {
        Expression(text).evaluate(table());
    } catch (const Error& error) {
        return error.what();
    }
    return "no error";
}

TEST(Expression, followsThePrecedenceOfArithmetic) {
    EXPECT_DOUBLE_EQ(first("2 + 3 * 4"), 14.0);
    EXPECT_DOUBLE_EQ(first("(2 + 3) * 4"), 20.0);
    EXPECT_DOUBLE_EQ(first("10 - 4 - 3"), 3.0);
    EXPECT_DOUBLE_EQ(first("24 / 4 / 2"), 3.0);
    EXPECT_DOUBLE_EQ(first("2 ^ 3 ^ 2"), 512.0);
    EXPECT_DOUBLE_EQ(first("-2 ^ 2"), -4.0);
    EXPECT_DOUBLE_EQ(first("10 ^ -2"), 0.01);
    EXPECT_DOUBLE_EQ(first("17 % 5"), 2.0);
    EXPECT_DOUBLE_EQ(first("1.5e2 + .5"), 150.5);
}

TEST(Expression, knowsItsFunctions) {
    EXPECT_DOUBLE_EQ(first("log10(1000)"), 3.0);
    EXPECT_DOUBLE_EQ(first("ln(exp(2))"), 2.0);
    EXPECT_DOUBLE_EQ(first("sqrt(abs(-16))"), 4.0);
    EXPECT_NEAR(first("asinh(1)"), std::log(1 + std::sqrt(2.0)), 1e-15);
    EXPECT_DOUBLE_EQ(first("min(3, 1, 2)"), 1.0);
    EXPECT_DOUBLE_EQ(first("max(3, 1, 7, 2)"), 7.0);
}

TEST(Expression, readsColumnsVectorElementsAndOddNames) {
    EXPECT_EQ(Expression("flux[1]").evaluate(table()), (std::vector<double>{20, 40, 60}));
    EXPECT_DOUBLE_EQ(first("`u-g` * 2"), 3.0);
    EXPECT_DOUBLE_EQ(first("e.Mcz * 10"), 1.0);
    EXPECT_EQ(Expression("x + flux[0] + x").columnNames(), (std::vector<std::string>{"x", "flux[0]"}));
    EXPECT_TRUE(Expression(" flux[0] ").isPlainColumn());
    EXPECT_FALSE(Expression("flux[0] + 0").isPlainColumn());
}

TEST(Expression, keepsMissingValuesMissing) {
    const auto sum = Expression("x + n").evaluate(table());
    EXPECT_DOUBLE_EQ(sum[0], 5.0);
    EXPECT_TRUE(std::isnan(sum[1])); // n is missing
    EXPECT_TRUE(std::isnan(sum[2])); // x is NaN
    EXPECT_TRUE(std::isnan(Expression("min(x, 0)").evaluate(table())[2]));
    EXPECT_TRUE(std::isnan(Expression("max(0, x)").evaluate(table())[2]));
    EXPECT_TRUE(std::isnan(Expression("x ^ 0").evaluate(table())[2])); // std::pow would say 1
}

TEST(Expression, comparisonsWithMissingValuesAreFalse) {
    for (const auto* text : {"x < 5", "x <= 5", "x > 0", "x >= 0", "x == x", "x != 1"})
        EXPECT_DOUBLE_EQ(Expression(text).evaluate(table())[2], 0.0) << text;
    EXPECT_EQ(Expression("not (x > 5)").isTrue(table()), (std::vector<std::uint8_t>{1, 1, 1}));
    EXPECT_EQ(Expression("not x").isTrue(table()), (std::vector<std::uint8_t>{0, 0, 0}));
    EXPECT_EQ(Expression("ismissing(n) or ismissing(x)").isTrue(table()),
              (std::vector<std::uint8_t>{0, 1, 1}));
    EXPECT_EQ(Expression("isfinite(1 / (x - 1))").isTrue(table()), (std::vector<std::uint8_t>{0, 1, 0}));
}

TEST(Expression, combinesConditions) {
    EXPECT_EQ(Expression("x > 0 and x < 2").isTrue(table()), (std::vector<std::uint8_t>{1, 0, 0}));
    EXPECT_EQ(Expression("x > 0 && !(x < 2) || n == 6").isTrue(table()),
              (std::vector<std::uint8_t>{0, 1, 1}));
    EXPECT_EQ(Expression("1 < x <= 2").isTrue(table()), (std::vector<std::uint8_t>{0, 1, 0}));
    EXPECT_EQ(Expression("3 > x > 1").isTrue(table()), (std::vector<std::uint8_t>{0, 1, 0}));
    EXPECT_EQ(Expression("x == 1 or x == 1 and x == 2").isTrue(table()),
              (std::vector<std::uint8_t>{1, 0, 0}));
}

TEST(Expression, comparesText) {
    EXPECT_EQ(Expression("class == \"GALAXY\"").isTrue(table()), (std::vector<std::uint8_t>{1, 0, 0}));
    EXPECT_EQ(Expression("class != 'GALAXY'").isTrue(table()), (std::vector<std::uint8_t>{0, 1, 0}));
    EXPECT_EQ(Expression("ismissing(class)").isTrue(table()), (std::vector<std::uint8_t>{0, 0, 1}));
}

/// The caret stands below the fault: same column as `at` in the text, after two spaces of indent.
void expectCaret(const std::string& text, std::size_t at, const std::string& words) {
    const std::string message = messageOf(text);
    EXPECT_NE(message.find(words), std::string::npos) << message;
    const std::string tail = "\n  " + text + "\n  " + std::string(at, ' ') + "^";
    EXPECT_TRUE(message.ends_with(tail)) << message;
}

TEST(Expression, pointsAtTheFault) {
    expectCaret("1 + lg(x)", 4, "unknown function 'lg'");
    expectCaret("x > 3 y", 6, "unexpected 'y'");
    expectCaret("(x + 1", 0, "never closed");
    expectCaret("x = 3", 2, "write ==");
    expectCaret("x +", 3, "ends where a value is expected");
    expectCaret("2 * redshft", 4, "redshft");
    expectCaret("x ** 2", 2, "write ^");
    expectCaret("flux + 1", 0, "2 elements per row");
    expectCaret("class + 1", 0, "holds text");
    expectCaret("x == 'a'", 0, "holds numbers");
    expectCaret("2x", 1, "is a * missing");
    expectCaret("flux[-1]", 5, "index");
    expectCaret("flux[9]", 0, "");
    expectCaret("log10(1, 2)", 0, "one argument");
    expectCaret("min(1)", 0, "two or more");
    expectCaret("`x", 0, "never closed");
    expectCaret("1.2.3", 0, "not a number");
}

TEST(Expression, refusesEmptyAndHostileTextWithoutCrashing) {
    EXPECT_NE(messageOf("  ").find("empty"), std::string::npos);
    EXPECT_NE(messageOf(std::string(100000, '(')).find("longer"), std::string::npos);
    EXPECT_NE(messageOf(std::string(3000, '(')).find("nested"), std::string::npos);
    EXPECT_NE(messageOf(std::string(3000, '-') + "1").find("nested"), std::string::npos);
    EXPECT_NE(messageOf(std::string(3000, '!') + "1").find("nested"), std::string::npos);
    std::string sum = "1";
    for (int i = 0; i < 1500; ++i)
        sum += "+1";
    EXPECT_DOUBLE_EQ(first(sum), 1501.0);
    for (int c = 1; c < 256; ++c) // no single byte after a name may do more than throw
        EXPECT_NO_FATAL_FAILURE(messageOf("x" + std::string(1, static_cast<char>(c))));
}

// Integers: every expected value is worked out by hand or in Python's unlimited integers.

constexpr std::int64_t bigId = 1237648720693755939; // beyond 2^53, where doubles lie 256 apart
constexpr std::uint64_t top = 18446744073709551615U;

io::Table integers() {
    io::Table t;
    t.source = "integers";
    t.columns.push_back(column("id", std::vector<std::int64_t>{bigId, bigId + 1, bigId - 1}));
    t.columns.push_back(column("hash", std::vector<std::uint64_t>{top, 1, top - 1}));
    t.columns.push_back(column("mask", std::vector<std::int64_t>{2, 0, 6}));
    t.columns.push_back(column("gaps", std::vector<std::int64_t>{7, 9223372036854775807, 8}));
    t.columns.back().missing = {0, 1, 0};
    t.columns.push_back(column("neg", std::vector<std::int64_t>{-1, -7, 3}));
    t.columns.push_back(column("ok", std::vector<std::uint8_t>{1, 0, 1}));
    t.columns.push_back(column("x", std::vector<double>{9007199254740992.0, 0.5, -3.0}));
    return t;
}

std::vector<std::uint8_t> truth(const std::string& text) {
    return Expression(text, integers()).isTrue(integers());
}

io::Column::Values valuesOf(const std::string& text) {
    return Expression(text, integers()).column(integers()).values;
}

using Truth = std::vector<std::uint8_t>;
using Signed = std::vector<std::int64_t>;
using Unsigned = std::vector<std::uint64_t>;

TEST(IntegerExpression, idsBeyondDoublesAreToldApart) {
    EXPECT_EQ(truth("id == 1237648720693755939"), (Truth{1, 0, 0}));
    EXPECT_EQ(truth("id != 1237648720693755939"), (Truth{0, 1, 1}));
    EXPECT_EQ(truth("id > 1237648720693755938"), (Truth{1, 1, 0}));
    EXPECT_EQ(truth("hash == 18446744073709551615"), (Truth{1, 0, 0}));
    EXPECT_EQ(truth("hash >= 18446744073709551615 or hash <= 1"), (Truth{1, 1, 0}));
    EXPECT_EQ(truth("1237648720693755938 < id < 1237648720693755940"), (Truth{1, 0, 0}));
}

TEST(IntegerExpression, arithmeticKeepsEveryDigit) {
    EXPECT_EQ(valuesOf("id + 1"), io::Column::Values(Signed{bigId + 1, bigId + 2, bigId}));
    EXPECT_EQ(valuesOf("id % 1000"), io::Column::Values(Signed{939, 940, 938}));
    EXPECT_EQ(valuesOf("id - 2 * mask"), io::Column::Values(Signed{bigId - 4, bigId + 1, bigId - 13}));
    EXPECT_EQ(valuesOf("hash - 1"), io::Column::Values(Unsigned{top - 1, 0, top - 2}));
    EXPECT_EQ(valuesOf("hash % 10"), io::Column::Values(Signed{5, 1, 4})) << "int64 where all fit";
    EXPECT_EQ(valuesOf("mask - hash * 0"), io::Column::Values(Signed{2, 0, 6}));
    EXPECT_EQ(valuesOf("max(id, neg)"), io::Column::Values(Signed{bigId, bigId + 1, bigId - 1}));
    EXPECT_EQ(valuesOf("min(hash, neg)"), io::Column::Values(Signed{-1, -7, 3}));
    EXPECT_EQ(valuesOf("abs(neg) + -neg"), io::Column::Values(Signed{2, 14, 0}));
    EXPECT_EQ(valuesOf("3 ^ 39 + mask * 0"), io::Column::Values(Signed(3, 4052555153018976267)));
    EXPECT_EQ(valuesOf("-9223372036854775808 + 0 * mask"),
              io::Column::Values(Signed(3, std::numeric_limits<std::int64_t>::min())));
    EXPECT_EQ(valuesOf("ok + ok"), io::Column::Values(Signed{2, 0, 2}));
}

TEST(IntegerExpression, resultsKeepTheirType) {
    const auto typeOf = [](const char* text) {
        return Expression(text, integers()).column(integers()).typeName();
    };
    EXPECT_EQ(typeOf("id + 1"), "int64");
    EXPECT_EQ(typeOf("hash"), "uint64");
    EXPECT_EQ(typeOf("hash - 1"), "uint64");
    EXPECT_EQ(typeOf("id / 1"), "float64") << "a quotient is a real";
    EXPECT_EQ(typeOf("id + 0.5"), "float64");
    EXPECT_EQ(typeOf("mask ^ 2"), "int64");
    EXPECT_EQ(typeOf("mask ^ 0.5"), "float64");
    EXPECT_EQ(typeOf("mask ^ -1"), "float64");
    EXPECT_EQ(typeOf("10 ^ 30"), "float64") << "a power that leaves 64 bits";
    EXPECT_EQ(typeOf("mask > 1"), "bool");
    EXPECT_EQ(typeOf("ok"), "bool");
    EXPECT_EQ(Expression("7", integers()).column(integers()).rows(), 3U) << "a constant has every row";
    EXPECT_EQ(Expression("7", integers()).evaluate(integers()).size(), 3U);
}

TEST(IntegerExpression, bits) {
    EXPECT_EQ(truth("mask & 2 == 0"), (Truth{0, 1, 0})) << "(mask & 2) == 0";
    EXPECT_EQ(truth("mask & 4 != 0"), (Truth{0, 0, 1}));
    EXPECT_EQ(truth("mask & 2 > 0 && ok"), (Truth{1, 0, 1}));
    EXPECT_EQ(truth("mask & 4 || ok == 0"), (Truth{0, 1, 1}));
    EXPECT_EQ(truth("not (mask & 2)"), (Truth{0, 1, 0}));
    EXPECT_EQ(valuesOf("mask | 1"), io::Column::Values(Signed{3, 1, 7}));
    EXPECT_EQ(valuesOf("mask | 1 & 0"), io::Column::Values(Signed{2, 0, 6})) << "& before |";
    EXPECT_EQ(valuesOf("bitxor(mask, 3)"), io::Column::Values(Signed{1, 3, 5}));
    EXPECT_EQ(valuesOf("~mask & 7"), io::Column::Values(Signed{5, 7, 1}));
    EXPECT_EQ(valuesOf("~hash"), io::Column::Values(Unsigned{0, top - 1, 1}));
    EXPECT_EQ(valuesOf("1 << mask + 1"), io::Column::Values(Signed{8, 2, 128})) << "+ before <<";
    EXPECT_EQ(valuesOf("neg >> 1"), io::Column::Values(Signed{-1, -4, 1})) << "rounds down";
    EXPECT_EQ(valuesOf("hash >> 63"), io::Column::Values(Signed{1, 0, 1}));
    EXPECT_EQ(valuesOf("hash >> 64"), io::Column::Values(Signed{0, 0, 0}));
    EXPECT_EQ(valuesOf("hash & -2"), io::Column::Values(Unsigned{top - 1, 0, top - 1}));
    EXPECT_EQ(valuesOf("id >> 40 & 255"), io::Column::Values(Signed{2, 2, 2})) << "id is 0x112d02f441ab0023";
}

TEST(IntegerExpression, realsCompareAsTheNumbersTheyAre) {
    EXPECT_EQ(truth("2^53 + 1 == 9007199254740992.0"), (Truth{0, 0, 0}));
    EXPECT_EQ(truth("2^53 == 9007199254740992.0"), (Truth{1, 1, 1}));
    EXPECT_EQ(truth("mask + 9007199254740991 == x"), (Truth{0, 0, 0}));
    EXPECT_EQ(truth("mask + 9007199254740990 == x"), (Truth{1, 0, 0}));
    EXPECT_EQ(truth("9007199254740993 > x"), (Truth{1, 1, 1}));
    EXPECT_EQ(truth("x < 9007199254740993"), (Truth{1, 1, 1}));
    EXPECT_EQ(truth("id > 1.237648720693756e18"), (Truth{1, 1, 1})) << "the double next to it ends in 904";
    EXPECT_EQ(truth("id < 1.2376487206937562e18"), (Truth{1, 1, 1}));
    EXPECT_EQ(truth("hash < 18446744073709551616.0"), (Truth{1, 1, 1})) << "2^64, to which 2^64 - 1 rounds";
    EXPECT_EQ(truth("hash > neg"), (Truth{1, 1, 1})) << "-1 is not 2^64 - 1";
    EXPECT_EQ(truth("neg == 18446744073709551615"), (Truth{0, 0, 0}));
    EXPECT_EQ(truth("mask < 2.5"), (Truth{1, 1, 0}));
    EXPECT_EQ(truth("neg < -6.5"), (Truth{0, 1, 0}));
    EXPECT_EQ(truth("neg >= -1e300 and neg <= 1e300"), (Truth{1, 1, 1}));
}

TEST(IntegerExpression, whatIsMissingStaysMissing) {
    const io::Column sum = Expression("gaps + 1", integers()).column(integers());
    EXPECT_EQ(sum.typeName(), "int64");
    EXPECT_TRUE(sum.isMissing(1)) << "and what lies under it does not overflow";
    EXPECT_EQ(sum.asText(2), "9");
    EXPECT_EQ(truth("gaps != 7"), (Truth{0, 0, 1}));
    EXPECT_EQ(truth("not gaps"), (Truth{0, 0, 0}));
    EXPECT_EQ(truth("ismissing(gaps % 0)"), (Truth{1, 1, 1}));
    EXPECT_EQ(truth("ismissing(gaps & 1)"), (Truth{0, 1, 0}));
    EXPECT_EQ(truth("isfinite(gaps)"), (Truth{1, 0, 1}));
    EXPECT_TRUE(std::isnan(Expression("gaps / 2", integers()).evaluate(integers())[1]));
}

std::string integerError(const std::string& text) {
    try {
        Expression(text, integers()).column(integers());
    } catch (const Error& error) {
        return error.what();
    }
    return "no error";
}

TEST(IntegerExpression, overflowIsAnErrorThatNamesTheRow) {
    for (const char* text : {"id * 10", "id + 9223372036854775807", "hash + 1", "0 - id * 8",
                             "1 << 63 + 0 * mask", "hash * neg", "id << 5", "abs(neg - 9223372036854775807)"})
        EXPECT_NE(integerError(text).find("does not fit into 64 bits"), std::string::npos)
            << text << ": " << integerError(text);
    EXPECT_EQ(integerError("gaps * 1000000000000000000"), "no error") << "8e18 fits";
    const std::string told = integerError("1 + gaps * 2000000000000000000");
    EXPECT_NE(told.find("row 0 (from 0)"), std::string::npos) << told;
    EXPECT_NE(told.find("7 * 2000000000000000000"), std::string::npos) << told;
    EXPECT_TRUE(told.ends_with("\n  1 + gaps * 2000000000000000000\n           ^")) << told;
    EXPECT_NE(integerError("mask << neg").find("negative"), std::string::npos);
    EXPECT_NE(integerError("id == 18446744073709551616").find("beyond 64 bits"), std::string::npos);
    EXPECT_EQ(integerError("id == 18446744073709551616.0"), "no error");
}

TEST(IntegerExpression, bitsOfRealsAreAnError) {
    for (const char* text :
         {"x & 1", "1 | x", "~x", "x << 1", "1 >> x", "bitxor(x, 1)", "mask & 2.0", "mask & 1e3"})
        EXPECT_NE(integerError(text).find("bits"), std::string::npos) << text << ": " << integerError(text);
    EXPECT_TRUE(integerError("mask + (x & 1)").ends_with("\n  mask + (x & 1)\n            ^"));
    EXPECT_NE(integerError("bitxor(mask)").find("two arguments"), std::string::npos);
}

io::Table oddNames() {
    io::Table t;
    t.source = "odd";
    t.columns.push_back(column("g", std::vector<double>{20, 21}));
    t.columns.push_back(column("r", std::vector<double>{19, 19.5}));
    t.columns.push_back(column("g-r", std::vector<double>{99.5, 98.5}));
    t.columns.push_back(column("z-phot", std::vector<double>{0.1, 0.2}));
    t.columns.push_back(column("\u00c5-z", std::vector<double>{3, 4}));
    t.columns.push_back(column("log(M)", std::vector<double>{10, 11}));
    t.columns.push_back(column("2mass_j", std::vector<double>{14, 16}));
    t.columns.push_back(column("f[1]", std::vector<double>{1, 2}));
    t.columns.push_back(column("class", std::vector<std::string>{"A", "B"}));
    return t;
}

std::string oddError(const std::string& text) {
    try {
        Expression(text, oddNames()).evaluate(oddNames());
    } catch (const Error& error) {
        return error.what();
    }
    return "no error";
}

TEST(OddNames, aTextThatIsAColumnIsThatColumn) {
    for (const auto& [text, value] :
         {std::pair{"g-r", 99.5}, {" z-phot ", 0.1}, {"\u00c5-z", 3.0}, {"log(M)", 10.0}}) {
        const Expression expression(text, oddNames());
        EXPECT_TRUE(expression.isPlainColumn()) << text;
        EXPECT_EQ(expression.evaluate(oddNames())[0], value) << text;
    }
    EXPECT_EQ(Expression("g - r", oddNames()).evaluate(oddNames())[0], 1.0);
    EXPECT_EQ(Expression("`g-r` > 99 and g - r < 2", oddNames()).isTrue(oddNames()), (Truth{1, 0}));
}

TEST(OddNames, insideAFormulaTheyNeedBackquotes) {
    for (const auto& [text, name] : {std::pair{"g-r > 1", "g-r"},
                                     {"z-phot < 1", "z-phot"},
                                     {"2 * (\u00c5-z)", "\u00c5-z"},
                                     {"10^log(M)", "log(M)"}})
        EXPECT_NE(oddError(text).find("`" + std::string(name) + "`"), std::string::npos)
            << text << ": " << oddError(text);
    EXPECT_TRUE(oddError("1 + z-phot").ends_with("\n  1 + z-phot\n      ^")) << oddError("1 + z-phot");
    EXPECT_EQ(oddError("class == 'g-r'"), "no error") << "quoted text is no name";
    EXPECT_NE(oddError("2mass_j < 15").find("`2mass_j`"), std::string::npos);
    EXPECT_EQ(oddError("f[1] + 1"), "no error") << "read as it is meant";
    EXPECT_NE(oddError("g-rest").find("rest"), std::string::npos) << "part of a longer name";
    EXPECT_EQ(oddError("g-rest").find("`"), std::string::npos);
}

TEST(OddNames, charactersAreShownWhole) {
    const std::string message = oddError("g + \u00e9t\u00e9");
    EXPECT_NE(message.find("found '\u00e9'"), std::string::npos) << message;
    EXPECT_NE(message.find("backquotes"), std::string::npos) << message;
    EXPECT_TRUE(oddError("`\u00c5-z` +").ends_with("\n  `\u00c5-z` +\n         ^"))
        << oddError("`\u00c5-z` +");
}

TEST(Expression, textMayStandFirstAndInEitherQuotes) {
    for (const char* text :
         {"class == 'A'", "class == \"A\"", "'A' == class", "\"A\" == class", "class != 'B'"})
        EXPECT_EQ(Expression(text, oddNames()).isTrue(oddNames()), (Truth{1, 0})) << text;
}

} // namespace
} // namespace penumbra
