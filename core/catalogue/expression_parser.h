#pragma once

#include "core/catalogue/expression.h"

namespace penumbra {

namespace expression {

constexpr std::size_t maxLength = 4000; ///< of a text; keeps the recursion over the tree shallow

bool startsName(char c);
bool continuesName(char c);
bool isDigit(char c);
/// False for the second and further bytes of a character in UTF-8.
bool startsCharacter(char c);
/// The whole character at this place, all of its bytes.
std::string characterAt(std::string_view text, std::size_t at);
/// What to do about a character that no formula holds; empty for plain ones.
std::string backquoteHint(std::string_view text, std::size_t at);

} // namespace expression

/// Recursive-descent parser of the grammar in expression.h. Lowest precedence first:
/// or; and; not; comparison; |; &; << >>; + -; * / %; signs and ~; ^.
class ExpressionParser {
public:
    explicit ExpressionParser(std::string_view text) : text_(text) {}
    int parse(); ///< index of the root among nodes()
    std::vector<Expression::Node> takeNodes() { return std::move(nodes_); }

private:
    using Operation = Expression::Operation;
    int parseOr();
    int parseAnd();
    int parseNot();
    int parseComparison();
    int parseTextFirst();
    int parseBitOr();
    int parseBitAnd();
    int parseShift();
    int parseSum();
    int parseProduct();
    int parseSign();
    int parsePower();
    int parsePrimary();
    int parseNumber();
    int parseNameOrCall();
    int parseCall(const std::string& function, std::size_t at);
    int compare(Operation operation, std::size_t at, int left, int right);
    int compareText(Operation operation, std::size_t at, int side, std::string literal);
    Expression::Node numberNode(std::string_view text, std::size_t at) const;
    bool comparisonAhead(Operation& operation);
    std::string quoted(char quote);

    void skipSpace();
    bool take(std::string_view symbol);
    bool takeWord(std::string_view word);
    bool textAhead();
    int add(Expression::Node node);
    int binary(Operation operation, std::size_t at, int left, int right);
    struct DepthGuard;

    std::string_view text_;
    std::size_t at_ = 0;
    int depth_ = 0;
    std::vector<Expression::Node> nodes_;
};

/// Message, then the text and a caret below position `at`.
[[noreturn]] void failExpression(const std::string& message, std::string_view text, std::size_t at);

} // namespace penumbra
