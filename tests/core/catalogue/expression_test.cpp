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

} // namespace
} // namespace penumbra
