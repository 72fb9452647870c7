#pragma once

#include "core/io/table.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace penumbra {

namespace expression {
struct Values;
}

/// A formula over the columns of a table, for quality cuts and derived columns.
///
/// Numbers; column names (element k of a vector column: `FLUX[2]`, 0-based; names with other characters in
/// backquotes: `` `u-g` ``; a text that is a column's name and nothing else is that column, however odd);
/// + - * / % ^ (right to left); < <= > >= == != (chains such as 0.01 < z < 0.3 mean what they say); and or
/// not, also && || !; text columns compare with == and != to "text" or 'text'; functions log10 ln exp sqrt
/// abs asinh, min max (two or more arguments), isfinite, ismissing. On integers: & | ~ << >> and bitxor(a,
/// b); & and | bind tighter than comparisons: MASKBITS & 2 == 0 is (MASKBITS & 2) == 0.
///
/// Integers (columns, booleans, numbers without a point or exponent) are exact to 64 bits, signed or
/// unsigned: what does not fit is an error. / gives reals; ^ gives integers where they fit, else reals.
/// Integers compare with reals as the numbers they are.
///
/// A missing value stays missing through arithmetic, min, max and not; every comparison with one is false,
/// != too; and, or count it as false. Comparisons and tests give 1 or 0. x % 0 is missing.
class Expression {
public:
    /// @throws Error that shows the text with a caret under the fault.
    explicit Expression(std::string text);
    /// Meant for this table: a text that is the name of a column is that column, whatever its characters.
    /// @throws Error as above; also where a column's name stands in the text without backquotes and could be
    /// read as a formula (g-r).
    Expression(std::string text, const io::Table& table);
    const std::string& text() const { return text_; }
    /// Columns as written, with [k], in order of appearance, each once.
    std::vector<std::string> columnNames() const;
    /// True if the text is nothing but one column: such a column can keep its type.
    bool isPlainColumn() const;

    /// One value per row, integers rounded to reals, NaN where missing. @throws Error with a caret: unknown
    /// column (near names are listed), vector column without [k], text where a number is needed, an integer
    /// that leaves 64 bits (the row is named).
    std::vector<double> evaluate(const io::Table& table) const;
    /// The same with its type: float64, int64, uint64, or bool for comparisons and tests. A plain column
    /// comes as it is, text too. @throws Error as evaluate
    io::Column column(const io::Table& table) const;
    /// 1 where the value is neither 0 nor missing.
    std::vector<std::uint8_t> isTrue(const io::Table& table) const;

    enum class Operation : std::uint8_t {
        Number,
        Integer,
        Column,
        TextEquals,
        TextDiffers,
        Missing,
        Negate,
        Not,
        Add,
        Subtract,
        Multiply,
        Divide,
        Modulo,
        Power,
        Less,
        LessEqual,
        Greater,
        GreaterEqual,
        Equal,
        Differs,
        And,
        Or,
        Log10,
        Ln,
        Exp,
        Sqrt,
        Abs,
        Asinh,
        IsFinite,
        Minimum,
        Maximum,
        BitAnd,
        BitOr,
        BitXor,
        BitNot,
        ShiftLeft,
        ShiftRight,
    };
    /// A node of the syntax tree; children by index, so that a chain of comparisons can share its middle
    /// term.
    struct Node {
        Operation operation = Operation::Number;
        std::size_t at = 0;        ///< position in the text
        double number = 0.0;       ///< Number
        std::uint64_t integer = 0; ///< Integer
        std::string name;          ///< Column: its name
        std::string literal;       ///< TextEquals, TextDiffers: the text compared with
        int left = -1, right = -1;
    };

private:
    void parse();
    expression::Values valuesOf(int index, const io::Table& table) const;
    expression::Values columnValues(const Node& node, const io::Table& table) const;
    expression::Values textComparison(const Node& node, const io::Table& table) const;
    expression::Values presence(const Node& node, const io::Table& table) const;
    void wantIntegers(const Node& node, const expression::Values& values) const;
    io::Column resolve(const Node& node, const io::Table& table) const;
    std::string text_;
    std::vector<Node> nodes_;
    int root_ = -1;
};

/// A name as it stands in an expression: in backquotes where it is no plain word.
std::string nameInExpression(const std::string& name);

} // namespace penumbra
