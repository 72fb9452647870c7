#pragma once

#include "core/io/table.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace penumbra {

/// A formula over the columns of a table, for quality cuts and derived columns.
///
/// Numbers; column names (element k of a vector column: `FLUX[2]`, 0-based; names with other characters in
/// backquotes:
/// `` `u-g` ``); + - * / % ^ (right to left); < <= > >= == != (chains such as 0.01 < z < 0.3 mean what they
/// say); and or not, also && || !; text columns compare with == and != to "text"; functions log10 ln exp sqrt
/// abs asinh, min max (two or more arguments), isfinite, ismissing.
///
/// A missing value is NaN and stays NaN through arithmetic, min, max and not; every comparison with NaN is
/// false,
/// != too; and, or count NaN as false. Comparisons and tests give 1 or 0.
class Expression {
public:
    /// @throws Error that shows the text with a caret under the fault.
    explicit Expression(std::string text);
    const std::string& text() const { return text_; }
    /// Columns as written, with [k], in order of appearance, each once.
    std::vector<std::string> columnNames() const;
    /// True if the text is nothing but one column: such a column can keep its type.
    bool isPlainColumn() const;

    /// One value per row. @throws Error with a caret: unknown column (near names are listed), vector column
    /// without [k], text where a number is needed.
    std::vector<double> evaluate(const io::Table& table) const;
    /// 1 where the value is neither 0 nor NaN.
    std::vector<std::uint8_t> isTrue(const io::Table& table) const;

    enum class Operation : std::uint8_t {
        Number,
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
    };
    /// A node of the syntax tree; children by index, so that a chain of comparisons can share its middle
    /// term.
    struct Node {
        Operation operation = Operation::Number;
        std::size_t at = 0;  ///< position in the text
        double number = 0.0; ///< Number
        std::string name;    ///< Column: its name
        std::string literal; ///< TextEquals, TextDiffers: the text compared with
        int left = -1, right = -1;
    };

private:
    std::vector<double> evaluateNode(int index, const io::Table& table) const;
    std::vector<double> columnValues(const Node& node, const io::Table& table) const;
    std::vector<double> textComparison(const Node& node, const io::Table& table) const;
    io::Column resolve(const Node& node, const io::Table& table) const;
    std::string text_;
    std::vector<Node> nodes_;
    int root_ = -1;
};

} // namespace penumbra
