#pragma once

#include "core/catalogue/expression.h"

namespace penumbra {

/// Recursive-descent parser of the grammar in expression.h. Lowest precedence first:
/// or; and; not; comparison; + -; * / %; sign; ^.
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
    int parseSum();
    int parseProduct();
    int parseSign();
    int parsePower();
    int parsePrimary();
    int parseNumber();
    int parseNameOrCall();
    int parseCall(const std::string& function, std::size_t at);
    int compare(Operation operation, std::size_t at, int left, int right);
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
